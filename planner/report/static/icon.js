/* The map's symbols among words: drawn by the same lines of code as on the map, kept as outlines. */
(function () {
  "use strict";

  var SVG = "http://www.w3.org/2000/svg", SIZE = 20;
  var known = {};

  /* What draws a symbol takes this for a canvas; it puts down each outline as an element. */
  function Recorder(box) {
    this.box = box;
    this.dash = "";
  }

  Object.assign(Recorder.prototype, {
    beginPath: function () { this.path = ""; },
    moveTo: function (x, y) { this.path += "M" + x + " " + y; },
    lineTo: function (x, y) { this.path += "L" + x + " " + y; },
    closePath: function () { this.path += "Z"; },
    rect: function (x, y, wide, high) { this.path += "M" + x + " " + y + "h" + wide + "v" + high + "h" + -wide + "Z"; },
    /* A whole circle: symbols have no other arcs. */
    arc: function (x, y, r) {
      var half = "a" + r + " " + r + " 0 1 0 ";
      this.path += "M" + (x - r) + " " + y + half + 2 * r + " 0" + half + -2 * r + " 0Z";
    },
    setLineDash: function (dash) { this.dash = dash.join(" "); },
    fill: function () { this.add("path", {d: this.path, fill: this.fillStyle}); },
    stroke: function () {
      this.add("path", {d: this.path, fill: "none", stroke: this.strokeStyle, "stroke-width": this.lineWidth, "stroke-dasharray": this.dash});
    },
    fillRect: function (x, y, wide, high) { this.add("rect", {x: x, y: y, width: wide, height: high, fill: this.fillStyle}); },
    fillText: function () {},  // a rank stands on a picture
    add: function (tag, settings) { return this.box.appendChild(part(tag, settings)); }
  });

  function part(tag, settings) {
    var element = document.createElementNS(SVG, tag);
    Object.keys(settings).forEach(function (key) { if (settings[key] !== "") { element.setAttribute(key, settings[key]); } });
    return element;
  }

  /* A symbol as it stands on the map; each is drawn once and copied into as many rows as want it. */
  planner.icon = function (name, rank) {
    var element = planner.make("span", "icon");
    if (rank) {
      element.style.backgroundImage = ranked(rank);
    } else {
      known[name] = known[name] || outlined(name);
      element.appendChild(known[name].cloneNode(true));
    }
    return element;
  };

  /* A piece of line as the map draws it, for the legend. */
  planner.lineSwatch = function (draw) {
    var box = part("svg", {"class": "swatch line", width: 26, height: 16, viewBox: "0 0 26 16", "aria-hidden": "true"});
    var pen = new Recorder(box);
    pen.beginPath();
    pen.moveTo(1, 8);
    pen.lineTo(25, 8);
    draw(pen);
    return box;
  };

  /* A proposed site with its number, which nobody needs read out: it stands beside the name. */
  function ranked(rank) {
    var canvas = planner.make("canvas"), pen = canvas.getContext("2d");
    canvas.width = canvas.height = 2 * SIZE;
    pen.scale(2, 2);
    planner.draw.site(pen, SIZE / 2, SIZE / 2, 8, rank);
    return "url(" + canvas.toDataURL() + ")";
  }

  function outlined(name) {
    var box = part("svg", {width: SIZE, height: SIZE, viewBox: "0 0 " + SIZE + " " + SIZE, "aria-hidden": "true"}), pen = new Recorder(box);
    if (["house", "idle", "unsure", "shut"].indexOf(name) >= 0) {
      planner.draw[name](pen, 10, 10.5, 0.68);
    } else {
      planner.draw[name](pen, 10, 10, name === "site" ? 8 : 6, "");
    }
    return box;
  }
}());
