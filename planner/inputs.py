"""A study: all the inputs of one run, read and judged, whatever they were read from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from planner.circle import Circle
from planner.compliance import DEFAULT_PROXIMITY_M, Reported
from planner.imprint import PageSettings
from planner.issue import Issue
from planner.places import DEFAULT_MAX_ACCESS_M, Places, no_places
from planner.plan import Plan
from planner.profile import TravelProfile
from planner.scenario import Scenario
from planner.siting.task import SitingTask
from planner.ways import Ways


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
class Study:
    """All the inputs of one run, read and judged.

    Parameters
    ----------
    synthetic
        Whether the data are made up (the sample district); said wherever a result shows.
    plan
        The government plan that the study is held against, None without one.
    residential_areas
        居住小区 with their households, for size rules; those without a point have NaN for lon and lat.
    population_points
        Where the people of each community live, or the buildings; None where only centroids are known.
    scenarios
        Changes of the streets, each reckoned beside what is.
    proximity_m
        What "near" means where a plan prints no distance.
    services
        By service: by language, its name.
    wider
        By service, the services that are of its kind.
    profiles
        By name: those that the circles use.
    page
        Who publishes the page, and whose tiles may lie under its map.
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
    residential_areas: Places | None = None
    population_points: Places | None = None
    scenarios: tuple[Scenario, ...] = ()
    siting: tuple[SitingTask, ...] = ()
    reported: tuple[Reported, ...] = ()
    plan: Plan | None = None
    proximity_m: float = DEFAULT_PROXIMITY_M
    wider: Mapping[str, Sequence[str]] = field(default_factory=dict)
    max_access_m: float = DEFAULT_MAX_ACCESS_M
    synthetic: bool = False
    page: PageSettings = field(default_factory=PageSettings)
    basemap: tuple[MapFeature, ...] = ()
    attribution: tuple[str, ...] = ()
    inputs: tuple[Input, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    issues: tuple[Issue, ...] = ()
