/* What is chosen, on the map and in the tables, and the card that tells about it. */
(function () {
  "use strict";

  var CLEAR_PX = 18;  // between the card and the middle of a symbol
  var view = planner.view, state = planner.state, by = planner.by, say = planner.say, word = planner.word,
    circle = planner.circle, proposedHere = planner.proposedHere, named = planner.named, make = planner.make,
    button = planner.button, empty = planner.empty, each = planner.each, icon = planner.icon, map = planner.map,
    showSymbols = planner.showSymbols, placeOf = planner.placeOf;

  function choose(kind, index, go) {
    state.chosen = {kind: kind, index: index};
    if (go) { showChart(); }
    if (go && !inSight()) { map.panTo(placeOf(kind, index), {animate: false}); }
    showCard();
    showSymbols();
    markChosen();
  }

  function inSight() { return map.getBounds().pad(-0.08).contains(placeOf(state.chosen.kind, state.chosen.index)); }

  /* On a phone the map may have been scrolled out of sight, or half of it. */
  function showChart() {
    var place = map.getContainer().getBoundingClientRect();
    if (place.top < 0 || place.bottom > window.innerHeight) { document.querySelector(".map-box").scrollIntoView(); }
  }

  function unchoose() {
    var within = by("card").contains(document.activeElement), row = document.querySelector("tr.chosen button");
    state.chosen = null;
    by("card").hidden = true;
    showSymbols();
    markChosen();
    if (within && row) { row.focus(); }
  }

  function markChosen() {
    each("tr.chosen", function (row) { row.classList.remove("chosen"); });
    if (!state.chosen) { return; }
    each("tr[data-" + state.chosen.kind + "=\"" + state.chosen.index + "\"]", function (row) {
      row.classList.add("chosen");
    });
  }

  function showCard() {
    var box = empty(by("card")), i = state.chosen.index, kind = state.chosen.kind;
    box.className = "card";
    var close = button("×", "close", unchoose);
    close.setAttribute("aria-label", word("close"));
    box.appendChild(close);
    var title;
    if (kind === "community") {
      planner.communityCard(box, i);
    } else if (kind === "unit") {
      planner.unitCard(box, i);
    } else if (kind === "facility") {
      box.appendChild(make("h2", "", named(view.facilities, i)));
      box.appendChild(make("p", "", state.indicator && planner.onUnits() ? planner.partOf(i) : say(circle().facility_words)));
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
    if (!settle(box)) { clearView(box); }
  }

  /* What the card may not cover: the chosen symbol first, then those that the card names, then those that the list does. */
  function mustShow() {
    var kind = state.chosen.kind, i = state.chosen.index, found = [{at: placeOf(kind, i), weight: 100}];
    if (kind === "site") {
      proposedHere().sites[i].communities.forEach(function (one) { found.push({at: placeOf("community", one), weight: 10}); });
    } else if (kind === "community" && circle().nearest[i] >= 0) {
      found.push({at: placeOf("facility", circle().nearest[i]), weight: 1});
    }
    planner.candidatesTold().forEach(function (one) {
      found.push({at: L.latLng(view.candidates.lat[one], view.candidates.lon[one]), weight: 10});
    });
    circle().order.forEach(function (one) {
      if (planner.letter(one) === "u" || planner.letter(one) === "o") { found.push({at: placeOf("community", one), weight: 0.01}); }
    });
    return found;
  }

  /* Put the card into the corner where it covers least; return whether what it names stays in sight. */
  function settle(box) {
    var frame = map.getContainer().getBoundingClientRect(), best = null, least = Infinity;
    if (getComputedStyle(box).position !== "absolute") { return true; }  // under the map, on a phone
    var points = mustShow().map(function (one) {
      var pixel = map.latLngToContainerPoint(one.at);
      return {x: frame.left + pixel.x, y: frame.top + pixel.y, weight: one.weight};
    });
    ["right top", "right bottom", "left top", "left bottom"].forEach(function (corner, number) {
      box.className = "card " + corner;
      var rect = box.getBoundingClientRect(), cost = number / 1000;
      points.forEach(function (one) { cost += overlaps(rect, one) ? one.weight : 0; });
      if (cost < least) {
        least = cost;
        best = corner;
      }
    });
    box.className = "card " + best;
    return least < 10;
  }

  function overlaps(rect, one) {
    return one.x > rect.left - CLEAR_PX && one.x < rect.right + CLEAR_PX && one.y > rect.top - CLEAR_PX && one.y < rect.bottom + CLEAR_PX;
  }

  /* Move the map so that all that the card names lies beside it. */
  function clearView(box) {
    var side = box.getBoundingClientRect().width + 3 * CLEAR_PX, points = mustShow().filter(function (one) { return one.weight > 1; });
    map.fitBounds(L.latLngBounds(points.map(function (one) { return one.at; })),
      {paddingTopLeft: [70, 40], paddingBottomRight: [side, 50], maxZoom: map.getZoom(), animate: false});
    settle(box);
  }

  map.on("moveend", function () {
    if (state.chosen && !by("card").hidden) { settle(by("card")); }
  });

  function siteCard(box, site) {
    var comma = planner.comma();
    var title = make("h2", "", named(view.candidates, site.candidate));
    title.insertBefore(icon("site", site.rank), title.firstChild);
    box.appendChild(title);
    box.appendChild(make("p", "", word("gained") + " " + say(site.gained) +
      (site.people === null ? "" : " · " + say(proposedHere().people_column) + " " + site.people)));
    box.appendChild(make("p", "", site.communities.map(function (i) { return named(view.communities, i); }).join(comma)));
    if (site.alone) { box.appendChild(make("p", "", say(site.alone))); }
  }

  Object.assign(planner, {choose: choose, unchoose: unchoose, markChosen: markChosen,
    showCard: showCard, showChart: showChart});
}());
