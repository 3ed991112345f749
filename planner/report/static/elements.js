/* What the page knows (the view), what it shows just now (the state), and the elements that it is made of.
   Whatever a user wrote is set with textContent, never read as HTML. */
(function () {
  "use strict";

  var opening = JSON.parse(document.getElementById("opening").textContent), view = opening.view;
  var state = {
    lang: view.language, tab: "overview", circle: 0, mode: "reach", reached: "land", filter: "all",
    proposal: view.proposals.length ? 0 : -1, chosen: null, verdict: "all", indicator: null
  };
  var SYMBOL = {c: "covered", u: "uncovered", n: "none", i: "covered", o: "uncovered", q: "none"};
  var WORD = {c: "covered", u: "uncovered", n: "not_assessed", i: "inside", o: "outside", q: "unknown"};

  function by(id) { return document.getElementById(id); }

  function say(text) { return text ? text[state.lang] : ""; }

  function word(key) { return say(view.words[key]); }

  function circle() { return view.circles[state.circle]; }

  function proposal() { return state.proposal < 0 ? null : view.proposals[state.proposal]; }

  function proposedHere() {
    var one = proposal();
    return one && one.circle === state.circle ? one : null;
  }

  function named(places, i) {
    return state.lang === "en" && places.names_en.length ? places.names_en[i] : places.names[i];
  }

  function labelled(places, i) {
    return state.lang === "en" && places.names_en.length ? places.short_en[i] : places.short[i];
  }

  function letter(i) { return state.mode === "present" ? circle().present.charAt(i) : letterOfReach(i); }

  /* What the map shows of a community: as things are, or as they would be with the sites that are tried out. */
  function letterOfReach(i) {
    return (planner.trial.shownAfter() ? planner.trial.after(state.circle) : circle()).status.charAt(i);
  }

  function distance(i) {
    var one = circle();
    if (letterOfReach(i) === "n") { return "—"; }
    var figure = one.by_time ? one.minutes[i] : one.metres[i];
    return figure === null ? word("unreachable") : figure;
  }

  /* The marks that part words in each language. */
  function colon() { return state.lang === "zh" ? "：" : ": "; }

  function comma() { return state.lang === "zh" ? "、" : ", "; }

  function bracketed(number) { return (state.lang === "zh" ? "（" : " (") + number + (state.lang === "zh" ? "）" : ")"); }

  function withUnit(figure, unit) { return figure + "\u00a0" + word(unit); }

  function make(tag, className, text) {
    var element = document.createElement(tag);
    if (className) { element.className = className; }
    if (text !== undefined && text !== null) { element.textContent = text; }
    return element;
  }

  function button(text, className, act) {
    var element = make("button", className, text);
    element.type = "button";
    element.addEventListener("click", act);
    return element;
  }

  function empty(element) {
    while (element.firstChild) { element.removeChild(element.firstChild); }
    return element;
  }

  /* What a box shows of some rows: `build` makes it all. Where the box shows the same rows already, as the key says,
     only those that differ are mended: a browser takes its time over a long table made anew. */
  function renew(box, key, rows, build, mend) {
    var held = box.held, texts = rows.map(function (row) { return JSON.stringify(row); });
    if (held && held.key === key) {
      rows.forEach(function (row, i) { if (texts[i] !== held.texts[i]) { mend(i, row); } });
    } else {
      empty(box).appendChild(build());
    }
    box.held = {key: key, texts: texts};
  }

  /* Lines of tables: figures, ticks and marks are mended. */
  function renewLines(box, key, rows, build) {
    var lines = null;
    renew(box, key, rows, build, function (i, row) {
      lines = lines || box.querySelectorAll("tbody tr");
      var line = lines[i], cells = line.querySelectorAll("td"), tick = line.querySelector("input");
      row.texts.forEach(function (text, j) {
        if (text !== cells[j].textContent) { cells[j].textContent = text; }
      });
      if (tick) { tick.checked = row.on; }
      line.classList.toggle("differs", row.differs === true);
    });
  }

  function each(selector, act) { Array.prototype.forEach.call(document.querySelectorAll(selector), act); }

  function runs(element, sentence) {
    empty(element);
    (sentence ? sentence[state.lang] : []).forEach(function (run) {
      element.appendChild(make(run.tone ? "strong" : "span", run.tone, run.text));
    });
  }

  function segments(id, items, chosen, choose) {
    var box = empty(by(id));
    box.hidden = items.length < 2;
    if (box.hidden) { return; }
    items.forEach(function (item) {
      var one = button(item.text, "segment", function () { choose(item.key); });
      one.setAttribute("aria-pressed", String(item.key === chosen));
      one.dataset.key = item.key;
      box.appendChild(one);
    });
  }

  /* A row of texts, the first of them its heading; what follows a line break in a cell stands below in small. */
  function tableRow(cells, className) {
    var line = make("tr", className), head = make("th", "", cells[0]);
    head.scope = "row";
    line.appendChild(head);
    cells.slice(1).forEach(function (cell) {
      var lines = cell.split("\n"), box = make("td", "number", lines[0]);
      if (lines[1]) { box.appendChild(make("div", "fine", lines[1])); }
      line.appendChild(box);
    });
    return line;
  }

  function table(headings, rows, caption) {
    var element = make("table"), head = make("tr"), body = make("tbody");
    element.appendChild(make("caption", "unseen", caption));
    headings.forEach(function (heading, i) {
      var cell = make("th", i ? "number" : "", heading);
      cell.scope = "col";
      head.appendChild(cell);
    });
    var top = make("thead");
    top.appendChild(head);
    element.appendChild(top);
    rows.forEach(function (row) { body.appendChild(row); });
    element.appendChild(body);
    return element;
  }

  Object.assign(planner, {view: view, drawing: opening.drawing, state: state, SYMBOL: SYMBOL, WORD: WORD, by: by, say: say, word: word,
    circle: circle, proposal: proposal, proposedHere: proposedHere, named: named, labelled: labelled,
    letter: letter, letterOfReach: letterOfReach, distance: distance, withUnit: withUnit, make: make,
    button: button, empty: empty, renew: renew, renewLines: renewLines, each: each, runs: runs, segments: segments, table: table,
    tableRow: tableRow, colon: colon, comma: comma, bracketed: bracketed});
}());
