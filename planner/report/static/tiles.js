/* A background map from outside where the study asks for one: only then, and until it fails. */
(function () {
  "use strict";

  var state = planner.state, map = planner.map, tiles = planner.view.imprint.tiles;
  var MOST_FAILURES = 3;  // tiles in a row that didn't come: the host is out of reach, or the key is refused
  var layers = [], missing = 0;

  function switchTo(wanted) {
    state.online = wanted;
    showLayers();
    planner.showFoot();
    planner.showMap();
    planner.refit();
  }

  function showLayers() {
    missing = 0;
    layers.forEach(function (layer) { layer.remove(); });
    layers = state.online ? tiles.layers.map(tileLayer) : [];
  }

  function tileLayer(address) {
    var layer = L.tileLayer(address, {maxNativeZoom: tiles.deepest_zoom, maxZoom: 19});
    layer.on("tileload", function () { missing = 0; });
    layer.on("tileerror", function () {
      missing += 1;
      if (state.online && missing >= MOST_FAILURES) {
        state.tilesFailed = true;
        // Leaflet is still at work on the tile of which it tells here.
        window.setTimeout(function () { if (state.online) { switchTo(false); } }, 0);
      }
    });
    return layer.addTo(map);
  }

  planner.switchTo = switchTo;
  showLayers();
}());
