"""Building in phases: what stands by each year, planned together, so that early sites are those that last."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner.measure import FloatArray
from planner.network import BoolArray
from planner.siting import formulation
from planner.siting.highs import Deadline, Program, Rows, minimise
from planner.siting.problem import Model, Problem
from planner.siting.rules import choose


@dataclass(frozen=True, slots=True, kw_only=True)
class Phased:
    """What stands after each phase; values are minimised and summed over the phases.

    Parameters
    ----------
    stands
        For each phase, length m.
    values
        Each phase's value.
    bound
        No plan's sum is less.
    proven
        Whether no plan is better.
    feasible
        Whether there is a plan at all.
    """

    stands: tuple[BoolArray, ...]
    values: tuple[float, ...]
    bound: float
    proven: bool
    feasible: bool = True

    @property
    def value(self) -> float:
        """Return the sum of all phases."""
        return math.fsum(self.values)


def together(problems: Sequence[Problem], model: Model, *, deadline: Deadline) -> Phased:
    r"""Plan all phases together: what stands in one stands in the next.

    .. math::

        \min \sum_t f_t(x_t) \quad\text{s.t.}\quad x_t \in X_t, \; x_{jt} \le x_{j,t+1} \;\forall j, t

    where :math:`f_t` and :math:`X_t` are the model's objective and rules in phase :math:`t`, as
    `planner.siting.formulation` writes them: each phase counts alike, so that people who are covered from the first
    phase on count in all of them.
    """
    parts = [formulation.PROGRAMS[model](one) for one in problems]
    whole, sizes = _side_by_side(parts), [len(one.cost) for one in parts]
    first = np.concatenate([[0], np.cumsum(sizes)])
    sites = np.arange(len(problems[0].site_ids))
    for before, after in zip(first[:-2].tolist(), first[1:-1].tolist(), strict=True):
        row = np.concatenate([sites, sites])
        column = np.concatenate([after + sites, before + sites])
        value = np.concatenate([np.ones(len(sites)), -np.ones(len(sites))])
        whole.rows.add_all(row, column, value, lower=np.zeros(len(sites)), upper=np.full(len(sites), np.inf))
    outcome = minimise(whole, deadline=deadline)
    shift = _shift(problems[0], model)
    if outcome.columns is None:
        nothing = tuple(one.must_stand for one in problems)
        return Phased(stands=nothing, values=(math.inf,), bound=math.inf, proven=outcome.proven, feasible=False)
    stands, values = [], []
    for low, high, part in zip(first[:-1].tolist(), first[1:].tolist(), parts, strict=True):
        columns = outcome.columns[low:high]
        stands.append(columns[: len(sites)] > 0.5)
        values.append(_tidy(float(part.cost @ columns) + shift, problems[0]))
    total = math.fsum(values)
    bound = total if outcome.proven else min(outcome.bound + shift * len(parts), total)
    return Phased(stands=tuple(stands), values=tuple(values), bound=bound, proven=outcome.proven)


def step_by_step(problems: Sequence[Problem], model: Model, *, deadline: Deadline) -> Phased:
    """Plan each phase by itself, the best for now, and keep what is built."""
    stands: list[BoolArray] = []
    values: list[float] = []
    for one in problems:
        kept = one.forced | (stands[-1] if stands else np.zeros(len(one.site_ids), dtype=bool))
        now = replace(one, forced=kept & ~one.existing, forbidden=one.forbidden & ~kept)
        program = formulation.PROGRAMS[model](now)
        outcome = minimise(program, begin=choose(now), deadline=deadline)
        if outcome.columns is None:
            return Phased(stands=tuple(stands), values=(math.inf,), bound=math.inf, proven=False, feasible=False)
        stands.append(outcome.columns[: len(one.site_ids)] > 0.5)
        values.append(_tidy(float(program.cost @ outcome.columns) + _shift(one, model), one))
    return Phased(stands=tuple(stands), values=tuple(values), bound=-math.inf, proven=False)


def _side_by_side(parts: Sequence[Program]) -> Program:
    rows, first = Rows(), 0
    for part in parts:
        rows.index += [one + first for one in part.rows.index]
        for name in ("value", "size", "lower", "upper"):
            getattr(rows, name).extend(getattr(part.rows, name))
        first += len(part.cost)
    joined: dict[str, FloatArray] = {
        name: np.concatenate([getattr(part, name) for part in parts]) for name in ("cost", "lower", "upper", "whole")
    }
    return Program(**joined, rows=rows)  # type: ignore[arg-type]  # whole holds booleans


def _shift(problem: Problem, model: Model) -> float:
    return float(problem.weight.sum()) if model in {"mclp", "mclp_b"} else 0.0


def _tidy(value: float, problem: Problem) -> float:
    """Return a value freed of the solver's tolerance where it can only be whole."""
    whole = bool((problem.weight % 1 == 0).all()) and problem.cost is None and problem.capacity is None
    return float(round(value)) if whole else value
