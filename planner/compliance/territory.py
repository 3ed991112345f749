"""Which areas of each level there are, and in which of them each community, facility and residential area lies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from planner.area import membership
from planner.compliance.entry import Reason
from planner.compliance.naming import OUTSIDE, UNKNOWN, Named, named_areas, read_names
from planner.issue import Issue
from planner.measure import FloatArray, IntArray
from planner.network import TextArray
from planner.places import Places

WHOLE = ("city", "district", "urban_area")
"""Scopes that are one unit: the whole study, or its urban part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """The areas of one level, and what lies in them.

    Parameters
    ----------
    ids, names
        Length k.
    community, facility
        For each community and facility of the study the position of its area, ``OUTSIDE`` or ``UNKNOWN``.
    polygon
        Length k: whether the outline of the area is known; a facility whose area is unknown may stand only in one
        without.
    own
        By column, length k: figures that the table of areas itself gives, NaN where it doesn't.
    """

    level: str
    ids: TextArray
    names: TextArray
    community: IntArray
    facility: IntArray
    polygon: npt.NDArray[np.bool_]
    own: Mapping[str, FloatArray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)

    def members(self) -> tuple[tuple[int, ...], ...]:
        """Return the communities of each area, in their order."""
        found: list[list[int]] = [[] for _ in range(len(self))]
        for community, area in enumerate(self.community.tolist()):
            if area >= 0:
                found[area].append(community)
        return tuple(map(tuple, found))

    def only(self, keep: npt.NDArray[np.bool_]) -> Tier:
        """Return the areas of a mask."""
        to = np.where(keep, np.cumsum(keep) - 1, OUTSIDE)
        to = np.append(to, [UNKNOWN, OUTSIDE])  # positions -2 and -1
        return Tier(
            level=self.level,
            ids=self.ids[keep],
            names=self.names[keep],
            community=to[self.community],
            facility=to[self.facility],
            polygon=self.polygon[keep],
            own={name: cells[keep] for name, cells in self.own.items()},
        )

    def at(self, level: str) -> Tier:
        """Return the same areas under another level's name."""
        return Tier(
            level=level,
            ids=self.ids,
            names=self.names,
            community=self.community,
            facility=self.facility,
            polygon=self.polygon,
            own=self.own,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Territory:
    """The areas of a study, level by level.

    Parameters
    ----------
    tiers
        By level: ``community`` (every row of the communities), ``village`` (areas that aren't communities),
        ``county``, ``street``, ``township``; a level that isn't known is absent.
    inside
        Which facilities stand in the study's area; one is left out only where it is known to stand outside.
    issues
        Disagreements between polygons and columns, and names that no area has.
    """

    communities: Places
    tiers: Mapping[str, Tier]
    inside: npt.NDArray[np.bool_]
    issues: tuple[Issue, ...]

    def of(self, scope: Sequence[str]) -> tuple[tuple[Tier, ...], tuple[Reason, ...]]:
        """Return the areas of a scope, each once, and why a part of it isn't known.

        Examples
        --------
        >>> from planner.sources import sample_district
        >>> study = sample_district()
        >>> tiers, missing = survey(study.communities, study.facilities, study.areas).of(["street"])
        >>> len(tiers[0]), missing
        (6, ())
        """
        tiers: list[Tier] = []
        missing: list[Reason] = []
        words = [part for word in scope for part in _PARTS.get(word, (word,))]
        for word in words:
            found = self._tier(word)
            if isinstance(found, Tier):
                if len(found):
                    tiers.append(found)
            elif not (word == "village" and found.code == "no_column" and "community" in words):
                missing.append(found)
        return tuple(tiers), tuple(missing)

    def _tier(self, word: str) -> Tier | Reason:
        if word in WHOLE:
            return self._whole(word)
        if word in _KINDS:
            return self._of_kind(word)
        if word in self.tiers:
            return self.tiers[word]
        return Reason(
            code="no_level",
            text=f"no area of level {word} is known: give [areas] with that level"
            + (f", or a column '{_COLUMN[word]}'" if word in _COLUMN else ""),
            table="areas",
            column="level",
            name=word,
        )

    def _whole(self, word: str) -> Tier | Reason:
        """Return the whole study, or its urban part, as one area."""
        of_urban = self._of_kind("urban_community") if word == "urban_area" else None
        if isinstance(of_urban, Reason):
            return of_urban
        one: TextArray = np.array([word], dtype=object)
        if of_urban is None:
            community = np.zeros(len(self.communities), np.int64)
            facility = np.where(self.inside, 0, OUTSIDE)
        else:
            community = np.where(of_urban.community >= 0, 0, of_urban.community)
            facility = np.where(of_urban.facility >= 0, 0, of_urban.facility)
        known = np.array([of_urban is None])
        return Tier(level=word, ids=one, names=one, community=community, facility=facility, polygon=known)

    def _of_kind(self, word: str) -> Tier | Reason:
        """Return the communities that are urban, that are villages, or that aren't."""
        tier = self.tiers["community"]
        kind = self.communities.columns.get("kind")
        if word == "community":
            keep = np.ones(len(tier), dtype=bool) if kind is None else np.asarray(kind != "village", dtype=bool)
            return tier.only(keep)
        extra = self.tiers.get("village") if word == "village" else None
        if kind is None:
            return extra or Reason(
                code="no_column",
                text="communities: there is no column 'kind' that tells urban communities from villages",
                table="communities",
                column="kind",
            )
        blank = int(sum(cell is None for cell in kind))
        if blank:
            return Reason(
                code="blank_cells",
                text=f"communities: 'kind' is blank for {blank} of {len(kind)}",
                table="communities",
                column="kind",
                count=blank,
                total=len(kind),
            )
        own = tier.only(np.asarray(kind == ("urban" if word == "urban_community" else "village"), dtype=bool))
        return own.at(word) if extra is None else _joined(own.at("village"), extra)


_PARTS = {"street_or_township": ("street", "township")}
_KINDS = ("community", "urban_community", "village")
_COLUMN = {"street": "street", "township": "street", "county": "county"}


def survey(communities: Places, facilities: Places, areas: Places | None) -> Territory:
    """Find the areas of every level and what lies in them.

    Parameters
    ----------
    areas
        Polygons with a ``level``; where a level isn't among them, it is made of the names in the columns ``street``
        and ``county`` of the communities.

    Notes
    -----
    At the level of communities an id that the facility's table names goes before the polygon, as in coverage; at
    higher levels the polygon goes before the column, then comes the area of the facility's community.
    """
    issues: list[Issue] = []
    base = _community_tier(communities, facilities, areas)
    tiers = {"community": base}
    outlined = _outlined(areas, "village")
    if outlined is not None:
        other = outlined.take(~np.isin(outlined.ids.astype(str), communities.ids.astype(str)))
        if len(other):
            tiers["village"] = _outlined_tier("village", other, communities, facilities)
    for levels, column in ((("county",), "county"), (("street", "township"), "street")):
        named = named_areas(areas, communities, levels, column)
        if named is not None:
            issues += named.issues
            tiers.update(_administrative(named, column, communities, facilities, base, issues))
    return Territory(
        communities=communities,
        tiers=tiers,
        inside=_inside(tiers, facilities),
        issues=tuple(issues),
    )


def _community_tier(communities: Places, facilities: Places, areas: Places | None) -> Tier:
    polygon = outlines(communities, areas, "community")
    home = membership(
        facilities.columns.get("community_id"), facilities.lon, facilities.lat, ids=communities.ids, polygon=polygon
    )
    known = np.zeros(len(communities), dtype=bool)
    if polygon is not None:
        known = np.array([shape is not None for shape in polygon], dtype=bool)
    return Tier(
        level="community",
        ids=communities.ids,
        names=communities.names,
        community=np.arange(len(communities), dtype=np.int64),
        facility=positions(home, communities.ids),
        polygon=known,
    )


def outlines(places: Places, areas: Places | None, level: str) -> npt.NDArray[Any] | None:
    """Return each place's own polygon or, where it has none, that of the area of its id; None where none is known."""
    own = places.polygon
    if areas is None or areas.polygon is None or "level" not in areas.columns:
        return own
    of = areas.columns["level"]
    by_id = {areas.ids[i]: areas.polygon[i] for i in range(len(areas)) if of[i] == level}
    found = np.empty(len(places), dtype=object)
    for i, name in enumerate(places.ids):
        found[i] = own[i] if own is not None and own[i] is not None else by_id.get(name)
    return found


def positions(found: TextArray, ids: TextArray) -> IntArray:
    """Return the positions of ids, OUTSIDE for one that isn't among them and UNKNOWN for None."""
    at = {str(name): i for i, name in enumerate(ids)}
    return np.array([UNKNOWN if one is None else at.get(str(one), OUTSIDE) for one in found], dtype=np.int64)


def _outlined(areas: Places | None, level: str) -> Places | None:
    if areas is None or "level" not in areas.columns:
        return None
    found = areas.take(np.asarray(areas.columns["level"] == level, dtype=bool))
    return found if len(found) else None


def _outlined_tier(level: str, areas: Places, communities: Places, facilities: Places) -> Tier:
    """Return areas that only their polygons tell of."""
    at = (
        positions(membership(None, places.lon, places.lat, ids=areas.ids, polygon=areas.polygon), areas.ids)
        for places in (communities, facilities)
    )
    community, facility = at
    return Tier(
        level=level,
        ids=areas.ids,
        names=areas.names,
        community=community,
        facility=facility,
        polygon=_known(areas),
        own=_own(areas),
    )


def _administrative(
    named: Named, column: str, communities: Places, facilities: Places, base: Tier, issues: list[Issue]
) -> dict[str, Tier]:
    """Return the tiers of streets and townships, or of counties."""
    areas = named.areas
    of_community = read_names(named, communities, column, issues)
    of_facility = read_names(named, facilities, column, issues)
    home = np.where(base.facility >= 0, np.append(of_community, UNKNOWN)[base.facility], UNKNOWN)
    of_facility = np.where(of_facility == UNKNOWN, home, of_facility)
    whole = Tier(
        level="",
        ids=areas.ids,
        names=areas.names,
        community=of_community,
        facility=of_facility,
        polygon=_known(areas),
        own=_own(areas),
    )
    level = areas.columns["level"]
    return {one: whole.only(np.asarray(level == one, dtype=bool)).at(one) for one in dict.fromkeys(level)}


def _known(areas: Places) -> npt.NDArray[np.bool_]:
    shapes = [None] * len(areas) if areas.polygon is None else areas.polygon
    return np.array([shape is not None for shape in shapes], dtype=bool)


def _own(areas: Places) -> dict[str, FloatArray]:
    return {name: areas.number(name) for name in areas.columns if name.startswith("population") or name == "households"}


def _inside(tiers: Mapping[str, Tier], facilities: Places) -> npt.NDArray[np.bool_]:
    """Return which facilities aren't known to stand outside: in no area of any level, and in one of none unknown."""
    held = np.zeros(len(facilities), dtype=bool)
    unknown = np.ones(len(facilities), dtype=bool)
    for tier in tiers.values():
        held |= tier.facility >= 0
        unknown &= tier.facility == UNKNOWN
    return held | unknown


def _joined(one: Tier, other: Tier) -> Tier:
    """Return the areas of both."""

    def both(first: IntArray, second: IntArray) -> IntArray:
        moved = np.where(second >= 0, second + len(one), second)
        return np.where(first >= 0, first, np.where((moved >= 0) | (first == OUTSIDE), moved, first))

    return Tier(
        level=one.level,
        ids=np.concatenate([one.ids, other.ids]),
        names=np.concatenate([one.names, other.names]),
        community=both(one.community, other.community),
        facility=both(one.facility, other.facility),
        polygon=np.concatenate([one.polygon, other.polygon]),
    )
