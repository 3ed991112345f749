/* The list of communities: found by name, sorted by a click on a heading, its rows made as they come into sight. */
(function () {
  "use strict";

  var view = planner.view, state = planner.state, SYMBOL = planner.SYMBOL, WORD = planner.WORD,
    by = planner.by, say = planner.say, word = planner.word, circle = planner.circle, named = planner.named,
    letter = planner.letter, distance = planner.distance, make = planner.make, button = planner.button,
    empty = planner.empty, icon = planner.icon, segments = planner.segments, story = planner.story,
    choose = planner.choose, withUnit = planner.withUnit, markChosen = planner.markChosen;
  var PIECE = 100;  // communities added at a time: a page of thousands would stall
  var AHEAD_PX = 800;  // how far below the window the next piece is made
  var STATUS_RANK = {u: 0, o: 0, n: 1, q: 1, c: 2, i: 2};
  var FIRST_DOWN = {people: true};  // whoever sorts by people wants the most first
  var listed = [], first = 0, made = 0, body = null;  // rows stand from `first` up to `made`
  Object.assign(state, {search: "", sort: null});

  /* A community as a row of a table; `apart` gives its status a column of its own. */
  function communityRow(i, apart) {
    var row = make("tr"), name = make("th"), one = circle(), status = word(WORD[letter(i)]);
    name.scope = "row";
    var open = button(null, "row", function () { choose("community", i, true); });
    var text = make("span", "", named(view.communities, i));
    if (apart) {
      var cell = make("td", "status");
      cell.appendChild(icon(SYMBOL[letter(i)]));
      cell.appendChild(make("span", "unseen", status));
      cell.title = status;
      row.appendChild(cell);
    } else {
      open.appendChild(icon(SYMBOL[letter(i)]));
      text.appendChild(make("span", "unseen", " " + status));
    }
    open.appendChild(text);
    name.appendChild(open);
    if (!apart) { markBorder(text, i); }
    row.appendChild(name);
    row.appendChild(make("td", "number", distance(i)));
    if (one.people_column) {
      row.appendChild(make("td", "number", one.people[i] === null ? word("unknown") : one.people[i]));
    }
    row.dataset.community = i;
    return row;
  }

  function markBorder(text, i) {
    if (circle().near_border.indexOf(i) < 0) { return; }
    var mark = make("span", "mark", word("near_border"));
    mark.title = word("near_border_hint");
    text.appendChild(document.createTextNode(" "));
    text.appendChild(mark);
  }

  function storyRow(i) {
    var row = make("tr", "story"), cell = make("td", "", briefly(i));
    row.appendChild(make("td", "status"));
    markBorder(cell, i);
    cell.colSpan = columns().length - 1;
    row.appendChild(cell);
    row.dataset.community = i;
    return row;
  }

  /* A community's nearest facility and what the columns don't tell of the way there. */
  function briefly(i) {
    var one = circle(), colon = planner.colon();
    if (planner.letterOfReach(i) === "n" || one.nearest[i] < 0) { return story(i); }
    return word("nearest") + colon + named(view.facilities, one.nearest[i]) + " · " +
      (one.by_time ? withUnit(one.metres[i], "metres_short") : withUnit(one.minutes[i], "minutes_short"));
  }

  function columns() {
    var found = [
      {key: "status", text: word("status")}, {key: "name", text: word("community")},
      {key: "distance", text: say(circle().distance_column)}
    ];
    return circle().people_column ? found.concat([{key: "people", text: say(circle().people_column)}]) : found;
  }

  function folded(text) {
    text = text.normalize ? text.normalize("NFKC") : text;
    return text.trim().toLowerCase();
  }

  /* Whether either name of a community holds what is looked for. */
  function matches(i, wanted) {
    var names = view.communities;
    return !wanted || folded(names.names[i]).indexOf(wanted) >= 0 ||
      (names.names_en.length > 0 && folded(names.names_en[i]).indexOf(wanted) >= 0);
  }

  function figure(text) { return text === null ? null : Number(text.replace(/,/g, "")); }

  /* What a community is sorted by; null where that isn't known. */
  function sortValue(i, key) {
    var one = circle();
    if (key === "status") { return STATUS_RANK[letter(i)]; }
    if (key === "people") { return figure(one.people[i]); }
    return planner.letterOfReach(i) === "n" ? null : figure(one.by_time ? one.minutes[i] : one.metres[i]);
  }

  /* Sorted as asked, ties and no wish at all in the circle's own order; what isn't known stands last either way. */
  function inOrder(found) {
    if (!state.sort) { return found; }
    var key = state.sort.key, turn = state.sort.down ? -1 : 1, byName = null;
    if (key === "name") {
      byName = window.Intl ? new Intl.Collator(state.lang === "zh" ? "zh-CN" : "en", {numeric: true}) : null;
    }
    var keyed = found.map(function (i, place) {
      return {i: i, place: place, value: key === "name" ? named(view.communities, i) : sortValue(i, key)};
    });
    keyed.sort(function (a, b) {
      if (a.value === null || b.value === null) { return (a.value === null) - (b.value === null) || a.place - b.place; }
      var apart = byName ? byName.compare(a.value, b.value) : (a.value > b.value) - (a.value < b.value);
      return turn * apart || a.place - b.place;
    });
    return keyed.map(function (one) { return one.i; });
  }

  function filtered(letters) {
    var wanted = folded(state.search);
    return circle().order.filter(function (i) {
      return (letters === "all" || letter(i) === letters) && matches(i, wanted);
    });
  }

  function showList() {
    showFilters();
    by("list_rule").textContent = say(circle().title);
    listed = inOrder(filtered(state.filter));
    first = made = 0;
    by("search_clear").hidden = !by("search").value;
    showFound();
    var box = empty(by("long_list"));
    if (listed.length) {
      box.appendChild(sortable());
      addPiece();
    } else if (state.filter !== "all" && filtered("all").length) {
      box.appendChild(button(word("search_all"), "link", function () {
        state.filter = "all";
        showList();
        by("search").focus();
      }));
    }
    showRest();
    markChosen();
  }

  function showFilters() {
    var letters = state.mode === "present" ? ["o", "q", "i"] : ["u", "n", "c"];
    if (state.filter !== "all" && letters.indexOf(state.filter) < 0) { state.filter = "all"; }
    var items = [{key: "all", text: word("all") + " " + circle().counts.all}];
    letters.forEach(function (key) {
      if (circle().counts[key] !== "0") { items.push({key: key, text: word(WORD[key]) + " " + circle().counts[key]}); }
    });
    segments("filters", items, state.filter, function (key) {
      state.filter = key;
      showList();
      by("filters").querySelector("[data-key=\"" + key + "\"]").focus();
    });
  }

  /* How many there are, and how they are sorted; a screen reader is told when it changes. */
  function showFound() {
    var key = state.search.trim() ? "found" : "found_all", count = listed.length, text;
    if (!count) {
      text = word("found_none").split("{text}").join(state.search.trim());
    } else {
      text = word(count === 1 ? key + "_one" : key).split("{n}").join(grouped(count)) + sortWords();
    }
    if (by("found").textContent !== text) { by("found").textContent = text; }
  }

  function grouped(count) { return String(count).replace(/\B(?=(\d{3})+$)/g, ","); }

  function sortWords() {
    if (!state.sort) { return ""; }
    var way = state.sort.down ? "sorted_down" : "sorted_up", key = state.sort.key;
    if (key === "name" || key === "status") { return word(way + "_" + key); }
    return columns().filter(function (one) { return one.key === key; }).map(function (one) {
      return word(way).split("{column}").join(one.text);
    }).join("");
  }

  function sortable() {
    var element = make("table", "list-table"), head = make("tr"), top = make("thead");
    element.appendChild(make("caption", "unseen", word("tab_list")));
    columns().forEach(function (column, number) {
      var cell = make("th", column.key === "status" ? "status" : number > 1 ? "number" : "");
      var sorted = state.sort && state.sort.key === column.key;
      cell.scope = "col";
      cell.setAttribute("aria-sort", !sorted ? "none" : state.sort.down ? "descending" : "ascending");
      var turn = button(column.text, "sort", function () { sortBy(column.key); });
      turn.title = word("sort_hint");
      turn.dataset.sort = column.key;
      var arrow = make("span", "arrow", sorted ? (state.sort.down ? "▼" : "▲") : "↕");
      arrow.setAttribute("aria-hidden", "true");
      turn.appendChild(arrow);
      cell.appendChild(turn);
      head.appendChild(cell);
    });
    top.appendChild(head);
    element.appendChild(top);
    body = make("tbody");
    body.addEventListener("click", clickRow);
    body.addEventListener("keydown", stepRow);
    element.appendChild(body);
    return element;
  }

  /* One way, then the other, then as it was. */
  function sortBy(key) {
    var first = Boolean(FIRST_DOWN[key]), same = state.sort && state.sort.key === key;
    state.sort = !same ? {key: key, down: first} : state.sort.down === first ? {key: key, down: !first} : null;
    showList();
    by("long_list").querySelector("[data-sort=\"" + key + "\"]").focus();
  }

  function clickRow(event) {
    var at = event.target;
    while (at && at !== body && at.tagName !== "TR") {
      if (at.tagName === "BUTTON") { return; }
      at = at.parentNode;
    }
    if (at && at.tagName === "TR") { choose("community", Number(at.dataset.community), true); }
  }

  /* Up and down through the rows; up from the first to the search. */
  function stepRow(event) {
    var step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (!step) { return; }
    var at = first + Array.prototype.indexOf.call(buttons(), document.activeElement) + step;
    if (at >= made) { addPiece(); }
    if (at < first) { addBefore(); }
    event.preventDefault();
    (at < 0 ? by("search") : buttons()[Math.min(at, made - 1) - first]).focus();
  }

  function buttons() { return body.querySelectorAll("button.row"); }

  function rowsOf(start, end) {
    var piece = document.createDocumentFragment();
    listed.slice(start, end).forEach(function (i) {
      var row = communityRow(i, true);
      row.className = "told";
      piece.appendChild(row);
      piece.appendChild(storyRow(i));
    });
    return piece;
  }

  /* Put the next rows under those that stand. */
  function addPiece(upTo) {
    var end = Math.min(listed.length, Math.max(made + PIECE, upTo || 0));
    if (end > made) { body.appendChild(rowsOf(made, end)); }
    made = end;
    showRest();
  }

  /* Put the rows before those that stand above them, and keep these where they are seen. */
  function addBefore() {
    var start = Math.max(0, first - PIECE), top = body.firstChild, was = top.getBoundingClientRect().top;
    body.insertBefore(rowsOf(start, first), top);
    first = start;
    by("panel").scrollTop += top.getBoundingClientRect().top - was;
    showRest();
  }

  function showRest() {
    [["list_before", first], ["list_more", listed.length - made]].forEach(function (one) {
      by(one[0]).hidden = !one[1];
      by(one[0]).textContent = word(one[0]).split("{n}").join(grouped(Math.min(one[1], PIECE)));
    });
  }

  function addNear() {
    if (state.tab !== "list" || !listed.length) { return; }
    var panel = by("panel").getBoundingClientRect();
    if (made < listed.length && by("list_more").getBoundingClientRect().top < window.innerHeight + AHEAD_PX) {
      addPiece();
    } else if (first && by("panel").scrollTop && body.getBoundingClientRect().top > panel.top - AHEAD_PX) {
      addBefore();
    }
    markChosen();
  }

  /* Bring a community's row into sight, where the list stands open beside the map. */
  function showRow(i) {
    var at = listed.indexOf(i), panel = by("panel");
    if (state.tab !== "list" || at < 0) { return; }
    if (at < first || at >= made) {
      empty(body);
      first = made = Math.max(0, at - PIECE / 2);
      addPiece();
    }
    markChosen();
    var row = body.querySelector("tr[data-community=\"" + i + "\"]").getBoundingClientRect(), box = panel.getBoundingClientRect();
    if (row.top < box.top + 90 || row.bottom > box.bottom - 40) { panel.scrollTop += row.top - box.top - box.height / 2; }
  }

  function look() {
    state.search = by("search").value;
    showList();
  }

  function clear() {
    by("search").value = "";
    look();
    by("search").focus();
  }

  by("search").addEventListener("input", function (event) {
    if (!event.isComposing) { look(); }  // half-typed pinyin finds nothing
  });
  by("search").addEventListener("compositionend", look);
  by("search").addEventListener("keydown", function (event) {
    if (event.isComposing) { return; }
    var top = listed.length ? buttons()[0] : null;
    if (event.key === "Escape" && by("search").value) {
      event.preventDefault();
      event.stopPropagation();
      clear();
    } else if (event.key === "Enter" && top) {
      choose("community", listed[0], true);
    } else if (event.key === "ArrowDown" && top) {
      event.preventDefault();
      top.focus();
    }
  });
  by("search_clear").addEventListener("click", clear);
  by("list_more").addEventListener("click", function () {
    var next = made - first;
    addPiece();
    markChosen();
    buttons()[next].focus();
  });
  by("list_before").addEventListener("click", function () {
    var next = first - 1;
    addBefore();
    markChosen();
    buttons()[next - first].focus();
  });
  by("panel").addEventListener("scroll", addNear);
  window.addEventListener("scroll", addNear);
  window.addEventListener("beforeprint", function () {
    if (state.tab !== "list" || !listed.length) { return; }
    while (first) { addBefore(); }
    addPiece(listed.length);
  });

  Object.assign(planner, {communityRow: communityRow, showList: showList, showRow: showRow});
}());
