"""A study (all the inputs), its findings (all the outputs), and the method between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from planner.circle import Circle
from planner.coverage import Coverage
from planner.issue import Issue
from planner.measure import FloatArray, IntArray
from planner.network import Network, TextArray, Ways
from planner.places import DEFAULT_MAX_ACCESS_M, Anchors, Places, no_places
from planner.profile import TravelProfile, Weights
from planner.siting.proposal import Proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One file that was read, for the record."""

    path: str
    sha256: str
    rows: int | None = None
    date: str | None = None
    datum: str | None = None
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class MapFeature:
    """Something that helps to find one's way on the map: ``water``, ``green`` or ``railway``; geometry in degrees."""

    kind: Literal["water", "green", "railway"]
    geometry: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class SitingTask:
    """A question to the siting model, as ``[[siting]]`` asks it."""

    name: str
    circle: str
    model: Literal["lscp", "mclp"]
    sites: int | None = None
    unknown_demand: Literal["refuse", "exclude"] = "refuse"
    time_limit_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A bureau's own figure, shown beside ours."""

    indicator: str
    value: float
    date: str | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """All the inputs of one run, read and judged.

    Parameters
    ----------
    synthetic
        Whether the data are made up (the sample district); said wherever a result shows.
    plan
        The name of the government plan, None without one.
    services
        By service: by language, its name.
    profiles
        By name: those that the circles use.
    attribution
        Whom the licences of the data ask to be named, such as ``© OpenStreetMap contributors (ODbL)``.
    settings
        The study file as read, for the record.
    """

    name: str
    year: int | None
    language: Literal["zh", "en"]
    ways: Ways
    communities: Places
    facilities: Places
    circles: tuple[Circle, ...]
    profiles: Mapping[str, TravelProfile]
    services: Mapping[str, Mapping[str, str]]
    candidates: Places = field(default_factory=lambda: no_places("candidates"))
    areas: Places | None = None
    siting: tuple[SitingTask, ...] = ()
    reported: tuple[Reported, ...] = ()
    plan: str | None = None
    max_access_m: float = DEFAULT_MAX_ACCESS_M
    synthetic: bool = False
    basemap: tuple[MapFeature, ...] = ()
    attribution: tuple[str, ...] = ()
    inputs: tuple[Input, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelTimes:
    """Times between communities and places for one circle: up to twice its limit, and each nearest and second.

    ``community`` and ``place`` are positions; ``role`` (``existing`` or ``candidate``) tells in which table.
    """

    circle: str
    community: IntArray
    place: IntArray
    role: TextArray
    seconds: FloatArray
    metres: FloatArray


@dataclass(frozen=True, slots=True)
class Band:
    """The land within a limit of a circle's facilities: a (multi)polygon in degrees; ``limit`` in the circle's unit."""

    circle: str
    limit: float
    limit_unit: str
    polygon: Any


@dataclass(frozen=True, slots=True)
class Route:
    """The way from a community to its nearest facility, access legs included: a LineString in degrees."""

    circle: str
    community: int
    facility: int
    line: Any


@dataclass(frozen=True, slots=True)
class Difference:
    """An area where "a facility inside" and "a facility within the limit" disagree, or where one isn't known."""

    circle: str
    area_id: str
    level: str
    present: bool | None
    reachable: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """All the outputs of one run.

    Parameters
    ----------
    weights
        By profile.
    anchors
        By profile, then by role: ``communities``, ``facilities``, ``candidates``.
    coverages
        In the order of the study's circles.
    timings_s
        Seconds by step; the only clock values, kept apart.
    """

    study: Study
    network: Network
    weights: Mapping[str, Weights]
    anchors: Mapping[str, Mapping[str, Anchors]]
    coverages: tuple[Coverage, ...]
    travel_times: tuple[TravelTimes, ...]
    bands: tuple[Band, ...]
    routes: tuple[Route, ...]
    proposals: tuple[Proposal, ...]
    differences: tuple[Difference, ...]
    issues: tuple[Issue, ...]
    timings_s: Mapping[str, float] = field(default_factory=dict)
