"""Areas that lack a facility of their own, and the candidates that would give them one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from planner.errors import CheckError
from planner.network import TextArray
from planner.siting.highs import Deadline
from planner.siting.pose import Posed
from planner.siting.problem import Group
from planner.siting.solution import Solution
from planner.siting.solve import solve

ELSEWHERE = "\x00elsewhere"
"""The unit of candidates whose area lacks nothing, or isn't known; no id can be it."""

TOLD = 10
"""So many areas are named in one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """What an indicator of presence still asks for.

    Parameters
    ----------
    level
        Of the areas: ``street``, ``community``, …
    area
        Each candidate's area, by id; None where it has none that is known.
    need
        By area, how many it lacks.
    names
        Of the areas, by id.
    total
        How many are still to build, in any of these areas.
    """

    level: str
    area: TextArray
    need: Mapping[str, int]
    names: Mapping[str, str]
    total: int


def fill(posed: Posed, lacking: Lacking, *, deadline: Deadline) -> Solution:
    """Choose as many sites as are still to build in areas that lack them, and of all such choices one that covers most.

    Where areas have too few candidates, the answer is the most that can be built, told as infeasible and in part.
    """
    problem = posed.problem
    new = ~problem.existing
    area = np.array([lacking.area[at] if one else None for at, one in zip(posed.place, new, strict=True)], dtype=object)
    lacks = np.array([one in lacking.need for one in area], dtype=bool)
    unit = np.full(len(new), None, dtype=object)
    unit[new] = ELSEWHERE
    unit[lacks] = area[lacks]
    able = {one: min(count, int((unit == one).sum())) for one, count in lacking.need.items()}
    total = min(lacking.total, sum(able.values()))
    kind = np.array(["new" if mine else None for mine in new], dtype=object)
    rules = (
        Group(name=lacking.level, unit=unit, most={**able, ELSEWHERE: 0}),
        Group(name="new", unit=kind, least={"new": total}),
    )
    left = deadline()
    asked = replace(problem, groups=(*problem.groups, *rules), sites=total)
    found = solve(asked, "mclp", time_limit_s=None if math.isinf(left) else max(left, 0.0))
    if found.status in {"infeasible", "unknown"}:
        return replace(found, model="lscp")
    count = int((found.stands & new).sum())
    inside = int((found.stands & lacks).sum())
    if inside < min(total, count):
        raise CheckError("a site for an area that lacks one stands elsewhere")
    bare = sorted(lacking.names.get(one, one) for one, size in able.items() if size < lacking.need[one])
    listed = ", ".join(bare[:TOLD]) + (f" and {len(bare) - TOLD} more" if len(bare) > TOLD else "")
    short = lacking.total > total
    return replace(
        found,
        model="lscp",
        status="infeasible" if short else "optimal",
        partial=short,
        objective=float(count),
        bound=float(count),
        reason=f"{lacking.total} are to be built, but there are candidates for {total}: too few in {listed}"
        if short
        else "",
    )
