/* How the page opens: a frame with the headline and the map of communities first, then all the rest of it. */
(function () {
  "use strict";

  var view = planner.view, state = planner.state, by = planner.by, say = planner.say, word = planner.word,
    circle = planner.circle, each = planner.each, runs = planner.runs, root = document.documentElement;
  var LATEST_MS = 1000;  // a page in the background gets no frames
  var CHOICE = "#choice=";
  var box = document.querySelector(".folium-map"), first = null, whole = false;

  function showWords() {
    root.lang = state.lang === "zh" ? "zh-CN" : "en";
    document.title = view.name + (state.lang === view.language ? "" : " · " + word("title"));
    by("name").textContent = view.name;
    by("head").textContent = say(view.head);
    planner.showFoot();
    each("[data-word]", function (element) { element.textContent = word(element.dataset.word); });
    each("[data-hint]", function (element) { element.setAttribute("aria-label", word(element.dataset.hint)); });
    each("[data-label]", function (element) { element.setAttribute("aria-label", word(element.dataset.label)); });
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", word("map_hint"));
  }

  /* The sentence that says it all, and the rule by which it holds. */
  function showLead() {
    var one = circle(), present = state.mode === "present";
    runs(by("headline"), present ? one.headline_present : one.headline);
    by("rule").textContent = say(present ? one.rule_present : one.rule);
  }

  /* Words first, as they leave the map its size; it is laid out once. An address that holds a choice of sites makes
     another map of it, so that this one isn't shown. */
  function showFirst() {
    root.dataset.drawn = "words";
    showWords();
    showLead();
    planner.placeChart();
    planner.fillLegend();
    if (window.location.hash.indexOf(CHOICE) === 0) { return; }
    paintFirst();
    root.dataset.drawn = "map";
  }

  /* The map as a picture, where Leaflet will have it: shown before Leaflet is so much as read. */
  function paintFirst() {
    var width = box.clientWidth, height = box.clientHeight, at = planner.scene.fitted(width, height), scale = Math.pow(2, at.zoom);
    first = planner.make("canvas", "sheet");
    first.setAttribute("aria-hidden", "true");
    box.appendChild(first);
    planner.scene.paint(planner.sized(first, width, height),
      planner.frame(Math.round(at.x * scale - width / 2), Math.round(at.y * scale - height / 2), scale, width, height));
  }

  /* Let a frame be shown, then act. */
  function afterFrame(act) {
    var left = 2;  // what the first draws is on the screen when the second begins
    function next() {
      if (left--) { window.requestAnimationFrame(next); } else { window.setTimeout(act, 0); }
    }
    next();
    window.setTimeout(act, LATEST_MS);
  }

  /* All that the first frame leaves out. `data-drawn` then says whole: nothing else follows. */
  function finish() {
    if (whole) { return; }
    if (document.readyState === "loading") {
      document.addEventListener("DOMContentLoaded", finish);
      return;
    }
    whole = true;
    planner.leaflet();
    planner.rest();
    planner.begun = true;
    planner.paintMap();
    if (first) { box.removeChild(first); }
    root.dataset.drawn = "whole";
  }

  Object.assign(planner, {showWords: showWords, showLead: showLead, showMap: planner.fillLegend});
  window.addEventListener("beforeprint", function () {
    if (!whole) {
      finish();
      if (whole) { planner.drawPaper(); }
    }
  });
  showFirst();
  afterFrame(finish);
}());
