"""A study (all the inputs), its findings (all the outputs), and the method between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from planner.circle import Circle
from planner.issue import Issue
from planner.network import Ways
from planner.places import DEFAULT_MAX_ACCESS_M, Places, no_places
from planner.profile import TravelProfile


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
