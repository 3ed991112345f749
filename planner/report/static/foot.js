/* The foot of the page. */
(function () {
  "use strict";

  var view = planner.view, state = planner.state, by = planner.by, say = planner.say;

  /* Whom the licences ask to be named, who publishes the page, its approval number; beside them the switch of basemaps, once there is one. */
  planner.showFoot = function () {
    var named = view.attribution.concat(state.online ? [view.imprint.tiles.attribution] : []);
    by("attribution").textContent = named.join(" · ");
    by("imprint").textContent = [say(view.imprint.publisher), say(view.imprint.approval)].filter(Boolean).join(" · ");
    by("imprint").hidden = !by("imprint").textContent;
    if (planner.showSwitch) { planner.showSwitch(); }
  };
}());
