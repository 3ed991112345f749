"""Laws of reach, on random towns: which way it is searched, from which side, up to which limit, to how many places."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from planner import isochrone
from planner.measure import UNREACHED
from planner.reach import Reach, compute, nearest
from planner.spread import spread
from planner.streets import Criterion, streets
from planner.within import BATCH, Within, within
from tests.laws.drafts import EVER, RUNNER, TOWNS, Draft, drafts, pairs, two_crowds
from tests.towns import joined, on_streets

BOTH = pytest.mark.parametrize("by", ["time", "length"])
OPEN = ("plain", "plain", "oneway", "-1", "motorway")


@BOTH
@given(draft=TOWNS, data=st.data())
@settings(max_examples=30)
def test_backward_is_forward_on_streets_turned_round(by: Criterion, draft: Draft, data: st.DataObject) -> None:
    network, weights = draft.town()
    origins, targets = two_crowds(draft, data, network, weights)
    turned = replace(weights, forward_ds=weights.backward_ds, backward_ds=weights.forward_ds)
    there, back = streets(network, weights, by=by), streets(network, turned, by=by)
    found = pairs(compute(back, targets, origins, limit=EVER))
    assert pairs(compute(there, origins, targets, limit=EVER)) == {(o, t): cost for (t, o), cost in found.items()}
    towards, away = spread(there, targets), spread(back, targets, inward=False)
    for copies, turned_copies in (
        (there.start_copy, back.end_copy),
        (there.end_copy, back.start_copy),
        (np.arange(len(network.node_id)),) * 2,
    ):
        for costs, turned_costs in (
            (towards.cost, away.cost),
            (towards.second, away.second),
            (towards.source, away.source),
        ):
            assert np.array_equal(costs[copies], turned_costs[turned_copies])


@BOTH
@given(draft=TOWNS, data=st.data())
@settings(max_examples=30)
def test_from_either_side_and_one_by_one_the_costs_are_the_same(
    by: Criterion, draft: Draft, data: st.DataObject
) -> None:
    network, weights = draft.town()
    origins, targets = two_crowds(draft, data, network, weights)
    limit = data.draw(st.sampled_from([900, 4000, EVER]))
    way = streets(network, weights, by=by)
    whole = pairs(compute(way, origins, targets, limit=limit))
    for who, whom in ((origins, targets), (targets, origins)):
        one_by_one = {}
        for i in range(len(who.edge)):
            one = who.take(
                np.array([i] * (len(whom.edge) + 1))
            )  # more than the others, so that those are searched from
            for some in (who.take(np.array([i])), one):
                found = compute(way, *((some, whom) if who is origins else (whom, some)), limit=limit)
                for (o, t), cost in pairs(found).items():
                    pair = (i, t) if who is origins else (o, i)
                    assert one_by_one.setdefault(pair, cost) == cost
        assert one_by_one == whole


@BOTH
@given(draft=TOWNS, data=st.data())
@settings(max_examples=30)
def test_any_number_of_threads_gives_the_same(by: Criterion, draft: Draft, data: st.DataObject) -> None:
    network, weights = draft.town()
    origins, targets = two_crowds(draft, data, network, weights)
    way = streets(network, weights, by=by)
    limit = data.draw(st.sampled_from([900, 4000, 20_000]))
    for pair in ((origins, targets), (joined(*[origins] * 9), targets)):
        serial = compute(way, *pair, limit=limit)
        for threads in (2, 3):
            found = compute(way, *pair, limit=limit, threads=threads)
            for field in fields(Reach):
                assert np.array_equal(getattr(found, field.name), getattr(serial, field.name))
    crowd = origins.take(np.tile(np.arange(len(origins.edge)), BATCH))  # a batch for every place, at least
    serial = within(way, crowd, limit=limit)
    found = within(way, crowd, limit=limit, threads=3)
    for field in fields(Within):
        assert np.array_equal(getattr(found, field.name), getattr(serial, field.name))


@BOTH
@given(draft=TOWNS, data=st.data())
@settings(max_examples=30)
def test_the_order_of_places_permutes_the_pairs(by: Criterion, draft: Draft, data: st.DataObject) -> None:
    network, weights = draft.town()
    origins, targets = two_crowds(draft, data, network, weights)
    way = streets(network, weights, by=by)
    first, second = (np.array(data.draw(st.permutations(range(len(one.edge))))) for one in (origins, targets))
    found = pairs(compute(way, origins.take(first), targets.take(second), limit=EVER))
    whole = pairs(compute(way, origins, targets, limit=EVER))
    assert {(int(first[o]), int(second[t])): cost for (o, t), cost in found.items()} == whole


@BOTH
@given(draft=st.one_of(drafts(kinds=OPEN), drafts(kinds=OPEN, step_m=50)), data=st.data())
@settings(max_examples=30)
def test_through_a_crossing_is_never_quicker_than_straight(by: Criterion, draft: Draft, data: st.DataObject) -> None:
    """Without private streets, which no trip may use in its middle."""
    network, weights = draft.town()
    origins, targets = two_crowds(draft, data, network, weights)
    edge = np.flatnonzero(weights.usable)
    crossings = on_streets(np.concatenate([edge, edge]), np.repeat([0.0, 1.0], len(edge)))
    way = streets(network, weights, by=by)
    direct = pairs(compute(way, origins, targets, limit=EVER))
    there = pairs(compute(way, origins, crossings, limit=EVER))
    onward = pairs(compute(way, crossings, targets, limit=EVER))
    ride = (0, 1) if by == "time" else (1, 0)
    for (o, crossing), leg in there.items():
        for t in range(len(targets.edge)):
            if (crossing, t) in onward:
                through = [leg[k] + onward[crossing, t][k] for k in ride]
                assert [direct[o, t][k] for k in ride] <= through


@BOTH
@given(draft=TOWNS, data=st.data())
@settings(max_examples=30)
def test_a_new_facility_never_makes_the_nearest_farther(by: Criterion, draft: Draft, data: st.DataObject) -> None:
    network, weights = draft.town()
    origins, targets = two_crowds(draft, data, network, weights)
    way, count = streets(network, weights, by=by), len(targets.edge)
    rank = np.array(data.draw(st.permutations(range(count))))
    site = np.array(data.draw(st.lists(st.integers(0, 2), min_size=count, max_size=count)))
    fewer = data.draw(st.integers(1, count))
    before = nearest(way, origins, targets.take(np.arange(fewer)), rank=rank[:fewer], site=site[:fewer])
    after = nearest(way, origins, targets, rank=rank, site=site)
    decides = "time_ds" if by == "time" else "length_mm"
    assert (getattr(after, decides) <= getattr(before, decides)).all()
    changed = after.target[:, 0] != before.target[:, 0]
    assert (after.target[changed, 0] >= fewer).all()  # whoever has another nearest has the new one
    assert np.array_equal(getattr(after, decides)[~changed, 0], getattr(before, decides)[~changed, 0])


@BOTH
@pytest.mark.parametrize("inward", [True, False], ids=["towards", "from"])
@given(draft=TOWNS, data=st.data())
@settings(max_examples=20)
def test_bands_are_nested(by: Criterion, inward: bool, draft: Draft, data: st.DataObject) -> None:
    network, weights = draft.town()
    at, _ = two_crowds(draft, data, network, weights)
    way = streets(network, weights, by=by)
    whole = spread(way, at, inward=inward)
    costs = sorted({0, 100, 2000, *whole.cost[whole.source >= 0].tolist()})
    limits = sorted(data.draw(st.lists(st.sampled_from(costs), min_size=2, max_size=2)))
    for limit in limits:
        found = spread(way, at, limit=limit, inward=inward)
        within = whole.cost <= limit
        for name, beyond in (("source", -1), ("cost", UNREACHED), ("second", UNREACHED)):
            assert np.array_equal(getattr(found, name), np.where(within, getattr(whole, name), beyond))
    for nearer, wider in isochrone.around(way, at, limits=limits, inward=inward):
        # 2e-6 degrees are 0.2 m, what the rounding of corners may come to.
        assert nearer.is_empty or shapely.covers(shapely.buffer(wider, 2e-6), nearer)


def test_as_quick_but_shorter_does_not_come_before_the_first_by_id() -> None:
    """Twice as fast along the street as beside it: 50 m along it take 25 s, and so do 25 m along and 12.5 m beside."""
    network, weights = Draft(((0, 0), (200, 0)), (((0, 1), "plain"),), ()).town(RUNNER)
    home, doors = on_streets([0], [0.5]), on_streets([0, 0], [0.75, 0.625], [0.0, 12.5])
    way = streets(network, weights)
    assert pairs(compute(way, home, doors, limit=250)) == {(0, 0): (250, 50_000), (0, 1): (250, 37_500)}
    for rank in ([0, 1], [1, 0]):
        found = nearest(way, home, doors, rank=np.array(rank), site=np.arange(2))
        assert found.target.tolist() == [[rank.index(0), rank.index(1)]]
        assert found.length_mm.tolist() == [[(50_000, 37_500)[t] for t in found.target[0]]]
