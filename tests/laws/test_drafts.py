"""The random towns hold what the laws and oracles are meant to try: a law on tame towns proves nothing."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import Phase, find, settings
from hypothesis import strategies as st

from planner.network import Network
from planner.places import Anchors
from planner.profile import Weights
from planner.reach import compute
from planner.streets import streets
from tests.laws.drafts import EVER, RUNNER, TOWNS, standing


@dataclass(frozen=True)
class Case:
    """A town and two crowds on its streets."""

    network: Network
    weights: Weights
    origins: Anchors
    targets: Anchors

    @property
    def one_way(self) -> np.ndarray:
        return (self.weights.forward_ds < 0) != (self.weights.backward_ds < 0)

    def together(self, where: np.ndarray | None = None) -> list[float]:
        """Return how far ahead the target stands for each pair on one street, of some streets or all."""
        return [
            b - a
            for e, a in zip(self.origins.edge, self.origins.fraction, strict=True)
            for f, b in zip(self.targets.edge, self.targets.fraction, strict=True)
            if e == f >= 0 and (where is None or where[e])
        ]

    def costs(self) -> list[tuple[int, int, int]]:
        """Return origin, time and length of each pair."""
        found = compute(streets(self.network, self.weights), self.origins, self.targets, limit=EVER)
        return list(zip(found.origin.tolist(), found.time_ds.tolist(), found.length_mm.tolist(), strict=True))

    def twins(self) -> bool:
        """Whether two usable edges join the same crossings."""
        usable = self.weights.usable & (self.network.u != self.network.v)
        ends = np.sort(np.column_stack([self.network.u, self.network.v])[usable], axis=1)
        return len(np.unique(ends, axis=0)) < len(ends)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    network, weights = draw(TOWNS).town(RUNNER)
    return Case(network, weights, draw(standing(network, weights)), draw(standing(network, weights)))


def ties(case: Case, *, longer: bool) -> bool:
    """Whether two targets are as quick to reach from one origin, and as long or not."""
    rows = sorted(case.costs())
    return any(a[:2] == b[:2] and (a[2] != b[2]) == longer for a, b in itertools.pairwise(rows))


HELD: dict[str, Callable[[Case], bool]] = {
    "one-way streets": lambda case: bool(case.one_way.any()),
    "ends-only streets": lambda case: bool(case.weights.ends_only.any()),
    "parallel streets": Case.twins,
    "loops": lambda case: bool((case.network.u == case.network.v)[case.weights.usable].any()),
    "streets of no length": lambda case: bool((case.network.length_mm == 0)[case.weights.usable].any()),
    "several components": lambda case: len(case.weights.component_length_mm) > 1,
    "dead ends": lambda case: bool((np.bincount(np.concatenate([case.network.u, case.network.v])) == 1).any()),
    "a place at a crossing, with no access leg": lambda case: bool(
        (np.isin(case.origins.fraction, [0.0, 1.0]) & (case.origins.access_m == 0)).any()
    ),
    "a target ahead on the same street": lambda case: max(case.together(), default=0) > 0,
    "a target behind on the same street": lambda case: min(case.together(), default=0) < 0,
    "two on a one-way street": lambda case: any(case.together(case.one_way)),
    "two on an ends-only street": lambda case: any(case.together(case.weights.ends_only)),
    "a place without an anchor": lambda case: not case.origins.ok.all(),
    "a pair out of reach": lambda case: len(case.costs()) < case.origins.ok.sum() * case.targets.ok.sum(),
    "two targets as quick": lambda case: ties(case, longer=False),
    "two targets as quick and not as long": lambda case: ties(case, longer=True),
}


@pytest.mark.parametrize("what", HELD)
def test_random_towns_hold(what: str) -> None:
    once = settings(max_examples=1000, phases=[Phase.generate], database=None)
    find(cases(), HELD[what], settings=once)
