/* The page: puts the words and figures of the view where they belong, and keeps map and tables in step. */
(function () {
  "use strict";

  var view = planner.view, state = planner.state, by = planner.by, say = planner.say, word = planner.word,
    circle = planner.circle, proposedHere = planner.proposedHere, named = planner.named, letter = planner.letter,
    make = planner.make, button = planner.button, empty = planner.empty,
    segments = planner.segments, table = planner.table, map = planner.map,
    showMap = planner.showMap, showControls = planner.showControls, targetAt = planner.targetAt,
    choose = planner.choose, unchoose = planner.unchoose, markChosen = planner.markChosen, showCard = planner.showCard;
  var SHORT_LIST = 5;

  function communityHeadings() {
    var found = [word("community"), say(circle().distance_column)];
    return circle().people_column ? found.concat([say(circle().people_column)]) : found;
  }

  function showShortList() {
    var missing = state.mode === "present" ? "o" : "u";
    var rows = circle().order.filter(function (i) { return letter(i) === missing; });
    var title = word(missing === "o" ? "outside_title" : "uncovered_title");
    by("short_title").textContent = title;
    var more = by("more");
    more.hidden = rows.length <= SHORT_LIST;
    more.textContent = say(circle().show_all[missing]);
    more.onclick = function () {
      state.filter = missing;
      showTab("list");
      by("button_list").focus();
    };
    var box = empty(by("short_list"));
    box.appendChild(rows.length ?
      table(communityHeadings(), rows.slice(0, SHORT_LIST).map(function (i) { return planner.communityRow(i); }), title) :
      make("p", "aside", word("none_left")));
  }

  function showOverview() {
    var one = circle(), present = state.mode === "present";
    planner.showLead();
    showCircles();
    var modes = [{key: "reach", text: say(one.reachable) + " " + one.counts.c}];
    if (one.headline_present) { modes.push({key: "present", text: word("mode_present") + " " + one.counts.i}); }
    segments("modes", modes, state.mode, function (key) {
      state.mode = key;
      showAll();
    });
    by("straight").textContent = present ? "" : say(one.straight_line);
    by("straight").hidden = present || !one.straight_line;
    var box = empty(by("differences"));
    one.differences.forEach(function (line) { box.appendChild(make("p", "aside", say(line))); });
    showParted(box, "reach_only", one, "c", "o");
    showParted(box, "present_only", one, "u", "i");
    box.hidden = !present;
    showPartings(present ? [] : one.partings);
    ["change", "inside"].forEach(function (key) {
      by(key).textContent = present ? "" : say(one[key]);
      by(key).hidden = present || !one[key];
    });
    planner.showScenario();
    showShortList();
    planner.showTelling();
    showIssues();
    showMethod();
  }

  /* The communities of one status and one presence: where "within reach" and "one inside" part ways. */
  function showParted(box, key, one, status, presence) {
    var found = one.order.filter(function (i) { return one.status[i] === status && one.present[i] === presence; });
    var zh = state.lang === "zh";
    if (found.length) { box.appendChild(folded(word(key) + (zh ? "（" : " (") + found.length + (zh ? "）" : ")"), found)); }
  }

  /* The communities on which this rule and another part, or that a scenario gains and loses. */
  function showPartings(partings) {
    var box = empty(by("partings"));
    partings.forEach(function (one) { box.appendChild(folded(say(one.title), one.communities)); });
  }

  /* A list of communities under a title, folded. */
  function folded(title, communities) {
    var more = make("details"), list = make("ul", "plain columns");
    more.appendChild(make("summary", "", title));
    communities.forEach(function (i) {
      var item = make("li");
      item.appendChild(button(named(view.communities, i), "link", function () { choose("community", i, true); }));
      list.appendChild(item);
    });
    more.appendChild(list);
    return more;
  }

  /* First the services, then the rules of the service that is shown, then what if the streets change. */
  function showCircles() {
    var services = [], rules = [], scenarios = [];
    view.circles.forEach(function (item, i) {
      if (item.base === circle().base) {
        scenarios.push({key: i, text: item.scenario ? say(item.scenario) : word("as_is")});
      }
      if (say(item.scenario) !== say(circle().scenario)) { return; }
      var same = say(item.service) === say(circle().service);
      if (!services.some(function (one) { return one.text === say(item.service); })) {
        services.push({key: same ? state.circle : i, text: say(item.service)});
      }
      if (same) { rules.push({key: i, text: say(item.label)}); }
    });
    segments("services", services, state.circle, chooseCircle);
    segments("circles", rules, state.circle, chooseCircle);
    segments("scenarios", scenarios, state.circle, chooseCircle);
  }

  function chooseCircle(key) {
    state.circle = key;
    state.chosen = null;
    showAll();
  }

  function showIssues() {
    var box = by("issues"), inner = empty(box.querySelector("div"));
    box.hidden = !view.issues.length;
    box.querySelector("summary").textContent = word("issues") + (state.lang === "zh" ? "（" : " (") +
      view.issues.length + (state.lang === "zh" ? "）" : ")");
    view.issues.forEach(function (kind) {
      var head = say(kind.severity) + planner.colon() + (kind.title ? say(kind.title) + " " : "");
      inner.appendChild(make("h3", "", head + "×" + kind.count));
      var list = make("ul", "plain small");
      kind.lines.forEach(function (line) {
        var item = make("li", "", line);
        item.lang = "en";
        list.appendChild(item);
      });
      if (kind.more) { list.appendChild(make("li", "", say(kind.more))); }
      inner.appendChild(list);
    });
  }

  function showMethod() {
    var inner = empty(by("method").querySelector("div"));
    inner.appendChild(make("p", "", say(circle().named)));
    view.method.forEach(function (line) { inner.appendChild(make("p", "", say(line))); });
    if (!view.sources.length) { return; }
    var rows = view.sources.map(function (source) {
      var row = make("tr"), name = make("th", "", source.path);
      name.scope = "row";
      row.appendChild(name);
      row.appendChild(make("td", "number", source.rows || ""));
      row.appendChild(make("td", "number", say(source.date)));
      return row;
    });
    inner.appendChild(table([word("source"), word("rows"), word("date")], rows, word("source")));
  }

  function tabNames() {
    var sites = view.proposals.length || view.trial.circles.some(function (one) { return one.candidates.length; });
    return ["overview"].concat(view.compliance ? ["targets"] : [], ["list"], sites ? ["siting"] : []);
  }

  function showTabs() {
    var box = empty(by("tabs"));
    tabNames().forEach(function (name, number, names) {
      var one = button(word("tab_" + name), "tab-button", function () { showTab(name); });
      one.id = "button_" + name;
      one.setAttribute("role", "tab");
      one.setAttribute("aria-controls", "tab_" + name);
      one.addEventListener("keydown", function (event) {
        var step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
        if (step) {
          var next = names[(number + step + names.length) % names.length];
          showTab(next);
          by("button_" + next).focus();
        }
      });
      box.appendChild(one);
    });
    showTab(state.tab);
  }

  function showTab(name) {
    var turned = state.tab !== name;
    state.tab = name;
    ["overview", "targets", "list", "siting"].forEach(function (one) { by("tab_" + one).hidden = one !== name; });
    tabNames().forEach(function (one) {
      by("button_" + one).setAttribute("aria-selected", String(one === name));
      by("button_" + one).tabIndex = one === name ? 0 : -1;
    });
    if (name !== "targets") { planner.leaveIndicator(false); }
    if (name === "overview" && turned) { showOverview(); }
    if (name === "targets") { planner.showTargets(); }
    if (name === "list") { planner.showList(); }
    if (name === "siting") {
      if (planner.enterSiting()) { showAll(); }
      planner.showSiting();
    }
    if (turned) {
      by("panel").scrollTop = 0;
      showMap();
    }
    planner.placeChart();
    if (turned && state.chosen) { showCard(); }
    markChosen();
  }

  function showAll() {
    if (state.mode === "present" && !circle().headline_present) { state.mode = "reach"; }
    by("card").hidden = true;
    if (state.chosen && state.chosen.kind === "site" && !proposedHere()) { state.chosen = null; }
    if (tabNames().indexOf(state.tab) < 0) { state.tab = "overview"; }
    planner.showWords();
    showOverview();
    showControls();
    showTabs();
    showMap();
    if (state.chosen) { showCard(); }
  }

  map.on("click", function (event) {
    var target = targetAt(event);
    if (target) { choose(target.kind, target.one.index, false); } else { unchoose(); }
    if (target && target.kind === "community") { planner.showRow(target.one.index); }
  });
  by("language").addEventListener("click", function () {
    state.lang = state.lang === "zh" ? "en" : "zh";
    showAll();
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && state.chosen) { unchoose(); }
  });
  planner.showTab = showTab;
  planner.showAll = showAll;
  showAll();
}());
