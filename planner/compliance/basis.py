"""What an indicator's figure rests on: which places count for it, where they stand, and what candidates would add."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np

from planner.compliance.capacity import BUILDABLE, PER, added, base_of, inside_of, unit_of
from planner.compliance.evidence import UNKNOWN, Evidence
from planner.compliance.homes import table_of
from planner.compliance.presence import COLUMN
from planner.compliance.reached import without_areas
from planner.compliance.residential import tier_of
from planner.compliance.selection import FUNCTIONS, Offers
from planner.compliance.share import meeting, of_persons
from planner.compliance.territory import Tier, survey
from planner.measure import FloatArray, IntArray
from planner.network import BoolArray
from planner.places import Places
from planner.plan import Indicator, Plan

MEASURED = ("total", "ratio", "share")
RECKONED = ("presence", "reach", *MEASURED)
"""Kinds whose figure follows from which places stand; the others hang on sizes or distances of each by itself."""

PEOPLE_EACH = "people/facility"
NOT_TAKEN = ("service", "status", "year")
"""Columns that a tried site doesn't take from the candidates' table: it is open, for the service it is tried for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What places bring to a figure, in their order: ``top`` is summed above and ``bottom`` below; NaN is unknown."""

    top: FloatArray
    bottom: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotient:
    """A figure: ``per`` times the sum of ``top`` over that of ``bottom``, or the other way round.

    Parameters
    ----------
    facilities
        What each of those that count brings.
    sites
        By service, what each of the candidates that count would bring; known of all.
    whole
        What is divided by where that hangs on no place: people; None where the sum of ``bottom`` is.
    inverse
        Whether the lower is divided by the upper: people per facility.
    """

    facilities: Brought
    sites: Mapping[str, Brought]
    whole: Fraction | None
    per: Fraction
    inverse: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What one indicator's figure rests on.

    Parameters
    ----------
    tiers
        The areas of its scope; ``facility`` is of the facilities and then the candidates.
    counts, doubtful
        The facilities that count, and those of which nobody can tell; positions.
    narrowed
        Whether of a circle's facilities only some count.
    sites
        By service, the candidates that would count if they were built for it.
    silent
        By service, the candidates of which nothing tells whether, or with how much, they would count.
    lacks
        The columns that don't tell it.
    adrift, unplaced
        Of a presence, by service, the candidates that would count if anything told in which of the areas they stand,
        and what doesn't: within reach they count all the same.
    build_unit
        What is built to meet it; None where that can't be said.
    quotient
        Of an amount how it is made up; None of a presence or reach.
    """

    tiers: tuple[Tier, ...]
    counts: IntArray
    doubtful: IntArray
    narrowed: bool
    sites: Mapping[str, IntArray]
    silent: Mapping[str, IntArray]
    lacks: tuple[str, ...]
    build_unit: str | None
    adrift: Mapping[str, IntArray] = field(default_factory=dict)
    unplaced: tuple[str, ...] = ()
    quotient: Quotient | None = None


def bases(
    plan: Plan,
    communities: Places,
    facilities: Places,
    candidates: Places,
    *,
    services: Sequence[str],
    areas: Places | None = None,
    residential_areas: Places | None = None,
    year: int | None = None,
    wider: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, Basis]:
    """Return what each indicator's figure rests on, by its id; those whose figure rests on more are left out.

    Parameters
    ----------
    services
        Those that a candidate may be built for.
    wider
        By service, the services that are of its kind.

    Notes
    -----
    A candidate counts as a facility that opens in the study's year and has what the candidates' table says under the
    name of the facilities' column. A blank never counts, as it doesn't of a facility.
    """
    both = _together(facilities, candidates, year)
    ground = survey(communities, both, areas)
    homes = table_of(residential_areas, areas)
    old = len(facilities)
    asked, kinds = frozenset(services), wider or {}

    def offers(table: Places, inside: BoolArray) -> Offers:
        return Offers(facilities=table, year=year, inside=inside, asked=asked, wider=kinds)

    reckoning = _Reckoning(
        evidence=Evidence(
            communities=communities,
            facilities=both,
            territory=ground,
            offers=offers(both, ground.inside),
            areas=areas,
            coverages=(),
            residential_areas=homes,
            residential=None if homes is None else tier_of(homes, ground, both, areas),
            ready=None,
            year=year,
            proximity_m=0.0,
        ),
        here=offers(facilities, ground.inside[:old]),
        new={one: offers(_offering(both.take(np.arange(old, len(both))), one), ground.inside[old:]) for one in asked},
    )
    found = ((one.id, reckoning.basis(one)) for one in plan.indicators)
    return {name: basis for name, basis in found if basis is not None}


@dataclass(frozen=True, slots=True)
class _Reckoning:
    """The facilities as they are offered, the candidates as each service would have them, and the areas of both."""

    evidence: Evidence
    here: Offers
    new: Mapping[str, Offers]

    def basis(self, one: Indicator) -> Basis | None:
        """Return what an indicator's figure rests on, None where it can't be told or rests on more."""
        if one.kind not in RECKONED or "household" in one.scope or one.adds_up:
            return None
        tiers, _ = self.evidence.tiers(without_areas(one))
        selection = self.here.select(one, functions=one.kind != "share")
        narrowed = bool(
            one.where or one.where_any or one.requires or one.increment or (one.kind == "reach" and one.areas)
        )
        if not tiers or (selection.missing and narrowed):
            return None
        inside = self._inside(one, tiers)
        old = len(self.here.facilities)
        sites, silent, adrift = dict[str, BoolArray](), dict[str, BoolArray](), dict[str, BoolArray]()
        lacks, unplaced = dict[str, None](), dict[str, None]()
        for service in sorted(self.new):
            if service in self.here.words(one.counted_services):
                adds, unknown = self._adds(one, service, lacks)
                adds &= inside[old:]
                if one.kind == "presence":
                    lost = self._adrift(tiers, unplaced, adds | unknown)
                    adds, adrift[service] = adds & ~lost, adds & lost
                sites[service], silent[service] = adds, unknown
        found = Basis(
            tiers=tiers,
            counts=np.flatnonzero(selection.counts & inside[:old]),
            doubtful=np.flatnonzero(selection.doubtful & inside[:old]),
            narrowed=narrowed,
            sites=_positions(sites),
            silent=_positions(silent),
            lacks=tuple(lacks),
            build_unit=_build_unit(one),
            adrift=_positions(adrift),
            unplaced=tuple(unplaced),
        )
        return self._measured(one, found, inside) if one.kind in MEASURED else found

    def _inside(self, one: Indicator, tiers: tuple[Tier, ...]) -> BoolArray:
        """Return which facilities and candidates stand where they may count."""
        if one.kind in MEASURED:
            return inside_of(self.evidence, one, tiers)[0]
        if one.kind == "reach" and one.areas:
            return self.evidence.lying_in(one.areas)[0]
        return np.ones(len(self.evidence.facilities), dtype=bool)

    def _adds(self, one: Indicator, service: str, lacks: dict[str, None]) -> tuple[BoolArray, BoolArray]:
        """Return the candidates that count if built for a service, and those of which that isn't known."""
        offers, of_share = self.new[service], one.kind == "share"
        found = offers.select(one, functions=not of_share)
        unknown = found.doubtful.copy()
        if found.doubtful.any():
            lacks["year"] = None
        for where in (*one.where, *one.where_any):
            unknown |= self._blank(offers, where.column, lacks)
        for name in () if of_share else one.requires:
            if not offers.has_function(name).all():
                unknown |= ~offers.has_function(name) & self._blank(offers, name, lacks)
        may = offers.open_now()
        return found.counts & may, unknown & may & ~found.counts

    def _blank(self, offers: Offers, column: str, lacks: dict[str, None]) -> BoolArray:
        """Return the candidates whose cell is blank, and note the column."""
        cells = offers.facilities.columns.get(column, offers.facilities.columns.get(FUNCTIONS))
        blank = np.ones(len(offers.facilities), dtype=bool)
        if cells is not None:
            blank = np.array([cell is None or cell != cell or cell == "" for cell in cells], dtype=bool)  # noqa: PLR0124  # NaN
        if blank.any():
            lacks[column] = None
        return blank

    def _adrift(self, tiers: tuple[Tier, ...], unplaced: dict[str, None], among: BoolArray) -> BoolArray:
        """Return the candidates of which nothing tells in which area they stand."""
        adrift = np.zeros(len(among), dtype=bool)
        placed = adrift.copy()
        for tier in tiers:
            at = tier.facility[-len(among) :] if len(among) else tier.facility[:0]
            placed |= at >= 0
            lost = (at == UNKNOWN) & among & (not tier.polygon.all())
            if lost.any():
                unplaced[COLUMN.get(tier.level, tier.level)] = None
            adrift |= lost
        return adrift & ~placed

    def _measured(self, one: Indicator, found: Basis, inside: BoolArray) -> Basis | None:
        """Return the basis with how its amount is made up; candidates of unknown amount are silent."""
        whole = self._whole(one, found.tiers, inside)
        if whole == 0 or len(found.doubtful) or (one.kind == "ratio" and one.denominator == "beds"):
            return None
        if any(self.here.lacks(where.column) for where in (*one.part, *one.part_any)):
            return None
        facilities = self._brought(one, self.here, found.counts)
        if whole is None and (np.isnan(facilities.bottom).any() or np.isnan(facilities.top).any()):
            return None  # of a share the whole must be known
        lacks = dict.fromkeys(found.lacks)
        sites, brought, silent = {}, {}, {}
        for service, at in found.sites.items():
            each = self._brought(one, self.new[service], at)
            known = ~np.isnan(each.top) & ~(np.isnan(each.bottom) & (whole is None))
            if one.kind == "share":
                for column in _of_part(one):
                    known &= ~self._blank(self.new[service], column, lacks)[at]
            if one.column is not None and not known.all():
                self._blank(self.new[service], one.column, lacks)
            sites[service] = at[known]
            silent[service] = np.union1d(found.silent[service], at[~known])
            brought[service] = Brought(top=each.top[known], bottom=each.bottom[known])
        inverse = one.unit == PEOPLE_EACH
        quotient = Quotient(facilities=facilities, sites=brought, whole=whole, per=_per(one), inverse=inverse)
        return replace(found, sites=sites, silent=silent, lacks=tuple(lacks), quotient=quotient)

    def _brought(self, one: Indicator, offers: Offers, at: IntArray) -> Brought:
        """Return what each of some places brings."""
        column = None if one.unit == PEOPLE_EACH else one.column
        each = np.ones(len(at)) if column is None else offers.facilities.number(column)[at]
        if one.kind != "share" or of_persons(one):
            return Brought(top=each, bottom=each)
        mask = np.zeros(len(offers.facilities), dtype=bool)
        mask[at] = True
        part = meeting(offers, one, mask)[0][at]
        own = each if one.part_column is None else offers.facilities.number(one.part_column)[at]
        return Brought(top=np.where(part, own, 0.0), bottom=each)

    def _whole(self, one: Indicator, tiers: tuple[Tier, ...], inside: BoolArray) -> Fraction | None:
        """Return what an amount is divided by, 0 where that isn't known; None where it hangs on the places."""
        if one.kind == "total":
            return Fraction(1)
        if one.kind == "share" and not of_persons(one):
            return None
        if one.kind == "ratio":
            return base_of(self.evidence, one, tiers, inside)[0] or Fraction(0)
        people, _ = self.evidence.people(one.denominator or "", tiers)
        return Fraction(0) if people is None or np.isnan(people).any() else added(people)


def _together(facilities: Places, candidates: Places, year: int | None) -> Places:
    """Return the facilities and the candidates as one table of facilities: with its columns, blank where they lack."""
    columns = {}
    for name, cells in facilities.columns.items():
        own: Any = candidates.columns.get(name) if name not in NOT_TAKEN else None
        if own is None or own.dtype != cells.dtype:
            own = np.full(len(candidates), np.nan if cells.dtype.kind == "f" else None, dtype=cells.dtype)
        columns[name] = np.concatenate([cells, own])
    if "year" in columns and year is not None:
        columns["year"][len(facilities) :] = year
    return Places(
        role="facilities",
        table=facilities.table,
        ids=np.concatenate([facilities.ids, candidates.ids]),
        names=np.concatenate([facilities.names, candidates.names]),
        row=np.arange(len(facilities) + len(candidates)),
        lon=np.concatenate([facilities.lon, candidates.lon]),
        lat=np.concatenate([facilities.lat, candidates.lat]),
        columns=columns,
    )


def _offering(places: Places, service: str) -> Places:
    """Return places that all offer one service."""
    offered = np.empty(len(places), dtype=object)
    offered[:] = [(service,)] * len(places)
    return replace(places, columns={**places.columns, "service": offered})


def _of_part(one: Indicator) -> tuple[str, ...]:
    """Return the columns that tell whether a place is of the part that a share is taken of."""
    own = () if one.part_column is None else (one.part_column,)
    return (*own, *(where.column for where in (*one.part, *one.part_any)), *one.requires)


def _build_unit(one: Indicator) -> str | None:
    """Return the unit in which what is short is built."""
    if one.kind == "reach" or one.reading == "reach":
        return None
    if one.kind == "presence" or one.unit == PEOPLE_EACH:
        return "facilities"
    unit = one.unit if one.kind == "total" else unit_of(one.column)
    if one.kind == "share" and of_persons(one):
        return unit
    return unit if unit in BUILDABLE and one.part_column != "residents" else None


def _per(one: Indicator) -> Fraction:
    if one.kind == "ratio":
        return Fraction(PER.get(one.unit or "", 1))
    return Fraction(100 if one.kind == "share" and one.unit != "fraction" else 1)


def _positions(masks: Mapping[str, BoolArray]) -> dict[str, IntArray]:
    return {service: np.flatnonzero(mask) for service, mask in masks.items()}
