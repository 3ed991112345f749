"""Parts of streets: what lies within limits of places, cut exactly where a limit falls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from planner.kernels import parts as kernel
from planner.measure import FloatArray, IntArray, unproject
from planner.network import Network
from planner.places import Anchors
from planner.spread import spread
from planner.streets import Streets
from planner.within import within

Merge = Literal["none", "all", "nearest"]
"""Many places: each by itself, so that what they reach overlaps; all as one; or each street to the nearest of them."""

Numbers = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Parts of streets within limits of places.

    Parameters
    ----------
    start
        The parts of group ``g`` are ``start[g]:start[g + 1]``. A group is a place where each is by itself, else there
        is one.
    number
        Of each part: which of the limits, counted from the least.
    edge, source
        Its street, and the place that it belongs to where streets are shared out.
    span
        Shape (parts, 2): its fractions along the forward edge.
    """

    start: IntArray
    number: Numbers
    edge: Numbers
    source: Numbers
    span: FloatArray

    @property
    def group(self) -> IntArray:
        """Return the group of each part."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))


def parts(
    way: Streets,
    anchors: Anchors,
    *,
    limits: Sequence[int],
    inward: bool,
    merge: Merge = "none",
    fresh: bool = False,
) -> Parts:
    """Return the parts of streets within limits of places.

    Parameters
    ----------
    limits
        Rising, in the streets' quanta, below 2**31.
    inward
        Travel towards the places (facilities) or from them (communities).
    merge
        ``nearest`` cuts a street that two places reach where they are equally near; ties go to the one that stands
        first.
    fresh
        Whether a limit gets only what the one before lacks.

    Examples
    --------
    >>> from planner.network import build
    >>> from planner.places import anchor
    >>> from planner.profile import weigh
    >>> from planner.sources import sample_district
    >>> from planner.streets import streets
    >>> study = sample_district()
    >>> walker = study.profiles["standard_walk"]
    >>> network = build(study.ways, tag_keys=walker.tag_keys)
    >>> weights = weigh(network, walker)
    >>> doors = anchor(network, weights, study.facilities.lon, study.facilities.lat)
    >>> found = parts(streets(network, weights), doors, limits=[3000, 6000], inward=True)
    >>> len(found.start) == len(study.facilities) + 1, bool((found.span[:, 0] < found.span[:, 1]).all())
    (True, True)
    """
    together, apart = merge != "none", merge == "nearest"
    if together:
        found = spread(way, anchors, limit=int(limits[-1]), inward=inward)
        at = np.flatnonzero(found.cost <= limits[-1])
        start, stop, node = np.array([0]), np.array([len(at)]), at.astype(np.uint32)
        cost = found.cost[at].astype(np.int32)
        source = found.source[at] if apart else np.zeros(len(at), np.int32)
    else:
        near = within(way, anchors, limit=int(limits[-1]), inward=inward)
        start, stop, node, cost = near.start, near.stop, near.node, near.cost.astype(np.int32)
        source = np.zeros(len(node), np.int32)
    place = np.flatnonzero(anchors.ok)
    group = np.zeros(len(place), np.int64) if together else place
    place = place[np.lexsort((anchors.fraction[place], anchors.edge[place], group))]
    graph = way.backward if inward else way.forward
    bounds, number, edge, who, span = kernel.parts(
        graph.start,
        graph.edge,
        way.first,
        inward,
        start.astype(np.int64),
        stop.astype(np.int64),
        node,
        cost,
        source,
        np.searchsorted(np.sort(group), np.arange(len(start) + 1)),
        anchors.edge[place].astype(np.int64),
        anchors.fraction[place],
        _leg(way, anchors.access_m[place]),
        (place if apart else np.zeros_like(place)).astype(np.int32),
        np.asarray(limits, np.float64),
        fresh,
    )
    return Parts(start=bounds, number=number, edge=edge, source=who, span=span)


def cut(network: Network, found: Parts) -> tuple[IntArray, FloatArray]:
    """Return the lines of parts in the network's metric CRS: where each begins, and the points of all, (points, 2).

    A part of a street without a length has no point.
    """
    return kernel.cut(network.line_start, network.line, network.point_x, network.point_y, found.edge, found.span)


def in_degrees(network: Network, points: FloatArray) -> FloatArray:
    """Return points of shape (points, 2) as degrees, WGS 84."""
    return np.column_stack(unproject(network.crs, points[:, 0], points[:, 1]))


def _leg(way: Streets, access_m: FloatArray) -> FloatArray:
    """Return what access legs cost, unrounded, in the streets' quanta."""
    return access_m / way.weights.profile.access_speed_m_s * 10.0 if way.by == "time" else access_m * 1000.0
