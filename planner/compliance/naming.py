"""Areas that are called by their names: polygons, the columns that name them, and where the two disagree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.area import membership
from planner.issue import Issue
from planner.measure import IntArray
from planner.network import TextArray
from planner.places import Places

OUTSIDE, UNKNOWN, AMBIGUOUS = -1, -2, -3
"""In none of the areas; nobody can tell in which; in one of several of the same name."""

TOWNSHIP_ENDINGS = ("镇", "乡", "苏木", " town", " township")
"""How the names of townships end; a name in a column ``street`` that ends otherwise is a street's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Areas of one or two levels, told by ``areas`` or made of the names in a column.

    Parameters
    ----------
    areas
        With a column ``level``.
    by_polygon
        Whether the areas come from the table of areas.
    """

    areas: Places
    by_polygon: bool
    issues: tuple[Issue, ...] = ()


def named_areas(areas: Places | None, communities: Places, levels: Sequence[str], column: str) -> Named | None:
    """Return the areas of some levels: those of the table of areas or, where it has none, those that a column names."""
    if areas is not None and "level" in areas.columns:
        found = areas.take(np.isin(areas.columns["level"].astype(str), levels))
        if len(found):
            return Named(areas=found, by_polygon=True)
    cells = communities.columns.get(column)
    names = [] if cells is None else list(dict.fromkeys(_key(communities, column, i) for i in range(len(communities))))
    known = [name for name in names if name is not None]
    if not known:
        return None
    level = [levels[0] if len(levels) == 1 else _level(own) for _, own in known]
    often = Counter(own for _, own in known)
    several = {own for own in often if often[own] > 1}
    ids: TextArray = _objects([f"{county}/{own}" if own in several and county else own for county, own in known])
    return Named(
        areas=Places(
            role="areas",
            table=communities.table,
            ids=ids,
            names=_objects([own for _, own in known]),
            lon=np.full(len(ids), np.nan),
            lat=np.full(len(ids), np.nan),
            row=np.zeros(len(ids), np.int64),
            columns={"level": _objects(level), "county": _objects([county for county, _ in known])},
        ),
        by_polygon=False,
        issues=_guessed(communities, column, level) if len(levels) > 1 else (),
    )


def read_names(named: Named, places: Places, column: str, issues: list[Issue]) -> IntArray:
    """Return the position of each place's area: by polygon, else by column; OUTSIDE or UNKNOWN.

    Names that no area has, names that several areas share and disagreements are added to ``issues``.
    """
    areas = named.areas
    index = _index(areas)
    told = np.array([_named_position(areas, places, column, index, i) for i in range(len(places))], dtype=np.int64)
    _tell_unknown(places, column, told, issues)
    told = np.where(told == AMBIGUOUS, UNKNOWN, told)
    if areas.polygon is None:
        return told
    at = {str(name): i for i, name in enumerate(areas.ids)}
    held = membership(None, places.lon, places.lat, ids=areas.ids, polygon=areas.polygon)
    drawn = np.array([UNKNOWN if one is None else at.get(str(one), OUTSIDE) for one in held], dtype=np.int64)
    for i in np.flatnonzero((told >= 0) & (drawn != UNKNOWN) & (told != drawn)):
        where = f"in '{areas.names[drawn[i]]}'" if drawn[i] >= 0 else "in none of the areas"
        taken = areas.names[drawn[i]] if drawn[i] >= 0 else areas.names[told[i]]
        issues.append(
            Issue(
                severity="warning",
                code="area_disagreement",
                table=places.table,
                row=int(places.row[i]),
                id=str(places.ids[i]),
                message=f"'{places.ids[i]}' is of '{areas.names[told[i]]}' by its column '{column}' and {where} "
                f"by its point; '{taken}' is taken",
                remedy=f"mend its point, its {column}, or the outline in {areas.table}",
            )
        )
    return np.where(drawn >= 0, drawn, np.where((drawn == OUTSIDE) & (told == UNKNOWN), OUTSIDE, told))


def _index(areas: Places) -> dict[str, list[int]]:
    """Return the positions of the areas by id and by name."""
    index: dict[str, list[int]] = {}
    for j in range(len(areas)):
        for word in dict.fromkeys((str(areas.ids[j]).strip(), str(areas.names[j]).strip())):
            index.setdefault(word, []).append(j)
    return index


def _named_position(areas: Places, places: Places, column: str, index: dict[str, list[int]], i: int) -> int:
    """Return the area that the column names: its position, OUTSIDE where no area has the name, UNKNOWN where blank."""
    key = _key(places, column, i)
    if key is None:
        return UNKNOWN
    county, own = key
    like = index.get(own, [])
    if len(like) > 1 and county is not None and "county" in areas.columns:
        like = [j for j in like if areas.columns["county"][j] == county]
    if len(like) > 1:
        return AMBIGUOUS
    return like[0] if like else OUTSIDE


def _key(places: Places, column: str, i: int) -> tuple[str | None, str] | None:
    """Return the name in a column, with the county's before it where the column isn't the county's own."""
    name = _text(places, column, i)
    if name is None:
        return None
    return (None if column == "county" else _text(places, "county", i), name)


def _text(places: Places, column: str, i: int) -> str | None:
    cells = places.columns.get(column)
    cell = None if cells is None else cells[i]
    return str(cell).strip() if isinstance(cell, str) and cell.strip() else None


def _tell_unknown(places: Places, column: str, told: IntArray, issues: list[Issue]) -> None:
    """Warn once of each name that no area has, or that several share."""
    for code, kind in ((OUTSIDE, "unknown"), (AMBIGUOUS, "ambiguous")):
        seen: dict[str, list[int]] = {}
        for i in np.flatnonzero(told == code):
            seen.setdefault(_text(places, column, int(i)) or "", []).append(int(i))
        for name, rows in seen.items():
            what = "that no area has" if code == OUTSIDE else "that several areas have"
            issues.append(
                Issue(
                    severity="warning",
                    code=f"{kind}_{column}",
                    table=places.table,
                    row=int(places.row[rows[0]]),
                    id=str(places.ids[rows[0]]),
                    message=f"{column} '{name}' of {len(rows)} {places.role} is a name {what}",
                    remedy="write it as the areas do, by name or id"
                    if code == OUTSIDE
                    else "write the area's id, or add the county",
                )
            )


def _level(name: str) -> str:
    return "township" if name.lower().endswith(TOWNSHIP_ENDINGS) else "street"


def _guessed(communities: Places, column: str, level: list[str]) -> tuple[Issue, ...]:
    towns = level.count("township")
    return (
        Issue(
            severity="note",
            code="levels_by_name",
            table=communities.table,
            message=f"column '{column}' names {len(level) - towns} streets and {towns} townships, told apart by how "
            "the names end",
            remedy="give [areas] with a level for each to say otherwise",
        ),
    )


def _objects(values: list[str] | list[str | None]) -> TextArray:
    found: TextArray = np.empty(len(values), dtype=object)
    found[:] = values
    return found
