"""Ways: streets as a source gives them, and whether they hold together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from planner.gate import Gate
from planner.issue import Issue
from planner.measure import FloatArray, IntArray

Flags = npt.NDArray[np.bool_]
Texts = npt.NDArray[Any]

HIGHEST_ID = 2**62
"""Ids stay so far from the ends of 64 bits that nodes made here get ids beyond them."""


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
class Ways:
    """Streets as a source gives them: nodes, ways over nodes, tags. Every source of networks ends here.

    Parameters
    ----------
    node_id, lon, lat, border
        Each of length n: the node's id, WGS 84 degrees, and whether the extract ends there.
    ref, start
        Way ``i`` runs over the node positions ``ref[start[i]:start[i + 1]]``; ``start`` has length w + 1.
    way_id
        Length w.
    tags
        By key, w strings, blank where the way doesn't have the key.
    two_way
        Length w: False where the source itself gives only the direction of ``ref`` (a graph without tags).
    table
        The source as the study names it, for messages.
    tagged, node_tags
        The positions of the nodes that have tags, t of them, and by key t strings, blank where a node lacks the key.
    elevation_m
        Length n: metres above any one level, NaN where unknown; None where heights aren't known at all.
    obstacles
        The last so many ways are no streets but links of no length to a node in somebody's way (`planner.obstacle`).
    """

    node_id: IntArray
    lon: FloatArray
    lat: FloatArray
    border: Flags
    ref: IntArray
    start: IntArray
    way_id: IntArray
    tags: Mapping[str, Texts]
    two_way: Flags
    table: str = "network"
    tagged: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    node_tags: Mapping[str, Texts] = field(default_factory=dict)
    elevation_m: FloatArray | None = None
    obstacles: int = 0


def judge(ways: Ways) -> list[Issue]:
    """Return every fault of ways that would make a network of them wrong, or impossible.

    Arrays of the wrong kind or length, coordinates that aren't on the globe, references to nodes that aren't there,
    ids that stand twice.
    """
    gate = Gate(ways.table)
    if not gate.whole("node_id", ways.node_id) or not gate.whole("way_id", ways.way_id):
        return gate.issues
    nodes, streets = len(ways.node_id), len(ways.way_id)
    if gate.between("node_id", ways.node_id, -HIGHEST_ID, HIGHEST_ID, code="bad_id", what="ids"):
        _judge_ids(gate, ways.node_id)
    if gate.numbers("lon", ways.lon, nodes) & gate.numbers("lat", ways.lat, nodes):
        _judge_degrees(gate, ways)
    gate.flags("border", ways.border, nodes)
    gate.flags("two_way", ways.two_way, streets)
    if gate.whole("ref", ways.ref):
        gate.below("ref", ways.ref, nodes, "node_id", code="unknown_node")
        if gate.whole("start", ways.start, streets + 1):
            gate.rising("start", ways.start, len(ways.ref), "ref")
    gate.tags(ways.tags, streets)
    gate.issues += judge_node_tags(ways)
    if ways.elevation_m is not None:
        judge_heights(gate, ways.elevation_m, nodes)
    if not isinstance(ways.obstacles, int) or not 0 <= ways.obstacles <= streets:
        gate.fault(
            "bad_array", f"obstacles is {ways.obstacles!r:.40}", f"give how many of the {streets} ways are links"
        )
    return gate.issues


def judge_node_tags(ways: Ways) -> list[Issue]:
    """Return every fault of the tags of nodes."""
    gate = Gate(ways.table)
    if not gate.whole("node_id", ways.node_id) or not gate.whole("tagged", ways.tagged):
        return gate.issues
    if gate.below("tagged", ways.tagged, len(ways.node_id), "node_id"):
        gate.tags(ways.node_tags, len(ways.tagged), name="node_tags")
    return gate.issues


def judge_heights(gate: Gate, elevation_m: FloatArray, nodes: int) -> None:
    """Judge the heights of nodes, NaN where unknown."""
    if gate.numbers("elevation_m", elevation_m, nodes) and np.isinf(elevation_m).any():
        gate.fault(
            "bad_coordinates", "elevation_m has infinite heights", "give metres, and NaN where they aren't known"
        )


def _judge_ids(gate: Gate, node_id: IntArray) -> None:
    if (node_id[1:] > node_id[:-1]).all():  # as every source gives them
        return
    order = np.argsort(node_id, kind="stable")
    again = np.flatnonzero(node_id[order[1:]] == node_id[order[:-1]])
    if len(again):
        name = str(node_id[order[again[0]]])
        gate.fault("duplicate_id", f"node id {name} stands twice in node_id", "give each node its own", place_id=name)


def _judge_degrees(gate: Gate, ways: Ways) -> None:
    lon, lat = ways.lon, ways.lat
    bad = ~((lon >= -180.0) & (lon <= 180.0) & (lat >= -90.0) & (lat <= 90.0))  # NaN is none of these
    if bad.any():
        at = int(np.argmax(bad))
        name = str(ways.node_id[at])
        more = f", and so do {int(bad.sum()) - 1} more" if bad.sum() > 1 else ""
        message = f"node {name} lies at {ways.lon[at]}, {ways.lat[at]}, which is nowhere on Earth{more}"
        gate.fault("bad_coordinates", message, "give lon within ±180 and lat within ±90", place_id=name)
