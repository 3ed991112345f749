/* The plan's indicators worked out anew for a choice of sites: exactly, in whole numbers, as a run would.
   A figure may lie between two where nobody can tell which places count: then `high` is null or above `low`. */
(function () {
  "use strict";

  var view = planner.view, known = planner.view.trial, trial = planner.trial, say = planner.say;
  var NOT_ASSESSED = "n", UNKNOWN = -2, MOST_DECIMALS = 6;
  var NOTHING = {sites: {}, closed: {}};
  var places = [], wholes = [], befores = [];

  /* The positions of a list as the keys of an object, each with its place in the list. */
  function keyed(list) {
    var found = {};
    list.forEach(function (one, i) { found[one] = i; });
    return found;
  }

  function of(target) {
    var number = known.targets.indexOf(target);
    if (!places[number]) {
      var own = places[number] = {counts: target.counts === null ? null : keyed(target.counts), sites: {}, silent: {}};
      Object.keys(target.sites).forEach(function (service) {
        own.sites[service] = target.sites[service] === null ? null : keyed(target.sites[service]);
      });
      Object.keys(target.silent).forEach(function (service) { own.silent[service] = keyed(target.silent[service]); });
    }
    return places[number];
  }

  function chosen(choice, service) {
    return choice.sites.hasOwnProperty(service) ? Object.keys(choice.sites[service]).map(Number) : [];
  }

  /* The tried sites that count for a target: the service they are tried for, the candidate, and its place there. */
  function sites(target, choice) {
    var own = of(target).sites, taken = {}, found = [];
    Object.keys(own).forEach(function (service) {
      chosen(choice, service).forEach(function (i) {
        if (taken[i] || (own[service] !== null && own[service][i] === undefined)) { return; }
        taken[i] = true;
        found.push({candidate: i, service: service, at: own[service] === null ? -1 : own[service][i]});
      });
    });
    return found;
  }

  /* How many of the tried sites nobody can count for a target. */
  function silent(target, choice) {
    var own = of(target).silent, number = 0;
    Object.keys(own).forEach(function (service) {
      chosen(choice, service).forEach(function (i) { if (own[service][i] !== undefined) { number += 1; } });
    });
    return number;
  }

  /* Whether a choice can change a target's figure, or ought to and can't be counted. */
  function touches(target, choice) {
    return sites(target, choice).length > 0 || silent(target, choice) > 0 || Object.keys(choice.closed).some(function (i) {
      if (target.circle !== null && view.circles[target.circle].facilities.indexOf(Number(i)) < 0) { return false; }
      return of(target).counts === null || of(target).counts[i] !== undefined || target.late.indexOf(Number(i)) >= 0;
    });
  }

  /* Call `add` for each place that counts on a target's circle: with who has it within the limit, whether it is a
     candidate, and its position. */
  function eachPlace(target, choice, near, add) {
    var among = of(target).counts;
    view.circles[target.circle].facilities.forEach(function (facility, number) {
      if (choice.closed[facility] || (among !== null && among[facility] === undefined)) { return; }
      add(near.near[number], false, facility);
    });
    sites(target, choice).forEach(function (site) {
      var slot = trial.slot(target.circle, site.candidate);
      if (slot >= 0) { add(near.reached[slot], true, site.candidate); }
    });
  }

  /* For each community how many places that count have it within the limit. */
  function within(target, choice) {
    var count = new Uint16Array(view.circles[target.circle].status.length);
    eachPlace(target, choice, known.circles[target.circle], function (communities, isNew, place) {
      var home = target.within ? known.homes[isNew ? 1 : 0][place] : null;
      for (var i = 0; i < communities.length; i++) {
        if (home === null || communities[i] === home) { count[communities[i]] += 1; }
      }
    });
    return count;
  }

  /* For each residential area of a tier whether it reaches a place that counts; null where nothing tells. */
  function homesReached(target, choice, tier) {
    var near = known.residential.circles[target.circle], lost = keyed(near.lost), unit = [], states = [];
    tier.members.forEach(function (own, at) { unit[own[0]] = at; states.push(lost[own[0]] === undefined ? false : null); });
    eachPlace(target, choice, near, function (homes, isNew, place) {
      var inside = (isNew ? tier.sites : tier.facilities)[place];
      for (var i = 0; i < homes.length; i++) {
        var at = unit[homes[i]];
        if (at === undefined) { continue; }
        if (!target.within || inside === at) { states[at] = true; }
        else if (inside === UNKNOWN && !tier.drawn[at] && !states[at]) { states[at] = null; }
      }
    });
    return states;
  }

  function assessed(target, i) { return view.circles[target.circle].status.charAt(i) !== NOT_ASSESSED; }

  function isOfHomes(tier) { return known.residential !== null && known.residential.tiers.indexOf(known.tiers.indexOf(tier)) >= 0; }

  function tiers(target) { return target.tiers.map(function (i) { return known.tiers[i]; }); }

  /* The people of a scope who are covered, of all who are known. */
  function ofPeople(target, choice) {
    var count = within(target, choice), people = known.people[target.demand] || [], part = 0;
    var number = known.targets.indexOf(target), own = wholes[number];
    if (!own) {
      var seen = {};
      own = wholes[number] = {communities: [], sum: 0};
      tiers(target).forEach(function (tier) {
        if (isOfHomes(tier)) { return; }  // nothing tells how many live there
        tier.members.forEach(function (unit) {
          unit.forEach(function (i) {
            if (!seen[i]) { seen[i] = true; own.communities.push(i); own.sum += people[i] || 0; }
          });
        });
      });
    }
    own.communities.forEach(function (i) { if (count[i] && assessed(target, i)) { part += people[i] || 0; } });
    return exact(own.sum ? [part * target.times, own.sum] : null, []);
  }

  /* The areas whose communities are all covered, but for those not assessed; an area without any isn't reached. */
  function ofUnits(target, choice) {
    var count = null, status = view.circles[target.circle].status, states = [], have = 0;
    tiers(target).forEach(function (tier) {
      if (isOfHomes(tier)) { states = states.concat(homesReached(target, choice, tier)); return; }
      count = count || within(target, choice);
      for (var at = 0; at < tier.members.length; at++) {
        var unit = tier.members[at], state = null;
        for (var k = 0; k < unit.length && state !== false; k++) {
          if (status.charAt(unit[k]) !== NOT_ASSESSED) { state = count[unit[k]] > 0; }
        }
        states.push(state);
      }
    });
    states.forEach(function (state) { if (state) { have += 1; } });
    return exact([have * target.times, states.length], states);
  }

  function exact(value, states) { return {low: value, high: value, states: states, lacks: null}; }

  /* How many places stand in each area: for sure, at most, and how many lie behind the difference. */
  function standing(target, tier, choice) {
    var least = tier.members.map(function () { return 0; }), late = least.slice(), adrift = 0, loose = 0;
    function stand(at, counts) {
      if (at >= 0) { counts[at] += 1; }
      if (at === UNKNOWN) { adrift += 1; }
    }
    target.counts.forEach(function (i) { if (!choice.closed[i]) { stand(tier.facilities[i], least); } });
    target.late.forEach(function (i) { if (!choice.closed[i]) { stand(tier.facilities[i], late); } });
    sites(target, choice).forEach(function (site) {
      if (tier.sites[site.candidate] >= 0) { least[tier.sites[site.candidate]] += 1; }
    });
    late.forEach(function (number) { loose += number; });
    return {
      least: least,
      most: least.map(function (number, i) { return number + late[i] + (tier.drawn[i] ? 0 : adrift); }),
      loose: loose + (tier.drawn.every(Boolean) ? 0 : adrift)
    };
  }

  /* The areas that have one. */
  function present(target, choice) {
    var have = 0, might = 0, areas = 0, states = [], numbers = [];
    tiers(target).forEach(function (tier) {
      var found = standing(target, tier, choice), open = 0;
      found.least.forEach(function (number, i) {
        var some = number >= 1 ? true : found.most[i] >= 1 ? null : false;
        have += some === true ? 1 : 0;
        open += some === null ? 1 : 0;
        states.push(some);
        numbers.push(number);
      });
      might += Math.min(open, found.loose);
      areas += found.least.length;
    });
    var lacks = null, times = target.times;
    if (target.target && !might) {
      lacks = short(target.operator, have, times === null ? target.target : [target.target[0] * areas, target.target[1] * times]);
    }
    function value(number) { return times === null ? [number, 1] : [number * times, areas]; }
    return {low: value(have), high: value(have + might), states: states, numbers: numbers, lacks: lacks};
  }

  /* The number that each area must have: the figure is that of the area with the fewest. */
  function inEach(target, choice) {
    var least = Infinity, most = Infinity, whole = true, loose = 0, lacks = [0, 1], states = [], numbers = [];
    tiers(target).forEach(function (tier) {
      var found = standing(target, tier, choice);
      loose += found.loose;
      found.least.forEach(function (number, i) {
        least = Math.min(least, number);
        most = Math.min(most, found.most[i]);
        whole = whole && number === found.most[i];
        numbers.push(number);
        if (!target.target) { states.push(null); return; }
        states.push(judge(target.operator, [number, 1], [found.most[i], 1], target.target));
        var own = short(target.operator, number, target.target);
        lacks = [lacks[0] * own[1] + own[0] * lacks[1], lacks[1] * own[1]];
        lacks = reduced(lacks);
      });
    });
    var none = states.indexOf(null) < 0, short_of = states.indexOf(false) >= 0 || lacks[0] > loose * lacks[1];
    return {
      low: [least, 1], high: [most, 1], states: states, numbers: numbers,
      met: none ? states.indexOf(false) < 0 : short_of ? false : null, lacks: target.target && whole ? lacks : null
    };
  }

  /* An amount, such as beds or beds per 1,000 older people. */
  function amount(target, choice) {
    var own = target.amount, top = 0, bottom = own.divided ? 0 : 1, open = false, per = own.per, value, lacks = null;
    target.counts.forEach(function (facility, i) {
      if (choice.closed[facility]) { return; }
      if (own.top[i] === null) { open = true; } else { top += own.top[i]; }
      if (own.divided) { bottom += own.bottom[i]; }
    });
    sites(target, choice).forEach(function (site) {
      top += own.site_top[site.service][site.at];
      if (own.divided) { bottom += own.site_bottom[site.service][site.at]; }
    });
    if (own.inverse) { value = top ? [per[0], per[1] * top] : null; } else { value = bottom ? [top * per[0], bottom * per[1]] : null; }
    if (target.target && !open && (value || own.inverse)) {
      var t = target.target, need = own.inverse ? [per[0] * t[1], per[1] * t[0]] : [t[0] * bottom * per[1], t[1] * per[0]];
      lacks = short(own.inverse ? ">=" : target.operator, top, need, own.scale);
    }
    return {low: value, high: open ? null : value, states: [], lacks: lacks};
  }

  /* How many are missing to a count, as a fraction: more than a whole number needs the next one.
     Both are given `scale` times what they are. */
  function short(operator, have, need, scale) {
    var times = scale || 1;
    if (operator === ">") {
      if (have * need[1] > need[0]) { return [0, 1]; }
      need = [(Math.floor(need[0] / (need[1] * times)) + 1) * times, 1];
    }
    return reduced([Math.max(need[0] - have * need[1], 0), need[1] * times]);
  }

  function reduced(fraction) {
    var a = Math.abs(fraction[0]), b = fraction[1], rest;
    while (b) { rest = a % b; a = b; b = rest; }
    return [fraction[0] / (a || 1), fraction[1] / (a || 1)];
  }

  function side(one, other) { return Math.sign(one[0] * other[1] - other[0] * one[1]); }

  /* Whether a value meets a target; null where its bounds leave that open. */
  function judge(operator, low, high, target) {
    if (operator === "<=") { return high && side(high, target) <= 0 ? true : side(low, target) > 0 ? false : null; }
    if (side(low, target) > 0 || (side(low, target) === 0 && operator !== ">")) { return true; }
    if (high === null) { return null; }
    return side(high, target) < 0 || (side(high, target) === 0 && operator === ">") ? false : null;
  }

  var MEASURES = {people: ofPeople, units: ofUnits, present: present, amount: amount};

  /* A target's figure for a choice, its verdict, what it falls short of and what is to build. */
  function found(target, choice) {
    var one = (target.each ? inEach : MEASURES[target.kind])(target, choice), due = target.target;
    one.low = one.low && reduced(one.low);
    one.high = one.high && reduced(one.high);
    one.verdict = due ? one.low ? verdict(one, target) : target.amount && target.amount.inverse ? "below" : "not_applicable" : target.idle;
    if (one.verdict === "no_data") { one.low = null; }
    one.gap = due && one.low && one.verdict !== "no_data" ? gap(target.operator, one.low, due) : null;
    one.build = one.lacks && target.circle === null && due && one.verdict !== "no_data" ? Math.ceil(one.lacks[0] / one.lacks[1]) : null;
    one.silent = silent(target, choice);
    return one;
  }

  function verdict(one, target) {
    var met = one.met === undefined ? judge(target.operator, one.low, one.high, target.target) : one.met;
    return met === null ? "no_data" : met ? "meets" : "below";
  }

  function gap(operator, value, target) {
    var over = [value[0] * target[1] - target[0] * value[1], value[1] * target[1]];
    return reduced([Math.max(operator === "<=" ? over[0] : -over[0], 0), over[1]]);
  }

  /* As things are, worked out once. */
  function before(target) {
    var number = known.targets.indexOf(target);
    befores[number] = befores[number] || found(target, NOTHING);
    return befores[number];
  }

  /* A fraction with as many decimals as tell it from some marks; halves go up. */
  function figure(target, fraction, marks) {
    var part = fraction[0] * (target.hundred ? 100 : 1), whole = fraction[1], decimals, unit, scaled;
    function apart(mark) { return side([scaled, unit], mark) === side([part, whole], mark); }
    for (decimals = target.decimals; decimals <= MOST_DECIMALS; decimals++) {
      unit = Math.pow(10, decimals);
      scaled = Math.floor((2 * part * unit + whole) / (2 * whole));
      if (marks.every(apart)) { break; }
    }
    var text = (scaled / unit).toFixed(Math.min(decimals, MOST_DECIMALS)), cut = text.split(".");
    if (!target.percent || scaled === 0 || scaled === 100 * unit) { cut[1] = (cut[1] || "").replace(/0+$/, ""); }
    return trial.grouped(cut[0]) + (cut[1] ? "." + cut[1] : "");
  }

  function ends(target) { return target.percent ? [[0, 1], [100, 1]] : [[0, 1]]; }

  /* A value as it is shown. */
  function valueText(target, one) {
    if (!one.low) { return "—"; }
    return filled(target.value, figure(target, one.low, ends(target).concat(target.mark ? [target.mark] : [])));
  }

  function filled(forms, number) {
    return (planner.state.lang === "en" && number === "1" ? forms.one : say(forms)).split("{n}").join(number);
  }

  /* The verdict with what is short. */
  function verdictText(target, one) {
    var forms = known.verdicts, own = one.verdict;
    if (own !== "below") { return say(forms[own]); }
    if (target.build && one.build) {
      return say(forms.below_build).split("{amount}").join(filled(target.build, trial.grouped(one.build)));
    }
    if (!one.gap || !one.gap[0]) { return say(forms.below); }
    return say(forms.below_gap).split("{amount}").join(filled(target.gap, figure(target, one.gap, ends(target))));
  }

  /* The names of areas that come to meet a target, or no longer do. */
  function changes(target, was, is, met) {
    var names = [], at = 0;
    if (!was.states.length) { return names; }
    tiers(target).forEach(function (tier) {
      for (var i = 0; i < tier.members.length; i++, at++) {
        if ((is.states[at] === true) === met && (was.states[at] === true) !== met) { names.push(nameOf(tier, i)); }
      }
    });
    return names;
  }

  function nameOf(tier, i) {
    var table = {a: view.areas, c: view.communities, r: view.residential}[tier.place];
    return table ? planner.named(table, tier.at[i]) : tier.names[i];
  }

  Object.assign(planner, {recount: {
    found: found, before: before, touches: touches, valueText: valueText, verdictText: verdictText, changes: changes,
    figure: figure, silent: silent
  }});
}());
