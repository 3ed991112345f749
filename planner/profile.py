"""Who travels and how: the ways a traveller may use, and the time each directed edge takes."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from planner.errors import InputError
from planner.issue import Issue
from planner.kernels.components import components_by_length
from planner.measure import FloatArray, IntArray, Quanta, lies_between, time_quanta
from planner.network import BoolArray, Network, Positions, TextArray, distinct, judge_network
from planner.penalty import Penalty, grade_of_incline, grade_of_percent, slope_factor
from planner.way_rule import Use, WayRule, Where, any_matches, use_of

BARRED = np.int32(-1)
"""The weight of a direction that the profile may not use."""

SLOWEST_M_S, FASTEST_M_S = 0.1, 50.0
"""90 m in 15 minutes, and 180 km/h: a speed beyond is a slip, most often in the unit."""

LONGEST_S = (2**31 - 1) / 10.0
"""6.8 years, what 32 bits hold: a street that would take longer is as good as barred."""

MIN_RISE_M = 30.0
"""Shorter streets get no grade from heights: over less than a cell of the usual models it would be noise."""

KMH = 3.6
MPH = 1.609344 * 1000.0 / 3600.0
"""A metre a second in km/h, and a mile an hour in m/s."""

_GRADE_KEYS = frozenset({"incline", "grade_percent", "bridge", "tunnel"})
_MAXSPEED = re.compile(r"(\d+(?:\.\d+)?)\s*(km/h|kmh|mph)?")


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
        On the level, on any street that is open and whose class has no speed of its own.
    access_speed_m_s
        Along the straight access leg.
    rules
        Which ways; a way that no rule matches is barred, one without a ``highway`` tag at all is open (its source has
        chosen already).
    oneway_keys
        The tags that bar one direction; the first that is present decides.
    one_way
        Ways that run forward only where none of those tags is present, such as roundabouts.
    obstacles
        Which nodes can be passed; one that no rule matches can.
    steps, unpaved, signals
        What counts as steps and as an unpaved way, and which nodes are signals: any of the clauses.
    penalty
        What those cost, and slopes.
    class_speed_m_s
        By ``highway`` value, the speed there.
    maxspeed_share
        On a way with a speed limit, the speed is this share of it; None where limits aren't read.
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
    one_way: tuple[Where, ...] = ()
    obstacles: tuple[WayRule, ...] = ()
    steps: tuple[Where, ...] = ()
    unpaved: tuple[Where, ...] = ()
    signals: tuple[Where, ...] = ()
    penalty: Penalty = field(default_factory=Penalty)
    class_speed_m_s: Mapping[str, float] = field(default_factory=dict)
    maxspeed_share: float | None = None
    source: Mapping[str, str] = field(default_factory=dict)

    @property
    def tag_keys(self) -> frozenset[str]:
        """Return the tag keys that the profile reads, of ways and of nodes."""
        rules = (*self.rules, *self.obstacles)
        clauses = (*self.one_way, *self.steps, *self.unpaved, *self.signals, *(rule.where for rule in rules))
        more = {"maxspeed"} if self.maxspeed_share is not None else set()
        grades = _GRADE_KEYS if self.penalty.reads_grades else frozenset()
        return frozenset({"highway", *self.oneway_keys, *(key for where in clauses for key in where)}) | more | grades


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
    return lies_between(value, SLOWEST_M_S, FASTEST_M_S)


def judge(profile: TravelProfile) -> list[Issue]:
    """Return a fault for each speed of a profile that isn't one, and each penalty that can't be."""
    speeds = {"speed_m_s": profile.speed_m_s, "access_speed_m_s": profile.access_speed_m_s}
    speeds |= {f"class_speed_m_s[{name!r}]": speed for name, speed in profile.class_speed_m_s.items()}
    remedy = f"give metres per second above 0 ({SLOWEST_M_S:g} to {FASTEST_M_S:g}), such as 1.0"
    found = [(key, value, "speed", remedy) for key, value in speeds.items() if not is_speed(value)]
    share = profile.maxspeed_share
    if share is not None and not (lies_between(share, 0.0, 1.0) and share):
        remedy = "give the part of the limit that is driven, above 0 and at most 1"
        found.append(("maxspeed_share", share, "share", remedy))
    remedy = "give what a profile's file may hold (docs/guide.md)"
    found += [(f"penalty.{key}", value, "penalty", remedy) for key, value in profile.penalty.slips().items()]
    return [
        Issue(
            severity="error",
            code=f"bad_{what}",
            table=f"profile {profile.name}",
            message=f"{key} is {value!r:.40}, which is no {what}",
            remedy=remedy,
        )
        for key, value, what, remedy in found
    ]


def weigh(network: Network, profile: TravelProfile) -> Weights:
    """Return the time of each directed edge, rounded once to whole deciseconds.

    Raises
    ------
    InputError
        A speed of the profile isn't one, or the network, made by hand, isn't sound.

    Notes
    -----
    Seconds are length / speed x the factors of steps, surface and slope (each direction has its own) + the seconds of
    steps. An obstacle has no length: its signal costs the direction that leads to its node, so whoever passes pays
    once, and a place on a street, which lies before the node at its end, pays on leaving over it and not before.

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
    judged, kind = _judged(network, profile)
    opened, ends_only = (
        np.array([one.use == use for one in judged], dtype=bool)[kind] for use in ("open", "ends_only")
    )
    opened, ends_only = _like_their_streets(network, opened, ends_only)
    speed, factor, seconds, told = (
        np.array([getattr(one, name) for one in judged], np.float64)[kind]
        for name in ("speed_m_s", "factor", "seconds", "grade")
    )
    forward, backward, steps = (
        np.array([getattr(one, name) for one in judged], dtype=bool)[kind] for name in ("forward", "backward", "steps")
    )
    penalty = profile.penalty
    grade = _grades(network, told, profile, judged, kind)
    uphill, downhill = (slope_factor(one, penalty.slope) for one in (grade, -grade))
    steepest = np.inf if penalty.steepest_percent is None else penalty.steepest_percent
    usable = (opened | ends_only) & ~(steps & penalty.steps_barred) & ~(np.abs(grade) * 100.0 > steepest)
    level_s = network.length_mm / 1000.0 / speed * factor
    del speed, factor, grade  # of a large country, every array of its streets counts
    forward_ds = _times(level_s, uphill, seconds, usable & forward)
    back_s = np.where(network.obstacle, 0.0, seconds)
    backward_ds = _times(level_s, downhill, back_s, usable & backward & network.two_way)
    del level_s, uphill, downhill, seconds, back_s
    usable = (forward_ds >= 0) | (backward_ds >= 0)
    component, component_length_mm = network.component, network.component_length_mm
    if not usable.all():
        component = np.full(len(network.u), -1, np.int32)
        component[usable], component_length_mm = _pieces(network, usable)
    return Weights(
        profile=profile,
        forward_ds=forward_ds,
        backward_ds=backward_ds,
        ends_only=usable & (ends_only | _enclosed(network, opened, ends_only)),
        component=component,
        component_length_mm=component_length_mm,
    )


def _times(level_s: FloatArray, slope: FloatArray, seconds: FloatArray, usable: BoolArray) -> Quanta:
    """Return the whole deciseconds of one direction of each edge."""
    time_ds = time_quanta(np.minimum(level_s * slope + seconds, LONGEST_S)).astype(np.int32)
    time_ds[~usable] = BARRED
    return time_ds


def open_ways(tags: Mapping[str, TextArray], ways: int, profile: TravelProfile) -> BoolArray:
    """Return which of some ways with tags (by key, a text each) the profile may use, if only at the ends of a trip."""
    keys = [key for key in sorted(profile.tag_keys) if key in tags]
    kind = distinct([np.ones(ways), *(tags[key] for key in keys)])
    judged = [_judge_way({key: tags[key][at] for key in keys}, profile) for at in _firsts(kind)]
    barred = profile.penalty.steps_barred
    return np.array([one.use != "barred" and not (one.steps and barred) for one in judged], dtype=bool)[kind]


def stands_in_the_way(tags: Mapping[str, TextArray], nodes: int, profile: TravelProfile) -> BoolArray:
    """Return which of some nodes with tags (by key, a text each) the profile can't simply pass."""
    keys = [key for key in sorted(profile.tag_keys) if key in tags]
    kind = distinct([np.ones(nodes), *(tags[key] for key in keys)])
    judged = [_judge_obstacle({key: tags[key][at] for key in keys}, profile) for at in _firsts(kind)]
    return np.array([one.use != "open" or one.seconds > 0.0 for one in judged], dtype=bool)[kind]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judged:
    """How one kind of street, or of node, is travelled."""

    use: Use
    speed_m_s: float = 1.0
    factor: float = 1.0
    seconds: float = 0.0
    forward: bool = True
    backward: bool = True
    steps: bool = False
    grade: float = np.nan
    on_ground: bool = False


def _judged(network: Network, profile: TravelProfile) -> tuple[list[_Judged], Positions]:
    """Judge each kind of street once; also return the kind of each edge."""
    keys = [key for key in sorted(profile.tag_keys) if key in network.tags]
    found = []
    for at in _firsts(network.kind):
        tags = {key: network.tags[key][at] for key in keys}
        found.append(_judge_obstacle(tags, profile) if network.obstacle[at] else _judge_way(tags, profile))
    return found, network.kind


def _firsts(kind: Positions) -> list[int]:
    """Return where each kind stands first."""
    first = np.zeros(int(kind.max(initial=-1)) + 1, np.int64)
    first[kind[::-1]] = np.arange(len(kind))[::-1]
    found: list[int] = first.tolist()
    return found


def _judge_way(tags: Mapping[str, str], profile: TravelProfile) -> _Judged:
    penalty = profile.penalty
    steps = any_matches(tags, profile.steps)
    factor = penalty.steps if steps else 1.0
    if any_matches(tags, profile.unpaved):
        factor *= penalty.unpaved
    use = use_of(tags, profile.rules, otherwise="barred") if tags.get("highway") else "open"
    forward, backward = _directions(tags, profile)
    return _Judged(
        use=use,
        speed_m_s=_speed(tags, profile),
        factor=factor,
        seconds=penalty.steps_s if steps else 0.0,
        forward=forward,
        backward=backward,
        steps=steps,
        grade=np.nan if steps else _grade(tags),
        on_ground=not steps and all(tags.get(key, "") in ("", "no") for key in ("bridge", "tunnel")),
    )


def _judge_obstacle(tags: Mapping[str, str], profile: TravelProfile) -> _Judged:
    use = use_of(tags, profile.obstacles, otherwise="open")
    return _Judged(use=use, seconds=profile.penalty.signal_s if any_matches(tags, profile.signals) else 0.0)


def _speed(tags: Mapping[str, str], profile: TravelProfile) -> float:
    """Return the speed on the level: of the limit where there is one to read, else of the class, else the profile's."""
    if profile.maxspeed_share is not None and (limit := _MAXSPEED.fullmatch(tags.get("maxspeed", "").strip())):
        limit_m_s = float(limit[1]) * MPH if limit[2] == "mph" else float(limit[1]) / KMH
        if is_speed(limit_m_s * profile.maxspeed_share):  # "0" and "9999" are slips of the pen
            return limit_m_s * profile.maxspeed_share
    classes = (part.strip() for part in tags.get("highway", "").split(";"))
    return next((profile.class_speed_m_s[one] for one in classes if one in profile.class_speed_m_s), profile.speed_m_s)


def _directions(tags: Mapping[str, str], profile: TravelProfile) -> tuple[bool, bool]:
    """Return whether a way runs forward and backward for the profile: its first key that is present decides."""
    for key in profile.oneway_keys:
        if value := tags.get(key, ""):
            # conveying=yes says that it moves, not whither
            plain = ("yes", "true", "1") if key.startswith("oneway") else ()
            return value not in ("-1", "reverse", "backward"), value not in (*plain, "forward")
    return True, not any_matches(tags, profile.one_way)


def _grade(tags: Mapping[str, str]) -> float:
    """Return the grade that a way's tags tell, uphill forward positive; NaN where none does."""
    told = grade_of_incline(tags.get("incline", ""))
    return grade_of_percent(tags.get("grade_percent", "")) if math.isnan(told) else told


def _grades(
    network: Network, told: FloatArray, profile: TravelProfile, judged: Sequence[_Judged], kind: Positions
) -> FloatArray:
    """Return the grade of each edge as told, else from the heights of its ends; NaN where neither is known."""
    if not profile.penalty.reads_grades:
        return told
    on_ground = np.array([one.on_ground for one in judged], dtype=bool)[kind]
    length_m = network.length_mm / 1000.0
    rise_m = network.elevation_m[network.v] - network.elevation_m[network.u]
    measured = np.where(on_ground & (length_m >= MIN_RISE_M), rise_m / np.maximum(length_m, MIN_RISE_M), np.nan)
    return np.where(np.isnan(told), measured, told)


def _like_their_streets(network: Network, opened: BoolArray, ends_only: BoolArray) -> tuple[BoolArray, BoolArray]:
    """Return what is open and what serves only the ends of trips, with each obstacle no freer than its own street."""
    link, street = np.flatnonzero(network.obstacle), np.flatnonzero(~network.obstacle)
    at = np.zeros(len(network.node_id), np.int64)
    at[network.u[street]] = at[network.v[street]] = street
    own = at[network.u[link]]
    passable = (opened | ends_only)[link] & (opened | ends_only)[own]
    private = passable & (ends_only[link] | ends_only[own])
    opened[link], ends_only[link] = passable & ~private, private
    return opened, ends_only


def _enclosed(network: Network, opened: BoolArray, ends_only: BoolArray) -> BoolArray:
    """Return the open streets that only ends-only ones join to the public streets.

    Without the ends-only streets, those that hang together fall into pieces; the longest is public. The others lie
    behind a gate or a private way: people live there, and nobody passes through. What a penalty bars (steps, steep
    streets) joins its pieces all the same: it is public land, and a penalty must not open a private way to anyone.
    """
    enclosed = np.zeros(len(opened), dtype=bool)
    if not ends_only.any() or not opened.any():
        return enclosed
    group = np.full(len(opened), -1, np.int64)
    group[opened | ends_only], lengths = _pieces(network, opened | ends_only)
    piece, _ = _pieces(network, opened)
    public = np.full(len(lengths), len(opened), np.int64)
    np.minimum.at(public, group[opened], piece)  # pieces are numbered from the longest
    enclosed[opened] = piece != public[group[opened]]
    return enclosed


def _pieces(network: Network, among: BoolArray) -> tuple[Positions, IntArray]:
    """Return the component of each edge of a mask, numbered from the longest, and the lengths."""
    return components_by_length(network.u[among], network.v[among], network.length_mm[among], len(network.node_id))
