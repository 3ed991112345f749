"""Streets, networks, profiles and circles made by hand in Python: what can't be is told, and never reaches a search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import planner
from planner import obstacle, reach
from planner.errors import InputError
from planner.hierarchy import hierarchy
from planner.network import LONGEST_EDGE_MM, Network, build, judge_network
from planner.penalty import LONGEST_FACTOR, Penalty
from planner.profile import SLOWEST_M_S, WayRule, weigh
from planner.sources import sample_district
from planner.spread import spread
from planner.streets import streets
from planner.study import Study, check, isochrones
from planner.ways import Ways, judge
from planner.within import within
from tests.towns import WALKER, on_streets, ways

NAN, INF = float("nan"), float("inf")


def sound() -> Ways:
    """Two streets that meet: nodes 100 to 103, 100 m apart."""
    return ways([(0, 0), (100, 0), (200, 0), (100, 100)], [((0, 1, 2), {}), ((1, 3), {})])


def told(make: Callable[[], Any]) -> list[tuple[str, str]]:
    """Return code and whole line of every fault, each with what is wrong and how to mend it."""
    with pytest.raises(InputError) as caught:
        make()
    for issue in caught.value.issues:
        assert issue.severity == "error"
        assert issue.message
        assert issue.remedy
    return [(issue.code, issue.line()) for issue in caught.value.issues]


def only(make: Callable[[], Any]) -> tuple[str, str]:
    (fault,) = told(make)
    return fault


def array(values: list[Any], kind: Any = None) -> np.ndarray:
    return np.array(values, dtype=kind)


HOSTILE_WAYS = {
    "a list": ({"lon": [120.0, 120.1, 120.2, 120.1]}, "bad_array", "lon is a list; give a numpy array"),
    "two dimensions": ({"ref": np.zeros((2, 2), int)}, "bad_array", "ref is shape (2, 2)"),
    "halves of positions": ({"ref": array([0, 1, 2, 1, 3.0])}, "bad_array", "ref holds float64, which aren't whole"),
    "ids as text": ({"node_id": array(list("abcd"))}, "bad_array", "node_id holds <U1"),
    "numbers for flags": ({"border": np.zeros(4, int)}, "bad_array", "border holds int64, which aren't True and False"),
    "too few coordinates": ({"lat": np.zeros(3)}, "bad_array", "lat has length 3, not 4"),
    "too few flags": ({"two_way": array([True])}, "bad_array", "two_way has length 1, not 2"),
    "too few way ids": ({"way_id": array([1])}, "bad_array", "not 2"),
    "too few starts": ({"start": array([0, 5])}, "bad_array", "start has length 2, not 3"),
    "starts that fall": ({"start": array([0, 6, 5])}, "bad_array", "start doesn't run from 0 to 5"),
    "starts beyond the end": ({"start": array([0, 3, 6])}, "bad_array", "start doesn't run from 0 to 5"),
    "starts after 0": ({"start": array([1, 3, 5])}, "bad_array", "start doesn't run from 0 to 5"),
    "a node too far": ({"ref": array([0, 1, 2, 1, 4])}, "unknown_node", "ref[4] is 4, but node_id has length 4"),
    "a node below 0": ({"ref": array([0, -1, 2, 1, 3])}, "unknown_node", "ref[1] is -1"),
    "an id past all sense": ({"node_id": array([-(2**63), 1, 2, 3])}, "bad_id", "give ids from -4611686018427387904 to"),
    "an id twice": ({"node_id": array([100, 101, 102, 101])}, "duplicate_id", "node id 101 stands twice"),
    "NaN": ({"lon": array([120, NAN, 120, 120])}, "bad_coordinates", "node 101 lies at nan, 0.0"),
    "infinite": ({"lat": array([0, 0, INF, 0.0])}, "bad_coordinates", "node 102 lies at 120"),
    "off the Earth": ({"lon": array([120, 120, 120, 190.5])}, "bad_coordinates", "node 103 lies at 190.5"),
    "beyond the pole": ({"lat": array([0, 0, 0, -91.0])}, "bad_coordinates", "nowhere on Earth"),
    "tags that aren't text": ({"tags": {"highway": array(["path", NAN], object)}}, "bad_array", "tags['highway'][1] is nan"),
    "too few tags": ({"tags": {"highway": array(["path"], object)}}, "bad_array", "tags['highway'] has length 1"),
    "no tags": ({"tags": None}, "bad_array", "tags is a NoneType"),
    "infinite heights": ({"elevation_m": array([0, NAN, INF, 0.0])}, "bad_coordinates", "infinite heights"),
    "too few heights": ({"elevation_m": np.zeros(3)}, "bad_array", "elevation_m has length 3, not 4"),
    "tags of a node too far": ({"tagged": array([4])}, "bad_array", "tagged[0] is 4, but node_id has length 4"),
    "too few tags of nodes": ({"tagged": array([1]), "node_tags": {"barrier": array([], object)}}, "bad_array", "length 0"),
    "more links than ways": ({"obstacles": 3}, "bad_array", "obstacles is 3; give how many of the 2 ways are links"),
    "null island": ({"lon": array([120, 120.001, 120.002, 0.0])}, "too_wide", "120 degrees east or west of most others"),
    "round the Earth": ({"lon": array([-180.0, -60.0, 60.0, 180.0])}, "too_wide", "clip the network to less than 1,800 km"),
    "no street": ({"ref": array([1, 1, 1, 2, 2])}, "empty_network", "the network has no street"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE_WAYS)
def test_hostile_ways_are_told(name: str) -> None:
    change, code, words = HOSTILE_WAYS[name]
    faults = told(lambda: build(replace(sound(), **change), tag_keys=["highway"]))
    assert any(one == code and words in line for one, line in faults), faults
    if code != "too_wide" and code != "empty_network":
        assert judge(replace(sound(), **change))


def test_every_fault_of_the_ways_is_told_at_once() -> None:
    bad = replace(
        sound(), lon=array([NAN, 0, 0, 0]), ref=array([0, 9, 2, 1, 3]), two_way=array([1, 0]), start=array([0])
    )
    assert {code for code, _ in told(lambda: build(bad, tag_keys=[]))} == {
        "bad_coordinates",
        "unknown_node",
        "bad_array",
    }


def test_sound_ways_are_no_fault() -> None:
    assert judge(sound()) == []
    network = build(sound(), tag_keys=["highway"])
    assert judge_network(network) == []


# Whatever arrays are given: a network that holds together, or an InputError


def odd_numbers() -> st.SearchStrategy[Any]:
    """Draw small numbers as a rule, and now and then whatever breaks sums."""
    odd = st.sampled_from([NAN, INF, -INF, -1, -180.0, 180.0, 1e300, 2**63 - 1, -(2**63), 2**40, 90, 91])
    return st.one_of(st.integers(-2, 6), st.floats(-3, 3), odd)


KINDS = ["int64", "float64", "int8", "uint64", "bool", "object", "U3", "complex128", "datetime64[s]", "float16", ">i4"]


@st.composite
def odd_arrays(draw: st.DrawFn, like: Any) -> Any:
    """Draw something near an array, or something that is no array at all."""
    if draw(st.integers(0, 3)):
        values = list(like)
        for _ in range(draw(st.integers(0, 2))):
            at = draw(st.integers(0, max(len(values) - 1, 0)))
            values[at : at + 1] = draw(st.lists(odd_numbers(), max_size=2))
        kind = like.dtype if draw(st.integers(0, 2)) else draw(st.sampled_from(KINDS))
    else:
        values, kind = draw(st.lists(odd_numbers(), max_size=8)), draw(st.sampled_from(KINDS))
        if draw(st.booleans()):
            return draw(st.sampled_from([None, 3, "text", values, [], np.zeros((2, 2)), np.array(1.5)]))
    with np.errstate(all="ignore"):
        try:
            return np.array(values).astype(kind)
        except (ValueError, TypeError, OverflowError):
            return np.array(values, dtype=object)


ODD_TAGS = [None, {}, [], {"highway": None}, {"highway": np.array([1, "x"], object)}]
ODD_OBSTACLES = [0, 1, 2, 3, -1, None, NAN, 1.0, "1"]


@st.composite
def odd_ways(draw: st.DrawFn) -> Ways:
    node_tags = {"barrier": np.array(["gate", "kerb"], object)}
    whole = replace(sound(), tagged=array([1, 3]), node_tags=node_tags, elevation_m=array([0.0, 2.5, NAN, 1.0]))
    special = {
        "tags": st.sampled_from(ODD_TAGS),
        "node_tags": st.sampled_from(ODD_TAGS),
        "obstacles": st.sampled_from(ODD_OBSTACLES),
    }
    spoilt = {
        one.name: draw(special[one.name] if one.name in special else odd_arrays(getattr(whole, one.name)))
        for one in fields(Ways)
        if one.name != "table" and draw(st.integers(0, 3)) == 0
    }
    return replace(whole, **spoilt)


@given(odd_ways())
@settings(max_examples=1500)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # casts of drawn values, before anything of ours sees them
def test_whatever_the_arrays_build_gives_a_sound_network_or_an_input_error(hostile: Ways) -> None:
    faults = judge(hostile)
    shut = replace(WALKER, obstacles=(WayRule({"barrier": ("gate",)}, "barred"),))
    try:
        network = build(obstacle.part(hostile, obstacle.standing(hostile, [shut])), tag_keys=shut.tag_keys)
    except InputError:
        return
    assert not faults
    assert judge_network(network) == []
    assert (network.length_mm >= 0).all()
    assert network.length_mm.sum() == network.component_length_mm.sum()
    weights = weigh(network, shut)
    assert set(np.unique(weights.component)) <= set(range(-1, len(weights.component_length_mm)))


# A network made by hand


def edited(**change: Any) -> Network:
    return replace(build(sound(), tag_keys=["highway"]), **change)


HOSTILE_NETWORKS = {
    "a negative length": (lambda net: {"length_mm": net.length_mm - 100_001}, "bad_length", "whole millimetres from 0"),
    "a length of NaN": (lambda net: {"length_mm": net.length_mm * NAN}, "bad_array", "length_mm holds float64"),
    "an infinite length": (lambda net: {"length_mm": net.length_mm + INF}, "bad_array", "aren't whole numbers"),
    "a length past all sense": (lambda net: {"length_mm": net.length_mm * 10**9}, "bad_length", "from 0 to 2147483647"),
    "an edge to nowhere": (lambda net: {"v": net.v + 3}, "unknown_node", "but node_id has length 4"),
    "an edge from nowhere": (lambda net: {"u": net.u - 1}, "unknown_node", "u[0] is -1"),
    "too few ends": (lambda net: {"v": net.v[:2]}, "bad_array", "v has length 2, not 3"),
    "a line of one corner": (lambda net: {"line_start": array([0, 1, 4, 6])}, "bad_array", "fewer than two corners"),
    "a line over no point": (lambda net: {"line": net.line + 2}, "bad_array", "but point_lon has length 4"),
    "points of NaN": (lambda net: {"point_x": net.point_x * NAN}, "bad_coordinates", "point_x has values that are no"),
    "too few points": (lambda net: {"point_lon": net.point_lon[:3]}, "bad_array", "but there are 4 nodes"),
    "no such component": (lambda net: {"component": net.component + 1}, "bad_array", "component_length_mm has length 1"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE_NETWORKS)
def test_a_hostile_network_isnt_weighed(name: str) -> None:
    change, code, words = HOSTILE_NETWORKS[name]
    hostile = edited(**change(edited()))
    faults = told(lambda: weigh(hostile, WALKER))
    assert any(one == code and words in line for one, line in faults), faults


def test_lengths_of_nothing_and_of_the_whole_earth_are_weighed() -> None:
    network = edited(length_mm=array([0, 1, LONGEST_EDGE_MM]))
    assert weigh(network, WALKER).forward_ds.tolist() == [0, 0, LONGEST_EDGE_MM // 100]
    slowest = replace(WALKER, speed_m_s=SLOWEST_M_S)
    assert weigh(network, slowest).forward_ds.tolist() == [0, 0, 214_748_365]
    on_steps = replace(slowest, steps=({"highway": ("*",)},), penalty=Penalty(steps=LONGEST_FACTOR))
    weights = weigh(network, on_steps)
    assert weights.forward_ds.tolist() == [0, 10, 2**31 - 1]  # 68 years, which 32 bits don't hold
    far = reach.compute(streets(network, weights), on_streets([0], [0.0]), on_streets([2], [1.0]), limit=2**40)
    assert far.time_ds.tolist() == [2**31 - 1]


def test_a_street_too_long_for_the_search_is_told() -> None:
    drawn = ways([(0, 0), (0, 2_200_000)], [((0, 1), {})])
    assert "length_mm[0] is 2" in only(lambda: build(drawn, tag_keys=[]))[1]


# Weights and anchors made by hand

HOSTILE_WEIGHTS = {
    "a time below barred": ({"forward_ds": array([10, -2, 10])}, "bad_time", "forward_ds[1] is -2"),
    "a time past 32 bits": ({"backward_ds": array([10, 2**31, 10])}, "bad_time", "backward_ds[1] is 2147483648"),
    "a time of NaN": ({"forward_ds": array([10, NAN, 10])}, "bad_array", "forward_ds holds float64"),
    "too few times": ({"forward_ds": array([10])}, "bad_array", "forward_ds has length 1, not 3"),
    "too few flags": ({"ends_only": array([True])}, "bad_array", "ends_only has length 1, not 3"),
}


@pytest.mark.parametrize("name", HOSTILE_WEIGHTS)
def test_hostile_weights_are_not_searched(name: str) -> None:
    change, code, words = HOSTILE_WEIGHTS[name]
    network = edited()
    weights = weigh(network, WALKER)
    found, line = only(lambda: streets(network, replace(weights, **change)))
    assert found == code
    assert words in line


HOSTILE_ANCHORS = {
    "an edge that isn't there": {"edge": array([0, 3])},
    "an edge below 0": {"edge": array([-1, 0])},
    "a fraction above 1": {"fraction": array([0.5, 1.5])},
    "a fraction below 0": {"fraction": array([-0.1, 0.5])},
    "a fraction of NaN": {"fraction": array([NAN, 0.5])},
    "a negative leg": {"access_m": array([-3.0, 0.0])},
    "a leg of NaN": {"access_m": array([0.0, NAN])},
    "an infinite leg": {"access_m": array([0.0, INF])},
    "halves of an edge": {"edge": array([0.5, 1.0])},
    "too few legs": {"access_m": array([0.0])},
}


@pytest.mark.parametrize("name", HOSTILE_ANCHORS)
def test_hostile_anchors_are_not_searched(name: str) -> None:
    network = edited()
    way = streets(network, weigh(network, WALKER))
    good = on_streets([0, 1], [0.5, 0.25])
    bad = replace(good, **HOSTILE_ANCHORS[name])
    ranks = np.arange(2)
    doors: list[Callable[[], Any]] = [
        lambda: reach.compute(way, bad, good, limit=9000),
        lambda: reach.compute(way, good, bad, limit=9000),
        lambda: reach.nearest(way, bad, good, rank=ranks, site=ranks),
        lambda: reach.nearest(way, good, bad, rank=ranks, site=ranks),
        lambda: within(way, bad, limit=9000),
        lambda: reach.meets_border(way, bad, limit=9000),
        lambda: spread(way, bad),
    ]
    for door in doors:
        code, line = only(door)
        assert code in ("bad_anchor", "bad_array")
        assert line.startswith("anchors: ")
    lost = replace(bad, status=np.full(2, "too_far", dtype=object))
    if name not in ("halves of an edge", "too few legs"):  # those that aren't ok take no part, whatever they hold
        assert len(reach.compute(way, lost, good, limit=9000).origin) == 0
        assert len(reach.compute(way, good, lost, limit=9000).origin) == 0
        assert (reach.nearest(way, good, lost, rank=ranks, site=ranks).target == -1).all()
        found = within(way, lost, limit=9000)
        assert (found.stop - found.start).tolist() == [0, 0]


@pytest.mark.parametrize("limit", [2**31 - 1, 2**31, 2**40, NAN, INF])
def test_a_limit_that_the_search_for_nodes_cannot_count_is_told(limit: Any) -> None:
    network = edited()
    way = streets(network, weigh(network, WALKER))
    code, line = only(lambda: within(way, on_streets([0], [0.5]), limit=limit))
    assert (code, line) == ("bad_limit", f"reach: limit is {limit}; give whole quanta up to 2147483646")


def test_a_hierarchy_of_other_streets_is_told() -> None:
    way, other = (streets(edited(), weigh(edited(), WALKER)) for _ in range(2))
    code, line = only(lambda: within(way, on_streets([0], [0.5]), limit=9000, hierarchy=hierarchy(other)))
    assert (code, line.split(";")[0]) == ("bad_hierarchy", "reach: the hierarchy is of other streets")
    assert len(within(way, on_streets([0], [0.5]), limit=9000, hierarchy=hierarchy(way)).node) > 0


def test_limits_of_nothing_and_of_all_that_the_search_for_nodes_can_count() -> None:
    network = edited(length_mm=array([0, 1000, LONGEST_EDGE_MM - 1]))
    way = streets(network, weigh(network, WALKER), by="length")
    for limit, nodes in (
        (-(2**40), 0),
        (-(2**31), 0),
        (-1, 0),
        (0, 2),
        (999, 2),
        (1000, 3),
        (2**31 - 3, 3),
        (2**31 - 2, 4),
    ):
        found = within(way, on_streets([0], [0.0]), limit=limit)
        assert (found.stop - found.start).tolist() == [nodes]


def test_costs_are_whole_where_they_just_fit_16_bits_and_where_they_no_longer_do() -> None:
    network = edited(length_mm=array([0, 2**16 - 1, 2**16]))
    way = streets(network, weigh(network, WALKER), by="length")
    for limit in (2**16 - 1, 2**16):
        found = within(way, on_streets([0], [0.0]), limit=limit)
        assert sorted(found.cost.tolist()) == [cost for cost in (0, 0, 2**16 - 1, 2**16) if cost <= limit]


# Speeds, limits


@pytest.fixture(scope="module")
def district() -> Study:
    return sample_district()


NO_SPEEDS = [0.0, -1.0, NAN, INF, -INF, 1e-300, 1e300, 4000.0, "1.0", None, True]


@pytest.mark.parametrize("key", ["speed_m_s", "access_speed_m_s"])
@pytest.mark.parametrize("speed", NO_SPEEDS, ids=repr)
def test_a_speed_that_is_none_is_told_at_every_door(district: Study, key: str, speed: Any) -> None:
    walkers = {name: replace(one, **{key: speed}) for name, one in district.profiles.items()}
    study = replace(district, profiles=walkers)
    doors: list[Callable[[], Any]] = [
        lambda: planner.run(study),
        lambda: planner.score(study, study.candidates),
        lambda: check(study),
        lambda: isochrones(study, of="candidates", minutes=[5]),
    ]
    for door in doors:
        for code, line in told(door):
            assert code == "bad_speed"
            assert key in line
            assert "metres per second above 0" in line
    first = next(iter(walkers.values()))
    assert only(lambda: weigh(build(district.ways, tag_keys=[]), first))[0] == "bad_speed"


NO_PROFILES: dict[str, tuple[dict[str, Any], str, str]] = {
    "a class stands still": ({"class_speed_m_s": {"path": 0.0}}, "bad_speed", "class_speed_m_s['path'] is 0.0, which is"),
    "a class of light": ({"class_speed_m_s": {"path": INF}}, "bad_speed", "class_speed_m_s['path'] is inf"),
    "no share": ({"maxspeed_share": 0.0}, "bad_share", "maxspeed_share is 0.0, which is no share; give the part"),
    "more than the limit": ({"maxspeed_share": 1.1}, "bad_share", "maxspeed_share is 1.1"),
    "a share of NaN": ({"maxspeed_share": NAN}, "bad_share", "maxspeed_share is nan"),
    "a share as text": ({"maxspeed_share": "1"}, "bad_share", "maxspeed_share is '1'"),
    "steps that speed up": ({"penalty": Penalty(steps=0.5)}, "bad_penalty", "penalty.steps is 0.5, which is no penalty"),
    "steps for ever": ({"penalty": Penalty(steps_s=INF)}, "bad_penalty", "penalty.steps_s is inf"),
    "mud of NaN": ({"penalty": Penalty(unpaved=NAN)}, "bad_penalty", "penalty.unpaved is nan"),
    "a signal back in time": ({"penalty": Penalty(signal_s=-1.0)}, "bad_penalty", "penalty.signal_s is -1.0"),
    "nothing is level": ({"penalty": Penalty(steepest_percent=0.0)}, "bad_penalty", "penalty.steepest_percent is 0.0"),
    "no slope": ({"penalty": Penalty(slope=())}, "bad_penalty", "penalty.slope is ()"),
    "slopes that fall": ({"penalty": Penalty(slope=((5.0, 2.0), (0.0, 1.0)))}, "bad_penalty", "penalty.slope is ((5.0"),
    "a slope of NaN": ({"penalty": Penalty(slope=((NAN, 1.0),))}, "bad_penalty", "penalty.slope is ((nan"),
    "a slope that speeds up": ({"penalty": Penalty(slope=((0.0, 0.0),))}, "bad_penalty", "penalty.slope is ((0.0"),
    "a slope by a name": ({"penalty": Penalty(slope="steep")}, "bad_penalty", "penalty.slope is 'steep'"),  # type: ignore[arg-type]
}  # fmt: skip


@pytest.mark.parametrize("name", NO_PROFILES)
def test_a_profile_that_is_none_is_told(name: str, district: Study) -> None:
    change, code, words = NO_PROFILES[name]
    key, walker = next(iter(district.profiles.items()))
    study = replace(district, profiles={**district.profiles, key: replace(walker, **change)})
    for door in (lambda: planner.run(study), lambda: check(study), lambda: weigh(edited(), replace(walker, **change))):
        found, line = only(door)
        assert found == code
        assert words in line


NO_LIMITS = [0, 0.0, -15, NAN, INF, 1440, "15", None]


@pytest.mark.parametrize("unit", ["minutes", "metres"])
@pytest.mark.parametrize("limit", NO_LIMITS, ids=repr)
@pytest.mark.parametrize("measure", ["network", "straight"])
def test_a_limit_that_is_none_is_told_at_every_door(district: Study, limit: Any, unit: Any, measure: Any) -> None:
    if (limit, unit) == (1440, "metres"):
        limit = 1_000_000
    circle = replace(district.circles[0], limit=limit, limit_unit=unit, measure=measure)
    study = replace(district, circles=(circle,), siting=(), plan=None)
    for door in (lambda: planner.run(study), lambda: planner.score(study, study.candidates), lambda: check(study)):
        code, line = only(door)
        assert code == "bad_limit"
        assert f"'{circle.name}' has a limit of {limit} {unit}; give a limit above 0 and below" in line
    with pytest.raises(InputError, match="above 0"):
        circle.limit_quanta(1.0)


@pytest.mark.parametrize("limit", [0, -5.0, NAN, INF, 1440, 1e9])
def test_a_band_that_is_none_is_told(district: Study, limit: float) -> None:
    code, line = only(lambda: isochrones(district, of="candidates", minutes=[5, limit]))
    assert code == "bad_limit"
    assert "give a limit above 0 and below 1,440 minutes" in line


def test_the_longest_and_shortest_limits_that_are_ones(district: Study) -> None:
    for limit in (1439.9, 1e-3):
        study = replace(district, circles=(replace(district.circles[0], limit=limit),), siting=(), plan=None)
        tally = planner.run(study).coverages[0].communities
        assert (tally.covered > 50) == (limit > 1)
