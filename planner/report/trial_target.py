"""What the page needs to work an indicator's figure out anew, for sites that are tried and facilities that close."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from planner.circle import Circle
from planner.compliance import Basis, Entry, table_of
from planner.compliance.assess import HUNDRED, wanted
from planner.compliance.homes import LEVEL
from planner.compliance.presence import PER_AREA
from planner.compliance.reached import counts_people
from planner.compliance.territory import Tier
from planner.compliance.verdict import exact
from planner.measure import FloatArray, IntArray
from planner.places import Places
from planner.plan import Figure, Indicator
from planner.report import amount, reason
from planner.report.units import positions
from planner.report.words import Text, Words
from planner.study import Study

MOST = 2**53
"""Whole numbers up to here are exact in a browser."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialTier:
    """Areas that indicators are judged over.

    Parameters
    ----------
    place, at, names
        Where each area's name is found: among communities (``c``), areas (``a``) or residential areas (``r``) at
        ``at``, else in ``names``.
    drawn
        Whether its outline is known: 1 or 0.
    members
        The communities of each; of a residential area itself, by its position in their table.
    facilities, sites
        For each facility and each candidate its area; -1: in none, -2: not known.
    """

    place: str
    at: tuple[int, ...]
    names: tuple[str, ...]
    drawn: tuple[int, ...]
    members: tuple[tuple[int, ...], ...]
    facilities: tuple[int, ...]
    sites: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialAmount:
    """How an amount is made up, all in whole numbers.

    Parameters
    ----------
    top, bottom
        What each facility that counts brings above and below; None above where it isn't known, and ``bottom`` blank
        unless ``divided``.
    site_top, site_bottom
        By service, the same of the candidates that count.
    per
        The numerator and denominator of what the quotient is multiplied by.
    divided
        Whether the sum of what is below divides, rather than a figure that ``per`` has in it.
    scale
        By what the amounts above were multiplied to be whole.
    """

    top: tuple[int | None, ...]
    bottom: tuple[int, ...]
    site_top: dict[str, tuple[int, ...]]
    site_bottom: dict[str, tuple[int, ...]]
    per: tuple[int, int]
    scale: int
    divided: bool
    inverse: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialTarget:
    """An indicator judged one way, so that its figure can be worked out anew.

    Parameters
    ----------
    item
        The indicator's position in the panel.
    kind
        ``people`` and ``units`` of a circle, ``present`` in areas, or an ``amount``.
    circle
        The circle that a reach is judged on.
    label
        What tells it from the indicator's other lines.
    demand
        The column whose people are summed.
    tiers
        The areas that it is judged over.
    within
        Whether only a place in the community itself counts.
    counts, late
        The facilities that count (None: all of the circle), and those of which that isn't known.
    sites, silent
        By service, the candidates that would count (None: all that the circle may have), and those of which nothing
        tells it.
    lacks
        What the table of candidates doesn't tell.
    times
        By what the counted share is multiplied: 100 or 1; None where the number is the figure.
    each
        Whether each area must have so many.
    target, operator
        As numerator and denominator, and how the value is compared; None without one.
    mark
        What the value shown must be told from, such as its target.
    idle
        The verdict where there is no target.
    decimals, percent, hundred
        How a value is shown: at least so many decimals; whether as a share; and whether times 100.
    value, gap, build
        The forms of the value, of what it falls short and of what is to build.
    """

    item: int
    kind: str
    circle: int | None
    label: Text | None
    demand: str | None
    tiers: tuple[int, ...]
    within: bool
    counts: tuple[int, ...] | None
    late: tuple[int, ...]
    sites: dict[str, tuple[int, ...] | None]
    silent: dict[str, tuple[int, ...]]
    lacks: Text | None
    times: int | None
    each: bool
    amount: TrialAmount | None
    target: tuple[int, int] | None
    operator: str | None
    mark: tuple[int, int] | None
    idle: str
    decimals: int
    percent: bool
    hundred: bool
    value: Text
    gap: Text
    build: Text | None


class Tiers:
    """The areas of all targets, each kept once; ``homes`` are the positions of those that are residential areas."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.known = {} if study.areas is None else positions(study.areas)
        self.homes: list[int] = []
        self.found: list[TrialTier] = []
        homes = table_of(study.residential_areas, study.areas)
        self._of_homes = {} if homes is None else _by_id(homes)
        self._communities = _by_id(study.communities)
        self._at: dict[tuple[str, tuple[str, ...]], int] = {}

    def add(self, tier: Tier) -> int:
        """Return the position of a tier."""
        key = (tier.level, tuple(map(str, tier.ids)))
        if key not in self._at:
            self._at[key] = len(self.found)
            self.homes += [len(self.found)] if tier.level == LEVEL else []
            self.found.append(self._view(tier))
        return self._at[key]

    def _view(self, tier: Tier) -> TrialTier:
        old = len(self.study.facilities)
        ids = [str(one) for one in tier.ids]
        place, at, members = "", tuple[int, ...](), tier.members()
        own = self._of_homes if tier.level == LEVEL else self._communities
        if tier.level == LEVEL:
            members = tuple((own[one],) for one in ids)
        if tier.level == LEVEL and self.study.residential_areas is not None:
            place, at = "r", tuple(own[one] for one in ids)
        elif tier.level in ("community", "urban_community", "village") and all(one in own for one in ids):
            place, at = "c", tuple(own[one] for one in ids)
        elif all((tier.level, one) in self.known for one in ids):
            place, at = "a", tuple(self.known[tier.level, one] for one in ids)
        return TrialTier(
            place=place,
            at=at,
            names=() if place else tuple(str(one) for one in tier.names),
            drawn=tuple(int(one) for one in tier.polygon),
            members=members,
            facilities=tuple(tier.facility[:old].tolist()),
            sites=tuple(tier.facility[old:].tolist()),
        )


@dataclass(frozen=True, slots=True)
class Told:
    """What targets draw on.

    Parameters
    ----------
    circles, labels
        The circles of the page, and what tells each from the others of its service.
    items
        By indicator, its position in the panel.
    near_homes
        The circles of which it is known what residential areas reach.
    """

    study: Study
    words: Words
    tiers: Tiers
    circles: Sequence[Circle]
    labels: Sequence[Text]
    items: Mapping[str, int]
    near_homes: Collection[str]


def trial_target(entry: Entry, indicator: Indicator, basis: Basis, told: Told) -> TrialTarget | None:
    """Return an indicator judged one way; None where the page can't work it out."""
    study, words = told.study, told.words
    circles = [one.name for one in told.circles]
    by_reach = entry.reading == "reach"
    if by_reach and entry.circle not in circles:
        return None
    of_homes = not counts_people(indicator, basis.tiers) and any(tier.level == LEVEL for tier in basis.tiers)
    if by_reach and of_homes and entry.circle not in told.near_homes:
        return None
    circle = circles.index(entry.circle or "") if by_reach else None
    made_up = None if basis.quotient is None else _amount(basis)
    if basis.quotient is not None and made_up is None:
        return None
    due = _due(entry, indicator, study.year)
    mark = None
    if entry.unit != "fraction" and entry.target is not None and entry.operator is not None:
        mark = _pair(Figure.of(entry.target).low)
    noun = amount.noun(entry.scope, words, count=1)
    return TrialTarget(
        item=told.items[entry.id],
        kind=_kind(entry, indicator, basis),
        circle=circle,
        label=told.labels[circle] if circle is not None else _label(entry, words),
        demand=indicator.denominator if by_reach and counts_people(indicator, basis.tiers) else None,
        tiers=() if made_up is not None else tuple(told.tiers.add(tier) for tier in basis.tiers),
        within=by_reach and indicator.kind == "presence" and indicator.own_area and "reach" not in _readings(indicator),
        counts=None if by_reach and not basis.narrowed else _listed(basis.counts),
        late=() if by_reach else _listed(basis.doubtful),
        sites=_sites(basis, None if circle is None else told.circles[circle], told.circles),
        silent=_silent(basis, by_reach=by_reach),
        lacks=_lacks(basis.lacks if by_reach else tuple(dict.fromkeys((*basis.lacks, *basis.unplaced))), words),
        times={"%": 100, "fraction": 1}.get(entry.unit or ""),
        each=not by_reach and entry.unit == PER_AREA,
        amount=made_up,
        target=None if due is None or entry.operator is None else _pair(due),
        operator=entry.operator,
        mark=mark,
        idle=entry.verdict if due is None else "no_target",
        decimals=amount.DECIMALS.get(entry.unit or "", 2),
        percent=entry.unit in amount.PERCENT,
        hundred=entry.unit == "fraction",
        value=_form("%" if entry.unit == "fraction" else entry.unit, words, noun),
        gap=_form("points" if entry.unit in amount.PERCENT else entry.unit, words, noun),
        build=None if by_reach or basis.build_unit is None else _form(basis.build_unit, words, noun),
    )


def _readings(indicator: Indicator) -> list[str]:
    return (indicator.reading or "").split("+")


def _kind(entry: Entry, indicator: Indicator, basis: Basis) -> str:
    if entry.reading == "reach":
        return "people" if counts_people(indicator, basis.tiers) else "units"
    return "present" if entry.reading == "presence" else "amount"


def _due(entry: Entry, indicator: Indicator, year: int | None) -> Fraction | None:
    """Return what a value is compared with, in its unit; None where nothing is due."""
    due = indicator.target(year)
    if due is None or indicator.operator is None:
        return None
    if entry.kind == "reach" or (entry.circle is not None and indicator.unit == PER_AREA):
        return HUNDRED
    return wanted(due.figure, indicator.unit)


def _label(entry: Entry, words: Words) -> Text | None:
    return None if entry.reading is None else words.text("reading", entry.reading)


def _sites(basis: Basis, circle: Circle | None, circles: Sequence[Circle]) -> dict[str, tuple[int, ...] | None]:
    """Return the candidates that count by service: of a reach those services that serve its circle."""
    if circle is None:
        return {service: _listed(at) for service, at in basis.sites.items()}
    served = [one.service for one in circles if circle.served_by((one.service,))]
    if not basis.narrowed:
        return dict.fromkeys(served)
    return {
        service: _listed(np.union1d(basis.sites[service], basis.adrift.get(service, [])).astype(np.int64))
        for service in dict.fromkeys(served)
        if service in basis.sites
    }


def _silent(basis: Basis, *, by_reach: bool) -> dict[str, tuple[int, ...]]:
    """Return the candidates that nobody can count by service: within reach it needn't be known where they stand."""
    if by_reach:
        return {key: _listed(at) for key, at in basis.silent.items()} if basis.narrowed else {}
    return {
        key: _listed(np.union1d(at, basis.adrift.get(key, [])).astype(np.int64)) for key, at in basis.silent.items()
    }


def _lacks(columns: Sequence[str], words: Words) -> Text | None:
    """Return the columns that the candidates' table lacks, in words."""
    if not columns:
        return None
    named = [reason.named("function" if words.has("function", one) else "column", one, words) for one in columns]
    return amount.listed(named)


def _form(unit: str | None, words: Words, noun: Text) -> Text:
    """Return how an amount is written, ``{n}`` for its figure; ``one`` is the English singular."""
    form = amount.amount("{n}", unit, words, noun=noun)
    one = form["en"]
    if unit is not None and words.has("amount", unit):
        one = words.text("amount", unit, count=1, n="{n}", noun=noun)["en"]
    return {**form, "one": one}


def _amount(basis: Basis) -> TrialAmount | None:
    """Return how an amount is made up, in whole numbers; None where they would be too large."""
    made = basis.quotient
    if made is None:
        return None
    brought = [made.facilities, *made.sites.values()]
    above = _scale(one.top for one in brought)
    below = _scale(one.bottom for one in brought) if made.whole is None else 1
    whole = made.whole or Fraction(1)
    per = made.per * Fraction(below, above) / whole if not made.inverse else whole * above / made.per
    sums = [sum(abs(one) for each in brought for one in _whole(each.top, above) if one is not None)]
    if made.whole is None:
        sums.append(sum(one for each in brought for one in _whole(each.bottom, below) if one is not None))
    if max(sums) * per.numerator * 100 > MOST or max(sums) * per.denominator > MOST:
        return None
    of_places = made.whole is None
    return TrialAmount(
        top=_whole(made.facilities.top, above),
        bottom=tuple(one or 0 for one in _whole(made.facilities.bottom, below)) if of_places else (),
        site_top={key: tuple(x or 0 for x in _whole(one.top, above)) for key, one in made.sites.items()},
        site_bottom={key: tuple(x or 0 for x in _whole(one.bottom, below)) for key, one in made.sites.items()}
        if of_places
        else {},
        per=_pair(per),
        scale=above,
        divided=of_places,
        inverse=made.inverse,
    )


def _scale(columns: Iterable[FloatArray]) -> int:
    """Return by what figures are multiplied to become whole."""
    return math.lcm(1, *(exact(one).denominator for cells in columns for one in cells if not np.isnan(one)))


def _whole(cells: FloatArray, scale: int) -> tuple[int | None, ...]:
    return tuple(None if np.isnan(one) else int(exact(one) * scale) for one in cells)


def _pair(value: Fraction) -> tuple[int, int]:
    return value.numerator, value.denominator


def _by_id(places: Places) -> dict[str, int]:
    return {str(name): i for i, name in enumerate(places.ids)}


def _listed(at: IntArray) -> tuple[int, ...]:
    return tuple(at.tolist())
