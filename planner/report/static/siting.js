/* The tab of new sites: what is proposed, and how far each number of sites goes. */
(function () {
  "use strict";

  var view = planner.view, state = planner.state, by = planner.by, say = planner.say, word = planner.word,
    proposal = planner.proposal, proposedHere = planner.proposedHere, named = planner.named, make = planner.make,
    button = planner.button, empty = planner.empty, runs = planner.runs, segments = planner.segments,
    table = planner.table, choose = planner.choose, markChosen = planner.markChosen, trial = planner.trial,
    tableRow = planner.tableRow, colon = planner.colon, comma = planner.comma;

  /* The tab is about the circle shown, as things are, and about a proposal for it if there is one. */
  function enter() {
    var base = view.circles[state.circle].base, moved = state.circle !== base || state.mode !== "reach";
    state.circle = base;
    state.mode = "reach";
    if (!proposedHere()) {
      var first = view.proposals.map(function (one) { return one.circle; }).indexOf(base);
      if (first >= 0) { state.proposal = first; }
    }
    if (proposedHere() && !planner.isLoaded(trial.here().service)) { planner.load(proposedHere()); }
    return moved;
  }

  function showSiting() {
    var one = proposedHere();
    segments("proposals", view.proposals.map(function (item, i) { return {key: i, text: say(item.label)}; }), one ? state.proposal : -1, function (key) {
      state.proposal = key;
      state.circle = view.proposals[key].circle;
      state.chosen = null;
      planner.load(proposal());
      planner.choice.follow();
      planner.showAll();
    });
    by("proposals").hidden = view.proposals.length < 2 && one !== null;
    runs(by("proposal_result"), one ? one.result : null);
    if (!one && view.proposals.length) { by("proposal_result").textContent = trial.live("no_proposal"); }
    by("proposal_method").textContent = one ? say(one.method) : say(view.circles[state.circle].title);
    by("proposal_rule").textContent = say(view.circles[state.circle].rule);
    showPhases(one);
    showBeside(one);
    showUnreachable(one);
    showTried();
  }

  /* What a tick changes. */
  function showTried() {
    var one = proposedHere();
    showSites(one);
    planner.showTrial(one);
    showCurve(one);
    markChosen();
  }

  function showSites(one) {
    var box = empty(by("sites"));
    if (!one || !one.sites.length) { return; }
    var headings = [word("site"), word("gained_column")];
    if (one.people_column) { headings.push(say(one.people_column)); }
    headings.push(word("share_after"));
    box.appendChild(table(headings, one.sites.map(siteRow), word("tab_siting")));
    if (changedFrom(one)) { box.appendChild(make("p", "fine", trial.live("as_proposed"))); }
  }

  /* Whether the choice is another than the proposal that was taken over. */
  function changedFrom(one) {
    var proposed = one.sites.filter(function (site) { return trial.sites(trial.rule(site.circle).service)[site.candidate] === true; }).length;
    var services = {}, picked = 0;
    one.sites.forEach(function (site) { services[trial.rule(site.circle).service] = true; });
    Object.keys(services).forEach(function (service) { picked += Object.keys(trial.sites(service)).length; });
    return proposed < one.sites.length || picked > proposed ||
      trial.closed(state.circle).slice().sort().join() !== one.closed.slice().sort().join();
  }

  function siteRow(site, number) {
    var row = make("tr"), name = make("th"), line = make("div", "tick-row"), own = trial.rule(site.circle);
    name.scope = "row";
    line.appendChild(planner.tick("s" + number, named(view.candidates, site.candidate), trial.sites(own.service)[site.candidate], function (yes) {
      trial.pick(own.service, site.candidate, yes);
    }));
    var open = button(null, "row", function () { choose("site", number, true); });
    open.appendChild(make("span", "rank", site.rank));
    var text = make("span", "", named(view.candidates, site.candidate));
    open.appendChild(text);
    line.appendChild(open);
    name.appendChild(line);
    if (site.forced) {
      text.appendChild(document.createTextNode(" "));
      text.appendChild(make("span", "mark", word("forced")));
    }
    row.appendChild(name);
    row.appendChild(make("td", "number", site.count));
    if (proposal().people_column) { row.appendChild(make("td", "number", site.people)); }
    row.appendChild(make("td", "number", site.share_after));
    row.dataset.site = number;
    return row;
  }

  function showCurve(one) {
    var box = empty(by("curve"));
    box.hidden = !one || !one.curve;
    if (box.hidden) { return; }
    var curve = one.curve, c = state.circle, mark = null;
    var points = curve.sites.map(function (sites, i) { return {sites: sites, share: curve.shares[i], label: curve.shown[i]}; });
    function unit(sites) { return trial.count("sites", sites); }
    if (!trial.closed(c).length) {
      var now = trial.tally(trial.here(), trial.after(c).status, trial.everybody(c));
      mark = {sites: trial.chosen(c).length, share: now.ofPeople ? now.people / now.ofPeople : now.communities / Math.max(now.of, 1)};
    }
    box.appendChild(make("h2", "", say(curve.title)));
    box.appendChild(planner.curve(points, mark, unit));
    if (mark) { box.appendChild(make("p", "fine", trial.live("mark"))); }
    var numbers = table([trial.live("number"), trial.live("share")], points.map(function (point) { return tableRow([unit(point.sites), point.label]); }), say(curve.title));
    numbers.className = "unseen";
    box.appendChild(numbers);
  }

  function showPhases(one) {
    var box = empty(by("phases"));
    box.hidden = !one || !one.phases.length;
    if (box.hidden) { return; }
    box.appendChild(make("h2", "", trial.live("phases")));
    box.appendChild(table([trial.live("by_year"), trial.live("built"), word("share_after")], one.phases.map(function (phase) {
      var names = phase.added.map(function (i) { return named(view.candidates, i); }).join(comma());
      var line = tableRow([phase.year, phase.count, phase.share_after]);
      line.firstChild.appendChild(make("div", "fine", names));
      return line;
    }), trial.live("phases")));
  }

  function showBeside(one) {
    var box = empty(by("beside"));
    if (!one || !one.beside.length) { return; }
    var list = make("ul", "plain");
    one.beside.forEach(function (line) { list.appendChild(make("li", "", say(line))); });
    box.appendChild(list);
  }

  function showUnreachable(one) {
    var box = empty(by("unreachable"));
    if (!one || !one.unreachable.length) { return; }
    box.appendChild(make("h2", "", word("out_of_reach")));
    var list = make("ul", "plain");
    one.unreachable.forEach(function (pair) {
      var item = make("li");
      item.appendChild(button(named(view.communities, pair[0]), "link", function () { choose("community", pair[0], true); }));
      item.appendChild(make("span", "", colon() + say(pair[1])));
      list.appendChild(item);
    });
    box.appendChild(list);
  }

  Object.assign(planner, {enterSiting: enter, showSiting: showSiting, showTried: showTried});
}());
