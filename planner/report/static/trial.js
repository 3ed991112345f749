/* Sites tried out in the page: a choice of candidates and closed facilities, and every figure that follows from it.
   Who lies within the limit of what was searched before; here it is only counted, exactly, in whole numbers. */
(function () {
  "use strict";

  var view = planner.view, state = planner.state, known = view.trial;
  var COVERED = "c", UNCOVERED = "u", NOT_ASSESSED = "n";
  var WAN = 10000;
  var kept = {}, slots = {}, orders = {};

  state.trial = {sites: {}, closed: {}, shown: "after", turn: 0};

  /* What can be tried on a circle; null after a scenario. */
  function rule(circle) {
    return view.circles[circle].scenario ? null : known.circles[circle];
  }

  function here() { return rule(state.circle); }

  /* The candidates chosen for a service, by position. */
  function sites(service) {
    state.trial.sites[service] = state.trial.sites[service] || {};
    return state.trial.sites[service];
  }

  function chosen(circle) { return Object.keys(sites(rule(circle).service)).map(Number); }

  function closed(circle) {
    return view.circles[circle].facilities.filter(function (i) { return state.trial.closed[i]; });
  }

  /* The chosen sites within whose reach a community lies. */
  function chosenFor(circle, community) {
    return chosen(circle).filter(function (candidate) {
      return mayStand(circle, candidate) && rule(circle).reached[slot(circle, candidate)].indexOf(community) >= 0;
    });
  }

  /* How many sites are chosen for other services. */
  function chosenElsewhere(circle) {
    return Object.keys(state.trial.sites).reduce(function (sum, service) {
      return sum + (service === rule(circle).service ? 0 : Object.keys(state.trial.sites[service]).length);
    }, 0);
  }

  function slot(circle, candidate) {
    slots[circle] = slots[circle] || {};
    if (slots[circle][candidate] === undefined) { slots[circle][candidate] = rule(circle).candidates.indexOf(candidate); }
    return slots[circle][candidate];
  }

  function mayStand(circle, candidate) { return slot(circle, candidate) >= 0; }

  function pick(service, candidate, yes) {
    if (yes) { sites(service)[candidate] = true; } else { delete sites(service)[candidate]; }
    state.trial.turn += 1;
  }

  function shut(facility, yes) {
    if (yes) { state.trial.closed[facility] = true; } else { delete state.trial.closed[facility]; }
    state.trial.turn += 1;
  }

  function clear(service) {
    delete state.trial.sites[service];
    state.trial.closed = {};
    state.trial.turn += 1;
  }

  /* For each community how many open places have it within the limit, and its letter then. */
  function after(circle) {
    var own = kept[circle];
    if (own && own.turn === state.trial.turn) { return own; }
    var one = rule(circle), before = view.circles[circle].status, count = new Uint16Array(before.length), letters = "";
    one.near.forEach(function (communities, number) {
      if (!state.trial.closed[view.circles[circle].facilities[number]]) { add(count, communities); }
    });
    chosen(circle).forEach(function (candidate) {
      if (mayStand(circle, candidate)) { add(count, one.reached[slot(circle, candidate)]); }
    });
    for (var i = 0; i < before.length; i++) {
      letters += before.charAt(i) === NOT_ASSESSED ? NOT_ASSESSED : count[i] ? COVERED : UNCOVERED;
    }
    kept[circle] = {turn: state.trial.turn, count: count, status: letters};
    return kept[circle];
  }

  function add(count, communities) {
    for (var i = 0; i < communities.length; i++) { count[communities[i]] += 1; }
  }

  /* Whether the map shows the choice rather than things as they are. */
  function shownAfter() {
    return state.tab === "siting" && state.trial.shown === "after" && state.mode === "reach" && here() !== null;
  }

  function differ(circle, from, to) {
    var before = view.circles[circle].status, then = after(circle).status, found = [];
    for (var i = 0; i < before.length; i++) {
      if (before.charAt(i) === from && then.charAt(i) === to) { found.push(i); }
    }
    return found;
  }

  function gained(circle) { return differ(circle, UNCOVERED, COVERED); }

  function lost(circle) { return differ(circle, COVERED, UNCOVERED); }

  /* The people of some communities, blanks left out; 0 where the circle counts communities alone. */
  function peopleOf(column, communities) {
    var people = known.people[column] || [], sum = 0;
    communities.forEach(function (i) { sum += people[i] || 0; });
    return sum;
  }

  /* Covered and all, of communities and of people, among some communities, as a circle counts them. */
  function tally(own, status, communities) {
    var column = own.demand, covered = communities.filter(function (i) { return status.charAt(i) === COVERED; });
    return {
      communities: covered.length, of: communities.length,
      people: peopleOf(column, covered), ofPeople: peopleOf(column, communities)
    };
  }

  function everybody(circle) { return view.circles[circle].order; }

  /* Communities newly covered if one more candidate stood. */
  function wouldGain(circle, candidate) {
    var own = after(circle), before = view.circles[circle].status;
    return rule(circle).reached[slot(circle, candidate)].filter(function (i) {
      return own.count[i] === 0 && before.charAt(i) !== NOT_ASSESSED;
    });
  }

  /* Communities covered no longer if one more facility closed. */
  function wouldLose(circle, number) {
    var own = after(circle), before = view.circles[circle].status;
    return rule(circle).near[number].filter(function (i) {
      return own.count[i] === 1 && before.charAt(i) !== NOT_ASSESSED;
    });
  }

  /* Candidates with the communities that each adds, the best first: people, then communities, then its id. */
  function byGain(circle, candidates, gains) {
    return candidates.map(function (candidate) {
      var communities = gains(candidate);
      return {candidate: candidate, communities: communities.length, people: peopleOf(rule(circle).demand, communities)};
    }).sort(function (a, b) {
      return b.people - a.people || b.communities - a.communities || known.rank[a.candidate] - known.rank[b.candidate];
    });
  }

  /* Candidates that aren't chosen, by what each would add to the choice. */
  function ranked(circle) {
    var own = after(circle), picked = sites(rule(circle).service);
    own.ranked = own.ranked || byGain(circle, rule(circle).candidates.filter(function (candidate) { return !picked[candidate]; }),
      function (candidate) { return wouldGain(circle, candidate); });
    return own.ranked;
  }

  /* All candidates, by what each would add to what is there today: an order that no tick changes. */
  function inOrder(circle) {
    var before = view.circles[circle].status;
    orders[circle] = orders[circle] || byGain(circle, rule(circle).candidates, function (candidate) {
      return rule(circle).reached[slot(circle, candidate)].filter(function (i) { return before.charAt(i) === UNCOVERED; });
    }).map(function (entry) { return entry.candidate; });
    return orders[circle];
  }

  /* The indicators of the plan that a choice for this circle's service can change. */
  function targets(circle) {
    var service = rule(circle).service;
    return known.targets.filter(function (one) {
      return one.sites.hasOwnProperty(service) || one.silent.hasOwnProperty(service) || planner.recount.touches(one, state.trial);
    });
  }

  /* A share in per cent with one decimal: 100 % only where it is all, 0 % only where it is none. */
  function share(part, whole) {
    if (!whole) { return "—"; }
    if (part === 0 || part === whole) { return part ? "100%" : "0%"; }
    var tenths = Math.floor(Number((part / whole * 1000).toFixed(6)) + 0.5);
    return (Math.min(Math.max(tenths, 1), 999) / 10).toFixed(1) + "%";
  }

  function grouped(number) { return String(number).replace(/\B(?=(\d{3})+$)/g, ","); }

  /* A number of things in words: one of the counts in the word list. */
  function count(key, number, shown) {
    var forms = known.counts[key];
    var form = state.lang === "en" && number === 1 ? forms.one : forms[state.lang];
    return form.split("{n}").join(shown || grouped(number));
  }

  /* People (or households), in 万 where Chinese readers expect it. */
  function people(column, number) {
    var key = column === "households" ? "households" : "people";
    if (state.lang !== "zh" || number < WAN) { return count(key, number); }
    var hundredths = Math.floor((number + WAN / 200) / (WAN / 100));
    return count(key + "_wan", number, grouped(Math.floor(hundredths / 100)) + "." + ("0" + hundredths % 100).slice(-2));
  }

  /* Words for what is tried, and with figures filled in. */
  function live(key) { return planner.say(known.words[key]); }

  function fill(key, values) {
    return live(key).replace(/\{(\w+)\}/g, function (whole, name) { return values[name]; });
  }

  Object.assign(planner, {trial: {
    rule: rule, here: here, sites: sites, chosen: chosen, chosenFor: chosenFor, chosenElsewhere: chosenElsewhere, closed: closed, mayStand: mayStand, pick: pick, shut: shut,
    clear: clear, after: after, shownAfter: shownAfter, gained: gained, lost: lost, tally: tally, everybody: everybody,
    wouldLose: wouldLose, ranked: ranked, inOrder: inOrder, peopleOf: peopleOf, targets: targets, slot: slot,
    share: share, grouped: grouped, count: count, people: people,
    live: live, fill: fill
  }});
}());
