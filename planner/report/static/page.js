/* The page: puts the words and figures of the view where they belong, and keeps map and tables in step.
   Whatever a user wrote is set with textContent or painted on a canvas, never read as HTML. */
(function () {
  "use strict";

  var view = JSON.parse(document.getElementById("view").textContent);
  var drawing = JSON.parse(document.getElementById("drawing").textContent);
  var map = window[document.querySelector(".folium-map").id];
  var SHORT_LIST = 5;
  var WORLD_M = 40075017;  // the equator, 256 pixels long at zoom 0
  var POINT_PX = 9;  // how far from a symbol a pointer may be
  var state = {
    lang: view.language, tab: "overview", circle: 0, mode: "reach", filter: "all",
    proposal: view.proposals.length ? 0 : -1, chosen: null, listed: ""
  };
  var icons = {}, shapes, ground, symbols, targets = [], tip = null, pointed = null, zoomButtons = null, scaleBar = null;
  var SYMBOL = {c: "covered", u: "uncovered", n: "none", i: "covered", o: "uncovered", q: "none"};
  var WORD = {
    c: "covered", u: "uncovered", n: "not_assessed", i: "inside", o: "outside", q: "unknown"
  };

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

  function letter(i) { return (state.mode === "present" ? circle().present : circle().status).charAt(i); }

  function withUnit(figure, unit) { return figure + "\u00a0" + word(unit); }

  /* ---- elements ---- */

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

  function runs(element, sentence) {
    empty(element);
    (sentence ? sentence[state.lang] : []).forEach(function (run) {
      element.appendChild(make(run.tone ? "strong" : "span", run.tone, run.text));
    });
  }

  /* A symbol as it stands on the map; each is drawn once and used in as many rows as want it. */
  function icon(name, rank) {
    var element = make("span", "icon"), key = name + (rank || "");
    icons[key] = icons[key] || drawnIcon(name, rank);
    element.style.backgroundImage = icons[key];
    return element;
  }

  function drawnIcon(name, rank) {
    var canvas = make("canvas"), size = 20, ratio = 2;
    canvas.width = canvas.height = size * ratio;
    var pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    if (name === "house") {
      planner.draw.house(pen, 10, 10.5, 0.68);
    } else if (name === "site") {
      planner.draw.site(pen, 10, 10, 8, rank || "");
    } else {
      planner.draw[name](pen, 10, 10, 6);
    }
    return "url(" + canvas.toDataURL() + ")";
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

  /* ---- tables ---- */

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

  function communityHeadings() {
    var found = [word("community"), say(circle().distance_column)];
    return circle().people_column ? found.concat([say(circle().people_column)]) : found;
  }

  function distance(i) {
    var one = circle();
    if (letterOfReach(i) === "n") { return "—"; }
    var figure = one.by_time ? one.minutes[i] : one.metres[i];
    return figure === null ? word("unreachable") : figure;
  }

  function letterOfReach(i) { return circle().status.charAt(i); }

  function communityRow(i) {
    var row = make("tr"), name = make("th"), one = circle();
    name.scope = "row";
    var open = button(null, "row", function () { choose("community", i, true); });
    open.appendChild(icon(SYMBOL[letter(i)]));
    var text = make("span", "", named(view.communities, i));
    text.appendChild(make("span", "unseen", " " + word(WORD[letter(i)])));
    open.appendChild(text);
    name.appendChild(open);
    if (one.near_border.indexOf(i) >= 0) {
      var mark = make("span", "mark", word("near_border"));
      mark.title = word("near_border_hint");
      text.appendChild(document.createTextNode(" "));
      text.appendChild(mark);
    }
    row.appendChild(name);
    row.appendChild(make("td", "number", distance(i)));
    if (one.people_column) {
      row.appendChild(make("td", "number", one.people[i] === null ? word("unknown") : one.people[i]));
    }
    row.dataset.community = i;
    return row;
  }

  function storyRow(i) {
    var row = make("tr", "story"), cell = make("td", "", story(i));
    cell.colSpan = communityHeadings().length;
    row.appendChild(cell);
    row.dataset.community = i;
    return row;
  }

  /* One line on a community: why it isn't assessed, or its nearest and second nearest facility. */
  function story(i) {
    var one = circle();
    if (letterOfReach(i) === "n") { return word("not_assessed") + (state.lang === "zh" ? "：" : ": ") + say(one.reasons[i]); }
    if (one.nearest[i] < 0) { return word("no_way"); }
    return nearestLine(i);
  }

  function nearestLine(i) {
    var one = circle(), colon = state.lang === "zh" ? "：" : ": ";
    return word("nearest") + colon + named(view.facilities, one.nearest[i]) + " · " +
      withUnit(one.minutes[i], "minutes_short") + " · " + withUnit(one.metres[i], "metres_short");
  }

  function backupLine(i) {
    var one = circle(), colon = state.lang === "zh" ? "：" : ": ";
    if (one.backup[i] < 0) { return ""; }
    return word("backup") + colon + named(view.facilities, one.backup[i]) + " · " +
      withUnit(one.backup_minutes[i], "minutes_short");
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
      table(communityHeadings(), rows.slice(0, SHORT_LIST).map(function (i) { return communityRow(i); }), title) :
      make("p", "aside", word("none_left")));
  }

  function showLongList() {
    var letters = state.mode === "present" ? ["o", "q", "i"] : ["u", "n", "c"];
    if (state.filter !== "all" && letters.indexOf(state.filter) < 0) { state.filter = "all"; }
    var items = [{key: "all", text: word("all") + " " + circle().counts.all}];
    letters.forEach(function (key) {
      if (circle().counts[key] !== "0") { items.push({key: key, text: word(WORD[key]) + " " + circle().counts[key]}); }
    });
    segments("filters", items, state.filter, function (key) {
      state.filter = key;
      showLongList();
    });
    by("list_rule").textContent = say(circle().title);
    var rows = circle().order.filter(function (i) { return state.filter === "all" || letter(i) === state.filter; });
    var box = empty(by("long_list"));
    var lines = [];
    rows.forEach(function (i) { 
      var row = communityRow(i);
      row.className = "told";
      lines.push(row, storyRow(i));
    });
    box.appendChild(table(communityHeadings(), lines, word("tab_list")));
    markChosen();
  }

  function showSites() {
    var one = proposal();
    if (!one) { return; }
    segments("proposals", view.proposals.map(function (item, i) { return {key: i, text: say(item.label)}; }), state.proposal, function (key) {
      state.proposal = key;
      state.circle = view.proposals[key].circle;
      state.chosen = null;
      showAll();
    });
    runs(by("proposal_result"), one.result);
    by("proposal_method").textContent = say(one.method);
    by("proposal_rule").textContent = say(view.circles[one.circle].rule);
    var headings = [word("site"), word("gained_column")];
    if (one.people_column) { headings.push(say(one.people_column)); }
    headings.push(word("share_after"));
    var box = empty(by("sites"));
    if (one.sites.length) {
      box.appendChild(table(headings, one.sites.map(siteRow), word("tab_siting")));
    }
    showUnreachable(one);
  }

  function siteRow(site, number) {
    var row = make("tr"), name = make("th");
    name.scope = "row";
    var open = button(null, "row", function () { choose("site", number, true); });
    open.appendChild(make("span", "rank", site.rank));
    var text = make("span", "", named(view.candidates, site.candidate));
    open.appendChild(text);
    name.appendChild(open);
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

  function showUnreachable(one) {
    var box = empty(by("unreachable"));
    if (!one.unreachable.length) { return; }
    box.appendChild(make("h2", "", word("out_of_reach")));
    var list = make("ul", "plain");
    one.unreachable.forEach(function (pair) {
      var item = make("li"), colon = state.lang === "zh" ? "：" : ": ";
      item.appendChild(button(named(view.communities, pair[0]), "link", function () { choose("community", pair[0], true); }));
      item.appendChild(make("span", "", colon + say(pair[1])));
      list.appendChild(item);
    });
    box.appendChild(list);
  }

  /* ---- the panel ---- */

  function showOverview() {
    var one = circle(), present = state.mode === "present";
    runs(by("headline"), present ? one.headline_present : one.headline);
    by("rule").textContent = say(present ? one.rule_present : one.rule);
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
    box.hidden = !present;
    showShortList();
    showIssues();
    showMethod();
  }

  /* First the services, then the rules of the service that is shown. */
  function showCircles() {
    var services = [], rules = [];
    view.circles.forEach(function (item, i) {
      var same = say(item.service) === say(circle().service);
      if (!services.some(function (one) { return one.text === say(item.service); })) {
        services.push({key: same ? state.circle : i, text: say(item.service)});
      }
      if (same) { rules.push({key: i, text: say(item.label)}); }
    });
    segments("services", services, state.circle, chooseCircle);
    segments("circles", rules, state.circle, chooseCircle);
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
      var head = say(kind.severity) + (state.lang === "zh" ? "：" : ": ") + (kind.title ? say(kind.title) + " " : "");
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

  function tabNames() { return proposal() ? ["overview", "list", "siting"] : ["overview", "list"]; }

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
    ["overview", "list", "siting"].forEach(function (one) { by("tab_" + one).hidden = one !== name; });
    tabNames().forEach(function (one) {
      by("button_" + one).setAttribute("aria-selected", String(one === name));
      by("button_" + one).tabIndex = one === name ? 0 : -1;
    });
    if (name === "list") { showLongList(); }
    if (name === "siting") {
      if (state.circle !== proposal().circle || state.mode !== "reach") {
        state.circle = proposal().circle;
        state.mode = "reach";
        showAll();
      }
      showSites();
    }
    if (turned) { by("panel").scrollTop = 0; }
    markChosen();
  }

  function showWords() {
    document.documentElement.lang = state.lang === "zh" ? "zh-CN" : "en";
    document.title = view.name;
    by("name").textContent = view.name;
    by("head").textContent = say(view.head);
    by("attribution").textContent = view.attribution.join(" · ");
    each("[data-word]", function (element) { element.textContent = word(element.dataset.word); });
    each("[data-hint]", function (element) { element.setAttribute("aria-label", word(element.dataset.hint)); });
    each("[data-label]", function (element) { element.setAttribute("aria-label", word(element.dataset.label)); });
    map.getContainer().setAttribute("aria-label", word("map"));
  }

  function each(selector, act) { Array.prototype.forEach.call(document.querySelectorAll(selector), act); }

  /* ---- legend, scale bar, buttons ---- */

  function showLegend() {
    var box = empty(by("legend")), one = circle();
    var letters = state.mode === "present" ? ["i", "o", "q"] : ["c", "u", "n"];
    box.appendChild(make("strong", "legend-title", say(one.title)));
    letters.forEach(function (key) {
      if (one.counts[key] !== "0" || key === letters[0]) {
        legendItem(box, icon(SYMBOL[key]), word(WORD[key] + "_communities"));
      }
    });
    legendItem(box, icon("house"), say(one.facility_words));
    if (state.mode === "reach" && proposedHere() && proposedHere().sites.length) { legendItem(box, icon("site"), word("site_legend")); }
    if (one.bands) { legendItem(box, bandSwatch(drawing.bands[state.circle].length), say(one.bands)); }
    if (one.size_words) { legendItem(box, null, say(one.size_words)); }
  }

  function legendItem(box, picture, text) {
    var item = make("span", "legend-item");
    if (picture) { item.appendChild(picture); }
    item.appendChild(make("span", "", text));
    box.appendChild(item);
  }

  /* The shades of the bands, the narrowest first: each lies on all the wider ones. */
  function bandSwatch(count) {
    var canvas = make("canvas", "swatch"), wide = 24, pen = canvas.getContext("2d");
    canvas.width = wide * count;
    canvas.height = 16;
    canvas.setAttribute("aria-hidden", "true");
    pen.fillStyle = planner.colour.paper;
    pen.fillRect(0, 0, wide * count, 16);
    for (var number = 0; number < count; number++) {
      pen.fillStyle = "rgba(" + planner.colour.band + "," + planner.bandAlpha(number) + ")";
      pen.fillRect(0, 0, wide * (count - number), 16);
    }
    return canvas;
  }

  function showControls() {
    if (zoomButtons) { zoomButtons.remove(); }
    if (scaleBar) { scaleBar.remove(); }
    zoomButtons = L.control.zoom({zoomInTitle: word("zoom_in"), zoomOutTitle: word("zoom_out")}).addTo(map);
    var home = L.DomUtil.create("a", "zoom-home", zoomButtons.getContainer());
    home.href = "#";
    home.title = word("zoom_all");
    home.setAttribute("role", "button");
    home.setAttribute("aria-label", word("zoom_all"));
    home.textContent = "⌂";
    L.DomEvent.disableClickPropagation(home);
    home.addEventListener("click", function (event) {
      event.preventDefault();
      fit();
    });
    scaleBar = new ScaleBar({imperial: false, maxWidth: 120}).addTo(map);
  }

  var ScaleBar = L.Control.Scale.extend({
    _updateMetric: function (most) {
      var metres = this._getRoundNum(most);
      var text = metres < 1000 ? withUnit(metres, "metres_short") : withUnit(metres / 1000, "kilometres_short");
      this._mScale.style.width = Math.round(this.options.maxWidth * metres / most) + "px";
      this._mScale.textContent = text;
    }
  });

  /* ---- the map ---- */

  function prepare() {
    shapes = {streets: {}, ground: {}};
    Object.keys(drawing.streets).forEach(function (key) { shapes.streets[key] = planner.shape(drawing.streets[key]); });
    Object.keys(drawing.ground).forEach(function (key) {
      var kind = drawing.ground[key];
      shapes.ground[key] = {rings: planner.shape(kind.rings), lines: planner.shape(kind.lines)};
    });
    shapes.areas = drawing.areas.map(function (area) {
      return {area: area.area, level: area.level, shape: planner.shape(area)};
    });
    shapes.bands = drawing.bands.map(function (bands) { return bands.map(planner.shape); });
    shapes.routes = drawing.routes.map(function () { return null; });
    shapes.communities = located(view.communities);
    shapes.facilities = located(view.facilities);
    shapes.candidates = located(view.candidates);
    shapes.metres = WORLD_M / 256 * Math.cos((drawing.bounds[0] + drawing.bounds[2]) / 2 * Math.PI / 180);
    shapes.spacing = spacing(shapes.communities.length);
  }

  function located(places) {
    return places.lon.map(function (lon, i) { return planner.world(lon, places.lat[i]); });
  }

  /* The side of the square that each of so many places has to itself, in pixels at zoom 0. */
  function spacing(count) {
    var box = drawing.bounds, low = planner.world(box[1], box[0]), high = planner.world(box[3], box[2]);
    return Math.sqrt(Math.abs((high[0] - low[0]) * (high[1] - low[1])) / Math.max(count, 1));
  }

  function isChosen(kind, index) {
    return state.chosen !== null && state.chosen.kind === kind && state.chosen.index === index;
  }

  function scene() {
    var one = circle(), here = proposedHere();
    var gained = state.chosen && state.chosen.kind === "site" && here ? here.sites[state.chosen.index].communities : [];
    return {
      spacing: shapes.spacing,
      facilitySpacing: spacing(Math.max(one.facilities.length, 12)),
      route: route(),
      communities: one.order.slice().reverse().map(function (i) {
        return {
          index: i, x: shapes.communities[i][0], y: shapes.communities[i][1], size: one.size[i],
          symbol: SYMBOL[letter(i)], label: labelled(view.communities, i),
          selected: isChosen("community", i), gained: gained.indexOf(i) >= 0
        };
      }),
      facilities: one.facilities.map(function (i) {
        return {
          index: i, x: shapes.facilities[i][0], y: shapes.facilities[i][1], size: 0,
          label: named(view.facilities, i), selected: isChosen("facility", i)
        };
      }),
      sites: !here || state.mode === "present" ? [] : here.sites.map(function (site, number) {
        var at = shapes.candidates[site.candidate];
        return {
          index: number, x: at[0], y: at[1], size: 0, rank: site.rank,
          label: named(view.candidates, site.candidate), selected: isChosen("site", number)
        };
      }),
      areas: shapes.areas.filter(function (area) { return area.level !== "county"; }).map(nameOfArea)
    };
  }

  function nameOfArea(area) {
    var at = planner.world(view.areas.lon[area.area], view.areas.lat[area.area]), box = area.shape.box;
    var west = Infinity, east = -Infinity;
    for (var i = 0; i < box.length; i += 4) {
      west = Math.min(west, box[i]);
      east = Math.max(east, box[i + 2]);
    }
    return {x: at[0], y: at[1], width: east - west, label: named(view.areas, area.area)};
  }

  function route() {
    if (!state.chosen || state.chosen.kind !== "community") { return null; }
    var known = drawing.routes[state.circle], line = known.of.indexOf(state.chosen.index);
    if (line < 0) { return null; }
    shapes.routes[state.circle] = shapes.routes[state.circle] || planner.shape(known);
    return {shape: shapes.routes[state.circle], line: line};
  }

  function showMap() {
    ground.redraw();
    symbols.redraw();
    showLegend();
  }

  function fit() {
    map.invalidateSize({animate: false});
    map.setMinZoom(0);
    map.fitBounds([[drawing.bounds[0], drawing.bounds[1]], [drawing.bounds[2], drawing.bounds[3]]],
      {padding: [34, 30], animate: false, maxZoom: 17});
    map.setMinZoom(Math.max(0, map.getZoom() - 1.5));
  }

  function targetAt(event) {
    var scale = Math.pow(2, map.getZoom()), origin = map.getPixelOrigin(), best = null, least = Infinity;
    targets.forEach(function (target) {
      var dx = target.x * scale - origin.x - event.layerPoint.x, dy = target.y * scale - origin.y - event.layerPoint.y;
      var away = Math.sqrt(dx * dx + dy * dy) - target.r;
      if (away <= POINT_PX && away <= least) {
        least = Math.max(away, 0);
        best = target;
      }
    });
    return best;
  }

  function point(event) {
    var target = targetAt(event);
    if (target === pointed) { return; }
    pointed = target;
    if (tip) { tip.remove(); }
    tip = null;
    map.getContainer().style.cursor = target ? "pointer" : "";
    if (target) {
      tip = L.tooltip({direction: "top", offset: [0, -target.r - 2], opacity: 1})
        .setContent(tooltip(target))
        .setLatLng(placeOf(target.kind, target.one.index)).addTo(map);
    }
  }

  function tooltip(target) {
    var box = make("div"), i = target.one.index;
    if (target.kind === "community") {
      box.appendChild(make("b", "", named(view.communities, i)));
      box.appendChild(make("div", "", word(WORD[letter(i)]) + (letterOfReach(i) === "n" || circle().nearest[i] < 0 ? "" :
        " · " + withUnit(distance(i), circle().by_time ? "minutes_short" : "metres_short"))));
    } else if (target.kind === "facility") {
      box.appendChild(make("b", "", named(view.facilities, i)));
    } else {
      box.appendChild(make("b", "", proposedHere().sites[i].rank + " " + target.one.label));
      box.appendChild(make("div", "", word("gained") + " " + say(proposedHere().sites[i].gained)));
    }
    return box;
  }

  function placeOf(kind, i) {
    var places = {community: view.communities, facility: view.facilities, site: view.candidates}[kind];
    var at = kind === "site" ? proposedHere().sites[i].candidate : i;
    return L.latLng(places.lat[at], places.lon[at]);
  }

  /* ---- what is chosen ---- */

  function choose(kind, index, go) {
    state.chosen = {kind: kind, index: index};
    var at = placeOf(kind, index);
    if (go) { showChart(); }
    if (go && !map.getBounds().pad(-0.08).contains(at)) { map.panTo(at, {animate: false}); }
    showCard(at);
    symbols.redraw();
    markChosen();
  }

  /* On a phone the map may have been scrolled out of sight. */
  function showChart() {
    var box = document.querySelector(".map-box");
    if (box.getBoundingClientRect().bottom < 120) { box.scrollIntoView(); }
  }

  function unchoose() {
    state.chosen = null;
    by("card").hidden = true;
    symbols.redraw();
    markChosen();
  }

  function markChosen() {
    each("tr.chosen", function (row) { row.classList.remove("chosen"); });
    if (!state.chosen) { return; }
    each("tr[data-" + state.chosen.kind + "=\"" + state.chosen.index + "\"]", function (row) {
      row.classList.add("chosen");
    });
  }

  /* A card in the half of the map where the chosen symbol isn't. */
  function showCard(at) {
    var box = empty(by("card")), i = state.chosen.index, kind = state.chosen.kind;
    var pixel = map.latLngToContainerPoint(at), size = map.getSize();
    box.className = "card " + (pixel.x > size.x / 2 ? "left" : "right") + " " + (pixel.y > size.y / 2 ? "top" : "bottom");
    var close = button("×", "close", unchoose);
    close.setAttribute("aria-label", word("close"));
    box.appendChild(close);
    if (kind === "community") {
      var title = make("h2", "", named(view.communities, i));
      title.insertBefore(icon(SYMBOL[letter(i)]), title.firstChild);
      box.appendChild(title);
      box.appendChild(make("p", "", word(WORD[letter(i)]) + (circle().people_column ? " · " + say(circle().people_column) +
        " " + (circle().people[i] === null ? word("unknown") : circle().people[i]) : "")));
      box.appendChild(make("p", "", story(i)));
      if (backupLine(i)) { box.appendChild(make("p", "", backupLine(i))); }
      if (circle().near_border.indexOf(i) >= 0) { box.appendChild(make("p", "warn", word("near_border_hint"))); }
    } else if (kind === "facility") {
      box.appendChild(make("h2", "", named(view.facilities, i)));
      box.appendChild(make("p", "", say(circle().facility_words)));
    } else {
      siteCard(box, proposedHere().sites[i]);
    }
    box.hidden = false;
  }

  function siteCard(box, site) {
    var comma = state.lang === "zh" ? "、" : ", ";
    var title = make("h2", "", named(view.candidates, site.candidate));
    title.insertBefore(icon("site", site.rank), title.firstChild);
    box.appendChild(title);
    box.appendChild(make("p", "", word("gained") + " " + say(site.gained) +
      (site.people === null ? "" : " · " + say(proposedHere().people_column) + " " + site.people)));
    box.appendChild(make("p", "", site.communities.map(function (i) { return named(view.communities, i); }).join(comma)));
    if (site.alone) { box.appendChild(make("p", "", say(site.alone))); }
  }

  /* ---- the start ---- */

  function showAll() {
    if (state.mode === "present" && !circle().headline_present) { state.mode = "reach"; }
    by("card").hidden = true;
    if (state.chosen && state.chosen.kind === "site" && !proposedHere()) { state.chosen = null; }
    showWords();
    showOverview();
    showControls();
    showTabs();
    showMap();
    if (state.chosen) { showCard(placeOf(state.chosen.kind, state.chosen.index)); }
  }

  prepare();
  fit();
  ground = new planner.Sheet(function (pen, frame) { planner.paintGround(pen, frame, shapes, state.circle); }).addTo(map);
  symbols = new planner.Sheet(function (pen, frame) {
    targets = planner.paintSymbols(pen, frame, scene());
  }).addTo(map);
  map.on("mousemove", point);
  map.on("click", function (event) {
    var target = targetAt(event);
    if (target) { choose(target.kind, target.one.index, false); } else { unchoose(); }
  });
  by("language").addEventListener("click", function () {
    state.lang = state.lang === "zh" ? "en" : "zh";
    showAll();
  });
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && state.chosen) { unchoose(); }
  });
  showAll();
  map.invalidateSize({animate: false});
  fit();
}());
