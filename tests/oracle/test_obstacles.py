"""Gates, walls and signals at nodes against networkx, which walks from street to street and knows no links."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings

from planner.measure import UNREACHED
from planner.reach import compute
from planner.streets import streets
from tests.obstacles import Obstructed, Walk, obstructed
from tests.towns import anchors_at


@given(town=obstructed())
@settings(max_examples=150, deadline=None)
def test_every_trip_past_gates_and_signals_agrees_with_networkx(town: Obstructed) -> None:
    network, weights = town.town()
    streets_only = np.flatnonzero(~network.obstacle)
    at = anchors_at(network, weights, town.draft.spots)
    truth = Walk(town, weights, at, at)
    assert len(streets_only) == truth.streets
    assert np.array_equal(network.length_mm[streets_only], truth.net.length_mm)
    judged = np.where(~weights.usable, "barred", np.where(weights.ends_only, "private", "open"))
    assert judged[streets_only].tolist() == [use if weights.usable[e] else "barred" for e, use in enumerate(truth.use)]
    found = compute(streets(network, weights), at, at, limit=int(UNREACHED) - 1)
    ours = {(int(o), int(t)): int(s) for o, t, s in zip(found.origin, found.target, found.time_ds, strict=True)}
    assert ours == truth.times()
