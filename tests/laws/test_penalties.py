"""Laws of penalties, on random towns: they never speed anyone up, none changes nothing, and slopes have two sides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.measure import UNREACHED
from planner.network import Ways, build
from planner.obstacle import part, standing
from planner.penalty import Penalty
from planner.profile import TravelProfile, Weights, weigh
from planner.reach import compute
from planner.streets import streets
from tests.laws.drafts import pairs
from tests.obstacles import PASSER, Obstructed, obstructed
from tests.towns import anchors_at

EVER = int(UNREACHED) - 1
STEPS = ({"highway": ("steps",)},)
UNPAVED = ({"surface": ("gravel",)},)
WALKER = replace(PASSER, steps=STEPS, unpaved=UNPAVED, penalty=Penalty())
INCLINES = ("", "5%", "-12%", "20 %", "up", "4°")

factors = st.floats(1.0, 10.0)
waits = st.floats(0.0, 120.0)
tables = st.dictionaries(st.integers(-30, 30), factors, min_size=1, max_size=5).map(
    lambda table: tuple((float(grade), table[grade]) for grade in sorted(table))
)
penalties = st.builds(
    Penalty,
    steps=factors,
    steps_s=waits,
    steps_barred=st.booleans(),
    unpaved=factors,
    signal_s=waits,
    slope=st.one_of(st.none(), st.just("tobler"), tables),
    steepest_percent=st.one_of(st.none(), st.floats(3.0, 30.0)),
)


@dataclass(frozen=True)
class Paved:
    """A town with things in the way, whose streets are steps, unpaved or sloping."""

    town: Obstructed
    kinds: tuple[tuple[str, str, str], ...]

    def ways(self) -> Ways:
        ways = self.town.ways()
        count = len(ways.way_id)
        kinds = [self.kinds[i % len(self.kinds)] for i in range(count)]
        highway = [
            kind if kind and old == "residential" else old
            for old, (kind, _, _) in zip(ways.tags["highway"], kinds, strict=True)
        ]
        tags: Mapping[str, list[str]] = {
            "highway": highway,
            "surface": [surface for _, surface, _ in kinds],
            "incline": [incline for *_, incline in kinds],
        }
        return replace(ways, tags={**ways.tags, **{key: np.array(cells, dtype=object) for key, cells in tags.items()}})


@st.composite
def paved(draw: st.DrawFn) -> Paved:
    """Draw a town, and a few kinds of streets in turn."""
    kind = st.tuples(st.sampled_from(["", "steps"]), st.sampled_from(["", "gravel"]), st.sampled_from(INCLINES))
    return Paved(draw(obstructed()), tuple(draw(st.lists(kind, min_size=1, max_size=5))))


def weighed(place: Paved, *profiles: TravelProfile) -> list[Weights]:
    """Weigh one network, parted for all of some profiles, for each."""
    keys = frozenset().union(*(profile.tag_keys for profile in profiles))
    network = build(part(place.ways(), standing(place.ways(), profiles)), tag_keys=keys)
    return [weigh(network, profile) for profile in profiles]


def reached(place: Paved, *profiles: TravelProfile) -> list[dict[tuple[int, int], tuple[int, int]]]:
    """Return every pair's time for each profile, with the anchors of the first."""
    keys = frozenset().union(*(profile.tag_keys for profile in profiles))
    network = build(part(place.ways(), standing(place.ways(), profiles)), tag_keys=keys)
    seen = [weigh(network, profile) for profile in profiles]
    at = anchors_at(network, seen[0], place.town.draft.spots)
    return [pairs(compute(streets(network, weights), at, at, limit=EVER)) for weights in seen]


@given(place=paved(), penalty=penalties)
@settings(max_examples=80, deadline=None)
def test_a_penalty_never_speeds_anyone_up(place: Paved, penalty: Penalty) -> None:
    slowed = replace(WALKER, penalty=penalty)
    free, held = weighed(place, WALKER, slowed)
    for before, after in ((free.forward_ds, held.forward_ds), (free.backward_ds, held.backward_ds)):
        assert ((after >= before) | (after < 0)).all()
        assert (before[after >= 0] >= 0).all()
    light, heavy = reached(place, WALKER, slowed)
    assert heavy.keys() <= light.keys()
    assert all(time >= light[pair][0] for pair, (time, _) in heavy.items())


@given(place=paved())
@settings(max_examples=40, deadline=None)
def test_factors_of_1_and_waits_of_0_are_no_penalties(place: Paved) -> None:
    level = ((-10.0, 1.0), (0.0, 1.0), (40.0, 1.0))
    nothing = Penalty(steps=1.0, steps_s=0.0, unpaved=1.0, signal_s=0.0, slope=level, steepest_percent=100.0)
    free, same = weighed(place, WALKER, replace(WALKER, penalty=nothing))
    for name in ("forward_ds", "backward_ds", "ends_only", "component"):
        assert np.array_equal(getattr(free, name), getattr(same, name))


@given(place=paved())
@settings(max_examples=40, deadline=None)
def test_without_steps_fewer_streets_and_places_are_left(place: Paved) -> None:
    barred = replace(WALKER, penalty=Penalty(steps_barred=True))
    free, held = weighed(place, WALKER, barred)
    assert not (held.usable & ~free.usable).any()
    left = held.usable
    assert np.array_equal(held.forward_ds[left], free.forward_ds[left])
    assert np.array_equal(held.ends_only, free.ends_only & left)  # what is public stays so
    with_steps, without = reached(place, WALKER, barred)
    assert without.keys() <= with_steps.keys()


@pytest.mark.parametrize("slope", ["tobler", ((-20.0, 3.0), (-5.0, 1.0), (4.0, 1.5), (25.0, 6.0))])
@given(place=paved())
@settings(max_examples=40, deadline=None)
def test_a_street_drawn_the_other_way_round_has_its_slopes_turned(slope: object, place: Paved) -> None:
    climber = replace(WALKER, penalty=Penalty(slope=slope, steps=2.0, unpaved=1.3))  # type: ignore[arg-type]
    ways = place.ways()
    turned = [ways.ref[a:b][::-1] for a, b in zip(ways.start[:-1], ways.start[1:], strict=True)]
    mirrored = replace(
        ways,
        ref=np.concatenate(turned),
        tags={
            **ways.tags,
            "incline": np.array([_turned(text) for text in ways.tags["incline"]], dtype=object),
            "oneway:foot": np.array(
                [{"yes": "-1", "-1": "yes"}.get(text, text) for text in ways.tags["oneway:foot"]], dtype=object
            ),
        },
    )
    here, there = (weigh(build(one, tag_keys=climber.tag_keys), climber) for one in (ways, mirrored))
    assert sorted(zip(here.forward_ds.tolist(), here.backward_ds.tolist(), strict=True)) == sorted(
        zip(there.backward_ds.tolist(), there.forward_ds.tolist(), strict=True)
    )


def _turned(incline: str) -> str:
    if not incline or incline == "up":
        return incline  # tells no grade either way
    return incline.removeprefix("-") if incline.startswith("-") else f"-{incline}"


@given(place=paved(), wait=st.integers(0, 100))
@settings(max_examples=40, deadline=None)
def test_there_and_back_a_signal_costs_the_same(place: Paved, wait: int) -> None:
    town = replace(place.town, draft=place.town.draft.with_kind("oneway", "plain").with_kind("-1", "plain"))
    waiter = replace(WALKER, penalty=Penalty(signal_s=float(wait), steps=2.0))
    (found,) = reached(replace(place, town=town), waiter)
    assert found == {(there, here): cost for (here, there), cost in found.items()}


@given(place=paved(), waits_s=st.tuples(st.integers(0, 60), st.integers(0, 60)))
@settings(max_examples=40, deadline=None)
def test_a_longer_wait_never_speeds_anyone_up(place: Paved, waits_s: tuple[int, int]) -> None:
    short, long = (replace(WALKER, penalty=Penalty(signal_s=float(wait))) for wait in sorted(waits_s))
    quick, slow = reached(place, short, long)
    assert quick.keys() == slow.keys()
    assert all(time >= quick[pair][0] for pair, (time, _) in slow.items())
