"""Nodes that stand in somebody's way: where ways are parted, what is linked, and who may pass."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.network import Network, Ways, build
from planner.obstacle import part, standing
from planner.penalty import Penalty
from planner.places import Anchors
from planner.profile import TravelProfile, Weights, weigh
from planner.reach import compute, meets_border
from planner.sources.geodata import read_profiles
from planner.streets import streets
from tests.laws.drafts import pairs
from tests.obstacles import NODES, PASSER, with_nodes
from tests.towns import anchors_at, ways

ROW = [(100.0 * i, 0.0) for i in range(6)]
PROFILES = read_profiles()


def ends(network: Network) -> list[tuple[int, int]]:
    """Return the ends of each street and link; ends made for obstacles are below 0."""
    u, v = (np.where(node < 0, node, node - 100) for node in (network.node_id[network.u], network.node_id[network.v]))
    return list(zip(u.tolist(), v.tolist(), strict=True))


def seen(drawn: Ways, profile: TravelProfile = PASSER) -> tuple[Network, Weights]:
    network = build(part(drawn, standing(drawn, [profile])), tag_keys=profile.tag_keys)
    return network, weigh(network, profile)


def times(
    drawn: Ways, spots: list[tuple[float, float]], profile: TravelProfile = PASSER
) -> dict[tuple[int, int], float]:
    """Return seconds by pair of spots."""
    network, weights = seen(drawn, profile)
    at = anchors_at(network, weights, spots)
    found = pairs(compute(streets(network, weights), at, at, limit=10**9))
    return {pair: cost[0] / 10.0 for pair, cost in found.items()}


def test_a_way_is_parted_at_a_gate_and_linked_over_it() -> None:
    drawn = with_nodes(ways(ROW[:3], [((0, 1, 2), {})]), {1: "gate"})
    network, weights = seen(drawn)
    assert ends(network) == [(0, -1), (-2, 2), (-1, 1), (-2, 1)]
    assert network.obstacle.tolist() == [False, False, True, True]
    assert network.length_mm.tolist()[2:] == [0, 0]
    assert network.tags["barrier"].tolist() == ["", "", "gate", "gate"]
    assert network.tags["highway"].tolist() == ["residential", "residential", "", ""]
    assert weights.usable.all()
    assert len(network.component_length_mm) == 1


def test_a_crossing_becomes_a_star() -> None:
    drawn = with_nodes(ways([*ROW[:3], (100, 100)], [((0, 1, 2), {}), ((3, 1), {})]), {1: "signal"})
    network, weights = seen(drawn)
    assert ends(network) == [(0, -1), (-2, 2), (3, -3), (-1, 1), (-2, 1), (-3, 1)]
    assert weights.forward_ds.tolist()[3:] == [200, 200, 200]  # towards the node
    assert weights.backward_ds.tolist()[3:] == [0, 0, 0]


def test_a_closed_way_and_one_that_meets_itself_are_parted() -> None:
    square = [(0, 0), (100, 0), (100, 100), (0, 100)]
    closed = with_nodes(ways(square, [((0, 1, 2, 3, 0), {})]), {0: "gate"})
    assert ends(seen(closed)[0]) == [(-1, -2), (-1, 0), (-2, 0)]
    meets = with_nodes(ways(square, [((0, 1, 2, 3, 1), {})]), {1: "gate"})
    assert ends(seen(meets)[0]) == [(0, -1), (-2, -3), (-1, 1), (-2, 1), (-3, 1)]


def test_what_stands_in_nobodys_way_is_left_alone() -> None:
    drawn = with_nodes(ways(ROW[:3], [((0, 1, 2), {})]), {1: "open gate"})
    assert part(drawn, standing(drawn, [PASSER])) is drawn
    at_the_end = with_nodes(ways(ROW[:3], [((0, 1, 2), {})]), {0: "gate", 2: "wall"})
    assert part(at_the_end, standing(at_the_end, [PASSER])) is at_the_end  # nobody passes where only one street ends
    signal = with_nodes(ways(ROW[:3], [((0, 1, 2), {})]), {1: "signal"})
    assert part(signal, standing(signal, [replace(PASSER, penalty=Penalty())])).obstacles == 0
    assert part(signal, standing(signal, [PASSER, replace(PASSER, penalty=Penalty())])).obstacles == 2


def test_ways_of_one_node_and_nodes_named_twice_do_no_harm() -> None:
    drawn = with_nodes(ways(ROW[:3], [((1,), {}), ((0, 1, 1, 2), {}), ((1, 1), {})]), {1: "gate"})
    assert ends(seen(drawn)[0]) == [(0, -1), (-2, 2), (-1, 1), (-2, 1)]


def test_the_input_stays_as_it_was_and_what_isnt_parted_keeps_its_order() -> None:
    drawn = with_nodes(ways(ROW, [((0, 1, 2), {}), ((2, 3, 4), {}), ((4, 5), {})], border=[3]), {3: "gate"})
    ref, start = drawn.ref.copy(), drawn.start.copy()
    found = part(drawn, standing(drawn, [PASSER]))
    assert np.array_equal(drawn.ref, ref)
    assert np.array_equal(drawn.start, start)
    assert found.way_id.tolist() == [0, 1, 1, 2, 0, 0]
    assert found.border[found.node_id < 0].all()  # both sides of a gate at the border
    network = build(found, tag_keys=PASSER.tag_keys)
    assert ends(network)[:4] == [(0, 2), (2, -1), (-2, 4), (4, 5)]


def test_nobody_is_anchored_on_a_link() -> None:
    drawn = with_nodes(ways(ROW[:3], [((0, 1, 2), {})]), {1: "gate"})
    network, weights = seen(drawn)
    at = anchors_at(network, weights, [(100, 0), (100, 30), (99.9, 0)])
    assert not network.obstacle[at.edge].any()
    assert at.fraction.tolist()[0] in (0.0, 1.0)


def test_a_signal_costs_once_when_it_is_passed_and_never_before() -> None:
    """East along five crossings, of which the middle has a signal of 20 s."""
    drawn = with_nodes(ways(ROW[:5], [((0, 1, 2, 3, 4), {})]), {2: "signal"})
    spots = [(50, 0), (150, 0), (350, 0), (199.0, 0), (201.0, 0)]
    found = times(drawn, spots)
    assert found[0, 1] == found[1, 0] == 100.0  # on one side
    assert found[0, 2] == found[2, 0] == 320.0
    assert found[3, 4] == 22.0  # two steps, but the signal between them
    assert found[0, 3] == 149.0
    assert found[0, 4] == 171.0


def test_turning_at_a_signal_costs_it_too_and_two_signals_cost_twice() -> None:
    points = [(0, 0), (100, 0), (200, 0), (300, 0), (100, 100)]
    drawn = with_nodes(ways(points, [((0, 1, 2, 3), {}), ((1, 4), {})]), {1: "signal", 2: "signal"})
    found = times(drawn, [(0, 0), (300, 0), (100, 100)])
    assert found[0, 2] == 220.0
    assert found[0, 1] == 340.0


COMPOUND = ways(
    [(0, 0), (200, 0), (400, 0), (200, 50), (200, 150), (400, 200), (0, 300), (400, 300), (200, 200)],
    [
        ((6, 0, 1, 2, 7), {}),  # the street around: 0-400 east, then up to (400, 300) on the right
        ((1, 3), {}),  # from the street to the south gate at 3
        ((3, 4), {}),  # inside the compound
        ((4, 8), {}),  # from the north gate at 4 on
        ((6, 8, 7), {}),  # the street in the north
    ],
)


def compound(gates: dict[int, str]) -> Ways:
    return with_nodes(COMPOUND, gates)


SPOTS = [(200, 100), (190, 0), (180, 210)]  # inside, on the street in the south, on the street in the north


def test_residents_leave_by_either_gate_and_nobody_cuts_through() -> None:
    shut = times(compound({3: "gate", 4: "gate"}), SPOTS)
    free = times(compound({}), SPOTS)
    for pair in ((0, 1), (1, 0), (0, 2), (2, 0)):
        assert shut[pair] == free[pair]  # residents and their visitors
    assert free[1, 2] < shut[1, 2]  # through the compound, round it
    around = times(compound({3: "wall", 4: "wall"}), SPOTS)
    assert shut[1, 2] == around[1, 2]


def test_a_private_gate_beside_an_open_one_is_closed_to_all() -> None:
    """The compound can be entered from the north, so it is public; what lies behind its south gate nobody knows."""
    found = times(compound({3: "gate"}), SPOTS)
    assert found == times(compound({3: "wall"}), SPOTS)


def test_an_open_gate_inside_a_private_lane_doesnt_break_the_run() -> None:
    points = ROW[:5]
    private = {"access": "private"}
    lane = ways(points, [((0, 1), {}), ((1, 2, 3), private), ((3, 4), private)])
    for kind in ("open gate", "signal"):
        drawn = with_nodes(lane, {2: kind, 3: kind})
        found = times(drawn, [(50, 0), (150, 0), (250, 0), (350, 0)])
        extra = 20.0 if kind == "signal" else 0.0
        assert found[0, 3] == 300.0 + 2 * extra
        assert found[3, 1] == 200.0 + 2 * extra


def test_a_signal_where_a_public_street_comes_in_doesnt_break_a_private_run() -> None:
    points = [(0, 0), (100, 0), (200, 0), (300, 0), (200, 900), (0, 900)]
    private = {"access": "private"}
    drawn = ways(points, [((0, 1), {}), ((1, 2), private), ((2, 3), private), ((2, 4, 5, 0), {})])
    found = times(with_nodes(drawn, {2: "signal"}), [(50, 0), (250, 0)])
    assert found == {(0, 0): 0.0, (1, 1): 0.0, (0, 1): 220.0, (1, 0): 220.0}


def test_a_street_behind_a_private_lane_can_be_left_and_isnt_cut_through() -> None:
    points = [(0, 0), (100, 0), (200, 0), (300, 0), (0, 100), (300, 100)]
    private = {"access": "private"}
    drawn = ways(points, [((0, 4, 5, 3), {}), ((0, 1), private), ((1, 2), {}), ((2, 3), private)])
    network, weights = seen(drawn)
    assert weights.ends_only.tolist() == [False, True, True, True]
    found = times(drawn, [(150, 0), (0, 50), (300, 50)])
    assert found[0, 1] == 200.0
    assert found[1, 2] == 400.0  # round by the public street, not 400 m through: the same here
    assert len(network.u) == 4


def test_a_wall_parts_the_streets_for_good() -> None:
    drawn = with_nodes(ways(ROW[:3], [((0, 1, 2), {})]), {1: "wall"})
    _network, weights = seen(drawn)
    assert weights.component.tolist() == [0, 1, -1, -1]
    assert (0, 1) not in times(drawn, [(50, 0), (150, 0)])


def test_the_border_is_met_on_both_sides_of_a_gate() -> None:
    drawn = with_nodes(ways(ROW[:3], [((0, 1, 2), {})], border=[1]), {1: "wall"})
    network, weights = seen(drawn)
    at: Anchors = anchors_at(network, weights, [(50, 0), (150, 0)])
    assert meets_border(streets(network, weights), at, limit=1000).tolist() == [True, True]


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"barrier": "gate"}, "open open open open open"),
        ({"barrier": "gate", "access": "private"}, "ends_only ends_only ends_only ends_only ends_only"),
        ({"barrier": "gate", "locked": "yes"}, "ends_only ends_only ends_only ends_only ends_only"),
        ({"barrier": "gate", "access": "private", "foot": "yes"}, "open open open ends_only ends_only"),
        ({"barrier": "gate", "foot": "no"}, "barred barred barred open open"),
        ({"barrier": "gate", "foot": "private"}, "ends_only ends_only ends_only open open"),
        ({"barrier": "gate", "access": "no"}, "ends_only ends_only ends_only ends_only barred"),
        ({"barrier": "lift_gate", "access": "customers"}, "ends_only ends_only ends_only ends_only ends_only"),
        ({"barrier": "bollard"}, "open open open open barred"),
        ({"barrier": "block", "motor_vehicle": "yes"}, "open open open open open"),
        ({"barrier": "gate", "motor_vehicle": "private"}, "open open open open ends_only"),
        ({"barrier": "cycle_barrier"}, "open open barred open barred"),
        ({"barrier": "cycle_barrier", "wheelchair": "yes"}, "open open open open barred"),
        ({"barrier": "stile"}, "open barred barred barred barred"),
        ({"barrier": "turnstile", "bicycle": "yes", "foot": "yes"}, "open barred barred open barred"),
        ({"barrier": "fence"}, "barred barred barred barred barred"),
        ({"barrier": "entrance"}, "open open open open open"),
        ({"barrier": "kerb", "kerb": "raised"}, "open barred barred open open"),
        ({"kerb": "raised"}, "open barred barred open open"),
        ({"kerb": "lowered"}, "open open open open open"),
        ({"barrier": "kerb"}, "open open open open open"),
        ({"barrier": "gate", "wheelchair": "no"}, "open open barred open open"),
        ({"access": "private"}, "open open open open open"),
        ({"entrance": "yes", "access": "private"}, "open open open open open"),
        ({"highway": "crossing"}, "open open open open open"),
    ],
)
def test_who_passes_what(tags: dict[str, str], expected: str) -> None:
    """For someone on foot, with a pushchair, in a wheelchair, on a bicycle, in a car."""
    found = []
    for name in ("standard_walk", "pushchair", "wheelchair", "bicycle", "car"):
        profile = PROFILES[name]
        drawn = ways(ROW[:4], [((0, 1, 2, 3), {})])
        drawn = replace(
            drawn, tagged=np.array([1]), node_tags={k: np.array([v], dtype=object) for k, v in tags.items()}
        )
        network, weights = seen(drawn, profile)
        link = network.obstacle
        if not link.any():
            found.append("open")
        elif not weights.usable[link].any():
            found.append("barred")
        else:
            found.append("ends_only" if weights.ends_only[link].all() else "open")
    assert " ".join(found) == expected


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"highway": "traffic_signals"}, "15.0 15.0 20.0"),
        ({"highway": "crossing", "crossing": "traffic_signals"}, "15.0 15.0 0.0"),
        ({"highway": "traffic_signals;crossing"}, "15.0 15.0 20.0"),
        ({"highway": "crossing", "crossing": "zebra"}, "0.0 0.0 0.0"),
        ({"highway": "stop"}, "0.0 0.0 0.0"),
    ],
)
def test_who_waits_where(tags: dict[str, str], expected: str) -> None:
    """For a bicycle, an e-bike and a car; the shipped walkers wait nowhere."""
    found = []
    for name in ("bicycle", "ebike", "car"):
        profile = PROFILES[name]
        drawn = ways(ROW[:3], [((0, 1, 2), {})])
        drawn = replace(
            drawn, tagged=np.array([1]), node_tags={k: np.array([v], dtype=object) for k, v in tags.items()}
        )
        network, weights = seen(drawn, profile)
        link = network.obstacle
        found.append(float(weights.forward_ds[link][0]) / 10.0 if link.any() else 0.0)
    assert " ".join(map(str, found)) == expected


def test_the_kinds_of_nodes_in_these_tests_are_what_they_say() -> None:
    assert set(NODES) == {"gate", "wall", "signal", "open gate", "gate with a signal"}
