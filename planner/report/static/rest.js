/* What the first frame didn't need, put where the opening's part is. */
(function () {
  "use strict";

  var rest = JSON.parse(planner.by("rest").textContent), view = planner.view;
  view.circles.push.apply(view.circles, rest.view.circles);
  L.extend(view.trial, rest.view.trial);
  delete rest.view.circles;
  delete rest.view.trial;
  L.extend(view, rest.view);
  L.extend(planner.drawing, rest.drawing);
  planner.complete();
}());
