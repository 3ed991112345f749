/* A background map from outside where the study asks for one: only then, and until it fails. */
(function () {
  "use strict";

  var state = planner.state, by = planner.by, word = planner.word, make = planner.make,
    button = planner.button, empty = planner.empty, map = planner.map, tiles = planner.view.imprint.tiles;
  var MOST_FAILURES = 3;  // tiles in a row that didn't come: the host is out of reach, or the key is refused
  var layers = [], failed = false, missing = 0;

  /* A page that was opened as a file can't name itself, as some hosts want. */
  function offered() { return tiles !== null && !(tiles.served_only && window.location.protocol === "file:"); }

  function switchTo(wanted) {
    state.online = wanted;
    missing = 0;
    layers.forEach(function (layer) { layer.remove(); });
    layers = state.online ? tiles.layers.map(tileLayer) : [];
    planner.showMap();
    planner.showFoot();
  }

  function tileLayer(address) {
    var layer = L.tileLayer(address, {maxNativeZoom: tiles.deepest_zoom, maxZoom: 19});
    layer.on("tileload", function () { missing = 0; });
    layer.on("tileerror", function () {
      missing += 1;
      if (state.online && missing >= MOST_FAILURES) {
        failed = true;
        // Leaflet is still at work on the tile of which it tells here.
        window.setTimeout(function () { if (state.online) { switchTo(false); } }, 0);
      }
    });
    return layer.addTo(map);
  }

  function showSwitch() {
    var box = empty(by("basemap"));
    box.hidden = !offered();
    if (box.hidden) { return; }
    box.appendChild(make("span", "", word("basemap")));
    [false, true].forEach(function (wanted) {
      var one = button(word(wanted ? "basemap_online" : "basemap_own"), "segment", function () {
        if (wanted === state.online) { return; }
        failed = false;
        switchTo(wanted);
        box.querySelector("[aria-pressed=true]").focus();
      });
      one.setAttribute("aria-pressed", String(wanted === state.online));
      one.dataset.basemap = wanted ? "online" : "own";
      box.appendChild(one);
    });
    if (failed && !state.online) { box.appendChild(make("span", "warn", word("basemap_failed"))); }
  }

  planner.showSwitch = showSwitch;
  if (offered()) { window.setTimeout(function () { switchTo(true); }, 0); }
}());
