/* The page on paper: the map drawn anew for the shape of the sheet, then the tables in full. */
(function () {
  "use strict";

  var view = planner.view, state = planner.state, by = planner.by, say = planner.say, word = planner.word,
    circle = planner.circle, named = planner.named, letter = planner.letter, distance = planner.distance,
    make = planner.make, empty = planner.empty, each = planner.each, runs = planner.runs, icon = planner.icon,
    table = planner.table, SYMBOL = planner.SYMBOL, WORD = planner.WORD, UNIT_WORD = planner.UNIT_WORD,
    UNIT_SYMBOL = planner.UNIT_SYMBOL, comma = planner.comma, trial = planner.trial;
  var SHEETS = {a4: "A4", a3: "A3"};
  // Canvas pixels to a CSS pixel, the first for which there is room. Powers of two and whole sizes: Chromium prints a
  // canvas as lines and letters, and rounds the scale between the two to 1/64.
  var DENSITIES = [4, 2], MOST_PIXELS = 24e6;
  var EDGE_PX = 34;  // room between the outermost places and the edge of the map
  var MOST_ROOM = 1.5;  // units' borders may widen the map by this much; beyond, they are cut
  var BAR_PX = 150, LEAST_PERCENT = 72;  // words of 7 points
  var SHORT = "bow", MOST_NAMES = 150;  // letters of units that fall short, and how many are named
  var sheet = "a4", drawn = false, style = document.head.appendChild(make("style")),
    medium = window.matchMedia("print");

  function chooseSheet(name) {
    sheet = name;
    style.textContent = "@page { size: " + SHEETS[name] + " landscape; }";
  }

  /* Fill the sheets. The canvas takes its size from the place that the words leave, so they are set first. */
  function draw() {
    if (drawn) { return; }
    drawn = true;
    var chosen = state.chosen, box = empty(by("paper"));
    state.chosen = null;
    box.className = "paper " + sheet + " measured";
    box.hidden = false;
    front(box);
    [indicators, communities, triedSites, sites, shortUnits, shownUnits, sources].forEach(function (part) { part(box); });
    fitWords(box.querySelector(".paper-front"), box.querySelector(".paper-side"));
    tellTargets(box.querySelector(".paper-front"), box.querySelector(".paper-side"));
    paint(box.querySelector(".paper-map"));
    box.classList.remove("measured");
    state.chosen = chosen;
  }

  function clear() {
    drawn = false;
    empty(by("paper")).hidden = true;
    chooseSheet("a4");
  }

  function add(box, tag, className, text) { return box.appendChild(make(tag, className, text)); }

  function onIndicator() { return state.indicator !== null; }

  function front(box) {
    var page = add(box, "div", "paper-front"), head = add(page, "div", "paper-head");
    add(head, "h1", "", view.name);
    add(head, "p", "", say(view.head));
    var one = circle(), present = state.mode === "present";
    var body = add(page, "div", "paper-body");
    add(body, "div", "paper-map");
    var side = add(body, "div", "paper-side");
    runs(add(side, "p", "headline"), onIndicator() ? view.compliance.summary : present ? one.headline_present : one.headline);
    if (trial.shownAfter()) {
      triedResult(side, ".big, .fine");
    } else if (state.tab === "siting" && planner.proposedHere()) {
      runs(add(side, "p"), planner.proposedHere().result);
    }
    side.appendChild(legend());
    add(side, "p", "paper-rule", onIndicator() ? say(view.compliance.basis) : say(present ? one.rule_present : one.rule));
    page.appendChild(foot());
  }

  /* What the sites tried out change: the lines that a selector names. Which they are stands on a later sheet. */
  function triedResult(box, lines) {
    var result = add(box, "div", "trial-result");
    Array.prototype.forEach.call(by("trial_result").querySelectorAll(lines), function (line) { result.appendChild(line.cloneNode(true)); });
  }

  function triedSites(box) {
    if (!trial.shownAfter()) { return; }
    var section = part(box, word("trial")), sites = trial.chosen(state.circle), closed = trial.closed(state.circle);
    section.classList.add("paper-tried");
    triedResult(section, "p");
    if (sites.length) { namesOf(section, "names", sites, view.candidates); }
    if (closed.length) { namesOf(section, "closed_names", closed, view.facilities); }
  }

  function namesOf(box, key, positions, places) {
    add(box, "p", "", trial.live(key) + planner.colon() + positions.map(function (i) { return named(places, i); }).join(comma()));
  }

  /* Smaller words where they would need more than the first sheet. */
  function fitWords(page, side) {
    for (var percent = 100; percent > LEAST_PERCENT && !fits(page); percent -= 4) { side.style.fontSize = percent + "%"; }
  }

  function fits(page) { return page.offsetHeight <= Math.ceil(parseFloat(window.getComputedStyle(page).minHeight)); }

  /* How the plan stands, in the room that the first sheet has left: the most telling targets, as many as fit. */
  function tellTargets(page, side) {
    var targets = view.compliance, box = make("div", "paper-telling");
    if (!targets || onIndicator() || !fits(page)) { return; }
    add(box, "h3", "", word("tab_targets"));
    runs(add(box, "p"), targets.summary);
    side.appendChild(box);
    if (!fits(page)) {
      side.removeChild(box);
      return;
    }
    targets.telling.forEach(function (number) {
      var one = targets.items[number], line = make("div", "paper-target");
      add(line, "b", "", say(one.name));
      line.appendChild(icon(UNIT_SYMBOL[one.verdict]));
      add(line, "span", "", word(UNIT_WORD[one.verdict]));
      add(line, "div", "fine", say(one.brief));
      box.appendChild(line);
      if (!fits(page)) { box.removeChild(line); }
    });
  }

  /* The legend as it stands beside the map; a clone's canvases are blank. */
  function legend() {
    var own = by("legend"), copy = own.cloneNode(true), from = own.querySelectorAll("canvas");
    copy.removeAttribute("id");
    copy.className = "legend";
    Array.prototype.forEach.call(copy.querySelectorAll("canvas"), function (canvas, i) {
      canvas.getContext("2d").drawImage(from[i], 0, 0);
    });
    Array.prototype.forEach.call(copy.querySelectorAll("button"), unpressed);
    if (!by("band").hidden) { add(copy, "span", "", by("band").textContent); }
    return copy;
  }

  /* Of the legend's buttons only the bands that the map shows stay, as words with their shade. */
  function unpressed(one) {
    var shows = one.dataset.band && one.dataset.band !== "all" &&
      (state.band === null || one.getAttribute("aria-pressed") === "true");
    if (shows) {
      var plain = make("span", "legend-item");
      while (one.firstChild) { plain.appendChild(one.firstChild); }
      one.parentNode.insertBefore(plain, one);
    }
    one.parentNode.removeChild(one);
  }

  function foot() {
    var line = make("div", "paper-foot");
    add(line, "span", "", view.attribution.join(" · "));
    add(line, "span", "", say(view.imprint.publisher) || word("publisher_blank"));
    add(line, "span", "", say(view.imprint.approval) || word("approval_blank"));
    add(line, "span", "", word("printed") + today());
    return line;
  }

  /* Of the day of printing, which nobody knows before. */
  function today() {
    var zh = state.lang === "zh", day = new Date().toLocaleDateString(zh ? "zh-CN" : "en-GB", {year: "numeric", month: "long", day: "numeric"});
    return zh ? day.replace(/(\d+)/g, " $1 ").trim() : day;
  }

  function paint(box) {
    var wide = box.clientWidth, high = box.clientHeight, canvas = make("canvas");
    var frame = frameOf(wide, high), ratio = DENSITIES.filter(function (one) { return wide * high * one * one <= MOST_PIXELS; })[0] || 1;
    frame.density = ratio;
    canvas.width = wide * ratio;
    canvas.height = high * ratio;
    canvas.style.width = wide + "px";
    canvas.style.height = high + "px";
    var pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    planner.scene.paint(pen, frame);
    Array.prototype.forEach.call(document.querySelectorAll(".paper [data-border]"), function (item) {
      item.hidden = !planner.scene.showsBorders(frame);
    });
    paintBar(pen, frame);
    box.appendChild(canvas);
    box.appendChild(document.querySelector(".north").cloneNode(true));
  }

  function frameOf(wide, high) {
    var box = planner.scene.extent(), room = outerBox(box);
    if (room[2] - room[0] <= MOST_ROOM * (box[2] - box[0]) && room[3] - room[1] <= MOST_ROOM * (box[3] - box[1])) { box = room; }
    var least = 1e-6;  // a single place has no extent
    var scale = Math.min((wide - 2 * EDGE_PX) / Math.max(box[2] - box[0], least), (high - 2 * EDGE_PX) / Math.max(box[3] - box[1], least), Math.pow(2, 17));
    var left = (box[0] + box[2]) / 2 * scale - wide / 2, top = (box[1] + box[3]) / 2 * scale - high / 2;
    return planner.frame(left, top, scale, wide, high);
  }

  /* The box of the places and of the units drawn around them. */
  function outerBox(box) {
    var found = box.slice();
    planner.scene.outlines().forEach(function (area) {
      for (var i = 0; i < area.shape.box.length; i += 4) {
        found[0] = Math.min(found[0], area.shape.box[i]);
        found[1] = Math.min(found[1], area.shape.box[i + 1]);
        found[2] = Math.max(found[2], area.shape.box[i + 2]);
        found[3] = Math.max(found[3], area.shape.box[i + 3]);
      }
    });
    return found;
  }

  /* A round number of metres, at most as long as there is room for. */
  function paintBar(pen, frame) {
    var most = BAR_PX * planner.scene.metresAtZoom0() / frame.scale, power = Math.pow(10, Math.floor(Math.log(most) / Math.LN10));
    var metres = power * [5, 2, 1].filter(function (step) { return step * power <= most; })[0];
    var long = BAR_PX * metres / most, y = frame.height - 12, x = 12;
    var text = metres < 1000 ? planner.withUnit(metres, "metres_short") : planner.withUnit(metres / 1000, "kilometres_short");
    pen.fillStyle = "rgba(255,255,255,.8)";
    pen.fillRect(x - 5, y - 24, long + 10, 30);
    pen.strokeStyle = pen.fillStyle = planner.colour.ink;
    pen.lineWidth = 1.5;
    pen.setLineDash([]);
    pen.beginPath();
    pen.moveTo(x, y - 6); pen.lineTo(x, y); pen.lineTo(x + long, y); pen.lineTo(x + long, y - 6);
    pen.stroke();
    pen.font = "14px sans-serif";
    pen.textAlign = "left";
    pen.textBaseline = "alphabetic";
    pen.fillText(text, x + 4, y - 8);
  }

  function part(box, title, className) {
    var section = add(box, "section", "paper-part" + (className ? " " + className : ""));
    add(section, "h2", "", title);
    return section;
  }

  function row(head, cells, symbol) {
    var line = make("tr"), name = make("th");
    name.scope = "row";
    if (symbol) { name.appendChild(icon(symbol)); }
    name.appendChild(document.createTextNode(head));
    line.appendChild(name);
    cells.forEach(function (cell) { line.appendChild(cell && cell.nodeType ? cell : make("td", "", cell)); });
    return line;
  }

  function status(text) { return make("td", "whole", text); }

  function figure(text) { return make("td", "number", text); }

  /* Words in their columns go left, figures right. */
  function tableOf(headings, rows, caption, figures) {
    var made = table(headings, rows, caption), heads = made.querySelectorAll("thead th");
    Array.prototype.forEach.call(heads, function (one, i) { one.className = figures.indexOf(i) >= 0 ? "number" : ""; });
    return made;
  }

  /* A long list two rows abreast: browsers differ in how they break a table over columns of a sheet. */
  function abreast(headings, rows, caption, figures) {
    var half = headings.length, lines = [];
    for (var i = 0; i < rows.length; i += 2) {
      var gap = make("td", "gap"), second = rows[i + 1];
      rows[i].appendChild(gap);
      while (second && second.firstChild) { rows[i].appendChild(second.firstChild); }
      lines.push(rows[i]);
    }
    var made = tableOf(headings.concat([""], headings), lines, caption, figures.concat(figures.map(function (i) { return i + half + 1; })));
    Array.prototype.forEach.call(made.querySelectorAll("thead th"), function (one, i) {
      one.className = i === half ? "gap" : one.className || ["name", "whole"][i % (half + 1)] || "";
    });
    made.className = "abreast";
    return made;
  }

  function indicators(box) {
    if (!view.compliance) { return; }
    var section = part(box, word("tab_targets"));
    runs(add(section, "p"), view.compliance.summary);
    add(section, "p", "", say(view.compliance.basis));
    section.appendChild(tableOf([word("indicator"), word("value_and_target"), word("verdict")], view.compliance.items.map(indicatorRow), word("tab_targets"), []));
  }

  function indicatorRow(one) {
    var told = make("td"), verdict = make("td"), line = row(say(one.name), [told, verdict]);
    if (one.responsible) { add(line.firstChild, "div", "fine", say(one.responsible)); }
    add(told, "div", "", say(one.facts));
    if (one.lines.length > 1) {
      one.lines.forEach(function (way) {
        add(told, "div", "", say(way.label) + planner.colon() +
          say(way.verdict === "n" ? way.verdict_words : way.value) + (way.role ? " · " + say(way.role) : ""));
      });
    }
    one.reported.concat(one.remarks, one.conflict ? [one.conflict] : []).forEach(function (text) { add(told, "div", "fine", say(text)); });
    verdict.appendChild(icon(UNIT_SYMBOL[one.verdict]));
    verdict.appendChild(document.createTextNode(say(one.verdict_words)));
    return line;
  }

  function communities(box) {
    var one = circle(), section = part(box, word("tab_list"), "paper-list");
    add(section, "p", "", say(one.title));
    var headings = [word("community"), word("status"), say(one.distance_column), word("nearest_facility")];
    if (one.people_column) { headings.push(say(one.people_column)); }
    var rows = one.order.map(function (i) {
      var cells = [status(word(WORD[letter(i)])), figure(distance(i)), one.nearest[i] < 0 ? "—" : named(view.facilities, one.nearest[i])];
      if (one.people_column) { cells.push(figure(one.people[i] === null ? word("unknown") : one.people[i])); }
      return row((state.lang === "en" ? planner.labelled : named)(view.communities, i), cells, SYMBOL[letter(i)]);
    });
    section.appendChild(abreast(headings, rows, word("tab_list"), [2, 4]));
  }

  function sites(box) {
    var told = view.proposals.filter(function (one) { return one.sites.length; });
    if (!told.length) { return; }
    var section = part(box, word("proposed_sites"));
    told.forEach(function (one) {
      add(section, "h3", "", say(one.label));
      runs(add(section, "p"), one.result);
      add(section, "p", "fine", say(one.method));
      add(section, "p", "fine", say(view.circles[one.circle].rule));
      var headings = [word("site"), word("gained_column")].concat(one.people_column ? [say(one.people_column)] : [], [word("share_after"), word("gained")]);
      section.appendChild(tableOf(headings, one.sites.map(function (site) { return siteRow(one, site); }), say(one.label), one.people_column ? [1, 2, 3] : [1, 2]));
    });
  }

  function siteRow(one, site) {
    var cells = [figure(site.count)].concat(one.people_column ? [figure(site.people)] : [], [figure(site.share_after)]);
    cells.push(site.communities.map(function (i) { return named(view.communities, i); }).join(comma()));
    return row(site.rank + ". " + named(view.candidates, site.candidate) + (site.forced ? " · " + word("forced") : ""), cells);
  }

  function nameOfLine(one, line) { return say(one.name) + (line.label ? " · " + say(line.label) : ""); }

  /* Of every indicator the units that fall short, by name: in full they would fill sheets with what is well. */
  function shortUnits(box) {
    if (!view.compliance) { return; }
    var rows = [], told = {};
    view.compliance.items.forEach(function (one) {
      one.lines.forEach(function (line) {
        var own = line.units, found = own ? namesOfShort(own) : [];
        var names = found.length > MOST_NAMES ? word("units_many") : found.join(comma()), key = nameOfLine(one, line) + names;
        if (!names || told[key]) { return; }  // contradicting targets share their units
        told[key] = true;
        var cell = make("td"), title = make("div", "fine");
        runs(title, own.title);
        cell.appendChild(title);
        add(cell, "div", "", names);
        rows.push(row(nameOfLine(one, line), [cell]));
      });
    });
    if (!rows.length) { return; }
    part(box, word("units_short")).appendChild(tableOf([word("indicator"), word("units_short")], rows, word("units_short"), []));
  }

  function namesOfShort(own) {
    var names = [];
    own.at.forEach(function (at, i) {
      if (SHORT.indexOf(own.verdicts.charAt(i)) >= 0) { names.push(planner.nameOfUnit(own, i)); }
    });
    return names;
  }

  /* The units that the map shows, all of them with their figures. */
  function shownUnits(box) {
    if (!onIndicator()) { return; }
    var one = view.compliance.items[state.indicator.item], line = one.lines[state.indicator.line], own = line.units;
    var heads = [["value_column", "values"], ["need_column", "needs"], ["gap_column", "gaps"]].filter(function (pair) { return own[pair[0]]; });
    var rows = own.at.map(function (at, i) {
      var cells = [status(word(UNIT_WORD[own.verdicts.charAt(i)]))].concat(heads.map(function (pair) { return figure(own[pair[1]][i] || "—"); }));
      return row(planner.nameOfUnit(own, i), cells, UNIT_SYMBOL[own.verdicts.charAt(i)]);
    });
    var section = part(box, word("units_all"), "paper-list");
    add(section, "p", "", nameOfLine(one, line));
    var headings = [word("unit_name"), word("verdict")].concat(heads.map(function (pair) { return say(own[pair[0]]); }));
    section.appendChild(abreast(headings, rows, nameOfLine(one, line), [2, 3, 4]));
  }

  function sources(box) {
    var section = part(box, word("method")), one = circle();
    [one.rule, one.named, one.straight_line].concat(view.method).forEach(function (text) { if (text) { add(section, "p", "", say(text)); } });
    if (view.sources.length) {
      var rows = view.sources.map(function (source) { return row(source.path, [figure(source.rows || ""), figure(say(source.date))]); });
      section.appendChild(tableOf([word("source"), word("rows"), word("date")], rows, word("sources"), [1, 2]));
    }
    view.issues.forEach(function (kind) {
      add(section, "p", "fine", say(kind.severity) + planner.colon() + (kind.title ? say(kind.title) + " " : "") + "×" + kind.count);
    });
    section.appendChild(foot());
  }

  each("[data-paper]", function (one) {
    one.addEventListener("click", function () {
      by("print").removeAttribute("open");
      chooseSheet(one.dataset.paper);
      window.print();
    });
  });
  document.addEventListener("click", function (event) {
    if (!by("print").contains(event.target)) { by("print").removeAttribute("open"); }
  });
  planner.drawPaper = draw;
  window.addEventListener("beforeprint", draw);
  window.addEventListener("afterprint", clear);
  // Where browsers know no beforeprint, the change of medium tells.
  medium.addListener(function (query) { if (query.matches) { draw(); } else { clear(); } });
}());
