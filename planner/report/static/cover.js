/* What a community's card tells: who lives there, the two nearest facilities, what would cover it. */
(function () {
  "use strict";

  var view = planner.view, state = planner.state, SYMBOL = planner.SYMBOL, WORD = planner.WORD, say = planner.say,
    word = planner.word, circle = planner.circle, named = planner.named, letter = planner.letter,
    letterOfReach = planner.letterOfReach, withUnit = planner.withUnit, make = planner.make, button = planner.button,
    icon = planner.icon;

  /* One line on a community: why it isn't assessed, or its nearest facility. */
  function story(i) {
    var one = circle();
    if (letterOfReach(i) === "n") { return word("not_assessed") + planner.colon() + say(one.reasons[i]); }
    return one.nearest[i] < 0 ? word("no_way") : away("nearest", one.nearest[i], one.minutes[i], one.metres[i]);
  }

  function away(key, facility, minutes, metres) {
    var now = planner.trial.shownAfter() ? planner.trial.live("before") + (state.lang === "zh" ? "" : ": ") : "";
    return now + word(key) + planner.colon() + named(view.facilities, facility) + distances(minutes, metres);
  }

  function distances(minutes, metres) {
    return (minutes === null ? "" : " · " + withUnit(minutes, "minutes_short")) +
      (metres === null ? "" : " · " + withUnit(metres, "metres_short"));
  }

  function communityCard(box, i) {
    var one = circle(), title = make("h2", "", named(view.communities, i));
    title.insertBefore(icon(SYMBOL[letter(i)]), title.firstChild);
    box.appendChild(title);
    box.appendChild(make("p", "", word(WORD[letter(i)]) + (one.people_column ? " · " + say(one.people_column) +
      " " + (one.people[i] === null ? word("unknown") : one.people[i]) : "")));
    box.appendChild(make("p", "", story(i)));
    if (one.backup[i] >= 0) {
      box.appendChild(make("p", "", away("backup", one.backup[i], one.backup_minutes[i], one.backup_metres[i])));
    }
    if (one.inside_shares[i]) { box.appendChild(make("p", "", say(one.inside_shares[i]))); }
    if (one.near_border.indexOf(i) >= 0) { box.appendChild(make("p", "warn", word("near_border_hint"))); }
    if (one.would_cover[i]) { coverLines(box, one.would_cover[i]); }
  }

  /* Candidates within the limit, and which of them are proposed; without any, the limit that would do. */
  function coverLines(box, cover) {
    if (cover.wider) { box.appendChild(make("p", "", say(cover.wider))); }
    if (cover.candidates.length) {
      var list = make("ul", "plain");
      box.appendChild(make("h3", "", word("cover_title")));
      cover.candidates.forEach(function (one) {
        var line = make("li", "candidate");
        line.appendChild(candidateIcon(one[0]));
        line.appendChild(make("span", "", named(view.candidates, one[0]) + distances(one[1], one[2])));
        list.appendChild(line);
      });
      if (cover.more) { list.appendChild(make("li", "", say(cover.more))); }
      box.appendChild(list);
    }
    cover.proposed.forEach(function (pair) {
      var proposal = view.proposals[pair[0]], site = proposal.sites[pair[1]], line = make("p", "proposed");
      line.appendChild(make("span", "", word("proposed_in").split("{label}").join(say(proposal.label))));
      line.appendChild(button(site.rank + " " + named(view.candidates, site.candidate), "link", function () {
        state.proposal = pair[0];
        planner.choose("site", pair[1], true);
      }));
      box.appendChild(line);
    });
  }

  /* As the candidate stands on the map: as a proposed site, or as one that might be. */
  function candidateIcon(candidate) {
    var here = planner.proposedHere(), site = (here ? here.sites : []).filter(function (one) { return one.candidate === candidate; })[0];
    return site ? icon("site", site.rank) : icon("option");
  }

  /* The candidates that the open card names, by position. */
  function candidatesTold() {
    var chosen = state.chosen, cover = chosen && chosen.kind === "community" ? circle().would_cover[chosen.index] : null;
    return cover ? cover.candidates.map(function (one) { return one[0]; }) : [];
  }

  Object.assign(planner, {candidatesTold: candidatesTold, story: story, communityCard: communityCard});
}());
