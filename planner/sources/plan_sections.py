"""What a plan's file may say, section by section, and the nouns that its sections become."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator

from planner.plan import (
    Baseline,
    Bindingness,
    Certainty,
    Claim,
    Comparison,
    Figure,
    Indicator,
    IndicatorKind,
    Reading,
)
from planner.schema import Filter, Operator
from planner.sources.study_settings import Date, Words


def _exact(value: Any) -> Any:
    """Return a number in a filter as a plain one: the file is read with exact decimals."""
    return float(value) if isinstance(value, Decimal) else value


PrintedFigure = Annotated[Figure, PlainValidator(Figure.of)]
Year = Annotated[int, Field(ge=1900, le=2200)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
"""What a formula can call."""
Bound = Literal["=", ">=", "<=", ">", "<"]


class Section(BaseModel):
    """Any section: an unknown key is a fault."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class NamesSection(Section):
    """``{ en = "…", zh = "…" }``."""

    en: Words
    zh: Words


class ConditionSection(Section):
    """``{ column, op, value }``."""

    column: Words
    op: Operator = "="
    value: Annotated[Any, BeforeValidator(_exact)]

    def as_filter(self) -> Filter:
        """Return the filter."""
        return Filter(self.column, self.op, tuple(self.value) if isinstance(self.value, list) else self.value)


class HeadSection(Section):
    """``[plan]``: what the plan is called and where it comes from."""

    name: NamesSection
    kind: Literal["plan", "norm"] = "plan"
    issuer: Words | None = None
    document: Words | None = None
    issued: Date | None = None
    extends: Words | None = None
    note: Words | None = None


class IndicatorSection(Section):
    """One ``[[indicator]]``."""

    id: Words
    name: NamesSection
    kind: IndicatorKind
    reading: Reading | None = None
    services: list[Words] = []
    partners: list[Words] = []
    operator: Comparison | None = None
    printed_as: Words | None = None
    values: dict[str, PrintedFigure] = {}
    unit: Words | None = None
    scope: list[Words] = []
    areas: list[Words] = []
    column: Words | None = None
    part_column: Words | None = None
    part: list[ConditionSection] = []
    part_any: list[ConditionSection] = []
    denominator: Words | None = None
    denominator_date: Date | None = None
    where: list[ConditionSection] = []
    where_any: list[ConditionSection] = []
    requires: list[Words] = []
    own_area: bool = False
    increment: bool = False
    since: Year | None = None
    rules: list[Words] = []
    pools: list[Words] = []
    adds_up: list[Words] = []
    bindingness: Bindingness = "stated"
    bindingness_printed: Words | None = None
    responsible: list[Words] = []
    baseline: dict[str, PrintedFigure] = {}
    conflict_group: Words | None = None
    quote: str = ""
    clause: str = ""
    reason: NamesSection | None = None
    note: Words | None = None
    certainty: Certainty | None = None
    source: Words | None = None

    def as_indicator(self) -> Indicator:
        """Return the indicator; years are numbers from here on, ``none`` is None."""
        given: dict[str, Any] = {key: getattr(self, key) for key in _AS_THEY_ARE}
        given |= {key: tuple(getattr(self, key)) for key in _LISTS}
        given |= {key: tuple(one.as_filter() for one in getattr(self, key)) for key in _CONDITIONS}
        given["values"] = {None if year == "none" else int(year): figure for year, figure in self.values.items()}
        given["reason"] = None if self.reason is None else self.reason.model_dump()
        return Indicator(name=self.name.model_dump(), **given)


_LISTS = ("services", "partners", "scope", "areas", "requires", "rules", "pools", "adds_up", "responsible")
_CONDITIONS = ("where", "where_any", "part", "part_any")
_AS_THEY_ARE = tuple(
    key for key in IndicatorSection.model_fields if key not in {*_LISTS, *_CONDITIONS, "name", "values", "reason"}
)


class BaselineSection(Section):
    """One ``[[baseline]]``: a current-state figure that the plan prints."""

    name: Name
    value: PrintedFigure
    unit: Words
    operator: Bound = "="
    date: Date | None = None
    basis: Words | None = None
    quote: Words

    def as_baseline(self) -> Baseline:
        """Return the baseline."""
        return Baseline(**{key: getattr(self, key) for key in type(self).model_fields})


class AuditSection(Section):
    """One ``[[audit]]``: a sum to check."""

    id: Words
    claim: Words
    formula: Words
    figures: dict[Name, PrintedFigure] = {}
    printed: PrintedFigure | None = None
    operator: Bound | Literal["~"] = "="
    unit: Words | None = None
    tolerance: Annotated[Decimal, Field(ge=0), BeforeValidator(lambda value: Decimal(str(value)))] | None = None
    other_denominator: bool = False
    quotes: Annotated[list[Words], Field(min_length=1)]
    note: Words | None = None

    def as_claim(self) -> Claim:
        """Return the claim."""
        given = {key: getattr(self, key) for key in type(self).model_fields}
        exact = None if self.tolerance is None else Fraction(self.tolerance)
        return Claim(**given | {"quotes": tuple(self.quotes), "tolerance": exact})
