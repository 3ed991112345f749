"""What a study file may say, section by section, and how a wrong word in it is told."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from planner.circle import BELOW_METRES, BELOW_MINUTES
from planner.compliance import DEFAULT_PROXIMITY_M
from planner.datum import Datum
from planner.places import DEFAULT_MAX_ACCESS_M
from planner.schema import Filter, Operator
from planner.sources.issue_log import IssueLog
from planner.sources.suggest import listing, shown, which
from planner.sources.table_reading import TableOptions
from planner.sources.toml_lines import Location, TomlLines


def _as_text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else value


Words = Annotated[str, Field(min_length=1, pattern=r"\S")]
Date = Annotated[str, BeforeValidator(_as_text)]
Positive = Annotated[float, Field(gt=0)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class StudySection(_Section):
    """``[study]``: what the study is called, and its target year."""

    name: Words | None = None
    language: Literal["zh", "en"] = "zh"
    plan: Words | None = None
    year: Annotated[int, Field(ge=1900, le=2200)] | None = None
    synthetic: bool = False
    proximity_m: Positive = DEFAULT_PROXIMITY_M


class NetworkSection(_Section):
    """``[network]``: where the streets come from."""

    source: Words | None = None
    place: Words | None = None
    dem: Words | None = None
    close: Words | None = None
    add: Words | None = None
    max_access_m: Positive = DEFAULT_MAX_ACCESS_M


class PageSection(_Section):
    """``[page]``: who publishes the page, and a background map from outside."""

    publisher: Words | None = None
    map_approval: Words | None = None
    tiles: Words | None = None
    tianditu_key: Words | None = None
    tiles_datum: Literal["wgs84", "gcj02"] | None = None
    tiles_attribution: Words | None = None


class FilterSection(_Section):
    """``where = { column, op, value }``."""

    column: Words
    op: Operator = "="
    value: Any

    def as_filter(self) -> Filter:
        """Return the filter."""
        return Filter(self.column, self.op, self.value)


class TableSection(_Section):
    """``[communities]`` and every other table of places."""

    source: Words
    datum: Datum = "wgs84"
    date: Date | None = None
    columns: dict[str, str] = {}
    where: FilterSection | None = None
    fixed: Annotated[dict[str, Any], Field(alias="set")] = {}
    encoding: Words | None = None
    layer: Words | None = None
    sheet: Words | None = None

    def as_options(self) -> TableOptions:
        """Return how to read the table."""
        return TableOptions(
            datum=self.datum,
            date=self.date,
            columns=self.columns,
            where=None if self.where is None else self.where.as_filter(),
            set=self.fixed,
            encoding=self.encoding,
            layer=self.layer,
            sheet=self.sheet,
        )


class CircleSection(_Section):
    """One ``[[circle]]``."""

    name: Words
    service: Words
    minutes: Annotated[float, Field(gt=0, lt=BELOW_MINUTES)] | None = None
    metres: Annotated[float, Field(gt=0, lt=BELOW_METRES)] | None = None
    measure: Literal["network", "straight"] = "network"
    profile: Words = "standard_walk"
    demand: Words | None = None
    where: FilterSection | None = None


class UnitRuleSection(_Section):
    """``at_least = { per = "street", count = 1 }``."""

    per: Words
    count: Annotated[int, Field(ge=0)]


class PhaseSection(_Section):
    """``{ year = 2026, sites = 4 }``: what may stand by a year, all in all."""

    year: Annotated[int, Field(ge=1900, le=2200)]
    sites: Annotated[int, Field(ge=0)] | None = None
    budget: Annotated[float, Field(ge=0)] | None = None


class PartSection(_Section):
    """``{ circle = "…", sites = 3 }``: one of several kinds of site planned together."""

    circle: Words
    sites: Annotated[int, Field(ge=0)] | None = None
    where: FilterSection | None = None
    serves: list[Words] = []
    demand: Words | None = None
    cost: Words = "cost"


class SitingSection(_Section):
    """One ``[[siting]]``."""

    name: Words
    circle: Words | None = None
    model: Literal["lscp", "lscp_b", "mclp", "mclp_b", "p_median", "p_center", "fixed_charge"]
    sites: Annotated[int, Field(ge=1)] | None = None
    budget: Annotated[float, Field(ge=0)] | None = None
    demand: Words | None = None
    where: FilterSection | None = None
    cheapest: bool = False
    spacing_m: Positive | None = None
    at_least: UnitRuleSection | None = None
    at_most: UnitRuleSection | None = None
    closing: bool = False
    capacity: Words | None = None
    uptake: Annotated[float, Field(gt=0, le=1)] = 1.0
    split: bool = True
    backup_weight: Annotated[float, Field(ge=0, le=1)] = 0.5
    backup_share: Annotated[float, Field(gt=0, le=1)] | None = None
    trip_cost: Annotated[float, Field(ge=0)] | None = None
    top_k: Annotated[int, Field(ge=1, le=20)] = 1
    curve: Annotated[int, Field(ge=0, le=1000)] = 0
    phases: list[PhaseSection] = []
    until: Words | None = None
    coverage: Annotated[float, Field(gt=0, le=1)] | None = None
    parts: list[PartSection] = []
    saving: Annotated[float, Field(ge=0)] | None = None
    shared: bool = False
    unknown_demand: Literal["refuse", "exclude"] = "refuse"
    time_limit_s: Positive | None = None


class ScenarioSection(_Section):
    """One ``[[scenario]]``: streets closed and added, reckoned beside what is."""

    name: Words
    close: Words | None = None
    add: Words | None = None


class ReportedSection(_Section):
    """One ``[[reported]]``: a bureau's own figure."""

    indicator: Words
    value: float
    date: Date | None = None
    source: Words | None = None


SINGLE: Mapping[str, type[_Section]] = {
    "study": StudySection,
    "network": NetworkSection,
    "page": PageSection,
    "communities": TableSection,
    "facilities": TableSection,
    "candidates": TableSection,
    "areas": TableSection,
    "residential_areas": TableSection,
    "population_points": TableSection,
}
REPEATED: Mapping[str, type[_Section]] = {
    "circle": CircleSection,
    "siting": SitingSection,
    "scenario": ScenarioSection,
    "reported": ReportedSection,
}
NEEDED = ("network", "communities", "facilities", "circle")

_KINDS = {
    "string_type": 'text in quotes, such as "…"',
    "string_too_short": "text that isn't blank",
    "string_pattern_mismatch": "text that isn't blank",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "dict_type": "a table, such as { key = … }",
    "model_type": "a table, such as { key = … }",
    "finite_number": "a finite number",
}

_BOUNDS = {
    "greater_than": "above",
    "greater_than_equal": "at least",
    "less_than": "below",
    "less_than_equal": "at most",
}

S = TypeVar("S", bound=_Section)


class Settings:
    """The sections of a study file that are sound; what isn't stands in the log, with its line.

    Parameters
    ----------
    content
        The file as tomllib reads it.
    lines
        Where its keys stand.
    log
        Takes every fault.
    """

    def __init__(self, content: Mapping[str, Any], *, lines: TomlLines, log: IssueLog) -> None:
        self._content, self._lines, self._log = content, lines, log
        self._halves: set[Location] = set()
        for key in content:
            if key not in SINGLE and key not in REPEATED:
                self.fault((key,), "unknown_key", f"unknown section '{shown(key)}'", which(key, [*SINGLE, *REPEATED]))
        for key in NEEDED:
            if key not in content:
                brackets = f"[[{key}]]" if key in REPEATED else f"[{key}]"
                log.fault("missing_key", f"there is no {brackets}", f"add {brackets} with its keys")
        self.study = self._single("study", StudySection) or StudySection()
        self.network = self._single("network", NetworkSection)
        self.page = self._single("page", PageSection) or PageSection()
        self.tables = {
            name: section
            for name, model in SINGLE.items()
            if model is TableSection and (section := self._single(name, TableSection)) is not None
        }
        self.circles = self._repeated("circle", CircleSection)
        self.siting = self._repeated("siting", SitingSection)
        self.scenarios = self._repeated("scenario", ScenarioSection)
        self.reported = self._repeated("reported", ReportedSection)
        self._judge_filters()

    def names(self, section: str) -> bool:
        """Return whether the file has a section, sound or not."""
        return section in self._content

    def is_whole(self, *location: str | int) -> bool:
        """Return whether a section was sound as written; else some of its keys were left out."""
        return location not in self._halves

    def named(self, section: str) -> list[str]:
        """Return the names of the tables of an array, sound or not."""
        given = self._content.get(section, [])
        tables = given if isinstance(given, list) else []
        return [str(one["name"]) for one in tables if isinstance(one, dict) and "name" in one]

    def fault(self, location: Location, code: str, message: str, remedy: str) -> None:
        """Note a fault at a key."""
        self._log.fault(code, message, remedy, row=self._lines.line(location))

    def warn(self, location: Location, code: str, message: str, remedy: str, *, place_id: str | None = None) -> None:
        """Note a warning at a key; ``place_id`` is the id or name of what is meant."""
        self._log.add("warning", code, message, remedy, row=self._lines.line(location), place_id=place_id)

    def _single(self, name: str, model: type[S]) -> S | None:
        if name not in self._content:
            return None
        return self._validated(self._content[name], model, (name,))

    def _repeated(self, name: str, model: type[S]) -> dict[int, S]:
        """Return the sound tables of an array by their positions in the file."""
        given = self._content.get(name, [])
        if not isinstance(given, list):
            self.fault((name,), "bad_value", f"[{name}] is written once", f"write it with two brackets: [[{name}]]")
            return {}
        if not given and name in NEEDED and name in self._content:
            self.fault((name,), "missing_key", f"there is no [[{name}]]", f"add [[{name}]] with its keys")
        read = ((place, self._validated(one, model, (name, place))) for place, one in enumerate(given))
        return {place: section for place, section in read if section is not None}

    def _validated(self, given: Any, model: type[S], location: Location) -> S | None:
        if not isinstance(given, dict):
            message = f"{_title(location)} isn't a section"
            self.fault(location, "bad_value", message, f"open it with [{location[0]}] on a line of its own")
            return None
        try:
            return model.model_validate(given)
        except ValidationError as error:
            found = error.errors(include_url=False)
        for one in found:
            self._tell(model, location, one["loc"], one["type"], one["input"], one.get("ctx", {}))
        if model is TableSection:
            return None  # read without its options, the table would give faults of its own
        self._halves.add(location)
        bad = {one["loc"][0] for one in found}
        try:  # what else is wrong with the section is told in the same run
            return model.model_validate({key: value for key, value in given.items() if key not in bad})
        except ValidationError:
            return None

    def _tell(
        self, model: type[_Section], at: Location, inner: Location, kind: str, given: Any, context: Mapping[str, Any]
    ) -> None:
        """Note one of pydantic's findings in plain words."""
        key = str(inner[-1])
        title = _title((*at, *inner[:-1]))
        location = (*at, *inner)
        if kind == "extra_forbidden":
            known = _keys(FilterSection if len(inner) > 1 else model)
            self.fault(location, "unknown_key", f"unknown key '{shown(key)}' in {title}", which(key, known))
        elif kind == "missing":
            self.fault(location, "missing_key", f"{title} lacks '{key}'", f"add {key} = …")
        elif kind == "literal_error":
            known = re.findall(r"'([^']+)'", str(context.get("expected", "")))
            self.fault(
                location, "unknown_value", f"{key} '{shown(given)}' in {title} isn't known", _known(given, known)
            )
        elif kind in _BOUNDS:
            bound = _BOUNDS[kind]
            limit = next(iter(context.values()))
            self.fault(location, "bad_value", f"{key} = {given} in {title}", f"give a figure {bound} {limit:.15g}")
        else:
            wanted = _KINDS.get(kind, "something else")
            written = str(given).lower() if isinstance(given, bool) else repr(given)
            self.fault(location, "bad_value", f"{key} = {shown(written)} in {title}", f"give {wanted}")

    def _judge_filters(self) -> None:
        filters: list[tuple[Location, FilterSection | None]] = [
            ((name, "where"), section.where) for name, section in self.tables.items()
        ]
        filters += [(("circle", place, "where"), section.where) for place, section in self.circles.items()]
        for place, task in self.siting.items():
            filters.append((("siting", place, "where"), task.where))
            filters += [(("siting", place, "parts"), part.where) for part in task.parts]
        for location, where in filters:
            if where is None:
                continue
            several = isinstance(where.value, list)
            if where.op == "in" and not several:
                self.fault(location, "bad_value", "where: op 'in' needs a list", "write value = [ …, … ]")
            elif where.op != "in" and (several or not isinstance(where.value, (str, int, float, bool))):
                message = f"where: op '{where.op}' needs one value"
                self.fault(location, "bad_value", message, "give text, a number, true or false")
            elif where.op in ("<", "<=", ">", ">=") and not isinstance(where.value, (int, float)):
                message = f"where: op '{where.op}' needs a number, not '{shown(where.value)}'"
                self.fault(location, "bad_value", message, "write the number without quotes")


def _keys(model: type[_Section]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


def _known(given: Any, known: list[str]) -> str:
    remedy = which(str(given), known)
    return f"{remedy} There are {listing(known)}" if remedy.startswith("did") else remedy


def _title(location: Location) -> str:
    """Return a section as people know it: ``[study]``, or ``[[circle]] 2``."""
    head, *rest = location
    if rest and isinstance(rest[0], int):
        words = f"[[{head}]] {rest[0] + 1}"
        rest = rest[1:]
    else:
        words = f"[{head}]"
    return " ".join((words, *(str(part) for part in rest)))
