"""The fewest sites that cover some weight: maximal covering for one number of sites after the other."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from planner.siting.highs import Deadline
from planner.siting.problem import Problem
from planner.siting.solution import Solution
from planner.siting.solve import INTERRUPTED, OUT_OF_TIME, solve


def fewest_for(problem: Problem, weight: float, *, deadline: Deadline) -> Solution:
    r"""Return the fewest sites that newly cover some weight, and of those the ones that cover most.

    The least :math:`p` for which the maximal covering problem with :math:`p` sites reaches it; since more sites never
    cover less, the middle number of those still open is tried until one is left.

    Parameters
    ----------
    weight
        What must be newly covered.
    """
    free = int((~problem.existing & ~problem.forbidden).sum())
    low, high = int((problem.forced & ~problem.existing).sum()), free if problem.sites is None else problem.sites
    everything = _best(problem, high, deadline)
    if everything.bound < weight or everything.status == "infeasible":
        return _short(problem, everything, weight, deadline)
    found, stopped = everything if everything.objective >= weight else None, everything.reason == INTERRUPTED
    while low < high and deadline() > 0 and not stopped:
        middle = (low + high) // 2
        tried = _best(problem, middle, deadline)
        stopped = tried.reason == INTERRUPTED
        if tried.objective >= weight:
            found, high = tried, middle
        elif tried.bound < weight or tried.status == "infeasible":
            low = middle + 1
        else:  # neither was shown in time
            break
    if found is None:
        return replace(everything, model="lscp", status="unknown", stands=np.zeros(len(problem.site_ids), dtype=bool),
                       site_ids=problem.site_ids[:0], objective=math.nan, bound=float(low))  # fmt: skip
    count = float((found.stands & problem.counted).sum())
    proven = low >= high
    return replace(
        found,
        model="lscp",
        status="optimal" if proven else "feasible",
        objective=count,
        bound=count if proven else float(low),
        reason="" if proven else INTERRUPTED if stopped else OUT_OF_TIME,
    )


def _best(problem: Problem, sites: int, deadline: Deadline) -> Solution:
    left = deadline()
    asked = replace(problem, sites=sites)
    return solve(asked, "mclp", time_limit_s=None if math.isinf(left) else max(left, 0.0))


def _short(problem: Problem, everything: Solution, weight: float, deadline: Deadline) -> Solution:
    """Return the fewest sites that cover all that can be covered, told as a partial answer."""
    most = everything.objective
    part = fewest_for(problem, most, deadline=deadline) if most > 0 else everything
    stands = part.stands
    count = float((stands & problem.counted).sum())
    return replace(
        part,
        model="lscp",
        status="infeasible",
        partial=True,
        objective=count,
        bound=count,
        reason=f"all the sites together newly cover {most:g}, not the {weight:g} that it takes",
    )
