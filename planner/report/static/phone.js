/* On a narrow screen the map stands below the sentence of the tab that is open: first what it says, then where. */
(function () {
  "use strict";

  var by = planner.by;
  var LEAD = {overview: "headline", targets: "targets_summary", siting: "proposal_result"};
  var narrow = window.matchMedia("(max-width: 800px)");
  var chart = document.querySelector(".chart"), main = document.querySelector(".main");

  /* Put the map where it is read: in the tab after its sentence, or beside all tabs. It is moved, not copied, so what is
     read aloud and tabbed through has the order of what is seen. */
  function placeChart() {
    var tab = by("tab_" + planner.state.tab), lead = by(LEAD[planner.state.tab] || "");
    if (!narrow.matches) {
      if (chart.parentNode !== main) { main.appendChild(chart); }
    } else if (lead) {
      if (lead.nextSibling !== chart) { tab.insertBefore(chart, lead.nextSibling); }
    } else if (tab.firstChild !== chart) {
      tab.insertBefore(chart, tab.firstChild);
    }
    if (planner.refit) { planner.refit(); }
  }

  narrow.addListener(placeChart);
  Object.assign(planner, {placeChart: placeChart});
}());
