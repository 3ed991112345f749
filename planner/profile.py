"""Who travels and how: the ways a traveller may use, and the time each directed edge takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from planner.errors import InputError
from planner.issue import Issue
from planner.measure import IntArray, Quanta, time_quanta
from planner.network import BoolArray, Network, Positions, TextArray, components_by_length, judge_network

Use = Literal["open", "ends_only", "barred"]
BARRED = np.int32(-1)
"""The weight of a direction that the profile may not use."""

SLOWEST_M_S, FASTEST_M_S = 0.01, 100.0
"""36 m and 360 km an hour: a speed beyond is a slip, most often km/h for m/s."""


@dataclass(frozen=True, slots=True)
class WayRule:
    """Ways whose tags match ``where`` are put to ``use``; the first rule that matches decides.

    ``where`` gives, by tag key, the values that match (``*`` any value, ``!`` none at all); every key must match. A
    tag of several values (``footway;cycleway``) matches by any of them.
    """

    where: Mapping[str, tuple[str, ...]]
    use: Use
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelProfile:
    """Who travels and how, as read from ``geodata/profiles/NAME.toml``.

    Parameters
    ----------
    name
        The file's name without its ending.
    label
        By language, what people read.
    speed_m_s
        On the level, on any street that is open.
    access_speed_m_s
        Along the straight access leg.
    rules
        Which ways; a way that no rule matches is barred, one without a ``highway`` tag at all is open (its source has
        chosen already).
    oneway_keys
        The tags that bar one direction; the first that is present decides.
    source
        Where the figures come from.

    Examples
    --------
    >>> from planner.sources import sample_district
    >>> sample_district().profiles["older_walk"].speed_m_s
    0.92
    """

    name: str
    label: Mapping[str, str]
    speed_m_s: float
    access_speed_m_s: float
    rules: tuple[WayRule, ...]
    oneway_keys: tuple[str, ...] = ()
    source: Mapping[str, str] = field(default_factory=dict)

    @property
    def tag_keys(self) -> frozenset[str]:
        """Return the tag keys that the profile reads."""
        return frozenset({"highway", *self.oneway_keys, *(key for rule in self.rules for key in rule.where)})


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
class Weights:
    """A network as one profile sees it.

    Parameters
    ----------
    forward_ds, backward_ds
        Length m: whole deciseconds of each direction, ``BARRED`` where the profile may not use it.
    ends_only
        Length m: usable only in one unbroken run at the start or the end of a trip.
    component
        Length m: weakly connected over usable edges, numbered from the longest; -1 where barred both ways.
    component_length_mm
        By component.
    """

    profile: TravelProfile
    forward_ds: Quanta
    backward_ds: Quanta
    ends_only: BoolArray
    component: Positions
    component_length_mm: IntArray

    @property
    def usable(self) -> BoolArray:
        """Return which edges can be used in one direction at least."""
        return (self.forward_ds >= 0) | (self.backward_ds >= 0)


def is_speed(value: Any) -> bool:
    """Return whether a value is a speed that somebody may have, in metres per second."""
    is_number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    return bool(is_number and SLOWEST_M_S <= value <= FASTEST_M_S)  # NaN is neither


def judge(profile: TravelProfile) -> list[Issue]:
    """Return a fault for each speed of a profile that isn't one."""
    speeds = {"speed_m_s": profile.speed_m_s, "access_speed_m_s": profile.access_speed_m_s}
    return [
        Issue(
            severity="error",
            code="bad_speed",
            table=f"profile {profile.name}",
            message=f"{key} is {value!r:.40}, which is no speed",
            remedy=f"give metres per second above 0 ({SLOWEST_M_S:g} to {FASTEST_M_S:g}), such as 1.0",
        )
        for key, value in speeds.items()
        if not is_speed(value)
    ]


def weigh(network: Network, profile: TravelProfile) -> Weights:
    """Return the time of each directed edge, rounded once to whole deciseconds.

    Raises
    ------
    InputError
        A speed of the profile isn't one, or the network, made by hand, isn't sound.

    Examples
    --------
    >>> from planner.network import build
    >>> from planner.sources import sample_district
    >>> study = sample_district()
    >>> walker = study.profiles["standard_walk"]
    >>> weights = weigh(build(study.ways, tag_keys=walker.tag_keys), walker)
    >>> bool(weights.usable.all())
    True
    """
    faults = [*judge(profile), *judge_network(network)]
    if faults:
        raise InputError(faults)
    use = _use_of_ways(network, profile)
    seconds = network.length_mm / 1000.0
    seconds /= profile.speed_m_s
    time_ds = time_quanta(seconds).astype(np.int32)
    del seconds
    forward, backward = _directions(network, profile)
    usable = use != "barred"
    forward_ds = np.where(usable & forward, time_ds, BARRED)
    backward_ds = np.where(usable & backward, time_ds, BARRED)
    del time_ds
    usable = (forward_ds >= 0) | (backward_ds >= 0)
    component, component_length_mm = _pieces(network, usable)
    return Weights(
        profile=profile,
        forward_ds=forward_ds,
        backward_ds=backward_ds,
        ends_only=usable & (use == "ends_only"),
        component=component,
        component_length_mm=component_length_mm,
    )


def _pieces(network: Network, usable: BoolArray) -> tuple[Positions, IntArray]:
    """Return the component of each edge over the usable ones, -1 for the others, and the components' lengths."""
    if usable.all():
        return network.component, network.component_length_mm
    component = np.full(len(network.u), -1, np.int32)
    component[usable], length_mm = components_by_length(
        network.u[usable], network.v[usable], network.length_mm[usable], len(network.node_id)
    )
    return component, length_mm


def _use_of_ways(network: Network, profile: TravelProfile) -> TextArray:
    """Return ``open``, ``ends_only`` or ``barred`` for each edge; edges with the same tags are judged once."""
    edges = len(network.u)
    keys = [key for key in sorted(profile.tag_keys) if key in network.tags]
    if "highway" not in keys:
        return np.full(edges, "open", dtype=object)
    kinds, kind = _distinct([network.tags[key] for key in keys], edges)
    judged = [_judge(dict(zip(keys, values, strict=True)), profile) for values in kinds]
    return np.array(judged, dtype=object)[kind]


def _judge(tags: Mapping[str, str], profile: TravelProfile) -> Use:
    if not tags["highway"]:
        return "open"
    for rule in profile.rules:
        if all(_matches(tags.get(key, ""), values) for key, values in rule.where.items()):
            return rule.use
    return "barred"


def _matches(value: str, wanted: tuple[str, ...]) -> bool:
    parts = [part.strip() for part in value.split(";")] if value else []
    return any(
        (want == "*" and bool(parts)) or (want == "!" and not parts) or want in parts  # any, none, or this value
        for want in wanted
    )


def _directions(network: Network, profile: TravelProfile) -> tuple[BoolArray, BoolArray]:
    """Return whether each edge runs forward and backward for the profile."""
    edges = len(network.u)
    forward, backward = np.ones(edges, dtype=bool), network.two_way.copy()
    decided = np.zeros(edges, dtype=bool)
    for key in profile.oneway_keys:
        if key not in network.tags:
            continue
        values = network.tags[key]
        plain = (
            ("yes", "true", "1") if key.startswith("oneway") else ()
        )  # conveying=yes says that it moves, not whither
        only_forward = np.isin(values, (*plain, "forward")) & ~decided
        only_backward = np.isin(values, ("-1", "reverse", "backward")) & ~decided
        backward &= ~only_forward
        forward &= ~only_backward
        decided |= values != ""
    return forward, backward


def _distinct(columns: list[TextArray], rows: int) -> tuple[list[tuple[Any, ...]], IntArray]:
    """Return the distinct rows of parallel columns, and which of them each row is."""
    seen: dict[tuple[Any, ...], int] = {}
    kind = np.empty(rows, np.int64)
    for row, values in enumerate(zip(*columns, strict=True)):
        kind[row] = seen.setdefault(values, len(seen))
    return list(seen), kind
