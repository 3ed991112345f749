/* The map while an indicator is chosen: its units coloured by verdict, told apart by pattern and symbol as well. */
(function () {
  "use strict";

  var view = planner.view, state = planner.state, say = planner.say, word = planner.word, named = planner.named,
    make = planner.make, icon = planner.icon, button = planner.button;
  var SYMBOL = {m: "covered", b: "uncovered", n: "none", d: "neutral", x: "neutral", t: "neutral", y: "covered", o: "uncovered", z: "neutral",
    v: "covered", w: "uncovered", u: "neutral"};
  var WORD = {m: "meets", b: "below", n: "no_data", d: "not_due", x: "not_applicable", t: "no_target", y: "has_one", o: "has_none", z: "has_none",
    v: "reached", w: "not_reached", u: "not_reached"};
  var PART = {c: "part_counts", l: "part_not_open", a: "part_outside", o: "part_unmet", q: "part_unknown"};
  var HOUSES = [["house", "c", "counts"], ["idle", "lao", "counts_not"], ["unsure", "q", "counts_unknown"]];
  var LEGEND = "myvbowzutndx";  // what is met first, what nobody knows last
  var GOOD = "myv", BAD = "bow";
  var TINT = {good: "rgba(11,110,95,.20)", bad: "rgba(213,94,0,.10)", plain: "rgba(92,98,109,.08)"};
  var SLANTED = "rgba(196,86,0,.42)", DOTTED = "rgba(92,98,109,.55)";
  var patterns = {}, fills = {}, SYMBOL_SIZE = 80;

  function item() { return state.indicator ? view.compliance.items[state.indicator.item] : null; }

  function line() { return state.indicator ? item().lines[state.indicator.line] : null; }

  function units() { return line().units; }

  /* Whether the map shows units in place of the circle. */
  function onUnits() { return state.indicator !== null && units().mapped; }

  function places(letter) {
    return {a: view.areas, c: view.communities, f: view.facilities, r: view.residential}[letter] || null;
  }

  function nameOfUnit(own, i) {
    var table = places(own.places.charAt(i));
    return own.names[i] || (table ? named(table, own.at[i]) : "");
  }

  function labelOfUnit(own, i) {
    return own.places.charAt(i) === "c" && !own.names[i] ? planner.labelled(view.communities, own.at[i]) : nameOfUnit(own, i);
  }

  /* Where a unit's symbol stands: at its place, or amid the communities that make it up; null where nobody knows. */
  function spot(own, i) {
    var table = places(own.places.charAt(i)), at = own.at[i];
    if (own.places.charAt(i) === "m") {
      return [mean(at, view.communities.lat), mean(at, view.communities.lon)];
    }
    return table && table.lat[at] !== null ? [table.lat[at], table.lon[at]] : null;
  }

  function mean(positions, cells) {
    return positions.reduce(function (sum, i) { return sum + cells[i]; }, 0) / positions.length;
  }

  /* What is painted above the ground, as the circles' scene is. */
  function unitScene(spacing, selected) {
    var own = units(), shown = [];
    own.at.forEach(function (at, i) {
      var place = spot(own, i);
      if (!place) { return; }
      var xy = planner.world(place[1], place[0]);
      shown.push({
        kind: "unit", index: i, x: xy[0], y: xy[1], size: SYMBOL_SIZE, symbol: SYMBOL[own.verdicts.charAt(i)],
        label: labelOfUnit(own, i), selected: selected("unit", i)
      });
    });
    return {
      spacing: spacing(Math.max(shown.length, 12)), facilitySpacing: spacing(Math.max(line().facilities.length, 12)),
      route: null, communities: shown.reverse(), sites: [], labelled: true,
      facilities: own.places.charAt(0) === "f" ? [] : line().facilities.map(function (i, number) {
        var at = planner.world(view.facilities.lon[i], view.facilities.lat[i]);
        return {
          index: i, x: at[0], y: at[1], size: 0, label: named(view.facilities, i), selected: selected("facility", i),
          house: houseOf(line().parts.charAt(number))[0]
        };
      })
    };
  }

  /* The outlines to fill, with the letter of their verdict; an indicator's are put together once. */
  function unitFills(drawing, areas) {
    var key = state.indicator.item + "-" + state.indicator.line, own = units();
    if (fills[key]) { return fills[key]; }
    var known = {a: {}};
    areas.forEach(function (area) { known.a[area.area] = area.shape; });
    var blocks = Object.assign({c: drawing.communities}, drawing.units);
    Object.keys(blocks).forEach(function (letter) {
      known[letter] = known[letter] || {};
      blocks[letter].forEach(function (block) {
        block.shape = block.shape || planner.shape(block);
        known[letter][block.at] = block.shape;
      });
    });
    var found = [];
    own.at.forEach(function (at, i) {
      var letter = own.places.charAt(i), table = known[letter === "m" ? "c" : letter] || {};
      [].concat(at).forEach(function (position) {
        if (table[position]) { found.push({unit: i, letter: own.verdicts.charAt(i), shape: table[position]}); }
      });
    });
    fills[key] = found;
    return found;
  }

  function paintUnits(pen, frame, shapes) {
    shapes.forEach(function (one) {
      planner.trace(pen, one.shape, frame);
      paintVerdict(pen, one.letter);
    });
  }

  function paintUnitBorders(pen, frame, shapes) {
    pen.setLineDash([]);
    shapes.forEach(function (one) {
      planner.trace(pen, one.shape, frame);
      pen.strokeStyle = "rgba(74,68,54,.5)";
      pen.lineWidth = 1.2;
      pen.stroke();
    });
  }

  /* Met: plain. Not met: slanted lines. No data: dots. The rest: a grey tint. */
  function paintVerdict(pen, letter) {
    var bad = BAD.indexOf(letter) >= 0;
    pen.fillStyle = TINT[GOOD.indexOf(letter) >= 0 ? "good" : bad ? "bad" : "plain"];
    pen.fill("evenodd");
    if (bad || letter === "n") {
      patterns[bad] = patterns[bad] || pen.createPattern(tile(bad), "repeat");
      pen.fillStyle = patterns[bad];
      pen.fill("evenodd");
    }
  }

  function tile(slanted) {
    var canvas = make("canvas"), size = 12, pen = canvas.getContext("2d");
    canvas.width = canvas.height = size;
    if (!slanted) {
      pen.fillStyle = DOTTED;
      pen.fillRect(2, 2, 1.6, 1.6);
      pen.fillRect(8, 8, 1.6, 1.6);
      return canvas;
    }
    pen.strokeStyle = SLANTED;
    pen.lineWidth = 1.1;
    pen.beginPath();
    [-size, 0, size].forEach(function (shift) {
      pen.moveTo(shift, size);
      pen.lineTo(shift + size, 0);
    });
    pen.stroke();
    return canvas;
  }

  /* The unit on whose land a point lies, at zoom 0; -1 for none. */
  function unitAt(drawing, areas, x, y) {
    var found = -1;
    unitFills(drawing, areas).forEach(function (one) {
      if (planner.holds(one.shape, x, y)) { found = one.unit; }
    });
    return found;
  }

  function figure(own, i) {
    if (!own.value_column) { return ""; }
    return " · " + say(own.value_column) + " " + (own.values[i] || word("unknown"));
  }

  function unitTip(box, i) {
    var own = units();
    box.appendChild(make("b", "", nameOfUnit(own, i)));
    box.appendChild(make("div", "", word(WORD[own.verdicts.charAt(i)]) + figure(own, i)));
  }

  function unitCard(box, i) {
    var own = units(), letter = own.verdicts.charAt(i), title = make("h2", "", nameOfUnit(own, i));
    title.insertBefore(icon(SYMBOL[letter]), title.firstChild);
    box.appendChild(title);
    box.appendChild(make("p", "", say(item().name) + (line().label ? " · " + say(line().label) : "")));
    box.appendChild(make("p", "", word(WORD[letter]) + figure(own, i) +
      (own.needs[i] ? " · " + say(own.need_column) + " " + own.needs[i] : "") +
      (own.gaps[i] ? " · " + say(own.gap_column) + " " + own.gaps[i] : "")));
    if (own.why[i] >= 0) { box.appendChild(make("p", "warn", say(own.reasons[own.why[i]]))); }
  }

  function unitLegend(box, add) {
    var own = units();
    box.appendChild(make("strong", "legend-title", say(item().name) + (line().label ? " · " + say(line().label) : "")));
    LEGEND.split("").forEach(function (letter) {
      if (own.verdicts.indexOf(letter) < 0) { return; }
      add(box, icon(SYMBOL[letter]), word(WORD[letter]));
      if (unitSwatched(own, letter)) { box.lastChild.insertBefore(swatch(letter), box.lastChild.lastChild); }
    });
    if (own.places.charAt(0) !== "f") {
      HOUSES.forEach(function (house) {
        if (line().parts.split("").some(function (part) { return houseOf(part) === house; })) { add(box, icon(house[0]), word(house[2])); }
      });
    }
    box.appendChild(button(word("map_back"), "link", function () { planner.leaveIndicator(true); }));
  }

  /* How a facility is drawn that counts, doesn't count, or of which nobody can tell. */
  function houseOf(part) { return HOUSES.filter(function (house) { return house[1].indexOf(part) >= 0; })[0]; }

  /* Whether a facility counts for the indicator, and why not. */
  function partOf(facility) { return word(PART[line().parts.charAt(line().facilities.indexOf(facility))]); }

  function unitSwatched(own, letter) {
    return (fills[state.indicator.item + "-" + state.indicator.line] || []).some(function (one) { return one.letter === letter; });
  }

  function swatch(letter) {
    var canvas = make("canvas", "swatch"), pen = canvas.getContext("2d");
    canvas.width = 27;
    canvas.height = 18;
    canvas.setAttribute("aria-hidden", "true");
    pen.fillStyle = planner.colour.paper;
    pen.fillRect(0, 0, 27, 18);
    pen.beginPath();
    pen.rect(0.5, 0.5, 26, 17);
    paintVerdict(pen, letter);
    pen.strokeStyle = "rgba(90,84,70,.7)";
    pen.stroke();
    return canvas;
  }

  Object.assign(planner, {UNIT_SYMBOL: SYMBOL, UNIT_WORD: WORD, nameOfUnit: nameOfUnit, spotOfUnit: spot, units: units, onUnits: onUnits,
    unitScene: unitScene, unitFills: unitFills, paintUnits: paintUnits, paintUnitBorders: paintUnitBorders, unitAt: unitAt, unitTip: unitTip,
    unitCard: unitCard, partOf: partOf, unitLegend: unitLegend});
}());
