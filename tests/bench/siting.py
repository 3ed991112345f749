"""Siting against spopt, and against HiGHS fed plainly: to proof, to a certified gap, and by local search alone."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np

from planner.kernels.location import greedy, search
from planner.network import BoolArray
from planner.siting.engines import standings, unserved
from planner.siting.location import Location, locate
from planner.siting.problem import Problem, from_costs, from_cover, from_graph
from planner.siting.solve import solve
from tests.bench.demands import WALK_M, Scatter, scatter, streets
from tests.bench.race import OURS, Job, Rival, against, alone, median_s
from tests.bench.row import Row, judged
from tests.bench.size import Size

SITES = 20
MEMORY_GOAL_MB = 2_000.0


def small(size: Size) -> Scatter:
    return scatter(*size.plain["small"])


def large(size: Size) -> Scatter:
    return scatter(*size.plain["large"])


def covering(town: Scatter, **rules: Any) -> Problem:
    """Return a problem of who covers whom."""
    return from_cover(
        (town.demand, town.site), shape=(len(town.weights), town.candidates), weights=town.weights, **rules
    )


def matrix(town: Scatter) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the metres between all demands and candidates, infinite where too far: what spopt takes."""
    metres = np.full((len(town.weights), town.candidates), np.inf)
    metres[town.demand, town.site] = town.metres
    return metres


def told(town: Scatter, what: str) -> str:
    return f"{what}: {len(town.weights):,} demands, {town.candidates:,} candidates, {len(town.demand):,} pairs"


# --- HiGHS and spopt, as a user would feed them --------------------------------------------------------------------


def merged(town: Scatter) -> Scatter:
    """Return the town with demands of the same candidates made one."""
    order = np.lexsort((town.site, town.demand))
    demand, site = town.demand[order], town.site[order]
    start = np.append(np.flatnonzero(np.diff(demand, prepend=-1)), len(demand))
    sums: dict[bytes, float] = {}
    for low, high in pairwise(start):
        key = site[low:high].tobytes()
        sums[key] = sums.get(key, 0.0) + town.weights[demand[low]]
    rows = [np.frombuffer(key, np.int64) for key in sums]
    return Scatter(
        weights=np.array(list(sums.values())),
        demand=np.repeat(np.arange(len(rows)), [len(one) for one in rows]),
        site=np.concatenate(rows),
        metres=np.zeros(sum(len(one) for one in rows)),
        candidates=town.candidates,
    )


def highs_mclp(town: Scatter, *, sites: int, limit_s: float) -> tuple[float, bool]:
    """Let HiGHS solve maximal covering as the textbook writes it; return the weight covered, and whether proven."""
    import highspy

    many, wide = len(town.weights), town.candidates
    row = np.concatenate([town.demand, np.arange(many), np.full(wide, many)])
    column = np.concatenate([town.site, wide + np.arange(many), np.arange(wide)])
    value = np.concatenate([np.ones(len(town.demand)), -np.ones(many), np.ones(wide)])
    order = np.lexsort((column, row))
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = wide + many, many + 1
    program.col_cost_ = np.concatenate([np.zeros(wide), -town.weights])
    program.col_lower_, program.col_upper_ = np.zeros(wide + many), np.ones(wide + many)
    program.row_lower_ = np.append(np.zeros(many), 0.0)
    program.row_upper_ = np.append(np.full(many, np.inf), float(sites))
    program.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    program.a_matrix_.start_ = np.searchsorted(row[order], np.arange(many + 2)).astype(np.int32)
    program.a_matrix_.index_ = column[order].astype(np.int32)
    program.a_matrix_.value_ = value[order]
    kinds = highspy.HighsVarType
    program.integrality_ = [kinds.kInteger] * wide + [kinds.kContinuous] * many
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    settings = {"output_flag": False, "threads": 1, "time_limit": limit_s, "mip_rel_gap": 0.0}
    for option, setting in settings.items():
        solver.setOptionValue(option, setting)
    solver.passModel(program)
    solver.run()
    return -solver.getInfo().objective_function_value, solver.getModelStatus() == highspy.HighsModelStatus.kOptimal


# --- the jobs --------------------------------------------------------------------------------------------------------


def _build_rows(size: Size) -> Iterator[Row]:
    town = small(size)
    metres = matrix(town)

    def spopt() -> Rival:
        from spopt.locate import MCLP

        def build() -> Any:
            return MCLP.from_cost_matrix(metres, town.weights, WALK_M, p_facilities=size.sites)

        model = build()
        same = int(model.aij.sum()) == len(town.demand)
        return Rival(answer=build, agree=same)

    return against(
        "mclp_s_build",
        asked=told(town, "model from a matrix of metres"),
        ours=lambda: from_costs(metres, within=WALK_M, weights=town.weights, sites=size.sites),
        rivals={"spopt": spopt},
        goals={"spopt": 200.0},
        size=size,
    )


def _solve_rows(size: Size) -> Iterator[Row]:
    town = small(size)
    problem = covering(town, sites=size.sites)

    def highs() -> Rival:
        value, proven = highs_mclp(town, sites=size.sites, limit_s=math.inf)
        found = solve(problem, "mclp")
        agree = proven and found.status == "optimal" and round(value) == found.objective
        return Rival(answer=lambda: highs_mclp(town, sites=size.sites, limit_s=math.inf), agree=agree)

    return against(
        "mclp_s_solve",
        asked=told(town, f"most weight by {size.sites} sites, proven"),
        ours=lambda: solve(problem, "mclp"),
        rivals={"HiGHS": highs},
        goals={"HiGHS": 3.0},
        size=size,
    )


@cache
def _merged_highs(name: str) -> tuple[float, float, bool]:
    """Return the seconds that HiGHS needs for the large town with identical rows merged, its value, whether proven."""
    from tests.bench.size import SIZES

    size = SIZES[name]
    town = large(size)
    begun = time.perf_counter()
    value, proven = highs_mclp(merged(town), sites=size.sites, limit_s=size.patience_s)
    return time.perf_counter() - begun, value, proven


def until_gap(problem: Problem, model: Any, share: float) -> tuple[float, float]:
    """Solve until the gap is certified to be at most a share; return it, and the value that is minimised."""
    whole, found = float(problem.weight.sum()) if model == "mclp" else 0.0, (math.inf, 0.0)
    for step in standings(problem, model, deadline=lambda: math.inf):
        value, bound = abs(whole - step.value), abs(whole - step.bound)
        found = (abs(value - bound) / max(value, 1.0), value)
        if found[0] <= share:
            break
    return found


def _gap_rows(size: Size) -> Iterator[Row]:
    town = large(size)
    problem = covering(town, sites=size.sites)
    until_gap(problem, "mclp", 0.005)
    ours_s = median_s(lambda: until_gap(problem, "mclp", 0.005), size.turns)
    gap, value = until_gap(problem, "mclp", 0.005)
    peer_s, best, _ = _merged_highs(size.name)
    yield _against_highs(
        "mclp_b_gap", told(town, "gap of 0.5 % certified"), size, ours_s, peer_s, 10.0, value * (1 + gap) >= best
    )


def _proof_rows(size: Size) -> Iterator[Row]:
    town = large(size)
    problem = covering(town, sites=size.sites)
    found = solve(problem, "mclp")
    ours_s = median_s(lambda: solve(problem, "mclp"), size.turns)
    peer_s, best, proven = _merged_highs(size.name)
    agree = found.status == "optimal" and (round(best) == found.objective if proven else best <= found.objective)
    yield _against_highs("mclp_b_proof", told(town, "proven"), size, ours_s, peer_s, 2.0, agree)


def _against_highs(job: str, asked: str, size: Size, ours_s: float, peer_s: float, goal: float, agree: bool) -> Row:
    ratio = peer_s / ours_s
    return Row(
        job=job,
        size=f"{asked}; HiGHS with identical rows merged, to proof",
        peer="HiGHS",
        ours_s=ours_s,
        peer_s=peer_s,
        ratio=ratio,
        goal=goal,
        met=judged(ratio, goal),
        memory_mb=float(alone(job, size)["memory_mb"]),
        agree=agree,
    )


def _certified(job: str, asked: str, size: Size, figure: str, goal: float, *, at_most: bool = True) -> Row:
    """Run our part in a process of its own, and hold its figure against the goal."""
    found = alone(job, size)
    ratio = float(found[figure])
    return Row(
        job=job,
        size=asked,
        ours_s=float(found["seconds"]),
        ratio=ratio,
        goal=goal,
        met=judged(ratio, goal, at_most=at_most),
        memory_mb=float(found["memory_mb"]),
    )


def _huge_alone(size: Size) -> dict[str, Any]:
    town = scatter(*size.plain["huge"])
    solve(covering(scatter(600, 200), sites=5), "mclp")  # compiles
    begun = time.perf_counter()
    found = solve(covering(town, sites=size.sites), "mclp", time_limit_s=size.patience_s / 2)
    return {"seconds": time.perf_counter() - begun, "gap": found.gap}


def _huge_rows(size: Size) -> Iterator[Row]:
    many, wide = size.plain["huge"]
    asked = f"most weight by {size.sites} sites: {many:,} demands, {wide:,} candidates"
    row = _certified("mclp_100k", f"{asked}; certified gap", size, "gap", 0.01)
    yield row
    yield Row(
        job="mclp_100k",
        size=f"{asked}; memory",
        ours_s=row.ours_s,
        ratio=row.memory_mb,
        goal=MEMORY_GOAL_MB,
        met=judged(row.memory_mb or 0.0, MEMORY_GOAL_MB, at_most=True),
        memory_mb=row.memory_mb,
    )


def _lscp_alone(size: Size) -> dict[str, Any]:
    problem = covering(small(size))
    begun = time.perf_counter()
    found = solve(problem, "lscp", time_limit_s=size.patience_s / 2)
    return {"seconds": time.perf_counter() - begun, "sites": found.objective, "bound": found.bound}


def _lscp_rows(size: Size) -> Iterator[Row]:
    asked = told(small(size), f"all covered, within {size.patience_s / 2:g} s")
    found = alone("lscp_s", size)
    for figure, goal, at_most in (("sites", 44.0, True), ("bound", 41.0 + 1e-9, False)):
        yield Row(
            job="lscp_s",
            size=f"{asked}; {figure}",
            ours_s=found["seconds"],
            ratio=found[figure],
            goal=goal,
            met=judged(found[figure], goal, at_most=at_most),
            memory_mb=float(found["memory_mb"]),
        )


def _median_alone(size: Size, sites: int) -> dict[str, Any]:
    ends, length = streets(size.town)
    problem = from_graph(ends, length, nodes=size.town, sites=sites)
    solve(from_graph(*streets(70), nodes=70, sites=5), "p_median")  # compiles
    begun = time.perf_counter()
    found = solve(problem, "p_median", time_limit_s=size.patience_s / 2)
    return {"seconds": time.perf_counter() - begun, "gap": found.gap}


def _median_rows(size: Size) -> Iterator[Row]:
    for sites in size.medians:
        found = alone("p_median_900", size, part=str(sites))
        yield Row(
            job="p_median_900",
            size=f"a town of {size.town} nodes, each a demand and a site, {sites} sites; gap",
            ours_s=found["seconds"],
            ratio=found["gap"],
            goal=0.001,
            met=judged(found["gap"], 0.001, at_most=True),
            memory_mb=float(found["memory_mb"]),
        )


def polished(location: Location) -> BoolArray:
    """Return the sites that greedy choice and single openings, closings and swaps lead to, as every proof begins."""
    rules = (location.charge, location.served, location.state, location.most)
    first = greedy(*location.by_site, *rules)
    return search(*location.by_demand, *location.by_site, *rules, first, 0, 0, 0)[0]


def _greedy_rows(size: Size) -> Iterator[Row]:
    town = large(size)
    problem = covering(town, sites=size.sites)
    whole = locate(problem, "mclp", unserved=unserved(problem, "mclp"))
    found = whole.value(polished(whole))
    ours_s = median_s(lambda: polished(whole), max(size.turns, 3))
    best = solve(problem, "mclp", time_limit_s=size.patience_s / 2).bound
    value = float(problem.weight.sum()) - found
    away = (best - value) / value
    memory_mb = float(alone("greedy_b", size)["memory_mb"])
    asked = told(town, "greedy choice and swaps, pairs in order")
    for figure, ratio, goal in (("seconds", ours_s, 0.05), ("share below the bound", away, 0.003)):
        yield Row(
            job="greedy_b",
            size=f"{asked}; {figure}",
            ours_s=ours_s,
            ratio=ratio,
            goal=goal,
            met=judged(ratio, goal, at_most=True),
            memory_mb=memory_mb,
        )


def _alone(ask: Callable[[Size], object]) -> dict[str, Callable[[Size], dict[str, Any]]]:
    def part(size: Size) -> dict[str, Any]:
        ask(size)
        return {}

    return {OURS: part}


JOBS = [
    Job(name="mclp_s_build", rows=_build_rows, alone=_alone(lambda size: covering(small(size), sites=size.sites))),
    Job(
        name="mclp_s_solve",
        rows=_solve_rows,
        alone=_alone(lambda size: solve(covering(small(size), sites=size.sites), "mclp")),
    ),
    Job(
        name="mclp_b_gap",
        rows=_gap_rows,
        alone=_alone(lambda size: until_gap(covering(large(size), sites=size.sites), "mclp", 0.005)),
    ),
    Job(
        name="mclp_b_proof",
        rows=_proof_rows,
        alone=_alone(lambda size: solve(covering(large(size), sites=size.sites), "mclp")),
    ),
    Job(name="mclp_100k", rows=_huge_rows, alone={OURS: _huge_alone}),
    Job(name="lscp_s", rows=_lscp_rows, alone={OURS: _lscp_alone}),
    Job(
        name="p_median_900",
        rows=_median_rows,
        alone={str(sites): (lambda size, sites=sites: _median_alone(size, sites)) for sites in (3, 5, 10, 20, 40, 90)},
    ),
    Job(
        name="greedy_b",
        rows=_greedy_rows,
        alone=_alone(lambda size: until_gap(covering(large(size), sites=size.sites), "mclp", math.inf)),
    ),
]
