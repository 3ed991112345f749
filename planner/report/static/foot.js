/* The foot of the page: sources and publisher, and the switch of basemaps where the study offers tiles from outside. */
(function () {
  "use strict";

  var view = planner.view, state = planner.state, by = planner.by, say = planner.say, word = planner.word, make = planner.make,
    button = planner.button, empty = planner.empty, tiles = view.imprint.tiles;
  state.online = offered();  // whether tiles from outside lie under the map
  state.tilesFailed = false;

  /* A page that was opened as a file can't name itself, as some hosts want. */
  function offered() { return tiles !== null && !(tiles.served_only && window.location.protocol === "file:"); }

  /* Whom the licences ask to be named, who publishes the page, its approval number. */
  function showFoot() {
    var named = view.attribution.concat(state.online ? [tiles.attribution] : []);
    by("attribution").textContent = named.join(" · ");
    by("imprint").textContent = [say(view.imprint.publisher), say(view.imprint.approval)].filter(Boolean).join(" · ");
    by("imprint").hidden = !by("imprint").textContent;
    showSwitch();
  }

  function showSwitch() {
    var box = empty(by("basemap"));
    box.hidden = !offered();
    if (box.hidden) { return; }
    box.appendChild(make("span", "", word("basemap")));
    [false, true].forEach(function (wanted) {
      var one = button(word(wanted ? "basemap_online" : "basemap_own"), "segment", function () {
        if (wanted === state.online || !planner.switchTo) { return; }
        state.tilesFailed = false;
        planner.switchTo(wanted);
        box.querySelector("[aria-pressed=true]").focus();
      });
      one.setAttribute("aria-pressed", String(wanted === state.online));
      one.dataset.basemap = wanted ? "online" : "own";
      box.appendChild(one);
    });
    if (state.tilesFailed && !state.online) { box.appendChild(make("span", "warn", word("basemap_failed"))); }
  }

  planner.showFoot = showFoot;
}());
