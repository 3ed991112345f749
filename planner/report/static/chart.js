/* The map: what is painted on it, what lies under the pointer, its buttons, scale bar and legend. */
(function () {
  "use strict";

  var view = planner.view, state = planner.state, SYMBOL = planner.SYMBOL, WORD = planner.WORD,
    by = planner.by, say = planner.say, word = planner.word, circle = planner.circle,
    proposedHere = planner.proposedHere, named = planner.named, labelled = planner.labelled,
    letter = planner.letter, letterOfReach = planner.letterOfReach, distance = planner.distance,
    withUnit = planner.withUnit, make = planner.make, empty = planner.empty, each = planner.each,
    icon = planner.icon, button = planner.button, trial = planner.trial, drawing = planner.drawing;
  var map = window[document.querySelector(".folium-map").id];
  var POINT_PX = 9;  // how far from a symbol a pointer may be
  var WORLD_M = 40075017;  // the equator, 256 pixels long at zoom 0
  var BORDERED = ["county", "street", "township"], bordersSeen = false;
  var LAND_PX = 2.5;  // land within reach is a soft tint: what is finer than this doesn't show
  var MARGIN = 0.1;  // how far a sheet reaches beyond the window on each side, for who moves the map
  var ground = new planner.Sheet(paintSheet, {padding: 0}), symbols = new planner.Sheet(paintAbove, {padding: MARGIN});
  var shapes, targets = [], tip = null, pointed = null, zoomButtons = null, scaleBar = null, home = null;

  function prepare() {
    shapes = {streets: null, ground: {}};
    Object.keys(drawing.ground).forEach(function (key) {
      var kind = drawing.ground[key];
      shapes.ground[key] = {rings: planner.shape(kind.rings), lines: planner.shape(kind.lines)};
    });
    shapes.areas = drawing.areas.map(function (area) {
      return {area: area.area, level: area.level, shape: planner.shape(area)};
    });
    shapes.communities = located(view.communities);
    shapes.facilities = located(view.facilities);
    shapes.candidates = located(view.candidates);
    shapes.metres = WORLD_M / 256 * Math.cos((drawing.bounds[0] + drawing.bounds[2]) / 2 * Math.PI / 180);
    shapes.spacing = spacing(shapes.communities.length);
  }

  /* Take in what the opening leaves out: the map is whole when it is painted next. */
  function complete() {
    shapes.streets = {};
    Object.keys(drawing.streets).forEach(function (key) { shapes.streets[key] = planner.shape(drawing.streets[key]); });
    shapes.borders = drawing.communities;  // each has its shape when it is first drawn
    shapes.bands = shapedWhenAsked(drawing.bands, LAND_PX);
    shapes.reached = shapedWhenAsked(drawing.reached);
    shapes.routes = drawing.routes.map(function () { return null; });
    ground.options.padding = MARGIN;
    symbols.addTo(map);
  }

  /* By circle the shapes of its bands, made when they are first painted: all of them at once would keep a page from opening. */
  function shapedWhenAsked(blocks, loose) {
    var known = {};
    return function (number) {
      known[number] = known[number] || blocks[number].map(function (block) { return planner.shape(block, loose); });
      return known[number];
    };
  }

  function located(places) {
    return places.lon.map(function (lon, i) { return planner.world(lon, places.lat[i]); });
  }

  /* The side of the square that each of so many places has to itself, in pixels at zoom 0. */
  function spacing(count) {
    var box = drawing.bounds, low = planner.world(box[1], box[0]), high = planner.world(box[3], box[2]);
    return Math.sqrt(Math.abs((high[0] - low[0]) * (high[1] - low[1])) / Math.max(count, 1));
  }

  function isChosen(kind, index) {
    return state.chosen !== null && state.chosen.kind === kind && state.chosen.index === index;
  }

  function onUnits() { return state.indicator !== null && planner.onUnits(); }

  function scene() {
    if (onUnits()) { return planner.unitScene(spacing, isChosen); }
    var one = circle(), here = proposedHere();
    var ringed = marked(here), tried = trial.here() && state.tab === "siting" && state.mode === "reach";
    return {
      spacing: shapes.spacing,
      facilitySpacing: spacing(Math.max(one.facilities.length, 12)),
      route: route(),
      communities: one.order.slice().reverse().map(function (i) {
        return {
          index: i, x: shapes.communities[i][0], y: shapes.communities[i][1], size: one.size[i],
          symbol: planner.symbolOf(i), label: labelled(view.communities, i), near: planner.inBand(i),
          selected: isChosen("community", i), gained: ringed[i] === true
        };
      }),
      facilities: one.facilities.map(function (i) {
        return {
          index: i, x: shapes.facilities[i][0], y: shapes.facilities[i][1], size: 0,
          label: named(view.facilities, i), selected: isChosen("facility", i),
          closed: tried && state.trial.shown === "after" && state.trial.closed[i] === true
        };
      }),
      options: tried ? options(here) : [],
      sites: !here || state.mode === "present" ? [] : here.sites.map(function (site, number) {
        var own = trial.rule(site.circle);
        return place("site", number, site.candidate, site.rank, !tried || !own || trial.sites(own.service)[site.candidate] === true);
      }),
      hints: hints(here && state.mode !== "present" ? here.sites : []),
      labelled: shapes.streets !== null,
      areas: shapes.streets ? shapes.areas.filter(function (area) { return area.level !== "county"; }).map(nameOfArea) : []
    };
  }

  /* Candidates that the card of the chosen community names, but for those that stand on the map as proposed sites. */
  function hints(sites) {
    var shown = sites.map(function (site) { return site.candidate; });
    return planner.candidatesTold().filter(function (i) { return shown.indexOf(i) < 0; }).map(function (i) {
      return {x: shapes.candidates[i][0], y: shapes.candidates[i][1], size: 0, label: named(view.candidates, i)};
    });
  }

  function place(kind, index, candidate, rank, chosen) {
    var at = shapes.candidates[candidate];
    return {
      kind: kind, index: index, x: at[0], y: at[1], size: 0, rank: rank, chosen: chosen,
      label: named(view.candidates, candidate), selected: isChosen(kind, index)
    };
  }

  /* Candidates that the proposal doesn't name, to be tried out. */
  function options(here) {
    var named_by = {}, own = trial.here();
    (here ? here.sites : []).forEach(function (site) { named_by[site.candidate] = true; });
    return own.candidates.filter(function (i) { return !named_by[i]; }).map(function (i) {
      return place("candidate", i, i, "+", trial.sites(own.service)[i] === true);
    });
  }

  /* Communities with a ring: those that the choice or the scenario changes, or those that the chosen site gains. */
  function marked(here) {
    var found = {}, list = [];
    if (state.chosen && state.chosen.kind === "site" && here) {
      list = here.sites[state.chosen.index].communities;
    } else if (trial.shownAfter()) {
      list = trial.gained(state.circle).concat(trial.lost(state.circle));
    } else if (circle().scenario && state.mode === "reach") {
      list = circle().order.filter(function (i) { return circle().status.charAt(i) !== view.circles[circle().base].status.charAt(i); });
    }
    list.forEach(function (i) { found[i] = true; });
    return found;
  }

  function nameOfArea(area) {
    var at = planner.world(view.areas.lon[area.area], view.areas.lat[area.area]), box = area.shape.box;
    var west = Infinity, north = Infinity, east = -Infinity, south = -Infinity;
    for (var i = 0; i < box.length; i += 4) {
      west = Math.min(west, box[i]);
      north = Math.min(north, box[i + 1]);
      east = Math.max(east, box[i + 2]);
      south = Math.max(south, box[i + 3]);
    }
    return {x: at[0], y: at[1], width: east - west, height: south - north, label: named(view.areas, area.area)};
  }

  function route() {
    if (!state.chosen || state.chosen.kind !== "community") { return null; }
    var known = drawing.routes[state.circle], line = known.of.indexOf(state.chosen.index);
    if (line < 0) { return null; }
    shapes.routes[state.circle] = shapes.routes[state.circle] || planner.shape(known);
    return {shape: shapes.routes[state.circle], line: line};
  }

  function showMap() {
    paintMap();
    showLegend();
  }

  function paintMap() {
    ground.redraw();
    symbols.redraw();
  }

  /* The legend may have grown or shrunk, and the map with it; who hasn't moved it sees all of it still. */
  function refit() {
    if (!home) { return; }
    var box = map.getContainer(), size = map.getSize();
    if (size.x === box.clientWidth && size.y === box.clientHeight) { return; }
    if (map.getZoom() === home.zoom && map.getCenter().equals(home.centre, 1e-7)) {
      fit();
    } else {
      map.invalidateSize({animate: false});
    }
  }

  function showSymbols() { symbols.redraw(); }

  function fit() {
    map.invalidateSize({animate: false});
    map.setMinZoom(0);
    map.fitBounds([[drawing.bounds[0], drawing.bounds[1]], [drawing.bounds[2], drawing.bounds[3]]],
      {padding: [34, 30], animate: false, maxZoom: 17});
    map.setMinZoom(Math.max(0, map.getZoom() - 1.5));
    home = {zoom: map.getZoom(), centre: map.getCenter()};
  }

  function showControls() {
    if (zoomButtons) { zoomButtons.remove(); }
    if (scaleBar) { scaleBar.remove(); }
    zoomButtons = L.control.zoom({zoomInTitle: word("zoom_in"), zoomOutTitle: word("zoom_out")}).addTo(map);
    var home = L.DomUtil.create("a", "zoom-home", zoomButtons.getContainer());
    home.href = "#";
    home.title = word("zoom_all");
    home.setAttribute("role", "button");
    home.setAttribute("aria-label", word("zoom_all"));
    L.DomEvent.disableClickPropagation(home);
    home.addEventListener("click", function (event) {
      event.preventDefault();
      fit();
    });
    scaleBar = new ScaleBar({imperial: false, maxWidth: 120}).addTo(map);
  }

  var ScaleBar = L.Control.Scale.extend({
    _updateMetric: function (most) {
      var metres = this._getRoundNum(most);
      var text = metres < 1000 ? withUnit(metres, "metres_short") : withUnit(metres / 1000, "kilometres_short");
      this._mScale.style.width = Math.round(this.options.maxWidth * metres / most) + "px";
      this._mScale.textContent = text;
    }
  });

  function targetAt(event) {
    var scale = Math.pow(2, map.getZoom()), origin = map.getPixelOrigin(), best = null, least = Infinity;
    targets.forEach(function (target) {
      var dx = target.x * scale - origin.x - event.layerPoint.x, dy = target.y * scale - origin.y - event.layerPoint.y;
      var away = Math.sqrt(dx * dx + dy * dy) - target.r;
      if (away <= POINT_PX && away <= least) {
        least = Math.max(away, 0);
        best = target;
      }
    });
    return best || targetOfLand(scale, origin, event);
  }

  /* The unit on whose land the pointer is, while an indicator is shown. */
  function targetOfLand(scale, origin, event) {
    if (!onUnits()) { return null; }
    var unit = planner.unitAt(drawing, shapes.areas, (origin.x + event.layerPoint.x) / scale, (origin.y + event.layerPoint.y) / scale);
    return targets.filter(function (target) { return target.kind === "unit" && target.one.index === unit; })[0] || null;
  }

  function point(event) {
    var target = targetAt(event);
    if (target === pointed) { return; }
    pointed = target;
    if (tip) { tip.remove(); }
    tip = null;
    map.getContainer().style.cursor = target ? "pointer" : "";
    if (target) {
      tip = L.tooltip({direction: "top", offset: [0, -target.r - 2], opacity: 1})
        .setContent(tooltip(target))
        .setLatLng(placeOf(target.kind, target.one.index)).addTo(map);
    }
  }

  function tooltip(target) {
    var box = make("div"), i = target.one.index;
    if (target.kind === "unit") {
      planner.unitTip(box, i);
    } else if (target.kind === "community") {
      box.appendChild(make("b", "", named(view.communities, i)));
      box.appendChild(make("div", "", word(WORD[letter(i)]) + (letterOfReach(i) === "n" || circle().nearest[i] < 0 ? "" :
        " · " + withUnit(distance(i), circle().by_time ? "minutes_short" : "metres_short"))));
    } else if (target.kind === "facility") {
      box.appendChild(make("b", "", named(view.facilities, i)));
    } else if (target.kind === "candidate") {
      box.appendChild(make("b", "", named(view.candidates, i)));
      box.appendChild(make("div", "", word("candidate")));
    } else {
      box.appendChild(make("b", "", proposedHere().sites[i].rank + " " + target.one.label));
      box.appendChild(make("div", "", word("gained") + " " + say(proposedHere().sites[i].gained)));
    }
    return box;
  }

  function placeOf(kind, i) {
    if (kind === "unit") { return L.latLng(planner.spotOfUnit(planner.units(), i)); }
    var places = {community: view.communities, facility: view.facilities, site: view.candidates, candidate: view.candidates}[kind];
    var at = kind === "site" ? proposedHere().sites[i].candidate : i;
    return L.latLng(places.lat[at], places.lon[at]);
  }

  function showLegend() {
    fillLegend();
    refit();
  }

  function fillLegend() {
    var box = empty(by("legend")), one = circle();
    planner.showBand();
    if (onUnits()) {
      planner.unitLegend(box, legendItem);
      return;
    }
    var letters = state.mode === "present" ? ["i", "o", "q"] : ["c", "u", "n"];
    box.appendChild(make("strong", "legend-title", say(one.heading)));
    legendItem(box, null, word("legend_communities"));
    box.lastChild.classList.add("lead");
    letters.forEach(function (key) {
      if (key === "c" && planner.band() !== null) {
        var band = one.shades[planner.band()];
        legendItem(box, icon("covered"), say(band.within));
        if (planner.band()) { legendItem(box, icon("beyond"), say(band.beyond)); }
      } else if (one.counts[key] !== "0" || key === letters[0]) {
        legendItem(box, icon(SYMBOL[key]), word(WORD[key] + "_communities"));
      }
    });
    legendItem(box, icon("house"), say(one.facility_words));
    if (state.mode === "reach" && proposedHere() && proposedHere().sites.length) { legendItem(box, icon("site"), word("site_legend")); }
    if (state.tab === "siting" && state.mode === "reach" && trial.here()) { trialLegend(box); }
    if (one.scenario && Object.keys(marked(null)).length) { legendItem(box, icon("ring"), word("ring_legend")); }
    if (one.size_words && planner.band() === null) { legendItem(box, null, say(one.size_words)); }
    if (one.bands) {
      planner.bandLegend(box);
      box.appendChild(button(word(state.reached === "streets" ? "show_land" : "show_streets"), "link", function () {
        state.reached = state.reached === "streets" ? "land" : "streets";
        showMap();
        box.querySelector("button.link").focus();
      }));
    }
    if (drawing.ground.green) { legendItem(box, greenSwatch(), word("park")); }
    borderLegend(box);
  }

  /* Borders of units, and of communities once they have been in sight: those are drawn on approach. */
  function borderLegend(box) {
    BORDERED.forEach(function (level) {
      if (!drawing.areas.some(function (area) { return area.level === level; })) { return; }
      legendItem(box, planner.lineSwatch(function (pen) { planner.borderPen.area(pen, level); }), word("border_" + level));
    });
    if (!drawing.communities || !drawing.communities.length) { return; }
    legendItem(box, planner.lineSwatch(planner.borderPen.community), word("border_legend"));
    box.lastChild.dataset.border = "community";
    box.lastChild.hidden = !bordersSeen;
  }

  function trialLegend(box) {
    var own = trial.here(), here = proposedHere();
    if (own.candidates.length > (here ? here.sites.length : 0)) { legendItem(box, icon("option"), word("candidate_legend")); }
    if (trial.shownAfter() && (trial.gained(state.circle).length || trial.lost(state.circle).length)) {
      legendItem(box, icon("ring"), word("ring_legend"));
    }
  }

  function legendItem(box, picture, text) {
    var item = make("span", "legend-item");
    if (picture) { item.appendChild(picture); }
    item.appendChild(make("span", "", text));
    box.appendChild(item);
  }

  function greenSwatch() {
    var canvas = make("canvas", "swatch"), pen = canvas.getContext("2d");
    canvas.width = 22;
    canvas.height = 16;
    canvas.setAttribute("aria-hidden", "true");
    pen.beginPath();
    pen.rect(0, 0, 22, 16);
    planner.fillGreen(pen, 0, 0);
    return canvas;
  }

  /* From the first time that borders of communities are in sight the legend has them: it never shrinks, lest the map
     and it chase each other. */
  function noteBorders(frame) {
    if (bordersSeen || !drawing.communities.length || !showsBorders(frame)) { return; }
    bordersSeen = true;
    setTimeout(showLegend, 0);
  }

  /* The ground, and before the map is whole all of it: one sheet no larger than the window is shown sooner than two. */
  function paintSheet(pen, frame) {
    paintGround(pen, frame, state.online);
    if (shapes.streets) {
      noteBorders(frame);
    } else {
      paintAbove(pen, frame);
    }
  }

  function paintAbove(pen, frame) { targets = planner.paintSymbols(pen, frame, scene()); }

  function paintGround(pen, frame, onTiles) {
    planner.paintGround(pen, frame, shapes, onUnits() ? -1 : state.circle,
      onUnits() ? planner.unitFills(drawing, shapes.areas) : [], onTiles);
  }

  /* The whole map once more, on a canvas of its own shape. */
  function paintOn(pen, frame) {
    paintGround(pen, frame, false);
    planner.paintSymbols(pen, frame, scene());
  }

  /* The box of all that the map is about, in pixels at zoom 0: west, north, east, south. */
  function extent() {
    var box = drawing.bounds, low = planner.world(box[1], box[0]), high = planner.world(box[3], box[2]);
    return [low[0], high[1], high[0], low[1]];
  }

  /* Give the map its view, once the words around it have left it its size, and paint it. */
  function begin() {
    prepare();
    showControls();
    fit();
    ground.addTo(map);
    map.on("mousemove", point);
  }

  /* Whether the borders of communities are drawn in a frame. */
  function showsBorders(frame) { return planner.bordersShow(shapes, frame) && !onUnits(); }

  L.extend(planner, {paintOn: paintOn, extent: extent, outlines: function () { return shapes.areas; }, metresAtZoom0: function () { return shapes.metres; },
    map: map, begin: begin, complete: complete, fit: fit, refit: refit, showMap: showMap, paintMap: paintMap, showSymbols: showSymbols,
    showLegend: showLegend, showsBorders: showsBorders, fillLegend: fillLegend, showControls: showControls, targetAt: targetAt, placeOf: placeOf});
}());
