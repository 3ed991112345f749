/* The legend: what stands on the map, in words. */
(function () {
  "use strict";

  var state = planner.state, SYMBOL = planner.SYMBOL, WORD = planner.WORD, by = planner.by, say = planner.say,
    word = planner.word, circle = planner.circle, proposedHere = planner.proposedHere, make = planner.make,
    empty = planner.empty, icon = planner.icon, button = planner.button, trial = planner.trial, drawing = planner.drawing;
  var BORDERED = ["county", "street", "township"], bordersSeen = false;

  /* Make the legend anew; returns whether it differs from what stood there. */
  function fillLegend() {
    var box = by("legend"), fresh = box.cloneNode(false);
    planner.showBand();
    fill(fresh);
    if (fresh.isEqualNode(box)) { return false; }
    empty(box);
    while (fresh.firstChild) { box.appendChild(fresh.firstChild); }
    return true;
  }

  function fill(box) {
    var one = circle();
    if (planner.scene.onUnits()) {
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
    if (one.scenario && Object.keys(planner.scene.marked(null)).length) { legendItem(box, icon("ring"), word("ring_legend")); }
    if (one.size_words && planner.band() === null) { legendItem(box, null, say(one.size_words)); }
    if (one.bands) {
      planner.bandLegend(box);
      box.appendChild(button(word(state.reached === "streets" ? "show_land" : "show_streets"), "link", function () {
        state.reached = state.reached === "streets" ? "land" : "streets";
        planner.showMap();
        by("legend").querySelector("button.link").focus();
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
    if (trial.shownAfter() && trial.closed(state.circle).length) { legendItem(box, icon("shut"), word("closed_legend")); }
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
     and it chase each other. Returns whether this was the first time. */
  function noteBorders() {
    var first = !bordersSeen && drawing.communities.length > 0;
    bordersSeen = bordersSeen || first;
    return first;
  }

  Object.assign(planner, {fillLegend: fillLegend, noteBorders: noteBorders});
}());
