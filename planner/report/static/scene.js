/* What the map shows: its shapes, the scene of the tab that is open, and both painted on whatever canvas is there. */
(function () {
  "use strict";

  var view = planner.view, state = planner.state, circle = planner.circle, proposedHere = planner.proposedHere,
    named = planner.named, labelled = planner.labelled, trial = planner.trial, drawing = planner.drawing;
  var WORLD_M = 40075017;  // the equator, 256 pixels long at zoom 0
  var LAND_PX = 2.5;  // land within reach is a soft tint: what is finer than this doesn't show
  var ROOM_PX = [34, 30];  // left free beside and above what the map is about
  var STEP = 0.25, MOST_ZOOM = 17;
  var shapes;

  function prepare() {
    shapes = {streets: null, ground: {}};
    Object.keys(drawing.ground).forEach(function (key) {
      var kind = drawing.ground[key];
      shapes.ground[key] = {rings: planner.shape(kind.rings), lines: planner.shape(kind.lines)};
    });
    shapes.communities = allLocated(view.communities);
    shapes.facilities = allLocated(view.facilities);
    shapes.metres = WORLD_M / 256 * Math.cos((drawing.bounds[0] + drawing.bounds[2]) / 2 * Math.PI / 180);
    shapes.spacing = spacing(shapes.communities.length);
  }

  /* Take in what the opening leaves out: the map is whole when it is painted next. */
  function complete() {
    shapes.streets = {};
    Object.keys(drawing.streets).forEach(function (key) { shapes.streets[key] = planner.shape(drawing.streets[key]); });
    shapes.areas = drawing.areas.map(function (area) {
      return {area: area.area, level: area.level, shape: planner.shape(area)};
    });
    shapes.borders = drawing.communities;  // each has its shape when it is first drawn
    shapes.bands = shapedWhenAsked(drawing.bands, LAND_PX);
    shapes.reached = shapedWhenAsked(drawing.reached);
    shapes.routes = drawing.routes.map(function () { return null; });
  }

  /* By circle the shapes of its bands, made when they are first painted: all of them at once would keep a page from opening. */
  function shapedWhenAsked(blocks, loose) {
    var known = {};
    return function (number) {
      known[number] = known[number] || blocks[number].map(function (block) { return planner.shape(block, loose); });
      return known[number];
    };
  }

  function located(places, i) { return planner.world(places.lon[i], places.lat[i]); }

  function allLocated(places) {
    return places.lon.map(function (lon, i) { return located(places, i); });
  }

  /* The box of all that the map is about, in pixels at zoom 0: west, north, east, south. */
  function extent() {
    var box = drawing.bounds, low = planner.world(box[1], box[0]), high = planner.world(box[3], box[2]);
    return [low[0], high[1], high[0], low[1]];
  }

  /* The middle and the zoom at which a window of that size shows the extent, with room around it; zooms in steps, as
     the map has them. */
  function fitted(width, height) {
    var box = extent(), least = 1e-9;  // a single place has no extent
    var scale = Math.min(Math.max(width - 2 * ROOM_PX[0], 1) / Math.max(box[2] - box[0], least),
      Math.max(height - 2 * ROOM_PX[1], 1) / Math.max(box[3] - box[1], least));
    var steps = Math.floor(Math.round(Math.log(scale) / Math.LN2 / STEP * 100) / 100);
    return {x: (box[0] + box[2]) / 2, y: (box[1] + box[3]) / 2, zoom: Math.max(0, Math.min(MOST_ZOOM, steps * STEP))};
  }

  /* The side of the square that each of so many places has to itself, in pixels at zoom 0. */
  function spacing(count) {
    var box = extent();
    return Math.sqrt((box[2] - box[0]) * (box[3] - box[1]) / Math.max(count, 1));
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
          house: tried && state.trial.shown === "after" && state.trial.closed[i] === true ? "shut" : "house"
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
    return (state.chosen ? planner.candidatesTold() : []).filter(function (i) { return shown.indexOf(i) < 0; }).map(function (i) {
      var at = located(view.candidates, i);
      return {x: at[0], y: at[1], size: 0, label: named(view.candidates, i)};
    });
  }

  function place(kind, index, candidate, rank, chosen) {
    var at = located(view.candidates, candidate);
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
    var at = located(view.areas, area.area), box = area.shape.box;
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

  function paintGround(pen, frame, onTiles) {
    planner.paintGround(pen, frame, shapes, onUnits() ? -1 : state.circle,
      onUnits() ? planner.unitFills(drawing, shapes.areas) : [], onTiles);
  }

  /* Symbols and labels; what of them can be pointed at is returned. */
  function paintAbove(pen, frame) { return planner.paintSymbols(pen, frame, scene()); }

  /* The whole map, on a canvas of any shape. */
  function paint(pen, frame) {
    paintGround(pen, frame, false);
    paintAbove(pen, frame);
  }

  /* Whether the borders of communities are drawn in a frame. */
  function showsBorders(frame) { return planner.bordersShow(shapes, frame) && !onUnits(); }

  prepare();
  planner.scene = {
    complete: complete, extent: extent, fitted: fitted, marked: marked, onUnits: onUnits, paintGround: paintGround, paintAbove: paintAbove,
    paint: paint, showsBorders: showsBorders, outlines: function () { return shapes.areas; }, metresAtZoom0: function () { return shapes.metres; }
  };
}());
