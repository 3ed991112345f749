/* The covered share against the number of sites, drawn from figures; a table says the same to a screen reader. */
(function () {
  "use strict";

  var SVG = "http://www.w3.org/2000/svg";
  var WIDE = 380, HIGH = 190, LEFT = 14, RIGHT = 22, TOP = 34, BOTTOM = 30;
  var LABEL = 46;  // the room that a label takes, in the drawing's own units

  function part(name, settings, text) {
    var element = document.createElementNS(SVG, name);
    Object.keys(settings).forEach(function (key) { element.setAttribute(key, settings[key]); });
    if (text !== undefined) { element.textContent = text; }
    return element;
  }

  /* Draw points (sites, share, label); `mark` is one more, for what is chosen just now, or null. */
  planner.curve = function (points, mark, unit) {
    var most = Math.max(points[points.length - 1].sites, mark ? mark.sites : 0);
    var all = points.map(function (point) { return point.share; }).concat(mark ? [mark.share] : []);
    var low = Math.max(0, Math.floor(Math.min.apply(null, all) * 10 - 0.5) / 10), high = Math.max.apply(null, all);
    var drawing = part("svg", {viewBox: "0 0 " + WIDE + " " + HIGH, "class": "curve", "aria-hidden": "true"});
    function x(sites) { return LEFT + (WIDE - LEFT - RIGHT) * sites / most; }
    function y(share) { return HIGH - BOTTOM - (HIGH - TOP - BOTTOM) * (share - low) / Math.max(high - low, 0.01); }
    drawing.appendChild(part("path", {d: "M" + LEFT + " " + TOP + "V" + (HIGH - BOTTOM) + "H" + (WIDE - RIGHT), "class": "axis"}));
    drawing.appendChild(part("path", {d: points.map(function (point, i) {
      return (i ? "L" : "M") + x(point.sites).toFixed(1) + " " + y(point.share).toFixed(1);
    }).join(""), "class": "line"}));
    var free = -Infinity, last = points.length - 1;
    points.forEach(function (point, i) {
      var px = x(point.sites), py = y(point.share);
      drawing.appendChild(part("circle", {cx: px, cy: py, r: 4, "class": "point"}));
      if (i !== last && (px < free || x(points[last].sites) - px < LABEL)) { return; }
      free = px + LABEL;
      var anchor = i === 0 ? "start" : i === last ? "end" : "middle", shift = i === 0 ? -6 : i === last ? 8 : 0;
      drawing.appendChild(part("text", {x: px + shift, y: py - 10, "text-anchor": anchor}, point.label));
      drawing.appendChild(part("text", {x: px + shift, y: HIGH - 9, "text-anchor": anchor}, unit(point.sites)));
    });
    if (mark) { drawing.appendChild(part("circle", {cx: x(mark.sites), cy: y(mark.share), r: 8, "class": "mark"})); }
    return drawing;
  };
}());
