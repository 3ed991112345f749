"""Obstacles: nodes that stand in somebody's way, such as gates, kerbs and signals, as streets that profiles can judge.

The search knows streets only. So where a node stands in the way, each street that comes to it ends at a node of its
own, and a link of no length leads from there to the node itself. The link bears the node's tags; a profile then finds
it open, barred, or usable only at the ends of a trip, as it does with streets, and a signal's seconds are the time of
the link. Whoever passes takes two links, in by one and out by another.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from planner.errors import InputError
from planner.measure import IntArray
from planner.network import BoolArray, TextArray
from planner.profile import TravelProfile, stands_in_the_way
from planner.ways import Ways, judge, judge_node_tags


def standing(ways: Ways, profiles: Iterable[TravelProfile]) -> BoolArray:
    """Return which of the nodes that have tags some profile can't simply pass.

    Raises
    ------
    InputError
        The tags of nodes, made by hand, aren't sound.
    """
    faults = judge_node_tags(ways)
    if faults:
        raise InputError(faults)
    stands = np.zeros(len(ways.tagged), dtype=bool)
    for profile in profiles:
        stands |= stands_in_the_way(ways.node_tags, len(ways.tagged), profile)
    return stands


def part(ways: Ways, stands: BoolArray) -> Ways:
    """Return the ways parted at nodes that stand in the way.

    Parameters
    ----------
    ways
        As a source gives them.
    stands
        Which of the nodes that have tags, as `standing` finds them. The others stay as they are.

    Returns
    -------
    Ways
        Nodes made here have ids below all others and below 0; the links are the last ``obstacles`` ways, each from
        the end of a street to the node. A node where only one street ends can't be passed anyway, and is left alone.

    Raises
    ------
    InputError
        The ways, made by hand, contradict each other.

    Examples
    --------
    >>> from planner.sources import sample_district
    >>> study = sample_district()
    >>> part(study.ways, standing(study.ways, study.profiles.values())).obstacles
    0
    """
    if not stands.any():
        return ways
    faults = judge(ways)
    if faults:
        raise InputError(faults)
    row = np.full(len(ways.node_id), -1, np.int64)
    row[ways.tagged[stands]] = np.flatnonzero(stands)
    ref, start = _without_repeats(ways)
    cut = _cut(ref, start, row >= 0)
    return ways if len(cut.node) == 0 else _linked(ways, cut, row)


@dataclass(frozen=True, slots=True)
class _Cut:
    """Ways after the cut: references and starts, the old way of each, and the old node of each new one."""

    ref: IntArray
    start: IntArray
    way: IntArray
    node: IntArray


def _without_repeats(ways: Ways) -> tuple[IntArray, IntArray]:
    """Return the references and starts of the ways, with a node named twice in a row kept once."""
    way = np.repeat(np.arange(len(ways.way_id)), np.diff(ways.start))
    keep = np.ones(len(ways.ref), dtype=bool)
    keep[1:] = (ways.ref[1:] != ways.ref[:-1]) | (way[1:] != way[:-1])
    return ways.ref[keep], np.concatenate([[0], np.cumsum(keep)])[ways.start].astype(np.int64)


def _cut(ref: IntArray, start: IntArray, stands: BoolArray) -> _Cut:
    """Give each street that comes to an obstacle a new node to end at; a way that runs over it is cut in two."""
    nodes, count = len(stands), np.diff(start)
    way = np.repeat(np.arange(len(count)), count)
    comes, leaves = np.ones(len(ref), dtype=bool), np.ones(len(ref), dtype=bool)
    filled = count > 0
    comes[start[:-1][filled]] = False
    leaves[start[1:][filled] - 1] = False
    ends = np.bincount(ref[comes], minlength=nodes) + np.bincount(ref[leaves], minlength=nodes)
    at = stands[ref] & (comes | leaves) & (ends[ref] > 1)  # where only one street ends, nobody passes
    copies = 1 + (at & comes & leaves).astype(np.int64)
    place = np.repeat(np.arange(len(ref)), copies)
    found, parted = ref[place], at[place]
    found[parted] = nodes + np.arange(int(parted.sum()))
    begins = np.ones(len(place), dtype=bool)
    begins[1:] = (place[1:] == place[:-1]) | (way[place[1:]] != way[place[:-1]])
    return _Cut(
        ref=found,
        start=np.append(np.flatnonzero(begins), len(found)).astype(np.int64),
        way=way[place[begins]],
        node=ref[place[parted]],
    )


def _linked(ways: Ways, cut: _Cut, row: IntArray) -> Ways:
    """Return the ways after the cut, with a link from each new node to the node that it stands for."""
    nodes, links = len(ways.node_id), len(cut.node)
    new = nodes + np.arange(links)
    old = np.concatenate([np.arange(nodes), cut.node])
    made = min(0, int(ways.node_id.min())) - 1 - np.arange(links)
    keys = sorted({*ways.tags, *ways.node_tags})
    blank: TextArray = np.array([""], dtype=object)
    return replace(
        ways,
        node_id=np.concatenate([ways.node_id, made]),
        lon=ways.lon[old],
        lat=ways.lat[old],
        border=ways.border[old],
        ref=np.concatenate([cut.ref, np.column_stack([new, cut.node]).ravel()]),
        start=np.concatenate([cut.start, cut.start[-1] + 2 * np.arange(1, links + 1)]),
        way_id=np.concatenate([ways.way_id[cut.way], np.zeros(links, np.int64)]),
        tags={
            key: np.concatenate(
                [
                    ways.tags[key][cut.way] if key in ways.tags else np.repeat(blank, len(cut.way)),
                    ways.node_tags[key][row[cut.node]] if key in ways.node_tags else np.repeat(blank, links),
                ]
            )
            for key in keys
        },
        two_way=np.concatenate([ways.two_way[cut.way], np.ones(links, dtype=bool)]),
        tagged=np.empty(0, np.int64),
        node_tags={},
        elevation_m=None if ways.elevation_m is None else ways.elevation_m[old],
        obstacles=links,
    )
