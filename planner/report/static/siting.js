/* The tab of new sites: what is proposed, sites tried out, before against after, and how far each number of sites goes. */
(function () {
  "use strict";

  var view = planner.view, state = planner.state, by = planner.by, say = planner.say, word = planner.word,
    proposal = planner.proposal, proposedHere = planner.proposedHere, named = planner.named, make = planner.make,
    button = planner.button, empty = planner.empty, runs = planner.runs, segments = planner.segments,
    table = planner.table, choose = planner.choose, markChosen = planner.markChosen, trial = planner.trial,
    choice = planner.choice;
  var ARROW = " → ";
  var loaded = {}, orders = {}, told = null;

  function live(key) { return say(view.trial.words[key]); }

  function fill(key, values) {
    return live(key).replace(/\{(\w+)\}/g, function (whole, name) { return values[name]; });
  }

  function colon() { return state.lang === "zh" ? "：" : ": "; }

  function comma() { return state.lang === "zh" ? "、" : ", "; }

  /* The circle of this tab: the one shown, as things are, if sites can be tried there or are proposed for it. */
  function enter() {
    var base = view.circles[state.circle].base, fits = view.proposals.map(function (one) { return one.circle === base; });
    var at = fits.indexOf(true);
    if (at < 0 && !trial.rule(base)) { at = 0; }
    if (at >= 0 && !(proposal() && proposal().circle === base)) { state.proposal = at; }
    var circle = at >= 0 ? proposal().circle : base, moved = state.circle !== circle || state.mode !== "reach";
    state.circle = circle;
    state.mode = "reach";
    if (proposedHere() && trial.here() && !loaded[trial.here().service]) { load(proposedHere()); }
    return moved;
  }

  /* Choose what a proposal builds and closes. */
  function load(one) {
    trial.clear(trial.rule(one.circle).service);
    one.sites.forEach(function (site) { trial.pick(trial.rule(site.circle).service, site.candidate, true); });
    one.closed.forEach(function (facility) { trial.shut(facility, true); });
    loaded[trial.rule(one.circle).service] = true;
  }

  /* After each tick: figures, map, address. */
  function changed() {
    var key = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.tick : null;
    loaded[trial.here().service] = true;
    told = null;
    choice.follow();
    showSiting();
    planner.showSymbols();
    planner.showLegend();
    var again = key ? document.querySelector("[data-tick=\"" + key + "\"]") : null;
    if (again) { again.focus(); }
  }

  function showSiting() {
    var one = proposedHere();
    segments("proposals", view.proposals.map(function (item, i) { return {key: i, text: say(item.label)}; }), one ? state.proposal : -1, function (key) {
      state.proposal = key;
      state.circle = view.proposals[key].circle;
      state.chosen = null;
      if (trial.here()) { load(proposal()); choice.follow(); }
      planner.showAll();
    });
    by("proposals").hidden = view.proposals.length < 2 && one !== null;
    runs(by("proposal_result"), one ? one.result : null);
    by("proposal_method").textContent = one ? say(one.method) : say(view.circles[state.circle].title);
    by("proposal_rule").textContent = say(view.circles[state.circle].rule);
    showSites(one);
    showTrial(one);
    showCurve(one);
    showPhases(one);
    showBeside(one);
    showUnreachable(one);
    markChosen();
  }

  function showSites(one) {
    var box = empty(by("sites"));
    if (!one || !one.sites.length) { return; }
    var headings = [word("site"), word("gained_column")];
    if (one.people_column) { headings.push(say(one.people_column)); }
    headings.push(word("share_after"));
    box.appendChild(table(headings, one.sites.map(siteRow), word("tab_siting")));
  }

  function siteRow(site, number) {
    var row = make("tr"), name = make("th"), line = make("div", "tick-row"), own = trial.rule(site.circle);
    name.scope = "row";
    if (own) {
      line.appendChild(tick("s" + number, named(view.candidates, site.candidate), trial.sites(own.service)[site.candidate], function (yes) {
        trial.pick(own.service, site.candidate, yes);
      }));
    }
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

  function tick(key, name, on, act) {
    var box = make("input", "tick");
    box.type = "checkbox";
    box.checked = Boolean(on);
    box.dataset.tick = key;
    box.setAttribute("aria-label", name);
    box.addEventListener("change", function () {
      act(box.checked);
      changed();
    });
    return box;
  }

  function showTrial(one) {
    var own = trial.here();
    ["trial_states", "trial_result", "trial_buttons", "trial_others", "trial_closing", "trial_table", "trial_saving"].forEach(function (id) {
      by(id).hidden = !own;
    });
    if (!own) { return; }
    segments("trial_states", [{key: "before", text: live("before")}, {key: "after", text: live("after")}], state.trial.shown, function (key) {
      state.trial.shown = key;
      planner.showAll();
      document.querySelector("#trial_states [data-key=\"" + key + "\"]").focus();
    });
    showResult(own);
    showButtons(own, one);
    showOthers(own, one);
    showClosing(own);
    showBeforeAfter(own);
    showSaving();
  }

  function showResult(own) {
    var box = empty(by("trial_result")), c = state.circle, all = trial.everybody(c);
    var before = trial.tally(own, view.circles[c].status, all), after = trial.tally(own, trial.after(c).status, all);
    var shut = trial.closed(c).length, lost = trial.lost(c);
    box.appendChild(make("p", "", fill("chosen", {n: trial.count("sites", trial.chosen(c).length)}) +
      (shut ? comma() + fill("chosen_closed", {n: trial.count("facilities", shut)}) : "")));
    box.appendChild(make("p", "", live("gained") + colon() + amount(own, trial.gained(c))));
    if (lost.length) { box.appendChild(make("p", "bad", live("lost") + colon() + amount(own, lost))); }
    var line = make("p", "big");
    line.appendChild(make("span", "", fill("share_of", {who: say(own.who)}) + " "));
    line.appendChild(make("span", "", shareOf(own, before)));
    line.appendChild(make("span", "", ARROW));
    line.appendChild(make("strong", after.communities < before.communities ? "bad" : "good", shareOf(own, after)));
    box.appendChild(line);
    box.appendChild(make("p", "fine", fill("communities_covered", {
      before: trial.grouped(before.communities), after: trial.grouped(after.communities), all: trial.grouped(after.of)
    })));
  }

  function amount(own, communities) {
    return trial.count("communities", communities.length) +
      (own.demand ? comma() + trial.people(own.demand, trial.peopleOf(own.demand, communities)) : "");
  }

  function showButtons(own, one) {
    var box = empty(by("trial_buttons")), next = trial.ranked(state.circle)[0];
    var suggest = button(live("suggest"), "button", function () {
      trial.pick(own.service, next.candidate, true);
      told = {key: "suggested", name: named(view.candidates, next.candidate)};
      var say_it = told;
      changed();
      told = say_it;
      showTold();
    });
    suggest.dataset.tick = "suggest";
    suggest.disabled = !next || !next.communities;
    box.appendChild(suggest);
    if (one) {
      box.appendChild(button(live("reset"), "button", function () {
        load(one);
        changed();
      })).dataset.tick = "reset";
    }
    box.appendChild(button(live("clear"), "button", function () {
      trial.clear(own.service);
      changed();
    })).dataset.tick = "clear";
    showTold();
  }

  /* What has just happened, for eyes and for a screen reader. */
  function showTold() {
    var line = by("trial_told");
    line.hidden = !told;
    line.textContent = told ? live(told.key) + (told.name ? colon() + told.name : "") : "";
  }

  /* Candidates that no proposal shown names, in the order of what each would add to what is there today. */
  function showOthers(own, one) {
    var box = by("trial_others"), inner = empty(box.querySelector("div")), proposed = {};
    (one ? one.sites : []).forEach(function (site) { proposed[site.candidate] = true; });
    var order = inOrder(own).filter(function (candidate) { return !proposed[candidate]; });
    box.hidden = !order.length;
    box.querySelector("summary").textContent = live(one ? "others" : "candidates") + bracketed(order.length);
    if (box.hidden || !box.open) { return; }
    var adds = {}, picked = trial.sites(own.service);
    trial.ranked(state.circle).forEach(function (entry) { adds[entry.candidate] = entry; });
    inner.appendChild(table(headings(own, word("candidate"), word("gained_column")), order.map(function (candidate) {
      var entry = adds[candidate];
      return tickRow("o" + candidate, named(view.candidates, candidate), picked[candidate], function (yes) {
        trial.pick(own.service, candidate, yes);
      }, entry ? [entry.communities, entry.people] : null, own, function () { choose("candidate", candidate, true); }, ["candidate", candidate]);
    }), live("others")));
  }

  function inOrder(own) {
    if (!orders[state.circle]) {
      var status = view.circles[state.circle].status;
      orders[state.circle] = own.candidates.map(function (candidate, number) {
        var new_ones = own.reached[number].filter(function (i) { return status.charAt(i) === "u"; });
        return {candidate: candidate, people: trial.peopleOf(own.demand, new_ones), communities: new_ones.length};
      }).sort(function (a, b) {
        return b.people - a.people || b.communities - a.communities || view.trial.rank[a.candidate] - view.trial.rank[b.candidate];
      }).map(function (entry) { return entry.candidate; });
    }
    return orders[state.circle];
  }

  function showClosing(own) {
    var box = by("trial_closing"), inner = empty(box.querySelector("div")), facilities = view.circles[state.circle].facilities;
    box.hidden = !facilities.length;
    box.querySelector("summary").textContent = live("close") + bracketed(facilities.length);
    if (box.hidden || !box.open) { return; }
    inner.appendChild(table(headings(own, word("facility"), live("lost_column")), facilities.map(function (facility, number) {
      var gone = state.trial.closed[facility], loses = gone ? null : trial.wouldLose(state.circle, number);
      return tickRow("f" + facility, named(view.facilities, facility), gone, function (yes) {
        trial.shut(facility, yes);
      }, loses ? [loses.length, trial.peopleOf(own.demand, loses)] : null, own, function () { choose("facility", facility, true); }, ["facility", facility]);
    }), live("close")));
  }

  function headings(own, first, second) {
    var people = view.circles[state.circle].people_column;
    return own.demand ? [first, second, say(people)] : [first, second];
  }

  function tickRow(key, name, on, act, figures, own, open, mark) {
    var row = make("tr"), head = make("th"), line = make("div", "tick-row");
    head.scope = "row";
    line.appendChild(tick(key, name, on, act));
    line.appendChild(button(name, "row", open));
    head.appendChild(line);
    row.appendChild(head);
    row.appendChild(make("td", "number", figures ? trial.grouped(figures[0]) : "–"));
    if (own.demand) { row.appendChild(make("td", "number", figures ? trial.grouped(figures[1]) : "–")); }
    row.dataset[mark[0]] = mark[1];
    return row;
  }

  function bracketed(number) { return (state.lang === "zh" ? "（" : " (") + number + (state.lang === "zh" ? "）" : ")"); }

  /* Units and reaches of the plan, before against after. */
  function showBeforeAfter(own) {
    var box = by("trial_table"), inner = empty(box.querySelector("div")), c = state.circle;
    var before = view.circles[c].status, after = trial.after(c).status;
    var targets = trial.targets(c);
    box.hidden = !view.trial.units.length && !targets.length;
    if (box.hidden || !box.open) { return; }
    unitTables(inner, own, before, after);
    if (targets.length) { inner.appendChild(targetTable(targets)); }
    if (view.trial.others) { inner.appendChild(make("p", "fine", live("targets_other"))); }
  }

  /* Every unit with communities and share covered, before against after. */
  function unitTables(box, own, before, after) {
    var levels = {};
    if (own.demand) { box.appendChild(make("p", "fine", live("share") + colon() + say(own.who))); }
    view.trial.units.forEach(function (unit) { (levels[say(unit.level)] = levels[say(unit.level)] || []).push(unit); });
    Object.keys(levels).forEach(function (level) {
      box.appendChild(table([level, word("community"), live("share")], levels[level].map(function (unit) {
        var was = trial.tally(own, before, unit.communities), is = trial.tally(own, after, unit.communities);
        return row([unit.area < 0 ? unit.name : named(view.areas, unit.area),
          changedText(trial.grouped(was.communities), trial.grouped(is.communities)) + " / " + trial.grouped(is.of),
          changedText(shareOf(own, was), shareOf(own, is))
        ], was.communities !== is.communities);
      }), level));
    });
  }

  /* The share that a circle tells: of people, or of communities where nobody is counted. */
  function shareOf(own, tally) {
    return own.demand ? trial.share(tally.people, tally.ofPeople) : trial.share(tally.communities, tally.of);
  }

  /* What a scenario changes, unit by unit. */
  function showScenario() {
    var box = by("scenario_table"), inner = empty(box.querySelector("div")), one = view.circles[state.circle];
    box.hidden = !one.scenario || state.mode !== "reach" || !view.trial.units.length;
    if (!box.hidden) { unitTables(inner, trial.rule(one.base), view.circles[one.base].status, one.status); }
  }

  function targetTable(targets) {
    return table([word("indicator"), live("before"), live("after")], targets.map(function (target) {
      var item = view.compliance.items[target.item];
      var was = trial.value(target, view.circles[target.circle].status), is = trial.value(target, trial.after(target.circle).status);
      return row([say(item.name) + " · " + say(target.label), valueText(target, was), valueText(target, is)],
        String(was) !== String(is));
    }), word("tab_targets"));
  }

  function valueText(target, fraction) {
    if (!fraction) { return "—"; }
    var met = trial.meets(target, fraction);
    return trial.percent(target, fraction) + (met === null ? "" : "\n" + word(met ? "meets" : "below"));
  }

  function changedText(was, is) { return was === is ? is : was + ARROW + is; }

  function row(cells, differs) {
    var line = make("tr", differs ? "differs" : ""), head = make("th", "", cells[0]);
    head.scope = "row";
    line.appendChild(head);
    cells.slice(1).forEach(function (cell) {
      var lines = cell.split("\n"), box = make("td", "number", lines[0]);
      if (lines[1]) { box.appendChild(make("div", "fine", lines[1])); }
      line.appendChild(box);
    });
    return line;
  }

  function showSaving() {
    var box = empty(by("trial_saving"));
    box.appendChild(button(live("copy"), "link", function () {
      var field = make("input", "unseen");
      field.value = choice.link();
      document.body.appendChild(field);
      field.select();
      var copied = false;
      try {
        copied = document.execCommand("copy");
      } catch (refused) { }  // then the address itself can be copied
      document.body.removeChild(field);
      choice.follow();
      told = {key: copied ? "copied" : "copy_address"};
      showTold();
    }));
    box.appendChild(button(live("save"), "link", choice.save));
    box.appendChild(button(live("open"), "link", function () { by("trial_file").click(); }));
  }

  function opened(text) {
    var unknown = choice.take(text);
    loaded[trial.here() ? trial.here().service : ""] = true;
    told = toldOf(unknown);
    var say_it = told;
    choice.follow();
    planner.showAll();
    told = say_it;
    showTold();
  }

  function toldOf(unknown) {
    if (unknown === null) { return {key: "not_a_choice"}; }
    return unknown.length ? {key: "unknown_ids", name: unknown.join(comma())} : {key: "opened"};
  }

  function showCurve(one) {
    var box = empty(by("curve"));
    box.hidden = !one || !one.curve;
    if (box.hidden) { return; }
    var curve = one.curve, c = state.circle, mark = null;
    var points = curve.sites.map(function (sites, i) { return {sites: sites, share: curve.shares[i], label: curve.shown[i]}; });
    function unit(sites) { return trial.count("sites", sites); }
    if (trial.here() && !trial.closed(c).length) {
      var now = trial.tally(trial.here(), trial.after(c).status, trial.everybody(c));
      mark = {sites: trial.chosen(c).length, share: now.ofPeople ? now.people / now.ofPeople : now.communities / Math.max(now.of, 1)};
    }
    box.appendChild(make("h2", "", say(curve.title)));
    box.appendChild(planner.curve(points, mark, unit));
    if (mark) { box.appendChild(make("p", "fine", live("mark"))); }
    var numbers = table([live("number"), live("share")], points.map(function (point) { return row([unit(point.sites), point.label], false); }), say(curve.title));
    numbers.className = "unseen";
    box.appendChild(numbers);
  }

  function showPhases(one) {
    var box = empty(by("phases"));
    box.hidden = !one || !one.phases.length;
    if (box.hidden) { return; }
    box.appendChild(make("h2", "", live("phases")));
    box.appendChild(table([live("by_year"), live("built"), word("share_after")], one.phases.map(function (phase) {
      var names = phase.added.map(function (i) { return named(view.candidates, i); }).join(comma());
      var line = row([phase.year, phase.count, phase.share_after], false);
      line.firstChild.appendChild(make("div", "fine", names));
      return line;
    }), live("phases")));
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

  /* On a card: what the choice changes for a community, and the button that takes a place in or out. */
  function addToCard(box, kind, i) {
    var own = trial.here();
    if (state.tab !== "siting" || !own) { return; }
    if (kind === "community") {
      if (trial.gained(state.circle).indexOf(i) >= 0) { box.appendChild(make("p", "good", live("card_gained"))); }
      if (trial.lost(state.circle).indexOf(i) >= 0) { box.appendChild(make("p", "bad", live("card_lost"))); }
    } else if (kind === "facility" && view.circles[state.circle].facilities.indexOf(i) >= 0) {
      addSwitch(box, state.trial.closed[i], "card_reopen", "card_close", function (yes) { trial.shut(i, yes); });
    } else if (kind === "candidate" && trial.mayStand(state.circle, i)) {
      addSwitch(box, trial.sites(own.service)[i], "card_leave", "card_take", function (yes) { trial.pick(own.service, i, yes); });
    }
  }

  function addSwitch(box, on, off_key, on_key, act) {
    box.appendChild(button(live(on ? off_key : on_key), "button", function () {
      act(!on);
      changed();
      planner.showCard(planner.placeOf(state.chosen.kind, state.chosen.index));
    }));
  }

  /* A choice in the address is taken over before anything is shown. */
  function begin() {
    var unknown = choice.taken();
    if (unknown === undefined) { return; }
    if (trial.here()) { loaded[trial.here().service] = true; }
    told = toldOf(unknown);
    state.tab = "siting";
  }

  // What is folded isn't worked out until it's opened.
  ["trial_others", "trial_closing", "trial_table"].forEach(function (id) {
    by(id).addEventListener("toggle", function () { if (by(id).open) { showSiting(); } });
  });
  by("trial_file").addEventListener("change", function (event) {
    var file = event.target.files[0], reader = new FileReader();
    if (!file) { return; }
    reader.onload = function () { opened(String(reader.result)); };
    reader.readAsText(file);
    event.target.value = "";
  });

  L.extend(planner, {enterSiting: enter, showSiting: showSiting, addToCard: addToCard, showScenario: showScenario});
  begin();
}());
