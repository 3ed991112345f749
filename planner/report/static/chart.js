/* The map that can be moved: Leaflet's, with the scene on two sheets, its buttons and scale bar, and what lies under the pointer. */
(function () {
  "use strict";

  var view = planner.view, say = planner.say, word = planner.word, circle = planner.circle,
    state = planner.state, WORD = planner.WORD, proposedHere = planner.proposedHere, named = planner.named,
    letter = planner.letter, letterOfReach = planner.letterOfReach, distance = planner.distance,
    withUnit = planner.withUnit, make = planner.make, drawing = planner.drawing, scene = planner.scene;
  var map = window[document.querySelector(".folium-map").id];
  var POINT_PX = 9;  // how far from a symbol a pointer may be
  var MARGIN = 0.1;  // how far a sheet reaches beyond the window on each side, for who moves the map
  var ground = new planner.Sheet(paintGround, {padding: MARGIN}), symbols = new planner.Sheet(paintAbove, {padding: MARGIN});
  var targets = [], tip = null, pointed = null, zoomButtons = null, scaleBar = null, home = null;

  function showMap() {
    paintMap();
    showLegend();
  }

  function paintMap() {
    ground.redraw();
    symbols.redraw();
  }

  /* The legend or the window may have grown or shrunk, and the map with it: Leaflet then tells of a resize. */
  function refit() { map.invalidateSize({animate: false}); }

  /* Whether nobody has moved the map; a change of size moves its middle by less than a pixel. */
  function atHome() {
    return map.getZoom() === home.zoom && map.latLngToLayerPoint(map.getCenter()).distanceTo(map.latLngToLayerPoint(home.centre)) < 2;
  }

  function showSymbols() { symbols.redraw(); }

  function fit() {
    map.invalidateSize({animate: false});
    map.setMinZoom(0);
    var size = map.getSize(), one = scene.fitted(size.x, size.y);
    map.setView(map.unproject([one.x, one.y], 0), one.zoom, {animate: false});
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
    if (!scene.onUnits()) { return null; }
    var unit = planner.unitAt(drawing, scene.outlines(), (origin.x + event.layerPoint.x) / scale, (origin.y + event.layerPoint.y) / scale);
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
    if (planner.fillLegend()) { refit(); }
  }

  function paintGround(pen, frame) {
    scene.paintGround(pen, frame, state.online);
    if (scene.showsBorders(frame) && planner.noteBorders()) { setTimeout(showLegend, 0); }
  }

  function paintAbove(pen, frame) { targets = scene.paintAbove(pen, frame); }

  Object.assign(planner, {
    map: map, refit: refit, showMap: showMap, paintMap: paintMap, showSymbols: showSymbols, showLegend: showLegend,
    showControls: showControls, targetAt: targetAt, placeOf: placeOf
  });
  fit();
  ground.addTo(map);
  symbols.addTo(map);
  map.on("mousemove", point);
  map.on("resize", function () { if (atHome()) { fit(); } });  // who hasn't moved it sees all of it still
}());
