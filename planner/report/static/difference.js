/* Before against after, of sites tried out or of a scenario: every unit, and every reach of the plan. */
(function () {
  "use strict";

  var view = planner.view, state = planner.state, by = planner.by, say = planner.say, word = planner.word,
    named = planner.named, make = planner.make, empty = planner.empty, table = planner.table,
    tableRow = planner.tableRow, colon = planner.colon, trial = planner.trial;
  var ARROW = " → ";

  /* Units and reaches of the plan, before against after. */
  function showBeforeAfter(own) {
    var box = by("trial_table"), inner = empty(box.querySelector("div")), c = state.circle;
    var before = view.circles[c].status, after = trial.after(c).status;
    var targets = trial.targets(c);
    box.hidden = !view.trial.units.length && !targets.length;
    if (box.hidden || !box.open) { return; }
    unitTables(inner, own, before, after);
    if (targets.length) { inner.appendChild(targetTable(targets)); }
    if (view.trial.others) { inner.appendChild(make("p", "fine", trial.live("targets_other"))); }
  }

  /* Every unit with communities and share covered, before against after. */
  function unitTables(box, own, before, after) {
    var levels = {};
    if (own.demand) { box.appendChild(make("p", "fine", trial.live("share") + colon() + say(own.who))); }
    view.trial.units.forEach(function (unit) { (levels[say(unit.level)] = levels[say(unit.level)] || []).push(unit); });
    Object.keys(levels).forEach(function (level) {
      box.appendChild(table([level, word("community"), trial.live("share")], levels[level].map(function (unit) {
        var was = trial.tally(own, before, unit.communities), is = trial.tally(own, after, unit.communities);
        return tableRow([unit.area < 0 ? unit.name : named(view.areas, unit.area),
          changedText(trial.grouped(was.communities), trial.grouped(is.communities)) + " / " + trial.grouped(is.of),
          changedText(shareOf(own, was), shareOf(own, is))
        ], was.communities !== is.communities ? "differs" : "");
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
    return table([word("indicator"), trial.live("before"), trial.live("after")], targets.map(function (target) {
      var item = view.compliance.items[target.item];
      var was = trial.value(target, view.circles[target.circle].status), is = trial.value(target, trial.after(target.circle).status);
      return tableRow([say(item.name) + " · " + say(target.label), valueText(target, was), valueText(target, is)],
        String(was) !== String(is) ? "differs" : "");
    }), word("tab_targets"));
  }

  function valueText(target, fraction) {
    if (!fraction) { return "—"; }
    var met = trial.meets(target, fraction);
    return trial.percent(target, fraction) + (met === null ? "" : "\n" + word(met ? "meets" : "below"));
  }

  function changedText(was, is) { return was === is ? is : was + ARROW + is; }

  L.extend(planner, {ARROW: ARROW, shareOf: shareOf, showBeforeAfter: showBeforeAfter, showScenario: showScenario});
}());
