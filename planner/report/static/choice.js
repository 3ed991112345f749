/* A choice of sites as a link and as a file, which `planner run --choice` reads; ids alone travel in both. */
(function () {
  "use strict";

  var view = planner.view, state = planner.state, trial = planner.trial;
  var VERSION = 1, MARK = "#choice=";

  function choice() {
    var circle = view.circles[state.circle];
    return {
      schema_version: VERSION, circle: circle.name,
      sites: trial.chosen(state.circle).map(function (i) { return view.candidates.ids[i]; }),
      closed: trial.closed(state.circle).map(function (i) { return view.facilities.ids[i]; })
    };
  }

  function link() { return location.href.split("#")[0] + MARK + encodeURIComponent(JSON.stringify(choice())); }

  /* Let the address follow the choice, so that it can be kept; a browser that won't is left alone. */
  function follow() {
    try {
      history.replaceState(null, "", link());
    } catch (refused) { }  // some browsers change no address of a file
  }

  function save() {
    var file = new Blob([JSON.stringify(choice(), null, 1) + "\n"], {type: "application/json"});
    var anchor = document.createElement("a");
    anchor.href = URL.createObjectURL(file);
    anchor.download = "choice.json";
    document.body.appendChild(anchor);
    anchor.click();
    document.body.removeChild(anchor);
    setTimeout(function () { URL.revokeObjectURL(anchor.href); }, 10000);
  }

  /* Take a choice over; return the ids that aren't known here, or null where it isn't a choice at all. */
  function take(text) {
    var told, unknown = [];
    try {
      told = JSON.parse(text);
    } catch (broken) {
      return null;
    }
    if (!told || typeof told !== "object" || !Array.isArray(told.sites)) { return null; }
    var at = view.circles.map(function (one) { return one.scenario ? null : one.name; }).indexOf(told.circle);
    if (at < 0 || !trial.rule(at)) { return [String(told.circle)]; }
    var service = trial.rule(at).service;
    state.circle = at;
    trial.clear(service);
    told.sites.forEach(function (id) {
      var candidate = view.candidates.ids.indexOf(id);
      if (candidate >= 0 && trial.mayStand(at, candidate)) { trial.pick(service, candidate, true); } else { unknown.push(String(id)); }
    });
    (Array.isArray(told.closed) ? told.closed : []).forEach(function (id) {
      var facility = view.facilities.ids.indexOf(id);
      if (view.circles[at].facilities.indexOf(facility) >= 0) { trial.shut(facility, true); } else { unknown.push(String(id)); }
    });
    return unknown;
  }

  /* The choice in the address; undefined where there is none. */
  function taken() {
    if (location.hash.indexOf(MARK) !== 0) { return undefined; }
    try {
      return take(decodeURIComponent(location.hash.slice(MARK.length)));
    } catch (broken) {
      return null;
    }
  }

  Object.assign(planner, {choice: {link: link, follow: follow, save: save, take: take, taken: taken}});
}());
