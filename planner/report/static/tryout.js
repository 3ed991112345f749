/* Sites tried out: boxes to tick, what they change, the next best site, and the choice kept. */
(function () {
  "use strict";

  var view = planner.view, state = planner.state, by = planner.by, word = planner.word, say = planner.say,
    named = planner.named, make = planner.make, button = planner.button, empty = planner.empty,
    segments = planner.segments, table = planner.table, choose = planner.choose, colon = planner.colon,
    comma = planner.comma, bracketed = planner.bracketed, shareOf = planner.shareOf, trial = planner.trial,
    choice = planner.choice;
  var loaded = {}, told = null;

  /* Choose what a proposal builds and closes. */
  function load(one) {
    told = null;
    trial.clear(trial.rule(one.circle).service);
    one.sites.forEach(function (site) { trial.pick(trial.rule(site.circle).service, site.candidate, true); });
    one.closed.forEach(function (facility) { trial.shut(facility, true); });
    loaded[trial.rule(one.circle).service] = true;
  }

  /* After each tick: figures, map, address, and what there is to tell. */
  function changed(news) {
    var key = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.tick : null;
    loaded[trial.here().service] = true;
    tell(news || null);
    planner.showTried();
    planner.showSymbols();
    planner.showLegend();
    if (state.chosen) { planner.showCard(); }
    var again = key ? document.querySelector("[data-tick=\"" + key + "\"]") : null;
    if (again) { again.focus(); }
    setTimeout(choice.follow, 0);  // a browser takes its time over an address: not before the figures stand
  }

  /* Whether a choice has been made for a service, by hand, by a link or from a proposal. */
  function isLoaded(service) { return loaded[service] === true; }

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
    segments("trial_states", [{key: "before", text: trial.live("before")}, {key: "after", text: trial.live("after")}], state.trial.shown, function (key) {
      state.trial.shown = key;
      planner.showAll();
      document.querySelector("#trial_states [data-key=\"" + key + "\"]").focus();
    });
    showResult(own);
    showButtons(own, one);
    showOthers(own, one);
    showClosing(own);
    planner.showBeforeAfter(own);
    showSaving();
  }

  function showResult(own) {
    var box = empty(by("trial_result")), c = state.circle, all = trial.everybody(c);
    var before = trial.tally(own, view.circles[c].status, all), after = trial.tally(own, trial.after(c).status, all);
    var shut = trial.closed(c).length, lost = trial.lost(c);
    box.appendChild(make("p", "", trial.fill("chosen", {n: trial.count("sites", trial.chosen(c).length)}) +
      (shut ? comma() + trial.fill("chosen_closed", {n: trial.count("facilities", shut)}) : "")));
    box.appendChild(make("p", "", trial.live("gained") + colon() + amount(own, trial.gained(c))));
    if (lost.length) { box.appendChild(make("p", "bad", trial.live("lost") + colon() + amount(own, lost))); }
    var line = make("p", "big");
    line.appendChild(make("span", "", trial.fill("share_of", {who: say(own.who)}) + " "));
    line.appendChild(make("span", "", shareOf(own, before)));
    line.appendChild(make("span", "", planner.ARROW));
    line.appendChild(make("strong", after.communities < before.communities ? "bad" : "good", shareOf(own, after)));
    box.appendChild(line);
    box.appendChild(make("p", "fine", trial.fill("communities_covered", {
      before: trial.grouped(before.communities), after: trial.grouped(after.communities), all: trial.grouped(after.of)
    })));
    var elsewhere = trial.chosenElsewhere(c);
    if (elsewhere) { box.appendChild(make("p", "fine", trial.fill("other_services", {n: trial.count("sites", elsewhere)}))); }
  }

  function amount(own, communities) {
    return trial.count("communities", communities.length) +
      (own.demand ? comma() + trial.people(own.demand, trial.peopleOf(own.demand, communities)) : "");
  }

  function showButtons(own, one) {
    var box = empty(by("trial_buttons")), next = trial.ranked(state.circle)[0];
    var suggest = button(trial.live("suggest"), "button", function () {
      trial.pick(own.service, next.candidate, true);
      changed({key: "suggested", name: named(view.candidates, next.candidate)});
    });
    suggest.dataset.tick = "suggest";
    suggest.disabled = !next || !next.communities;
    box.appendChild(suggest);
    if (one) {
      box.appendChild(button(trial.live("reset"), "button", function () {
        load(one);
        changed();
      })).dataset.tick = "reset";
    }
    box.appendChild(button(trial.live("clear"), "button", function () {
      trial.clear(own.service);
      changed();
    })).dataset.tick = "clear";
    showTold();
  }

  function tell(news) { told = news && {key: news.key, name: news.name, circle: state.circle}; }

  /* What has just happened, for eyes and for a screen reader, until another circle or proposal is shown. */
  function showTold() {
    var line = by("trial_told");
    if (told && told.circle !== state.circle) { told = null; }
    line.hidden = !told;
    line.textContent = told ? trial.live(told.key) + (told.name ? colon() + told.name : "") : "";
  }

  /* Candidates that no proposal shown names, in the order of what each would add to what is there today. */
  function showOthers(own, one) {
    var box = by("trial_others"), proposed = {};
    (one ? one.sites : []).forEach(function (site) { proposed[site.candidate] = true; });
    var order = trial.inOrder(state.circle).filter(function (candidate) { return !proposed[candidate]; });
    box.hidden = !order.length;
    box.querySelector("summary").textContent = trial.live(one ? "others" : "candidates") + bracketed(order.length);
    if (box.hidden || !box.open) { return; }
    var adds = {}, picked = trial.sites(own.service);
    trial.ranked(state.circle).forEach(function (entry) { adds[entry.candidate] = entry; });
    showTicks(box, own, [word("candidate"), word("gained_column"), trial.live("others")], "candidate", order.map(function (candidate) {
      var entry = adds[candidate];
      return {at: candidate, on: picked[candidate] === true, texts: figures(own, entry ? [entry.communities, entry.people] : null)};
    }), function (candidate, yes) { trial.pick(own.service, candidate, yes); });
  }

  function showClosing(own) {
    var box = by("trial_closing"), facilities = view.circles[state.circle].facilities;
    box.hidden = !facilities.length;
    box.querySelector("summary").textContent = trial.live("close") + bracketed(facilities.length);
    if (box.hidden || !box.open) { return; }
    showTicks(box, own, [word("facility"), trial.live("lost_column"), trial.live("close")], "facility", facilities.map(function (facility, number) {
      var gone = state.trial.closed[facility] === true, loses = gone ? null : trial.wouldLose(state.circle, number);
      return {at: facility, on: gone, texts: figures(own, loses ? [loses.length, trial.peopleOf(own.demand, loses)] : null)};
    }), trial.shut);
  }

  /* A table of places to tick, with what each adds or takes. */
  function showTicks(box, own, words, kind, rows, act) {
    var places = kind === "candidate" ? view.candidates : view.facilities;
    planner.renewLines(box.querySelector("div"), rowsKey(), rows, function () {
      return table(headings(own, words[0], words[1]), rows.map(function (row) { return tickRow(kind, named(places, row.at), row, act); }), words[2]);
    });
  }

  /* What makes other rows; all else that a tick changes is in their cells. */
  function rowsKey() { return [state.lang, state.circle, state.proposal].join(" "); }

  function figures(own, pair) {
    return (own.demand ? [0, 1] : [0]).map(function (which) { return pair ? trial.grouped(pair[which]) : "–"; });
  }

  function headings(own, first, second) {
    var people = view.circles[state.circle].people_column;
    return own.demand ? [first, second, say(people)] : [first, second];
  }

  function tickRow(kind, name, row, act) {
    var line = make("tr"), head = make("th"), box = make("div", "tick-row");
    head.scope = "row";
    box.appendChild(tick(kind.charAt(0) + row.at, name, row.on, function (yes) { act(row.at, yes); }));
    box.appendChild(button(name, "row", function () { choose(kind, row.at, true); }));
    head.appendChild(box);
    line.appendChild(head);
    row.texts.forEach(function (text) { line.appendChild(make("td", "number", text)); });
    line.dataset[kind] = row.at;
    return line;
  }

  function showSaving() {
    var box = empty(by("trial_saving"));
    box.appendChild(button(trial.live("copy"), "link", function () {
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
      tell({key: copied ? "copied" : "copy_address"});
      showTold();
    }));
    box.appendChild(button(trial.live("save"), "link", choice.save));
    box.appendChild(button(trial.live("open"), "link", function () { by("trial_file").click(); }));
  }

  function opened(text) {
    tell(toldOf(choice.take(text)));
    if (trial.here()) { loaded[trial.here().service] = true; }
    choice.follow();
    planner.showAll();
  }

  function toldOf(unknown) {
    if (unknown === null) { return {key: "not_a_choice"}; }
    return unknown.length ? {key: "unknown_ids", name: unknown.join(comma())} : {key: "opened"};
  }

  /* On a card: what the choice changes for a community, and the button that takes a place in or out. */
  function addToCard(box, kind, i) {
    var own = trial.here();
    if (state.tab !== "siting" || !own) { return; }
    if (kind === "community") {
      if (trial.gained(state.circle).indexOf(i) >= 0) { box.appendChild(make("p", "good", trial.live("card_gained") + colon() + byWhom(i))); }
      if (trial.lost(state.circle).indexOf(i) >= 0) { box.appendChild(make("p", "bad", trial.live("card_lost"))); }
    } else if (kind === "facility" && view.circles[state.circle].facilities.indexOf(i) >= 0) {
      addSwitch(box, state.trial.closed[i], "card_reopen", "card_close", function (yes) { trial.shut(i, yes); });
    } else if (kind === "candidate" && trial.mayStand(state.circle, i)) {
      addSwitch(box, trial.sites(own.service)[i], "card_leave", "card_take", function (yes) { trial.pick(own.service, i, yes); });
    }
  }

  /* The chosen sites within whose reach a community lies. */
  function byWhom(i) {
    return trial.chosenFor(state.circle, i).map(function (candidate) { return named(view.candidates, candidate); }).join(comma());
  }

  function addSwitch(box, on, offKey, onKey, act) {
    box.appendChild(button(trial.live(on ? offKey : onKey), "button", function () {
      act(!on);
      changed();
    }));
  }

  /* A choice in the address is taken over before anything is shown. */
  function begin() {
    var unknown = choice.taken();
    if (unknown === undefined) { return; }
    if (trial.here()) { loaded[trial.here().service] = true; }
    tell(toldOf(unknown));
    state.tab = "siting";
  }

  // What is folded isn't worked out until it's opened.
  ["trial_others", "trial_closing", "trial_table"].forEach(function (id) {
    by(id).addEventListener("toggle", function () { if (by(id).open) { planner.showSiting(); } });
  });
  by("trial_file").addEventListener("change", function (event) {
    var file = event.target.files[0], reader = new FileReader();
    if (!file) { return; }
    reader.onload = function () { opened(String(reader.result)); };
    reader.readAsText(file);
    event.target.value = "";
  });

  Object.assign(planner, {tick: tick, load: load, isLoaded: isLoaded, showTrial: showTrial, rowsKey: rowsKey, addToCard: addToCard});
  begin();
}());
