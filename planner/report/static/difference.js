/* Before against after, of sites tried out or of a scenario: every unit, and every indicator of the plan. */
(function () {
  "use strict";

  var view = planner.view, state = planner.state, by = planner.by, say = planner.say, word = planner.word,
    named = planner.named, make = planner.make, empty = planner.empty, table = planner.table,
    tableRow = planner.tableRow, colon = planner.colon, comma = planner.comma, bracketed = planner.bracketed, trial = planner.trial, recount = planner.recount;
  var ARROW = " → ", FEW = 6;

  /* Units and indicators of the plan, before against after. */
  function showBeforeAfter(own) {
    var box = by("trial_table"), c = state.circle, targets = trial.targets(c), others = by("trial_unchanged");
    box.hidden = !view.trial.units.length && !targets.length;
    if (box.hidden || !box.open) { return; }
    showUnits(by("trial_units"), own, view.circles[c].status, trial.after(c).status);
    by("trial_targets").hidden = !targets.length;
    if (targets.length) { showTargets(by("trial_targets"), targets); }
    others.hidden = !view.trial.others.length;
    if (!others.hidden) { others.textContent = othersText(); }
  }

  /* Every unit with communities and share covered, before against after, in a table for each level. */
  function showUnits(box, own, before, after) {
    var levels = {}, rows = [];
    view.trial.units.forEach(function (unit) { (levels[say(unit.level)] = levels[say(unit.level)] || []).push(unit); });
    Object.keys(levels).forEach(function (level) {
      levels[level].forEach(function (unit) { rows.push(unitRow(own, before, after, level, unit)); });
    });
    planner.renewLines(box, planner.rowsKey(), rows, function () {
      var found = make("div");
      if (own.demand) { found.appendChild(make("p", "fine", trial.live("share") + colon() + say(own.who))); }
      Object.keys(levels).forEach(function (level) {
        found.appendChild(table([level, word("community"), trial.live("share")], rows.filter(function (row) { return row.level === level; }).map(function (row) {
          return tableRow([row.name].concat(row.texts), row.differs ? "differs" : "");
        }), level));
      });
      return found;
    });
  }

  function unitRow(own, before, after, level, unit) {
    var was = trial.tally(own, before, unit.communities), is = trial.tally(own, after, unit.communities);
    return {
      level: level, name: unit.area < 0 ? unit.name : named(view.areas, unit.area), differs: was.communities !== is.communities,
      texts: [changedText(trial.grouped(was.communities), trial.grouped(is.communities)) + " / " + trial.grouped(is.of),
        changedText(shareOf(own, was), shareOf(own, is))]
    };
  }

  /* The share that a circle tells: of people, or of communities where nobody is counted. */
  function shareOf(own, tally) {
    return own.demand ? trial.share(tally.people, tally.ofPeople) : trial.share(tally.communities, tally.of);
  }

  /* What a scenario changes, unit by unit. */
  function showScenario() {
    var box = by("scenario_table"), one = view.circles[state.circle];
    box.hidden = !one.scenario || state.mode !== "reach" || !view.trial.units.length;
    if (!box.hidden) { showUnits(box.querySelector("div"), trial.rule(one.base), view.circles[one.base].status, one.status); }
  }

  /* Every indicator with its figures and verdicts, what comes to meet it, and why a tried site doesn't count. Each has
     rows of its own; where a tick changes nothing that they say they are left standing. */
  function showTargets(box, targets) {
    var indicators = [];
    targets.forEach(function (target) {
      var last = indicators[indicators.length - 1];
      if (!last || last.item !== target.item) { indicators.push(last = {item: target.item, targets: []}); }
      last.targets.push(toldOf(target));
    });
    var key = state.lang + " " + indicators.map(function (one) { return one.item; }).join(" ");
    planner.renew(box, key, indicators, function () {
      var found = make("div"), whole = table([trial.live("before"), trial.live("after")], [], word("tab_targets"));
      whole.className = "aims";
      whole.removeChild(whole.tBodies[0]);
      indicators.forEach(function (one) { whole.appendChild(indicatorBody(one)); });
      found.appendChild(make("h3", "", word("tab_targets")));
      found.appendChild(whole);
      return found;
    }, function (i, one) {
      var whole = box.querySelector("table");
      whole.replaceChild(indicatorBody(one), whole.tBodies[i]);
    });
  }

  /* All that is said of a target, in words. */
  function toldOf(target) {
    var was = recount.before(target), is = recount.found(target, state.trial);
    return {
      target: view.trial.targets.indexOf(target), label: target.label ? say(target.label) : "",
      pair: [was, is].map(function (one) { return [recount.valueText(target, one), counted(target, one), recount.verdictText(target, one)]; }),
      gained: recount.changes(target, was, is, true), lost: recount.changes(target, was, is, false),
      silent: is.silent ? trial.fill("silent", {what: target.lacks ? say(target.lacks) : ""}) : ""
    };
  }

  function indicatorBody(indicator) {
    var body = make("tbody");
    body.appendChild(across("th", "indicator", make("span", "", say(view.compliance.items[indicator.item].name))));
    indicator.targets.forEach(function (one) {
      if (one.label) { body.appendChild(across("th", "", make("span", "", one.label))); }
      body.appendChild(pair(one));
      [told("units_gained", one.gained), told("units_lost", one.lost), one.silent ? make("div", "", one.silent) : null].forEach(function (box) {
        if (box) { body.appendChild(across("td", "", box)); }
      });
    });
    return body;
  }

  /* A figure with its verdict, before and after. */
  function pair(one) {
    var row = make("tr", one.pair[0][0] === one.pair[1][0] ? "" : "differs");
    one.pair.forEach(function (said) {
      var cell = make("td", "", said[0] + said[1]);
      cell.appendChild(make("div", "fine", said[2]));
      row.appendChild(cell);
    });
    row.dataset.target = one.target;
    return row;
  }

  /* A row over both columns: the name of an indicator, or what there is to say of the row above. */
  function across(tag, className, content) {
    var row = make("tr"), cell = make(tag, tag === "th" ? className : "fine");
    cell.colSpan = 2;
    if (tag === "th") { cell.scope = "rowgroup"; }
    cell.appendChild(content);
    row.appendChild(cell);
    return row;
  }

  /* How many areas have or reach one, of how many. */
  function counted(target, one) {
    if (one.states.length < 2 || !one.low) { return ""; }
    var met = trial.grouped(one.states.filter(function (state) { return state === true; }).length), all = trial.grouped(one.states.length);
    return target.each ? trial.fill("each_met", {n: met, all: all}) : bracketed(met + " / " + all);
  }

  /* The names of areas, a few in sight and many folded; null without any. */
  function told(key, names) {
    if (!names.length) { return null; }
    var head = trial.fill(key, {n: trial.grouped(names.length)});
    if (names.length <= FEW) { return make("div", "", head + colon() + names.join(comma())); }
    var fold = make("details");
    fold.appendChild(make("summary", "", head));
    fold.addEventListener("toggle", function () {  // a long list is written when it is asked for
      if (fold.childNodes.length === 1) { fold.appendChild(make("div", "", names.join(comma()))); }
    });
    return fold;
  }

  /* The indicators whose figure stays as it is, by name. */
  function othersText() {
    return trial.live("targets_other") + colon() + view.trial.others.map(function (i) { return say(view.compliance.items[i].name); }).join(comma());
  }

  function changedText(was, is) { return was === is ? is : was + ARROW + is; }

  Object.assign(planner, {ARROW: ARROW, shareOf: shareOf, showBeforeAfter: showBeforeAfter, showScenario: showScenario});
}());
