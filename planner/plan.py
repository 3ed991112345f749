"""A government's plan as data: its indicators, its current-state figures and the sums that it prints."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Literal, get_args

from planner.schema import Filter

IndicatorKind = Literal[
    "reach", "presence", "ratio", "share", "total", "proximity", "rule", "unit_compliance", "listed"
]
Reading = Literal["presence", "reach", "presence+reach"]
Comparison = Literal[">=", "<=", "=", ">", "range"]
Bindingness = Literal["binding", "stated", "expected", "advocated", "encouraged"]
Certainty = Literal["seen", "unverified"]
Plain = int | float | str | list[int | float]
"""A figure as files hold it: 60, 4.5, ``"1/3"`` or ``[20, 30]``."""

KINDS: tuple[IndicatorKind, ...] = get_args(IndicatorKind)
READINGS: tuple[Reading, ...] = get_args(Reading)
COMPARISONS: tuple[Comparison, ...] = get_args(Comparison)
BINDINGNESSES: tuple[Bindingness, ...] = get_args(Bindingness)

SCOPES = (
    "city",
    "district",
    "urban_area",
    "urban_community",
    "county",
    "street",
    "township",
    "street_or_township",
    "community",
    "village",
    "residential_area",
    "residential_area_new",
    "residential_area_built",
    "facility",
    "household",
)
"""What an indicator counts over; design §4.7 says which areas each stands for."""

UNITS: Mapping[IndicatorKind, tuple[str, ...]] = {
    "reach": ("min", "m", "km"),
    "presence": ("%", "fraction", "facilities/unit"),
    "ratio": (
        "places/1000 people",
        "beds/1000 elderly",
        "beds/100 elderly",
        "persons/1000 elderly",
        "persons/100 beds",
        "m2/person",
        "m2/bed",
        "people/facility",
    ),
    "share": ("%", "fraction"),
    "total": ("facilities", "beds", "places", "m2"),
    "proximity": ("m", "km"),
    "rule": ("m2/100 households", "places/1000 people", "m2/facility"),
    "unit_compliance": ("%", "fraction"),
    "listed": ("%", "facilities", "teams/unit", "people", "dwellings", "m"),
}
"""In what each kind of indicator may be printed."""

_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")
_FRACTION = re.compile(r"\d+/\d+")


@dataclass(frozen=True, slots=True)
class Figure:
    """A printed figure: a number, a range, or a fraction or percentage kept as printed; exact inside.

    Parameters
    ----------
    low, high
        The exact value; the same twice unless it is a range.
    printed
        As files and people write it.

    Examples
    --------
    >>> Figure.of(4.5).value, Figure.of("1/3").plain(), Figure.of([20, 30]).printed
    (4.5, '1/3', '20–30')
    >>> Figure.of("60 %").low
    Fraction(3, 5)
    """

    low: Fraction
    high: Fraction
    printed: str

    @classmethod
    def of(cls, given: object) -> Figure:
        """Return the figure of 60, 4.5, ``"1/3"``, ``"60 %"`` or ``[20, 30]``.

        Raises
        ------
        ValueError
            It is none of these, or below 0, or a range that falls.
        """
        if isinstance(given, (list, tuple)):
            if len(given) != 2 or any(isinstance(one, (list, tuple, str)) for one in given):
                raise ValueError("a range is two numbers, such as [20, 30]")
            first, last = cls.of(given[0]), cls.of(given[1])
            if first.low >= last.high:
                raise ValueError("a range goes from the lower to the higher number, such as [20, 30]")
            return cls(first.low, last.high, f"{first.printed}–{last.printed}")
        if isinstance(given, str):
            return cls._written(given.strip())
        if isinstance(given, bool) or not isinstance(given, (int, float, Decimal)):
            raise ValueError('a figure is a number, a fraction such as "1/3" or a range such as [20, 30]')  # noqa: TRY004  # one error for every bad figure
        if not Decimal(given).is_finite() or given < 0:
            raise ValueError("a figure is finite and not below 0")
        exact = Fraction(str(given))
        return cls(exact, exact, str(given))

    @classmethod
    def _written(cls, text: str) -> Figure:
        if (percent := _PERCENT.fullmatch(text)) is not None:
            exact = Fraction(percent[1]) / 100
        elif _FRACTION.fullmatch(text) and not text.endswith("/0"):
            exact = Fraction(text)
        else:
            raise ValueError('only fractions such as "1/3" and percentages such as "60 %" are written in quotes')
        return cls(exact, exact, text)

    @property
    def value(self) -> float:
        """The figure as a number; of a range the lower bound, from which it is met."""
        return float(self.low)

    @property
    def is_range(self) -> bool:
        """Whether it has two ends."""
        return self.low != self.high

    def plain(self) -> Plain:
        """Return it as printed, in the types of JSON and TOML."""
        if self.is_range:
            return [_number(self.low), _number(self.high)]
        return self.printed if "/" in self.printed or "%" in self.printed else _number(self.low)


@dataclass(frozen=True, slots=True)
class Target:
    """A milestone: its year (None: printed without one, so due at once) and its figure."""

    year: int | None
    figure: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One line of a plan with a spatial or capacity meaning.

    Parameters
    ----------
    name
        By language; ``zh`` is the plan's own wording.
    kind
        How it is computed; ``listed`` isn't, and has a ``reason``.
    reading
        For coverage rates: *present* or *reachable*; of ``presence+reach`` the first decides and both are shown.
    services, partners
        Keys of services, any of which counts; but ``partners`` among them only stand beside: what is near
        (``proximity``), inside or under contract (``share``), or counted per (``ratio``).
    operator
        None where the plan prints no figure; a range is met from its lower bound.
    printed_as
        The plan's own word for the operator, such as 达到.
    values
        Figure by year in ascending order; None is the year of a figure printed without one.
    unit
        In what the values are printed: one of ``UNITS[kind]``, or None.
    scope
        Over what it counts; several mean their union.
    column
        The facilities' column that is summed (of a share: its denominator); None counts facilities.
    part_column, part, part_any
        Of a share, what its numerator is: the column summed (``column`` where None) over facilities that meet all of
        ``part`` and, where there are any, at least one of ``part_any``.
    denominator, denominator_date
        Per what, such as ``population``, and of which date the plan takes it, where it says so.
    where, where_any
        Which facilities count: all of ``where`` hold and, where there are any, at least one of ``where_any``.
        Of a rule, a least size in ``where`` is the floor of each single facility.
    requires
        The functions that one facility must combine to count (of a share: to count as the part).
    areas
        Only the areas of these names (of a reach: the facilities in them), where the plan names them.
    own_area
        Of a presence, whether people must find the facility within their own area (不出社区): then each circle of the
        service is judged beside it with such facilities alone.
    increment, since
        Whether only what is added counts, and from which year on; None where the plan prints none.
    rules
        Of a ``unit_compliance``, the ids of the rules to comply with; none where the plan prints no rule.
    pools
        Of a rule for a pooled facility, the ids of the rules whose quotas it may take over.
    adds_up
        Of a ``total`` of what is still to build, the ids of the indicators whose units to build it is the sum of,
        rounded up once.
    bindingness, bindingness_printed
        How firm it is, and the plan's own word, such as 约束性 or 力争.
    responsible
        The bodies in charge, in the plan's order.
    baseline
        The current state by date (``2020`` or ``2022-07``), in ``unit``.
    conflict_group
        Indicators that contradict each other share one; each is judged all the same.
    note
        What a reader of the line should know.
    reason
        By language, why a ``listed`` indicator isn't computed.
    certainty, source
        Of a norm: whether the figure was seen in a source, and which.
    """

    id: str
    name: Mapping[str, str]
    kind: IndicatorKind
    quote: str
    clause: str
    services: tuple[str, ...] = ()
    partners: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    reading: Reading | None = None
    operator: Comparison | None = None
    printed_as: str | None = None
    values: Mapping[int | None, Figure] = field(default_factory=dict)
    unit: str | None = None
    column: str | None = None
    part_column: str | None = None
    part: tuple[Filter, ...] = ()
    part_any: tuple[Filter, ...] = ()
    denominator: str | None = None
    denominator_date: str | None = None
    where: tuple[Filter, ...] = ()
    where_any: tuple[Filter, ...] = ()
    requires: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    own_area: bool = False
    increment: bool = False
    since: int | None = None
    rules: tuple[str, ...] = ()
    pools: tuple[str, ...] = ()
    adds_up: tuple[str, ...] = ()
    bindingness: Bindingness = "stated"
    bindingness_printed: str | None = None
    responsible: tuple[str, ...] = ()
    baseline: Mapping[str, Figure] = field(default_factory=dict)
    conflict_group: str | None = None
    note: str | None = None
    reason: Mapping[str, str] | None = None
    certainty: Certainty | None = None
    source: str | None = None

    @property
    def counted_services(self) -> tuple[str, ...]:
        """The services of the facilities that count: all but the partners."""
        return tuple(service for service in self.services if service not in self.partners)

    @property
    def area_type(self) -> Literal["new", "built"] | None:
        """Which residential areas it is for, where it is for one kind only."""
        if self.scope == ("residential_area_new",):
            return "new"
        return "built" if self.scope == ("residential_area_built",) else None

    def target(self, year: int | None) -> Target | None:
        """Return the last milestone due in a year (None: the plan's last of all), None before the first.

        Examples
        --------
        >>> path = {2023: Figure.of(3.2), 2025: Figure.of(4.5)}
        >>> rate = Indicator(id="a", name={}, kind="ratio", quote="…", clause="一", values=path)
        >>> rate.target(2024).figure.value, rate.next_target(2024).year, rate.target(2022)
        (3.2, 2025, None)
        """
        due = [target for target in self._path() if target.year is None or year is None or target.year <= year]
        return due[-1] if due else None

    def next_target(self, year: int | None) -> Target | None:
        """Return the first milestone after a year, None where there is none (or no year)."""
        if year is None:
            return None
        return next((target for target in self._path() if target.year is not None and target.year > year), None)

    def _path(self) -> list[Target]:
        return [Target(year, self.values[year]) for year in sorted(self.values, key=lambda one: one or 0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A current-state figure that a plan prints, with its date.

    Parameters
    ----------
    name
        The word by which formulas call it.
    operator
        Other than ``=`` where the plan prints a bound (``以上``, ``不足``).
    date
        ``2020-12``, ``2025``, …; None where the plan prints none.
    basis
        What the date means where it isn't the day of a count: ``forecast``, ``目前``, …
    """

    name: str
    value: Figure
    unit: str
    date: str | None
    quote: str
    operator: Literal["=", ">=", "<=", ">", "<"] = "="
    basis: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A sum to check in a plan's own figures.

    Parameters
    ----------
    printed
        What the plan prints; None where it prints nothing and the sum is only told.
    operator
        How the printed figure is meant: ``~`` is about.
    formula
        Arithmetic over named figures: ``+ - * /``, brackets and ``ceil()``.
    figures
        By name; names that aren't here are the plan's baselines.
    tolerance
        By how much sum and print may differ because what goes in is rounded; None: the printed digits decide.
    other_denominator
        Whether both figures count different people, so that they needn't agree.
    """

    id: str
    claim: str
    formula: str
    figures: Mapping[str, Figure]
    quotes: tuple[str, ...]
    printed: Figure | None = None
    operator: Literal["=", "~", ">=", "<=", ">", "<"] = "="
    unit: str | None = None
    tolerance: Fraction | None = None
    other_denominator: bool = False
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A government's plan, or a norm, as data.

    Parameters
    ----------
    kind
        A norm is a default that a planner may override, never an authority.
    name
        By language.
    issuer, document, issued
        Who gave it, under which number, on which day; None where unknown.
    extends
        The id of the plan whose indicators it takes over, its own replacing those of the same id.
    """

    id: str
    name: Mapping[str, str]
    indicators: tuple[Indicator, ...]
    kind: Literal["plan", "norm"] = "plan"
    issuer: str | None = None
    document: str | None = None
    issued: str | None = None
    extends: str | None = None
    note: str | None = None
    baselines: tuple[Baseline, ...] = ()
    claims: tuple[Claim, ...] = ()

    def indicator(self, name: str) -> Indicator | None:
        """Return the indicator of that id, or None."""
        return next((one for one in self.indicators if one.id == name), None)

    def conflicts(self) -> dict[str, tuple[Indicator, ...]]:
        """Return the indicators that contradict each other, by group, in the plan's order."""
        groups: dict[str, list[Indicator]] = {}
        for one in self.indicators:
            if one.conflict_group is not None:
                groups.setdefault(one.conflict_group, []).append(one)
        return {group: tuple(members) for group, members in groups.items()}


def _number(exact: Fraction) -> int | float:
    return exact.numerator if exact.denominator == 1 else float(exact)
