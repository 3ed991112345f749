/* Geometry: lines from integers, led along a canvas; what a canvas shows of the world. */
var planner = {};

(function () {
  "use strict";

  var UNITS_PER_DEGREE = 100000;
  var WORLD = 256;  // the world's width in pixels at zoom 0
  var ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", GROUP = new Uint8Array(128);
  var NEAR_PX = 0.7;  // a point this near to the last one drawn doesn't show, nor does a line that is no longer
  var DEEPEST_THINNED = 16;  // deeper, points lie farther apart than that

  for (var i = 0; i < ALPHABET.length; i++) { GROUP[ALPHABET.charCodeAt(i)] = i; }

  /* Return x and y of a point in pixels at zoom 0. */
  planner.world = function (lon, lat) {
    var sine = Math.sin(lat * Math.PI / 180);
    return [
      WORLD * (lon / 360 + 0.5),
      WORLD * (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI))
    ];
  };

  /* Return the integers of a text: letters of five bits each, the lowest first, 32 on top while more follow. */
  function numbers(text) {
    var found = new Int32Array(text.length), count = 0, value = 0, shift = 0;
    for (var i = 0; i < text.length; i++) {
      var group = GROUP[text.charCodeAt(i)];
      value |= (group & 31) << shift;
      shift += 5;
      if (group < 32) {
        found[count++] = value & 1 ? -((value + 1) / 2) : value / 2;
        value = shift = 0;
      }
    }
    return found.subarray(0, count);
  }

  /* Return lines as flat arrays in pixels at zoom 0, each with its box, so that what is out of sight is skipped. What
     is `loose` loses points up to that many pixels away. */
  planner.shape = function (block, loose) {
    var points = numbers(block.n), steps = numbers(block.d), count = points.length, total = steps.length / 2;
    var shape = {
      count: count, start: new Int32Array(count + 1), near: loose,
      x: new Float64Array(total), y: new Float64Array(total), box: new Float64Array(4 * count)
    };
    var lon = 0, lat = 0, at = 0;
    for (var line = 0; line < count; line++) {
      var west = Infinity, north = Infinity, east = -Infinity, south = -Infinity;
      shape.start[line] = at;
      for (var point = 0; point < points[line]; point++, at++) {
        lon += steps[2 * at];
        lat += steps[2 * at + 1];
        var xy = planner.world(lon / UNITS_PER_DEGREE, lat / UNITS_PER_DEGREE);
        shape.x[at] = xy[0];
        shape.y[at] = xy[1];
        west = Math.min(west, xy[0]); east = Math.max(east, xy[0]);
        north = Math.min(north, xy[1]); south = Math.max(south, xy[1]);
      }
      shape.box.set([west, north, east, south], 4 * line);
    }
    shape.start[count] = at;
    return shape;
  };

  /* Return a shape without the points that don't show at a whole zoom, kept for the next time: a city has a million. */
  function thinned(shape, level) {
    if (level > DEEPEST_THINNED) { return shape; }
    shape.thin = shape.thin || {};
    shape.thin[level] = shape.thin[level] || thin(shape, (shape.near || NEAR_PX) / Math.pow(2, level));
    return shape.thin[level];
  }

  function thin(shape, near) {
    var total = shape.x.length, kept = 0, start = new Int32Array(shape.count + 1), x = new Float64Array(total), y = new Float64Array(total);
    for (var line = 0; line < shape.count; line++) {
      var first = shape.start[line], last = shape.start[line + 1] - 1;
      start[line] = kept;
      for (var at = first; at <= last; at++) {
        if (at === first || at === last || Math.abs(shape.x[at] - x[kept - 1]) + Math.abs(shape.y[at] - y[kept - 1]) > near) {
          x[kept] = shape.x[at];
          y[kept++] = shape.y[at];
        }
      }
    }
    start[shape.count] = kept;
    return {count: shape.count, start: start, x: x.slice(0, kept), y: y.slice(0, kept), box: shape.box};
  }

  /* Lead the pen along every line in sight, or along those from `first` to `end`. */
  planner.trace = function (pen, whole, frame, first, end) {
    var fine = frame.scale * (frame.density || 1), small = (whole.near || NEAR_PX) / fine;
    var shape = thinned(whole, Math.ceil(Math.log(fine) / Math.LN2 - 1e-6));
    pen.beginPath();
    for (var line = first || 0; line < (end === undefined ? shape.count : end); line++) {
      var box = 4 * line;
      if (shape.box[box] > frame.east || shape.box[box + 2] < frame.west ||
          shape.box[box + 1] > frame.south || shape.box[box + 3] < frame.north ||
          (shape.box[box + 2] - shape.box[box] < small && shape.box[box + 3] - shape.box[box + 1] < small)) {
        continue;
      }
      var at = shape.start[line], last = shape.start[line + 1];
      pen.moveTo(shape.x[at] * frame.scale - frame.left, shape.y[at] * frame.scale - frame.top);
      while (++at < last) {
        pen.lineTo(shape.x[at] * frame.scale - frame.left, shape.y[at] * frame.scale - frame.top);
      }
    }
  };

  /* Whether a point lies inside the rings of a shape, holes left out: how often a line to the west crosses them. */
  planner.holds = function (shape, x, y) {
    var inside = false;
    for (var line = 0; line < shape.count; line++) {
      var box = 4 * line, first = shape.start[line], last = shape.start[line + 1] - 1;
      if (x < shape.box[box] || x > shape.box[box + 2] || y < shape.box[box + 1] || y > shape.box[box + 3]) { continue; }
      for (var at = first, before = last; at <= last; before = at++) {
        var rises = shape.y[at] > y, rose = shape.y[before] > y;
        if (rises !== rose &&
            x < (shape.x[before] - shape.x[at]) * (y - shape.y[at]) / (shape.y[before] - shape.y[at]) + shape.x[at]) {
          inside = !inside;
        }
      }
    }
    return inside;
  };

  /* What a canvas shows: its corner and scale in pixels, the world's part in sight, and what of it no margin hides. */
  planner.frame = function (left, top, scale, width, height, margin) {
    return {
      scale: scale, left: left, top: top, width: width, height: height,
      west: left / scale, north: top / scale, east: (left + width) / scale, south: (top + height) / scale,
      inner: margin ? [margin.x, margin.y, width - margin.x, height - margin.y] : [0, 0, width, height]
    };
  };

  /* Give a canvas its size, sharp on every screen, and return its pen. */
  planner.sized = function (canvas, width, height) {
    var ratio = Math.min(window.devicePixelRatio || 1, 2), pen = canvas.getContext("2d");
    canvas.width = Math.round(ratio * width);
    canvas.height = Math.round(ratio * height);
    canvas.style.width = width + "px";
    canvas.style.height = height + "px";
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    return pen;
  };
}());
