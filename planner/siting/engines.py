"""Which way a model is solved: by its structure where it has one, by the full program where it is small or ruled."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import numpy as np

from planner.measure import FloatArray
from planner.network import BoolArray
from planner.siting import benders, center, cover, formulation, lagrange, loads, ruled, twice
from planner.siting.highs import Deadline, Outcome, Program, minimise
from planner.siting.location import locate, reduced
from planner.siting.problem import Model, Problem
from planner.siting.rules import choose, site_charge
from planner.siting.standing import Standing, enough, firm

SMALL = 4_000
"""Problems of no more pairs go to HiGHS as they are: that is quick, and needs no kernel compiled."""

HALF, LOOKS = 0.5, 30
"""Where a second cover counts for more than the first, bounds that take both for alike are weak: so many looks then."""

SERVING = ("mclp", "p_median", "fixed_charge")
"""Models in which each demand turns to its cheapest site."""


def standings(problem: Problem, model: Model, *, deadline: Deadline, small: int = SMALL) -> Iterator[Standing]:
    """Yield ever better standings; an infinite value and bound say that no choice keeps the rules.

    Every demand has a pair with a site that isn't forbidden. Values are minimised: sites or money (`lscp`), weight left
    uncovered (`mclp`), what is left without and without backup (`mclp_b`), weighted cost (`p_median`), with the sites'
    (`fixed_charge`). `lscp` heeds the number of sites only where it counts costs.
    """
    if model == "p_center":
        return center.prove(
            problem,
            covering=lambda part: standings(part, "lscp", deadline=deadline, small=small),
            deadline=deadline,
        )
    if len(problem.demand) <= max(small, 0):
        return direct(problem, model, deadline=deadline)
    if problem.capacity is not None:
        return loads.prove(problem, model, deadline=deadline)
    if problem.backup_share or model == "mclp_b":
        return _backed(problem, model, deadline=deadline)
    if model in SERVING:
        return _served_best(problem, model, deadline=deadline)
    return _covered(problem, model, deadline=deadline)


def _backed(problem: Problem, model: Model, *, deadline: Deadline) -> Iterator[Standing]:
    """Solve a model in which a second cover counts."""
    if problem.backup_share and not problem.count_cost and replace(problem, backup_share=None).plain:
        return _with_share(problem, model, deadline=deadline)
    if problem.backup_share or not problem.plain:
        return direct(problem, model, deadline=deadline)
    steps = twice.with_backup(problem, deadline=deadline)
    if problem.backup_weight <= HALF:
        return steps
    return completed(islice(steps, LOOKS), problem, model, deadline=deadline)


def _served_best(problem: Problem, model: Model, *, deadline: Deadline) -> Iterator[Standing]:
    """Solve a model in which each demand turns to its cheapest site."""
    if problem.plain:
        return simple(problem, model, deadline=deadline)
    location = locate(problem, model, unserved=unserved(problem, model))
    steps = benders.prove(problem, location, in_money=model == "fixed_charge", deadline=deadline)
    return (_served(step, problem, model) for step in steps)


def _covered(problem: Problem, model: Model, *, deadline: Deadline) -> Iterator[Standing]:
    """Solve set covering."""
    if problem.plain and not (problem.count_cost and problem.sites is not None):
        return covering(problem, deadline=deadline)
    if ruled.suits(problem):
        return completed(ruled.prove(problem, deadline=deadline), problem, model, deadline=deadline)
    return direct(problem, model, deadline=deadline)


def unserved(problem: Problem, model: Model) -> FloatArray:
    """Return what each demand pays where nobody serves it.

    In covering its weight; else more than any difference that serving it could make to the others.
    """
    if model == "mclp":
        return problem.weight
    cost = np.zeros(len(problem.demand)) if problem.cost is None else problem.cost
    dearest: FloatArray = np.zeros(len(problem.weight))
    np.maximum.at(dearest, problem.demand, cost)
    dearest = dearest * problem.weight
    able = ~problem.forbidden
    pairs = np.bincount(problem.demand, minlength=len(dearest))
    if len(dearest) and bool((pairs == len(able)).all()) and bool(able.all()):
        return dearest + _fixed(problem, model, least=True) + 1.0  # any site serves everyone, and one is worth building
    most: FloatArray = dearest + np.ceil(dearest.sum() + _fixed(problem, model)) + 1.0
    return most


def _fixed(problem: Problem, model: Model, *, least: bool = False) -> float:
    """Return what all the sites cost, or the least that one does, where that is part of the objective."""
    if model != "fixed_charge":
        return 0.0
    charge = site_charge(problem)[: len(problem.site_ids)]
    return float(charge.min() if least else charge.sum())


def simple(problem: Problem, model: Model, *, deadline: Deadline) -> Iterator[Standing]:
    """Solve a location problem whose only rule is the number of sites."""
    pay = unserved(problem, model)
    whole = locate(problem, model, unserved=pay)
    left = reduced(whole)
    standing = problem.must_stand
    for step in lagrange.prove(left, deadline=deadline):
        built = standing.copy()
        built[left.origin[step.built]] = True
        yield _served(Standing(built, step.value, step.bound), problem, model)


def _served(step: Standing, problem: Problem, model: Model) -> Standing:
    """Tell a standing whose best choice leaves a demand unserved as one without a choice, where all must be served."""
    if model == "mclp":
        return step
    reached = np.zeros(len(problem.weight), dtype=bool)
    reached[problem.demand[step.built[problem.site]]] = True
    if reached.all():
        return step
    return Standing(step.built, np.inf, np.inf if step.proven else 0.0)


def covering(problem: Problem, *, deadline: Deadline) -> Iterator[Standing]:
    """Solve set covering without further rules: reduced, part by part."""
    standing = problem.must_stand
    charge = np.where(problem.counted, 1.0, 0.0)
    if problem.count_cost:
        charge = site_charge(problem)[: len(charge)]
    done = np.zeros(len(problem.weight), dtype=bool)
    done[problem.demand[standing[problem.site]]] = True
    free = ~standing & ~problem.forbidden
    keep = ~done[problem.demand] & free[problem.site]
    whole = cover.Cover(
        demand=(np.cumsum(~done) - 1)[problem.demand[keep]],
        site=(np.cumsum(free) - 1)[problem.site[keep]],
        demands=int((~done).sum()),
        charge=charge[free],
        origin=np.flatnonzero(free),
    )
    left = cover.reduce(whole)
    built = standing.copy()
    built[left.taken] = True
    settled = float(charge[built].sum())
    parts = [_Part(built, left.parts, charge)]
    yield from parts[0].prove(settled, deadline)


class _Part:
    """The parts of a cover, solved one after the other; those still to come count with all of their sites."""

    def __init__(self, built: BoolArray, parts: tuple[cover.Cover, ...], charge: FloatArray) -> None:
        self.built, self.parts, self.charge = built, parts, charge

    def prove(self, settled: float, deadline: Deadline) -> Iterator[Standing]:
        """Yield standings of the whole."""
        choice = [np.ones(len(part.charge), dtype=bool) for part in self.parts]
        bounds = [0.0] * len(self.parts)
        yield self._standing(settled, choice, bounds)
        for k, part in enumerate(self.parts):
            for step in cover.prove(part, deadline=deadline):
                choice[k], bounds[k] = step.built, step.bound
                yield self._standing(settled, choice, bounds)
            if deadline() <= 0:
                return

    def _standing(self, settled: float, choice: list[BoolArray], bounds: list[float]) -> Standing:
        built = self.built.copy()
        for part, chosen in zip(self.parts, choice, strict=True):
            built[part.origin[chosen]] = True
        return Standing(built, float(self.charge[built].sum()), settled + sum(bounds))


def _with_share(problem: Problem, model: Model, *, deadline: Deadline) -> Iterator[Standing]:
    """Solve covering with a share to be covered twice: by its own ways, and what they leave open by HiGHS."""
    if model == "mclp":
        return completed(twice.least_missed(problem, deadline=deadline), problem, model, deadline=deadline)
    least = 0
    for step in covering(replace(problem, backup_share=None), deadline=deadline):
        least = math.ceil(step.bound)
    return twice.fewest_kept(problem, least=least, deadline=deadline)


def completed(steps: Iterator[Standing], problem: Problem, model: Model, *, deadline: Deadline) -> Iterator[Standing]:
    """Yield standings, and where the last isn't proven let HiGHS go on from it."""
    last = Standing(problem.must_stand, np.inf, 0.0)
    for last in steps:
        yield last
    if last.proven or deadline() <= 0:
        return
    begin = last.built if np.isfinite(last.value) else None
    for step in solved(problem, model, program_of(problem, model), deadline=deadline, begin=begin):
        bound = max(last.bound, step.bound)
        better = step if step.value < last.value else last
        yield Standing(better.built, better.value, min(bound, better.value), better.share)


def program_of(problem: Problem, model: Model) -> Program:
    """Return the full program of a model."""
    if model == "lscp":
        return formulation.lscp(problem, number=problem.count_cost)
    return formulation.PROGRAMS[model](problem)


def direct(problem: Problem, model: Model, *, deadline: Deadline) -> Iterator[Standing]:
    """Solve the full program, from a choice made site by site."""
    yield from solved(problem, model, program_of(problem, model), deadline=deadline)


def solved(
    problem: Problem, model: Model, program: Program, *, deadline: Deadline, begin: BoolArray | None = None
) -> Iterator[Standing]:
    """Solve a program whose first columns are the problem's sites, from ``begin`` or a choice made site by site."""
    first = choose(problem) if begin is None else begin
    start = None if first is None or begin is not None else _first(problem, model, first)
    if start is not None:
        yield start
    small = len(problem.demand) <= SMALL  # soon solved anyway, and then nothing hangs on what it began with
    outcome = minimise(program, begin=None if small else first, deadline=deadline)
    sites = len(problem.site_ids)
    bound = outcome.bound + _shift(problem, model) if math.isfinite(outcome.bound) else 0.0
    if outcome.columns is None:
        if start is None or outcome.proven:
            yield Standing(problem.must_stand, np.inf, np.inf if outcome.proven else max(bound, 0.0))
        else:
            yield Standing(start.built, start.value, min(max(bound, 0.0), start.value))
        return
    told = _told(problem, model, program, outcome, outcome.columns[:sites] > 0.5)
    if start is not None and start.value < told.value:
        told = Standing(start.built, start.value, told.bound)
    yield told


def _first(problem: Problem, model: Model, built: BoolArray) -> Standing | None:
    """Return a choice made site by site as a standing; None where it leaves a demand or a rule unmet."""
    if problem.capacity is not None or problem.backup_share:
        return None
    value = worth(problem, model, built)
    return Standing(built, value, 0.0) if np.isfinite(value) else None


def worth(problem: Problem, model: Model, built: BoolArray) -> float:
    """Return what a choice of sites comes to where there are no capacities; infinite where it leaves one unserved."""
    times = np.bincount(problem.demand[built[problem.site]], minlength=len(problem.weight))
    if model in {"mclp", "mclp_b"}:
        theta = problem.backup_weight if model == "mclp_b" else 0.0
        return float((1.0 - theta) * problem.weight[times == 0].sum() + theta * problem.weight[times < 2].sum())
    if (times == 0).any():
        return np.inf
    money = float(site_charge(problem)[: len(built)][built].sum())
    money -= sum(amount for a, b, amount in problem.saving if built[a] and built[b])
    if model == "lscp":
        return money if problem.count_cost else float((built & problem.counted).sum())
    least = np.full(len(times), np.inf)
    has = built[problem.site]
    cost = np.zeros(len(problem.demand)) if problem.cost is None else problem.cost
    np.minimum.at(least, problem.demand[has], cost[has])
    return float((problem.weight * least).sum()) + (money if model == "fixed_charge" else 0.0)


def _shift(problem: Problem, model: Model) -> float:
    return float(problem.weight.sum()) if model in {"mclp", "mclp_b", "lscp_b"} else 0.0


def _told(problem: Problem, model: Model, program: Program, outcome: Outcome, built: BoolArray) -> Standing:
    """Return HiGHS's answer as a standing, its sums freed of the solver's own tolerance where they are whole."""
    shift = _shift(problem, model)
    assert outcome.columns is not None  # noqa: S101  # told apart by the caller
    value = float(program.cost @ outcome.columns) + shift
    if (
        problem.capacity is None and model != "lscp_b" and not outcome.proven
    ):  # stopped, it may not have counted all that its sites serve
        value = min(value, worth(problem, model, built))
    whole = bool((program.cost % 1 == 0).all()) and (problem.capacity is None or not problem.split)
    if whole:
        value = float(round(value))
    known = outcome.bound + shift if math.isfinite(outcome.bound) else 0.0
    bound = value if outcome.proven else max(firm(known, value, whole=whole), 0.0)
    if not whole and bound > enough(value, whole=False):
        bound = value
    return Standing(built, value, bound, formulation.shares_of(problem, outcome.columns))
