"""The areas (or facilities) that an indicator is judged over: where each lies on the map, and how it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from planner.compliance import AreaEntry, Entry, Verdict
from planner.places import Places
from planner.report import amount
from planner.report.reason import sentence
from planner.report.words import Sentence, Text, Words, strung
from planner.study import Study

LETTERS: dict[Verdict, str] = {
    "meets": "m",
    "below": "b",
    "no_data": "n",
    "not_due": "d",
    "not_applicable": "x",
    "no_target": "t",
}
"""One letter a unit: what the page keeps of its verdict."""

WITH, LACKING, WITHOUT = "y", "o", "z"
"""One inside; none where there should be one, and where the plan sets no figure."""

REACHED, NOT_REACHED, UNREACHED = "v", "w", "u"
"""Within reach; out of reach, and the same where the plan sets no figure."""

KEYS = {
    "m": "meets",
    "b": "below",
    WITH: "has_one",
    LACKING: "lacks_one",
    WITHOUT: "has_none",
    REACHED: "reached",
    NOT_REACHED: "not_reached",
    UNREACHED: "unreached",
    "t": "no_target",
    "n": "no_data",
    "d": "not_due",
    "x": "not_applicable",
}
"""By letter, its words, in the order of a sentence."""

ORDER = "bowzunytdxvm"
"""Who is listed first: those that fall short."""

NOWHERE = -1

Spot = int | list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitsView:
    """The units of one entry in columns, those that fall short first; a column of blanks is empty.

    Parameters
    ----------
    show
        What the button says that opens the list.
    mapped
        Whether any of them has a place on the map.
    title
        How many units do how, in a sentence.
    places
        A letter a unit: an area (``a``), a community (``c``), a facility (``f``), a residential area (``r``), the
        communities that make it up (``m``), or nowhere (``-``).
    at
        Positions in those tables.
    names
        None where the place has the name already.
    verdicts
        A letter a unit, as ``KEYS`` has them.
    values, needs, gaps
        Figures without their units, which stand in the headings; ``values`` None where nothing is known.
    why
        Positions in ``reasons``; -1 for none.
    """

    show: Text
    mapped: bool
    title: Sentence
    value_column: Text | None
    need_column: Text | None
    gap_column: Text | None
    places: str
    at: tuple[Spot, ...]
    names: tuple[str | None, ...]
    verdicts: str
    values: tuple[str | None, ...]
    needs: tuple[str | None, ...]
    gaps: tuple[str | None, ...]
    why: tuple[int, ...]
    reasons: tuple[Text, ...]


class Atlas:
    """Finds the places of units; ``drawn`` keeps which polygons beyond those of the map are wanted."""

    def __init__(self, study: Study) -> None:
        residential = study.residential_areas
        self.study = study
        self.tables: dict[str, Places] = {"c": study.communities, "f": study.facilities}
        if study.areas is not None:
            self.tables["a"] = study.areas
        if residential is not None:
            self.tables["r"] = residential
        self._at = {letter: positions(table) for letter, table in self.tables.items()}
        self._members = _members(study.communities)

    def find(self, unit: AreaEntry) -> tuple[str, Spot]:
        """Return the table and the position of a unit."""
        for letter in _TABLES.get(unit.level, "a"):
            found = self._at.get(letter, {}).get((unit.level if letter == "a" else "", unit.area_id))
            if found is not None:
                return letter, found
        members = self._members.get(unit.area_id)
        return ("m", members) if members else ("-", NOWHERE)

    def name(self, letter: str, at: Spot) -> str | None:
        """Return the name of a place as its table has it."""
        return str(self.tables[letter].names[at]) if letter in self.tables else None


_TABLES = {"community": "ca", "urban_community": "c", "village": "ac", "facility": "f", "residential_area": "ra"}
"""By level, the tables in which its units are looked up."""


def units_view(entry: Entry, atlas: Atlas, words: Words) -> UnitsView | None:
    """Return the units of an entry; None where it is about one whole."""
    judged = sorted(
        zip(_letters(entry, entry.by_area), entry.by_area, strict=True),
        key=lambda one: (ORDER.index(one[0]), -(one[1].gap or 0.0)),
    )
    units = [unit for _, unit in judged]
    spots = [atlas.find(unit) for unit in units]
    if len(units) == 0 or (len(units) == 1 and spots[0][1] == NOWHERE):
        return None
    letters = "".join(letter for letter, _ in judged)
    names = [
        None if atlas.name(letter, at) == unit.name else unit.name
        for unit, (letter, at) in zip(units, spots, strict=True)
    ]
    reasons, why = _reasons(units, atlas.study, words)
    gaps = tuple(_gap(entry, unit) for unit in units)
    needs = tuple(_need(entry, unit) for unit in units)
    count = amount.counted(len(units), entry.scope, words)
    value_column = _value_column(entry, units, words)
    mapped = any(at != NOWHERE for _, at in spots)
    return UnitsView(
        show=words.text("targets", "show" if mapped else "list", units=count),
        mapped=mapped,
        title=_title(letters, count, words),
        value_column=value_column,
        need_column=_unit_column("need_amount", units, words) if any(needs) else None,
        gap_column=words.section("page")["unit_gap"] if any(gaps) else None,
        places="".join(letter for letter, _ in spots),
        at=tuple(at for _, at in spots),
        names=_unless_blank(names),
        verdicts=letters,
        values=_unless_blank([_value(entry, unit) for unit in units]) if value_column else (),
        needs=_unless_blank(needs),
        gaps=_unless_blank(gaps),
        why=why if reasons else (),
        reasons=reasons,
    )


def _unless_blank(cells: Sequence[str | None]) -> tuple[str | None, ...]:
    return tuple(cells) if any(cell is not None for cell in cells) else ()


def positions(table: Places) -> dict[tuple[str, str], int]:
    """Return the position of each place by its level (``""`` but for areas) and its id."""
    level: npt.NDArray[Any] | None = table.columns.get("level") if table.role == "areas" else None
    return {("" if level is None else str(level[i]), str(name)): i for i, name in enumerate(table.ids)}


def _members(communities: Places) -> dict[str, list[int]]:
    """Return the communities of each street and county that only a column names."""
    found: dict[str, list[int]] = {}
    blank = np.full(len(communities), None, dtype=object)
    county = communities.columns.get("county", blank)
    street = communities.columns.get("street", blank)
    for i in range(len(communities)):
        keys = {str(street[i]).strip(), str(county[i]).strip(), f"{county[i]}/{street[i]}"}
        for key in keys - {"None", ""}:
            found.setdefault(key, []).append(i)
    return found


def _letters(entry: Entry, units: Sequence[AreaEntry]) -> list[str]:
    """Return the letter of each unit: of a coverage rate, a unit has one (or reaches one) or it doesn't."""
    one_of: dict[Verdict, str] = dict(LETTERS)
    yes_no = ""
    if _is_presence(entry) and entry.unit != "facilities/unit":
        one_of |= {"meets": WITH, "below": LACKING}
        yes_no = WITH + WITHOUT
    elif not _is_presence(entry) and entry.kind in ("reach", "presence") and _is_whole(units):
        one_of |= {"meets": REACHED, "below": NOT_REACHED}
        yes_no = REACHED + UNREACHED
    return [
        yes_no[unit.value <= 0]
        if yes_no and unit.verdict == "no_target" and unit.value is not None
        else one_of[unit.verdict]
        for unit in units
    ]


def _is_whole(units: Sequence[AreaEntry]) -> bool:
    """Return whether each unit is reached or not, rather than a share of its people."""
    return all(unit.value in (None, 0.0, 1.0) for unit in units)


def _title(letters: str, count: Text, words: Words) -> Sentence:
    parts = [words.sentence("units", "title", units=count)]
    shown = [letter for letter in KEYS if letter in letters]
    for letter in shown:
        parts.append(words.sentence("units", KEYS[letter], n=f"{letters.count(letter):,}"))
        parts.append(words.sentence("headline", "end") if letter == shown[-1] else words.sentence("units", "comma"))
    return strung(parts)


def _reasons(units: Sequence[AreaEntry], study: Study, words: Words) -> tuple[tuple[Text, ...], tuple[int, ...]]:
    """Return the distinct reasons, and for each unit the position of its own."""
    kept: dict[str, int] = {}
    texts: list[Text] = []
    why = []
    for unit in units:
        if not unit.missing:
            why.append(NOWHERE)
            continue
        text = sentence(unit.missing[0], words, study.services)
        if text["en"] not in kept:
            kept[text["en"]] = len(texts)
            texts.append(text)
        why.append(kept[text["en"]])
    return tuple(texts), tuple(why)


def _value(entry: Entry, unit: AreaEntry) -> str | None:
    if unit.value is None:
        return None
    if _is_presence(entry):
        return amount.figure(unit.value, "facilities")
    if entry.kind in ("reach", "presence"):
        return amount.figure(unit.value * 100.0, "%") + "%"
    number = unit.value * 100.0 if unit.unit == "fraction" else unit.value
    shown = amount.figure(number, unit.unit, target=unit.target, operator=entry.operator or ">=")
    return f"{shown}%" if unit.unit in amount.PERCENT else shown


def _is_presence(entry: Entry) -> bool:
    return entry.kind == "presence" and entry.reading != "reach"


def _need(entry: Entry, unit: AreaEntry) -> str | None:
    if entry.kind in ("presence", "reach") or unit.target is None:
        return None
    return amount.figure(unit.target, unit.unit) + ("%" if unit.unit in amount.PERCENT else "")


def _gap(entry: Entry, unit: AreaEntry) -> str | None:
    if not unit.gap or (entry.kind in ("presence", "reach") and entry.reading == "reach"):
        return None
    if _is_presence(entry) and unit.units_to_build:
        return f"{unit.units_to_build:,}"
    return amount.short(unit.gap, unit.unit)


def _value_column(entry: Entry, units: Sequence[AreaEntry], words: Words) -> Text | None:
    """Return the heading of the values; None where the verdict says all there is to say."""
    if _is_presence(entry):
        return words.text("units", "value_presence")
    if entry.kind in ("reach", "presence"):
        return None if _is_whole(units) else words.text("units", "value_reach")
    return _unit_column("value_amount", units, words)


def _unit_column(key: str, units: Sequence[AreaEntry], words: Words) -> Text:
    """Return a heading with the unit in which all figures of the column stand."""
    unit = units[0].unit
    if unit in (None, *amount.PERCENT) or not words.has("unit", unit or ""):
        return words.text("units", key)
    return words.text("units", "with_unit", what=words.text("units", key), unit=words.text("unit", unit or ""))
