/* What is chosen, on the map and in the tables, and the card that tells about it. */
(function () {
  "use strict";

  var view = planner.view, state = planner.state, SYMBOL = planner.SYMBOL, WORD = planner.WORD,
    by = planner.by, say = planner.say, word = planner.word, circle = planner.circle,
    proposedHere = planner.proposedHere, named = planner.named, letter = planner.letter,
    letterOfReach = planner.letterOfReach, withUnit = planner.withUnit, make = planner.make,
    button = planner.button, empty = planner.empty, each = planner.each, icon = planner.icon,
    map = planner.map, showSymbols = planner.showSymbols, placeOf = planner.placeOf;

  /* One line on a community: why it isn't assessed, or its nearest and second nearest facility. */
  function story(i) {
    var one = circle();
    if (letterOfReach(i) === "n") { return word("not_assessed") + (state.lang === "zh" ? "：" : ": ") + say(one.reasons[i]); }
    if (one.nearest[i] < 0) { return word("no_way"); }
    return nearestLine(i);
  }

  function nearestLine(i) {
    var one = circle(), colon = state.lang === "zh" ? "：" : ": ";
    return word("nearest") + colon + named(view.facilities, one.nearest[i]) + " · " +
      withUnit(one.minutes[i], "minutes_short") + " · " + withUnit(one.metres[i], "metres_short");
  }

  function backupLine(i) {
    var one = circle(), colon = state.lang === "zh" ? "：" : ": ";
    if (one.backup[i] < 0) { return ""; }
    return word("backup") + colon + named(view.facilities, one.backup[i]) + " · " +
      withUnit(one.backup_minutes[i], "minutes_short");
  }

  function choose(kind, index, go) {
    state.chosen = {kind: kind, index: index};
    var at = placeOf(kind, index);
    if (go) { showChart(); }
    if (go && !map.getBounds().pad(-0.08).contains(at)) { map.panTo(at, {animate: false}); }
    showCard(at);
    showSymbols();
    markChosen();
  }

  /* On a phone the map may have been scrolled out of sight. */
  function showChart() {
    var box = document.querySelector(".map-box");
    if (box.getBoundingClientRect().bottom < 120) { box.scrollIntoView(); }
  }

  function unchoose() {
    state.chosen = null;
    by("card").hidden = true;
    showSymbols();
    markChosen();
  }

  function markChosen() {
    each("tr.chosen", function (row) { row.classList.remove("chosen"); });
    if (!state.chosen) { return; }
    each("tr[data-" + state.chosen.kind + "=\"" + state.chosen.index + "\"]", function (row) {
      row.classList.add("chosen");
    });
  }

  /* A card in the half of the map where the chosen symbol isn't. */
  function showCard(at) {
    var box = empty(by("card")), i = state.chosen.index, kind = state.chosen.kind;
    var pixel = map.latLngToContainerPoint(at), size = map.getSize();
    box.className = "card " + (pixel.x > size.x / 2 ? "left" : "right") + " " + (pixel.y > size.y / 2 ? "top" : "bottom");
    var close = button("×", "close", unchoose);
    close.setAttribute("aria-label", word("close"));
    box.appendChild(close);
    var title;
    if (kind === "community") {
      title = make("h2", "", named(view.communities, i));
      title.insertBefore(icon(SYMBOL[letter(i)]), title.firstChild);
      box.appendChild(title);
      box.appendChild(make("p", "", word(WORD[letter(i)]) + (circle().people_column ? " · " + say(circle().people_column) +
        " " + (circle().people[i] === null ? word("unknown") : circle().people[i]) : "")));
      box.appendChild(make("p", "", story(i)));
      if (circle().inside_shares[i]) { box.appendChild(make("p", "", say(circle().inside_shares[i]))); }
      if (backupLine(i)) { box.appendChild(make("p", "", backupLine(i))); }
      if (circle().near_border.indexOf(i) >= 0) { box.appendChild(make("p", "warn", word("near_border_hint"))); }
    } else if (kind === "unit") {
      planner.unitCard(box, i);
    } else if (kind === "facility") {
      box.appendChild(make("h2", "", named(view.facilities, i)));
      box.appendChild(make("p", "", state.indicator && planner.onUnits() ? word("same_service") : say(circle().facility_words)));
    } else if (kind === "candidate") {
      title = make("h2", "", named(view.candidates, i));
      title.insertBefore(icon("option"), title.firstChild);
      box.appendChild(title);
      box.appendChild(make("p", "", word("candidate")));
    } else {
      siteCard(box, proposedHere().sites[i]);
    }
    planner.addToCard(box, kind === "site" ? "candidate" : kind, kind === "site" ? proposedHere().sites[i].candidate : i);
    box.hidden = false;
  }

  function siteCard(box, site) {
    var comma = state.lang === "zh" ? "、" : ", ";
    var title = make("h2", "", named(view.candidates, site.candidate));
    title.insertBefore(icon("site", site.rank), title.firstChild);
    box.appendChild(title);
    box.appendChild(make("p", "", word("gained") + " " + say(site.gained) +
      (site.people === null ? "" : " · " + say(proposedHere().people_column) + " " + site.people)));
    box.appendChild(make("p", "", site.communities.map(function (i) { return named(view.communities, i); }).join(comma)));
    if (site.alone) { box.appendChild(make("p", "", say(site.alone))); }
  }

  L.extend(planner, {story: story, choose: choose, unchoose: unchoose, markChosen: markChosen,
    showCard: showCard, showChart: showChart});
}());
