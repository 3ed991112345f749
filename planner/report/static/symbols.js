/* What stands on the map: ground, streets, land within reach, symbols told apart by shape as well as colour, labels. */
(function () {
  "use strict";

  var COLOUR = {
    paper: "#f7f6f2", water: "#c4dcea", green: "#e6e9c8", grass: "#8a9a3c", lot: "rgba(110,84,120,.55)", band: "90,169,160", border: "#9a9382", railway: "#8b8577",
    covered: "#0b6e5f", uncovered: "#d55e00", none: "#5c626d", house: "#1f3b73", site: "#8a2d82",
    label: "#7a3400", name: "#5f594d", ink: "#20242b"
  };
  var FONT = "\"Noto Sans CJK SC\",\"Noto Sans SC\",\"Microsoft YaHei\",\"PingFang SC\",sans-serif";
  var BAND_ALPHA = [0.30, 0.34, 0.40];
  var REACHED = ["#8fcac2", "#35988b", "#0a5247"];
  var MOST_LABELS = 140;
  var BORDER_SPACING_PX = 105;  // between communities; nearer by than this their borders help, farther off they clutter
  var TUFT_PX = 16, tufts = null;
  var STREET_SCALE = 7;  // metres to a pixel where streets have the width given below; they shrink as the map does
  var HAIR = 1, THIN_PX = 1.6;  // a line no wider than a pixel is drawn many times as fast as the outline of a wider one
  planner.colour = COLOUR;

  planner.bandAlpha = function (number) { return BAND_ALPHA[Math.min(number, BAND_ALPHA.length - 1)]; };

  /* Streets within reach, the widest band first: the nearer, the darker. */
  planner.reachedColour = function (number) { return REACHED[Math.min(number, REACHED.length - 1)]; };

  function clamp(value, least, most) { return Math.max(least, Math.min(most, value)); }

  function stroke(pen, colour, width, dash) {
    pen.strokeStyle = colour;
    pen.lineWidth = width;
    pen.setLineDash(dash || []);
    pen.stroke();
  }

  /* Ground: water and green, land within reach or units by verdict, streets, railways, borders of units. Where tiles
     from outside lie below, they show paper, water, green, streets and railways. The first frame of a page shows
     water and green alone. */
  planner.paintGround = function (pen, frame, shapes, circle, fills, onTiles) {
    var wide = Math.sqrt(clamp(STREET_SCALE / (shapes.metres / frame.scale), 0.1, 3));
    pen.lineJoin = "round";
    pen.lineCap = "round";
    if (!onTiles) { paintPaper(pen, frame, shapes, wide); }
    if (!shapes.streets) { return; }
    if (fills.length) { planner.paintUnits(pen, frame, fills); }
    var bare = fills.length || circle < 0, streets = planner.state.reached === "streets";
    if (!bare && !streets) { planner.paintBands(pen, frame, shapes.bands(circle), false); }
    if (!onTiles) { paintStreets(pen, frame, shapes.streets, wide); }
    if (!bare && streets) { planner.paintBands(pen, frame, shapes.reached(circle), true, Math.max(1.2, 2.4 * wide)); }
    if (shapes.ground.railway && !onTiles) { paintRailway(pen, frame, shapes.ground.railway.lines); }
    paintUnitLines(pen, frame, shapes.areas);
    if (planner.bordersShow(shapes, frame) && !fills.length) { paintBorders(pen, frame, shapes.borders); }
    pen.setLineDash([]);
    if (fills.length) { planner.paintUnitBorders(pen, frame, fills); }
  };

  /* How borders are drawn, on the map and in the legend. */
  planner.borderPen = {
    area: function (pen, level) { stroke(pen, COLOUR.border, level === "county" ? 1.8 : HAIR, [5, 4]); },
    community: function (pen) { stroke(pen, COLOUR.lot, HAIR, [2, 3]); }
  };

  /* Whether communities lie far enough apart for their borders. */
  planner.bordersShow = function (shapes, frame) { return shapes.spacing * frame.scale > BORDER_SPACING_PX; };

  function paintUnitLines(pen, frame, areas) {
    areas.forEach(function (area) {
      planner.trace(pen, area.shape, frame);
      planner.borderPen.area(pen, area.level);
    });
  }

  /* Borders of communities, on approach; each has its shape when it is first drawn. */
  function paintBorders(pen, frame, borders) {
    borders.forEach(function (border) {
      border.shape = border.shape || planner.shape(border);
      planner.trace(pen, border.shape, frame);
      planner.borderPen.community(pen);
    });
  }

  function paintPaper(pen, frame, shapes, wide) {
    pen.fillStyle = COLOUR.paper;
    pen.fillRect(0, 0, frame.width, frame.height);
    ["green", "water"].forEach(function (kind) {
      var ground = shapes.ground[kind];
      if (!ground) { return; }
      planner.trace(pen, ground.rings, frame);
      if (kind === "green") {
        planner.fillGreen(pen, frame.left, frame.top);
      } else {
        pen.fillStyle = COLOUR[kind];
        pen.fill("evenodd");
      }
      planner.trace(pen, ground.lines, frame);
      stroke(pen, COLOUR[kind], 3 * wide);
    });
  }

  function paintRailway(pen, frame, lines) {
    planner.trace(pen, lines, frame);
    pen.lineCap = "butt";
    stroke(pen, COLOUR.railway, 1.5, [9, 5, 2, 5]);
  }

  /* Parks: a yellow green with tufts of grass, so that nobody takes them for land within reach. */
  planner.fillGreen = function (pen, left, top) {
    pen.fillStyle = COLOUR.green;
    pen.fill("evenodd");
    tufts = tufts || pen.createPattern(tuft(), "repeat");
    pen.save();
    pen.clip("evenodd");
    pen.translate(-(left % TUFT_PX), -(top % TUFT_PX));
    pen.fillStyle = tufts;
    pen.fillRect(-TUFT_PX, -TUFT_PX, 1e5, 1e5);
    pen.restore();
  };

  function tuft() {
    var canvas = document.createElement("canvas"), pen = canvas.getContext("2d");
    canvas.width = canvas.height = TUFT_PX;
    pen.beginPath();
    [[4, 7], [12, 15]].forEach(function (at) {
      pen.moveTo(at[0] - 2.5, at[1] - 3.5); pen.lineTo(at[0], at[1]); pen.lineTo(at[0] + 2.5, at[1] - 3.5);
    });
    stroke(pen, COLOUR.grass, 1);
    return canvas;
  }

  function paintStreets(pen, frame, streets, wide) {
    if (wide > 0.75) {
      planner.trace(pen, streets.path, frame);
      stroke(pen, "#d9d4c8", 0.8);
    }
    planner.trace(pen, streets.minor, frame);
    if (wide > 0.75) {
      stroke(pen, "#d9d4c8", 2.4 * wide);
      stroke(pen, "#ffffff", 1.3 * wide < THIN_PX ? HAIR : 1.3 * wide);
    } else {
      stroke(pen, "rgba(160,150,130,0.38)", 0.7);
    }
    planner.trace(pen, streets.main, frame);
    stroke(pen, "#cfc8b8", 4.6 * wide);
    stroke(pen, "#fffdf6", 3.2 * wide < THIN_PX ? HAIR : 3.2 * wide);
  }

  /* The symbols themselves, around (x, y). */
  var draw = planner.draw = {
    covered: function (pen, x, y, r) {
      pen.beginPath();
      pen.arc(x, y, r, 0, 2 * Math.PI);
      finish(pen, COLOUR.covered, r);
    },
    uncovered: function (pen, x, y, r) {
      var d = 1.3 * r;
      pen.beginPath();
      pen.moveTo(x, y - d); pen.lineTo(x + d, y); pen.lineTo(x, y + d); pen.lineTo(x - d, y);
      pen.closePath();
      finish(pen, COLOUR.uncovered, r);
    },
    beyond: function (pen, x, y, r) {
      pen.beginPath();
      pen.arc(x, y, r, 0, 2 * Math.PI);
      pen.fillStyle = "#ffffff";
      pen.fill();
      stroke(pen, COLOUR.covered, r > 3.5 ? 2 : 1);
    },
    none: function (pen, x, y, r) {
      pen.beginPath();
      pen.arc(x, y, r, 0, 2 * Math.PI);
      pen.fillStyle = "#ffffff";
      pen.fill();
      stroke(pen, COLOUR.none, r > 3.5 ? 1.6 : 1, r > 3.5 ? [2.5, 2] : []);
      pen.setLineDash([]);
    },
    neutral: function (pen, x, y, r) {
      pen.beginPath();
      pen.rect(x - 0.85 * r, y - 0.85 * r, 1.7 * r, 1.7 * r);
      finish(pen, COLOUR.none, r);
    },
    house: function (pen, x, y, s) {
      walls(pen, x, y, s, COLOUR.house);
      stroke(pen, "#ffffff", 2);
      pen.fillStyle = "#ffffff";
      pen.fillRect(x - 4 * s, y + 3 * s, 8 * s, 8 * s);
    },
    idle: function (pen, x, y, s) {
      walls(pen, x, y, s, "#ffffff");
      stroke(pen, COLOUR.house, 1.6);
    },
    unsure: function (pen, x, y, s) {
      walls(pen, x, y, s, "#ffffff");
      stroke(pen, COLOUR.house, 1.6, [3, 2]);
    },
    shut: function (pen, x, y, s) {
      draw.unsure(pen, x, y, s);
      pen.beginPath();
      pen.moveTo(x - 6 * s, y - 4 * s); pen.lineTo(x + 6 * s, y + 8 * s);
      pen.moveTo(x + 6 * s, y - 4 * s); pen.lineTo(x - 6 * s, y + 8 * s);
      stroke(pen, COLOUR.uncovered, 2.4);
    },
    option: function (pen, x, y, r) {
      pen.beginPath();
      pen.rect(x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r);
      pen.fillStyle = "#ffffff";
      pen.fill();
      stroke(pen, COLOUR.site, 1.6);
    },
    ring: function (pen, x, y, r) {
      pen.beginPath();
      pen.arc(x, y, r + 1.5, 0, 2 * Math.PI);
      stroke(pen, COLOUR.site, 2);
    },
    unchosen: function (pen, x, y, r, rank) { draw.site(pen, x, y, r, rank, [3, 3]); },
    site: function (pen, x, y, r, rank, dash) {
      pen.beginPath();
      pen.arc(x, y, r, 0, 2 * Math.PI);
      pen.fillStyle = "#ffffff";
      pen.fill();
      stroke(pen, COLOUR.site, dash ? 1.8 : 3.5, dash);
      pen.fillStyle = COLOUR.site;
      pen.font = "700 " + (r < 12 ? 13 : 16) + "px " + FONT;
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.fillText(String(rank), x, y + 1);
    }
  };

  function walls(pen, x, y, s, colour) {
    pen.beginPath();
    pen.moveTo(x, y - 12 * s); pen.lineTo(x + 12 * s, y - s); pen.lineTo(x + 12 * s, y + 11 * s);
    pen.lineTo(x - 12 * s, y + 11 * s); pen.lineTo(x - 12 * s, y - s);
    pen.closePath();
    pen.fillStyle = colour;
    pen.fill();
  }

  function finish(pen, colour, r) {
    pen.fillStyle = colour;
    pen.fill();
    if (r > 3) { stroke(pen, "#ffffff", 1.5); }  // a rim would leave nothing of smaller ones
  }

  /* From a symbol to the ring around it: close where symbols are small because there are many. */
  function ringGap(target) { return clamp(1.6 * target.r, 2.4, 6); }

  function halo(pen, x, y, r, colour, fine) {
    pen.beginPath();
    pen.arc(x, y, r, 0, 2 * Math.PI);
    stroke(pen, "#ffffff", fine ? 2.6 : 5);
    stroke(pen, colour, fine ? 1.4 : 2.5);
  }

  /* Paint every symbol and label; return what can be pointed at, the topmost last. Hints can't be: the card names them. */
  planner.paintSymbols = function (pen, frame, scene) {
    var spacing = scene.spacing * frame.scale;
    var least = clamp(0.06 * spacing, 1.4, 4), most = clamp(0.12 * spacing, 2.2, 8.5);
    var targets = [], hints = [], house = clamp(0.011 * scene.facilitySpacing * frame.scale, 0.45, 1);
    pen.lineJoin = "round";
    if (scene.route) { paintRoute(pen, frame, scene.route); }
    (scene.hints || []).forEach(function (one) { add(hints, frame, "hint", one, 7); });
    hints.forEach(function (hint) { draw.option(pen, hint.px, hint.py, hint.r); });
    var options = scene.options || [], chosen = options.filter(function (one) { return one.chosen; });
    options.forEach(function (one) { if (!one.chosen) { add(targets, frame, "candidate", one, clamp(0.14 * spacing, 2.4, 5)); } });
    scene.communities.forEach(function (one) {
      add(targets, frame, one.kind || "community", one, least + (most - least) * one.size / 100);
    });
    scene.facilities.forEach(function (one) { add(targets, frame, "facility", one, 12 * house); });
    chosen.forEach(function (one) { add(targets, frame, "candidate", one, clamp(0.3 * spacing, 8, 12)); });
    scene.sites.forEach(function (one) { add(targets, frame, "site", one, clamp(0.5 * spacing, 10, 14)); });
    targets.forEach(function (target) {
      var one = target.one;
      if (one.symbol) {
        draw[one.symbol](pen, target.px, target.py, target.r);
      } else if (target.kind === "facility") {
        draw[one.house](pen, target.px, target.py, house);
      } else {
        draw[one.chosen === false ? (target.kind === "site" ? "unchosen" : "option") : "site"](pen, target.px, target.py, target.r, one.rank);
      }
      if (one.gained) { halo(pen, target.px, target.py, target.r + ringGap(target), COLOUR.site, target.r < 3.5); }
      if (one.selected) { halo(pen, target.px, target.py, target.r + 7, COLOUR.ink); }
    });
    if (scene.labelled) { paintLabels(pen, frame, scene, targets.concat(hints), spacing); }
    return targets;
  };

  function add(targets, frame, kind, one, r) {
    var x = one.x * frame.scale - frame.left, y = one.y * frame.scale - frame.top;
    if (x > -20 && y > -20 && x < frame.width + 20 && y < frame.height + 20) {
      targets.push({kind: kind, one: one, px: x, py: y, x: one.x, y: one.y, r: r});
    }
  }

  function paintRoute(pen, frame, route) {
    planner.trace(pen, route.shape, frame, route.line, route.line + 1);
    pen.lineCap = "round";
    stroke(pen, "#ffffff", 7);
    stroke(pen, COLOUR.house, 3.5);
  }

  /* Labels in the order of their weight; one that finds no free place is left out. */
  function paintLabels(pen, frame, scene, targets, spacing) {
    var taken = corners(frame).concat(targets.map(function (target) {
      var r = reach(target) + 1;
      return [target.px - r, target.py - r, target.px + r, target.py + r];
    }));
    var wanted = targets.filter(function (target) { return weight(target, spacing) > 0; });
    wanted.sort(function (a, b) { return weight(b, spacing) - weight(a, spacing) || b.one.size - a.one.size; });
    var left = MOST_LABELS;
    wanted.forEach(function (target) {
      if (left > 0 && inside(target, frame)) {
        left -= placed(pen, target, taken, frame) ? 1 : 0;
      }
    });
    (scene.areas || []).forEach(function (area) { nameArea(pen, frame, area, taken); });
  }

  /* How far a symbol reaches with the ring around it. */
  function reach(target) { return target.r + (target.one.selected ? 9 : target.one.gained ? ringGap(target) + 2 : 0); }

  /* Where buttons, north arrow and scale bar stand. */
  function corners(frame) {
    var box = frame.inner;
    return [
      [box[0], box[1], box[0] + 48, box[1] + 108], [box[2] - 48, box[1], box[2], box[1] + 64],
      [box[0], box[3] - 34, box[0] + 135, box[3]]
    ];
  }

  function inside(target, frame) {
    var box = frame.inner;
    return target.px > box[0] && target.py > box[1] && target.px < box[2] && target.py < box[3];
  }

  function weight(target, spacing) {
    var one = target.one;
    if (one.selected) { return 5; }
    if (target.kind === "hint") { return 4.5; }
    if (target.kind === "site") { return spacing > 25 ? 4 : 0; }
    if (target.kind === "candidate") { return one.chosen ? 4 : spacing > 120 ? 1 : 0; }
    if (target.kind === "facility") { return spacing > 120 ? 2 : 0; }
    if (one.near === true) { return spacing > 30 ? 3 : 0; }
    if (one.near === false || one.symbol === "covered") { return spacing > 120 ? 1 : 0; }
    return spacing > 30 ? 3 : 0;
  }

  function placed(pen, target, taken, frame) {
    var size = 16, colour = {site: COLOUR.site, candidate: COLOUR.site, hint: COLOUR.site, facility: COLOUR.house}[target.kind] ||
      {covered: "#0a5a4e", beyond: "#0a5a4e", none: "#4c525c", neutral: "#4c525c"}[target.one.symbol] || COLOUR.label;
    pen.font = "600 " + size + "px " + FONT;
    var wide = pen.measureText(target.one.label).width, gap = Math.max(target.r * 1.2, reach(target)) + 4, high = size + 2;
    var places = [
      [target.px + gap, target.py - high / 2], [target.px - gap - wide, target.py - high / 2],
      [target.px - wide / 2, target.py - gap - high], [target.px - wide / 2, target.py + gap]
    ];
    for (var i = 0; i < places.length; i++) {
      var box = [places[i][0], places[i][1], places[i][0] + wide, places[i][1] + high];
      if (free(box, taken) && box[0] > frame.inner[0] + 2 && box[2] < frame.inner[2] - 2) {
        taken.push([box[0] - 3, box[1] - 1, box[2] + 3, box[3] + 1]);
        write(pen, target.one.label, box[0], places[i][1] + high / 2 + 1, colour);
        return true;
      }
    }
    return false;
  }

  function free(box, taken) {
    for (var i = 0; i < taken.length; i++) {
      if (box[0] < taken[i][2] && box[2] > taken[i][0] && box[1] < taken[i][3] && box[3] > taken[i][1]) {
        return false;
      }
    }
    return true;
  }

  function write(pen, text, x, y, colour) {
    pen.textAlign = "left";
    pen.textBaseline = "middle";
    pen.setLineDash([]);
    pen.strokeStyle = "#ffffff";
    pen.lineWidth = 3.5;
    pen.strokeText(text, x, y);
    pen.fillStyle = colour;
    pen.fillText(text, x, y);
  }

  /* A unit's name as near to its middle as the symbols allow, in spaced letters. */
  function nameArea(pen, frame, area, taken) {
    var letters = Array.from(area.label), spread = /[\u3000-\u9fff]/.test(area.label) ? 4 : 0;
    pen.font = "16px " + FONT;
    var wide = pen.measureText(area.label).width + spread * (letters.length - 1), high = 18;
    var x = area.x * frame.scale - frame.left, y = area.y * frame.scale - frame.top;
    var room = area.width * frame.scale, deep = Math.min(20, 0.08 * area.height * frame.scale);
    if (wide > room * 0.8) { return; }
    for (var ring = 0; ring < 5; ring++) {
      for (var turn = 0; turn < (ring ? 8 : 1); turn++) {
        var dx = ring * 0.07 * room * Math.cos(turn * Math.PI / 4), dy = ring * deep * Math.sin(turn * Math.PI / 4);
        var box = [x + dx - wide / 2, y + dy - high / 2, x + dx + wide / 2, y + dy + high / 2];
        if (free(box, taken) && box[0] > frame.inner[0] + 4 && box[2] < frame.inner[2] - 4) {
          taken.push(box);
          var at = box[0];
          (spread ? letters : [area.label]).forEach(function (letter) {
            write(pen, letter, at, y + dy, COLOUR.name);
            at += pen.measureText(letter).width + spread;
          });
          return;
        }
      }
    }
  }
}());
