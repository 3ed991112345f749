"""What a study has to show: everything that an indicator may be judged on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from planner.compliance.entry import Reason
from planner.compliance.naming import OUTSIDE, UNKNOWN
from planner.compliance.selection import Offers
from planner.compliance.territory import Territory, Tier
from planner.coverage import Coverage
from planner.places import Places
from planner.plan import Indicator
from planner.preparation import Preparation

ENDINGS = ("", "社区", "村", "街道", "镇", "乡", "区", "县", "市")
"""What a plan may leave out at the end of an area's name: 向阳 is 向阳社区."""

FACILITY_SCOPES = ("facility",)
RESIDENTIAL_SCOPES = ("residential_area", "residential_area_new", "residential_area_built")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The inputs and the circles' answers, as indicators ask for them.

    Parameters
    ----------
    residential
        The tier of residential areas, None where no table has them.
    ready
        The network with its anchors, None where there is none to search.
    """

    communities: Places
    facilities: Places
    territory: Territory
    offers: Offers
    areas: Places | None
    coverages: tuple[Coverage, ...]
    residential_areas: Places | None
    residential: Tier | None
    ready: Preparation | None
    year: int | None
    proximity_m: float

    def tiers(self, indicator: Indicator) -> tuple[tuple[Tier, ...], tuple[Reason, ...]]:
        """Return the areas of an indicator's scope, those that it names alone where it names any.

        With them come the reasons why a part of the scope isn't known; a town may have no townships, so that the
        levels that are known stand for the whole, and `partial` tells the rest.
        """
        words = tuple(word for word in indicator.scope if word not in FACILITY_SCOPES) or ("city",)
        if "household" in words:
            text = "a household is no area and no facility: nothing to count"
            return (), (Reason(code="household", text=text, name="household"),)
        of_homes = [word for word in words if word in RESIDENTIAL_SCOPES]
        tiers, missing = self.territory.of([word for word in words if word not in RESIDENTIAL_SCOPES])
        for word in of_homes:
            found = self._residential(word)
            if isinstance(found, Reason):
                missing = (*missing, found)
            elif len(found):
                tiers = (*tiers, found)
        if not indicator.areas or not tiers or is_whole(tiers):
            return tiers, missing
        kept = tuple(tier.only(named(tier, indicator.areas)) for tier in tiers)
        lost = [name for name in indicator.areas if not any(named(tier, [name]).any() for tier in tiers)]
        return tuple(tier for tier in kept if len(tier)), (*missing, *(_no_area(name) for name in lost))

    def _residential(self, word: str) -> Tier | Reason:
        homes = self.residential_areas
        if homes is None or self.residential is None:
            return no_table("residential_areas")
        keep = homes.built_by(self.year)
        if word != "residential_area":
            kind = homes.columns.get("area_type")
            if kind is None:
                return no_column("residential_areas", "area_type")
            keep &= np.asarray(kind == word.removeprefix("residential_area_"), dtype=bool)
        return self.residential.only(keep)

    def lying_in(self, areas: Sequence[str]) -> tuple[npt.NDArray[np.bool_], tuple[Reason, ...]]:
        """Return the facilities that lie in areas of these names, of whatever level, and the names not found."""
        found = np.zeros(len(self.facilities), dtype=bool)
        lost = []
        for name in areas:
            of_name = [(tier, named(tier, [name])) for tier in self.territory.tiers.values()]
            if not any(mask.any() for _, mask in of_name):
                lost.append(_no_area(name))
            for tier, mask in of_name:
                found |= np.append(mask, [False, False])[tier.facility]
        return found, tuple(lost)

    def people(self, column: str, tiers: Sequence[Tier]) -> tuple[npt.NDArray[np.float64] | None, Reason | None]:
        """Return the communities' figures in a column, and why there are none."""
        cells = self.communities.columns.get(column)
        if cells is None:
            return None, no_column("communities", column)
        return np.where(covering(tiers, len(self.communities)), np.asarray(cells, np.float64), 0.0), None


def partial(missing: Sequence[Reason]) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
    """Return what is missing of areas, and what is a note only: levels that nothing tells of beside those known."""
    notes = tuple(one for one in missing if one.code == "no_level")
    return tuple(one for one in missing if one.code != "no_level"), notes


def is_whole(tiers: Sequence[Tier]) -> bool:
    """Return whether the areas are one: the whole study or its urban part."""
    return all(tier.level in ("city", "district", "urban_area") for tier in tiers)


def covering(tiers: Sequence[Tier], communities: int) -> npt.NDArray[np.bool_]:
    """Return which communities lie in one of the areas."""
    found = np.zeros(communities, dtype=bool)
    for tier in tiers:
        found |= tier.community >= 0
    return found


def standing(tiers: Sequence[Tier], facilities: int) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return which facilities stand in one of the areas, and of which nobody can tell."""
    inside = np.zeros(facilities, dtype=bool)
    adrift = np.zeros(facilities, dtype=bool)
    for tier in tiers:
        inside |= tier.facility >= 0
        adrift |= tier.facility == UNKNOWN
    return inside, adrift & ~inside


def named(tier: Tier, names: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Return which areas have one of the names, or it but for the word for their level."""
    wanted = {name + ending for name in names for ending in ENDINGS}
    return np.array(
        [str(own) in wanted or str(one) in names for own, one in zip(tier.names, tier.ids, strict=True)], dtype=bool
    )


def no_column(table: str, column: str) -> Reason:
    """Return the reason that a table lacks a column."""
    return Reason(
        code="no_column",
        text=f"{table}: there is no column '{column}'",
        table=table,
        column=column,
    )


def no_table(table: str) -> Reason:
    """Return the reason that the study lacks a table."""
    return Reason(code="no_table", text=f"{table}: the study has no such table: add [{table}]", table=table)


def no_network() -> Reason:
    """Return the reason that a circle can't be searched again."""
    return Reason(code="no_network", text="there is no network to search again", table="network")


def blank_cells(table: str, column: str, blank: int, rows: int) -> Reason:
    """Return the reason that cells of a column are blank: a blank is unknown, never 0."""
    return Reason(
        code="blank_cells",
        text=f"{table}: '{column}' is blank for {blank} of {rows}",
        table=table,
        column=column,
        count=blank,
        total=rows,
    )


def _no_area(name: str) -> Reason:
    return Reason(code="no_area", text=f"areas: no area is named '{name}'", table="areas", column="name", name=name)


__all__ = [
    "OUTSIDE",
    "UNKNOWN",
    "Evidence",
    "blank_cells",
    "covering",
    "is_whole",
    "named",
    "no_column",
    "no_network",
    "no_table",
    "partial",
    "standing",
]
