/* The bands of a circle: one shown by itself, with those who live within it. */
(function () {
  "use strict";

  var state = planner.state, SYMBOL = planner.SYMBOL, by = planner.by, say = planner.say, word = planner.word,
    circle = planner.circle, letter = planner.letter, make = planner.make, button = planner.button;
  var ONE_ALPHA = 0.45;  // a band by itself is as strong as the middle of all on one another
  state.band = null;

  /* The band that is chosen, counted from the widest; null for all of them, and where there are none. */
  function band() { return state.band !== null && state.band < circle().shades.length ? state.band : null; }

  /* Whether a community lies within the chosen band; null without one. */
  function inBand(i) {
    return band() === null || state.mode === "present" ? null : Number(circle().within.charAt(i)) > band();
  }

  function symbolOf(i) { return letter(i) === "c" && inBand(i) === false ? "beyond" : SYMBOL[letter(i)]; }

  function shade(number) {
    var one = band() === null;
    if (state.reached === "streets") { return planner.reachedColour(one ? number : 1); }
    return "rgba(" + planner.colour.band + "," + (one ? planner.bandAlpha(number) : ONE_ALPHA) + ")";
  }

  /* Land of the chosen band, or of all on one another; streets of the chosen band and of those inside it. */
  function paintBands(pen, frame, bands, streets, width) {
    bands.forEach(function (shape, number) {
      var hidden = band() !== null && (streets ? number < band() : number !== band());
      if (hidden) { return; }
      planner.trace(pen, shape, frame);
      if (streets) {
        pen.strokeStyle = shade(number);
        pen.lineWidth = width;
        pen.setLineDash([]);
        pen.stroke();
      } else {
        pen.fillStyle = shade(number);
        pen.fill("evenodd");
      }
    });
  }

  /* Buttons in the legend, the narrowest band first, each with its shade; then what the chosen one comes to. */
  function bandLegend(box) {
    var group = make("span", "legend-bands"), shades = circle().shades;
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", word("band"));
    group.appendChild(make("span", "", word(planner.trial.shownAfter() ? "band_existing" : "band")));
    group.appendChild(choice(null, word("band_all")));
    for (var number = shades.length - 1; number >= 0; number--) {
      group.appendChild(choice(number, say(shades[number].short)));
    }
    box.appendChild(group);
  }

  function choice(number, text) {
    var one = button(null, "segment", function () { chooseBand(number); });
    one.setAttribute("aria-pressed", String(band() === number));
    one.dataset.band = number === null ? "all" : number;
    if (number !== null) { one.appendChild(swatch(number)); }
    one.appendChild(make("span", "", text));
    return one;
  }

  function chooseBand(number) {
    var turned = state.mode === "present" && number !== null;
    state.band = number;
    if (turned) {
      state.mode = "reach";
      planner.showAll();
    } else {
      planner.showMap();
    }
    by("legend").querySelector("[data-band=\"" + (number === null ? "all" : number) + "\"]").focus();
  }

  /* A band's shade as it lies on the ground: on all the wider ones. */
  function swatch(number) {
    var one = make("span", "swatch shade"), layers = [];
    for (var under = band() === null ? 0 : number; under <= number; under++) {
      layers.unshift("linear-gradient(" + shade(under) + "," + shade(under) + ")");
    }
    one.style.background = layers.join(",") + " " + planner.colour.paper;
    one.setAttribute("aria-hidden", "true");
    return one;
  }

  function showBand() {
    var text = band() === null ? "" : say(circle().shades[band()].sentence), box = by("band");
    if (planner.onUnits && planner.onUnits()) { text = ""; }
    box.hidden = !text;
    if (box.textContent !== text) { box.textContent = text; }
  }

  Object.assign(planner, {band: band, inBand: inBand, symbolOf: symbolOf, paintBands: paintBands, bandLegend: bandLegend,
    showBand: showBand});
}());
