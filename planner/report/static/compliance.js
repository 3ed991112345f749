/* The plan's indicators: the list with its filter, the few on the first tab, and the units of the one that is chosen. */
(function () {
  "use strict";

  var view = planner.view, state = planner.state, by = planner.by, say = planner.say, word = planner.word,
    make = planner.make, button = planner.button, empty = planner.empty, runs = planner.runs,
    icon = planner.icon, segments = planner.segments, table = planner.table, choose = planner.choose,
    markChosen = planner.markChosen, showMap = planner.showMap, showChart = planner.showChart,
    SYMBOL = planner.UNIT_SYMBOL, WORD = planner.UNIT_WORD;
  var targets = view.compliance;
  var LETTERS = "bmtdnx";  // in the order of the list
  var FIRST_UNITS = 8;

  function verdict(letter, text) {
    var element = make("span", "verdict " + letter);
    element.appendChild(icon(SYMBOL[letter]));
    element.appendChild(make("strong", "", text));
    return element;
  }

  function paragraph(box, text, className) {
    if (text) { box.appendChild(make("p", className || "", text)); }
  }

  /* The few most telling indicators, for the first tab. */
  function showTelling() {
    by("telling_box").hidden = !targets;
    if (!targets) { return; }
    var more = by("all_targets");
    more.textContent = say(targets.show_all);
    more.onclick = function () { openTargets(null); };
    runs(by("telling_summary"), targets.summary);
    var list = empty(by("telling"));
    targets.telling.forEach(function (number) {
      var one = targets.items[number], row = make("li"), told = make("div", "told-target");
      told.appendChild(button(say(one.name), "link plain-link", function () { openTargets(number); }));
      told.appendChild(verdict(one.verdict, word(WORD[one.verdict])));
      row.appendChild(told);
      paragraph(row, say(one.brief), "fine");
      if (one.conflict) { row.appendChild(make("p", "mark", say(one.conflict))); }
      list.appendChild(row);
    });
  }

  function openTargets(number) {
    state.verdict = "all";
    planner.showTab("targets");
    if (number === null) {
      by("button_targets").focus();
      return;
    }
    var item = by("target_" + number);
    item.scrollIntoView();
    item.focus();
  }

  function showTargets() {
    if (!targets) { return; }
    runs(by("targets_summary"), targets.summary);
    by("targets_basis").textContent = say(targets.basis);
    var choices = [{key: "all", text: word("all") + " " + targets.counts.all}];
    LETTERS.split("").forEach(function (letter) {
      if (targets.counts[letter]) { choices.push({key: letter, text: word(WORD[letter]) + " " + targets.counts[letter]}); }
    });
    segments("verdicts", choices, state.verdict, function (key) {
      state.verdict = key;
      showTargets();
      var pressed = document.querySelector("#verdicts [data-key=\"" + key + "\"]");
      if (pressed) { pressed.focus(); }
    });
    var list = empty(by("targets"));
    targets.items.forEach(function (one, number) {
      if (state.verdict === "all" || state.verdict === one.verdict) { list.appendChild(target(one, number)); }
    });
    markChosen();
  }

  function target(one, number) {
    var box = make("li", "target" + (one.group === null ? "" : " grouped"));
    box.id = "target_" + number;
    box.tabIndex = -1;
    box.appendChild(make("h3", "", say(one.name)));
    box.appendChild(verdict(one.verdict, say(one.verdict_words)));
    paragraph(box, say(one.facts));
    if (one.conflict) { box.appendChild(make("p", "mark", say(one.conflict))); }
    if (one.lines.length > 1) { box.appendChild(lines(one, number)); }
    one.reported.forEach(function (text) { paragraph(box, say(text)); });
    one.remarks.forEach(function (text) { paragraph(box, say(text), "fine"); });
    paragraph(box, say(one.responsible), "fine");
    box.appendChild(about(one));
    if (one.lines.length === 1 && one.lines[0].units) {
      onMap(box, box.appendChild(make("p")), one, number, 0);
    } else if (one.lines.length === 1) {
      onCircle(box.appendChild(make("p")), one, one.lines[0]);
    }
    return box;
  }

  /* Each way of judging it: by which reading, on which circle, and which decides. */
  function lines(one, number) {
    var list = make("ul", "plain readings");
    one.lines.forEach(function (line, i) {
      var entry = make("li"), head = make("div");
      head.appendChild(make("b", "", say(line.label)));
      if (line.role) { head.appendChild(make("span", "role", say(line.role))); }
      entry.appendChild(head);
      var told = make("div", "reading"), figure = make("span", "");
      figure.appendChild(icon(SYMBOL[line.verdict]));
      figure.appendChild(make("span", "unseen", word(WORD[line.verdict]) + " "));
      figure.appendChild(make("span", "", say(line.verdict === "n" ? line.verdict_words : line.value)));
      told.appendChild(figure);
      entry.appendChild(told);
      if (line.units) { onMap(entry, told, one, number, i); } else { onCircle(told, one, line); }
      list.appendChild(entry);
    });
    return list;
  }

  function about(one) {
    var box = make("details", "about"), list = make("dl");
    box.appendChild(make("summary", "", word("quote_title")));
    var quote = make("blockquote", "", one.quote);
    quote.lang = "zh-CN";
    box.appendChild(quote);
    one.about.forEach(function (pair) {
      list.appendChild(make("dt", "", say(pair[0])));
      list.appendChild(make("dd", "", say(pair[1])));
    });
    box.appendChild(list);
    return box;
  }

  function isShown(number, line) {
    return state.indicator !== null && state.indicator.item === number && state.indicator.line === line;
  }

  /* The button to the map, in its row, and the list of units below it. */
  function onMap(box, row, one, number, line) {
    var own = one.lines[line].units, shown = isShown(number, line);
    var brief = one.lines.length > 1 && own.mapped ? word("map_show") : say(own.show);
    var press = button(shown ? word(own.mapped ? "map_back" : "list_close") : brief, "link", function () {
      if (shown) { leaveIndicator(true); } else { showIndicator(number, line); }
    });
    press.setAttribute("aria-pressed", String(shown));
    press.dataset.indicator = number + "-" + line;
    if (one.lines.length > 1) { press.setAttribute("aria-label", press.textContent + " · " + say(one.lines[line].label)); }
    row.appendChild(press);
    if (shown) { box.appendChild(unitList(own)); }
  }

  /* Of an indicator about the whole, the map shows the circle that it was worked out for. */
  function onCircle(row, one, line) {
    if (line.circle === null) { return; }
    var press = button(word(one.lines.length > 1 ? "map_show" : "map_circle"), "link", function () {
      state.circle = line.circle;
      state.mode = "reach";
      state.indicator = state.chosen = null;
      planner.showAll();
      showChart();
    });
    if (one.lines.length > 1) { press.setAttribute("aria-label", press.textContent + " · " + say(line.label)); }
    row.appendChild(press);
  }

  function showIndicator(number, line) {
    state.indicator = {item: number, line: line};
    state.chosen = null;
    by("card").hidden = true;
    showTargets();
    showMap();
    press(number + "-" + line);
    if (planner.onUnits()) { showChart(); }
  }

  /* Back to the circle; where the list is in sight, to the button that was pressed. */
  function leaveIndicator(toButton) {
    if (!state.indicator) { return; }
    var key = state.indicator.item + "-" + state.indicator.line;
    state.indicator = null;
    state.chosen = null;
    by("card").hidden = true;
    showTargets();
    showMap();
    if (toButton) { press(key); }
  }

  function press(key) {
    var element = document.querySelector("[data-indicator=\"" + key + "\"]");
    if (!element) { return; }
    element.focus({preventScroll: true});
    element.scrollIntoView({block: "nearest"});
  }

  function unitList(own) {
    var box = make("div", "units"), title = make("p");
    runs(title, own.title);
    box.appendChild(title);
    var headings = [word("unit_name")];
    if (own.value_column) { headings.push(say(own.value_column)); }
    if (own.need_column) { headings.push(say(own.need_column)); }
    if (own.gap_column) { headings.push(say(own.gap_column)); }
    var rows = own.at.map(function (at, i) { return unitRow(own, i); });
    var first = rows.length > FIRST_UNITS + 2 ? FIRST_UNITS : rows.length;
    rows.slice(first).forEach(function (row) { row.hidden = true; });
    box.appendChild(table(headings, rows, word("unit_name")));
    if (first < rows.length) {
      box.appendChild(button(word("rest") + " " + (rows.length - first), "link", function (event) {
        rows.forEach(function (row) { row.hidden = false; });
        box.removeChild(event.currentTarget);
        rows[first].querySelector("button, span").focus();
      }));
    }
    return box;
  }

  function unitRow(own, i) {
    var row = make("tr"), name = make("th"), letter = own.verdicts.charAt(i);
    var open = planner.spotOfUnit(own, i) ? button(null, "row", function () { choose("unit", i, true); }) : make("span", "row");
    open.appendChild(icon(SYMBOL[letter]));
    var text = make("span", "", planner.nameOfUnit(own, i));
    text.appendChild(make("span", "unseen", " " + word(WORD[letter])));
    open.appendChild(text);
    name.scope = "row";
    name.appendChild(open);
    if (own.why[i] >= 0) { name.appendChild(make("div", "fine", say(own.reasons[own.why[i]]))); }
    row.appendChild(name);
    if (own.value_column) { row.appendChild(make("td", "number", own.values[i] || "—")); }
    if (own.need_column) { row.appendChild(make("td", "number", own.needs[i] || "")); }
    if (own.gap_column) { row.appendChild(make("td", "number", own.gaps[i] || "")); }
    row.dataset.unit = i;
    return row;
  }

  Object.assign(planner, {showTelling: showTelling, showTargets: showTargets, leaveIndicator: leaveIndicator});
}());
