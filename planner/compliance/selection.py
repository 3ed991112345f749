"""Which facilities count for an indicator: by service, status, year, filters, functions and areas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from planner.compliance.entry import Reason
from planner.places import Places
from planner.plan import Indicator
from planner.schema import Filter

BoolArray = npt.NDArray[np.bool_]
FUNCTIONS = "functions"
"""A column in which a table may list what a facility does, several split by ``;``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The facilities that count, those of which nobody can tell, and what stands in the way.

    Parameters
    ----------
    counts
        Length n: those that count for sure.
    doubtful
        Length n: those that would count if their year of opening were known to be late enough.
    missing
        Tables and columns without which nothing can be said; where there are any, ``counts`` says nothing.
    notes
        What else a reader should know, such as blanks that don't count.
    """

    counts: BoolArray
    doubtful: BoolArray
    missing: tuple[Reason, ...] = ()
    notes: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """The facilities of a study as indicators ask for them.

    Parameters
    ----------
    year
        The study's: facilities of later years don't count yet.
    inside
        Which stand in the study's area.
    asked
        Services that a circle of the study asks for: of these the table is taken to be whole.
    wider
        By service, the services that are of its kind: a day-care centre is an ``elderly_facility``.
    kept
        By services, which facilities offer one of them: every indicator asks, most for the same.
    """

    facilities: Places
    year: int | None
    inside: BoolArray
    asked: frozenset[str] = frozenset()
    wider: Mapping[str, Sequence[str]] = field(default_factory=dict)
    kept: dict[frozenset[str], BoolArray] = field(default_factory=dict, init=False, repr=False, compare=False)

    def open_now(self) -> BoolArray:
        """Return the facilities that are open in the study's year, inside its area."""
        return self.inside & self.facilities.open_in(self.year)

    def of_service(self, services: Iterable[str]) -> BoolArray:
        """Return the facilities, open or not, that offer one of the services."""
        wanted = frozenset(self.words(services))
        if wanted not in self.kept:
            cells = self.facilities.columns.get("service", np.full(len(self.facilities), None, dtype=object))
            self.kept[wanted] = np.array([bool(wanted & set(cell or ())) for cell in cells], dtype=bool)
            self.kept[wanted].setflags(write=False)
        return self.kept[wanted]

    def words(self, services: Iterable[str]) -> set[str]:
        """Return services and those of their kind."""
        return {one for service in services for one in (service, *self.wider.get(service, ()))}

    def knows(self, services: Iterable[str]) -> bool:
        """Return whether the study knows any of the services: offered by a facility, or asked for by a circle."""
        services = tuple(services)
        return bool(self.of_service(services).any()) or bool(self.words(services) & self.asked)

    def select(
        self,
        indicator: Indicator,
        services: Sequence[str] | None = None,
        *,
        functions: bool = True,
        size: bool = True,
    ) -> Selection:
        """Return the facilities that count for an indicator.

        Parameters
        ----------
        services
            Those of the indicator but its partners where left out.
        functions
            Whether ``requires`` is asked for; of a share it belongs to the part alone.
        size
            Whether ``where`` and ``where_any`` are asked for.
        """
        services = indicator.counted_services if services is None else services
        rows = len(self.facilities)
        if not self.knows(services):
            return _nothing(rows, _unknown_service(services))
        counts = self.open_now() & self.of_service(services)
        missing: list[Reason] = []
        notes: list[Reason] = []
        asked = indicator.where if size else ()
        any_of = indicator.where_any if size else ()
        for where in (*asked, *any_of):
            missing += self.lacks(where.column)
        if functions:
            missing += [reason for name in indicator.requires for reason in self.lacks_function(name)]
        if missing:
            return _nothing(rows, *dict.fromkeys(missing))
        for where in (*asked, *any_of):
            notes += self.blanks(where.column, counts)
        for where in asked:
            counts &= self.meets(where)
        if any_of:
            counts &= np.logical_or.reduce([self.meets(where) for where in any_of])
        if functions:
            for name in indicator.requires:
                counts &= self.has_function(name)
        return self._since(indicator, counts, tuple(dict.fromkeys(notes)))

    def lacks(self, column: str) -> list[Reason]:
        """Return the reason where the facilities have no such column."""
        if column in self.facilities.columns:
            return []
        text = f"facilities: there is no column '{column}'"
        return [Reason(code="no_column", text=text, table="facilities", column=column)]

    def blanks(self, column: str, among: BoolArray) -> list[Reason]:
        """Return a note where cells are blank: a blank never matches."""
        cells = self.facilities.columns[column][among]
        blank = int(sum(cell is None or cell != cell or cell == "" for cell in cells))  # noqa: PLR0124  # NaN
        if not blank:
            return []
        text = f"facilities: '{column}' is blank for {blank} of {len(cells)}, which don't meet a condition on it"
        return [
            Reason(code="blank_filter", text=text, table="facilities", column=column, count=blank, total=len(cells))
        ]

    def meets(self, where: Filter) -> BoolArray:
        """Return the facilities that meet a filter on a column that is there."""
        return where.matches(self.facilities.columns, len(self.facilities))

    def lacks_function(self, name: str) -> list[Reason]:
        """Return the reason where the table tells of no facility whether it has a function."""
        columns = self.facilities.columns
        if name in columns or FUNCTIONS in columns or self.of_service((name,)).any():
            return []
        text = (
            f"facilities: nothing tells which have the function '{name}': "
            f"add a column '{name}' of yes and no, or list it in '{FUNCTIONS}' or 'service'"
        )
        return [Reason(code="no_function", text=text, table="facilities", column=name, name=name)]

    def has_function(self, name: str) -> BoolArray:
        """Return the facilities that have a function: by a column of yes and no, ``functions`` or their services."""
        found = self.of_service((name,)).copy()
        columns = self.facilities.columns
        if name in columns:
            found |= np.array([_yes(cell) for cell in columns[name]], dtype=bool)
        if FUNCTIONS in columns:
            found |= np.array([name in _listed(cell) for cell in columns[FUNCTIONS]], dtype=bool)
        return found

    def _since(self, indicator: Indicator, counts: BoolArray, notes: tuple[Reason, ...]) -> Selection:
        """Keep what was added from the indicator's year on, where only additions count."""
        nobody = np.zeros(len(counts), dtype=bool)
        if not indicator.increment:
            return Selection(counts=counts, doubtful=nobody, notes=notes)
        if indicator.since is None:
            text = "the plan prints no year from which additions count: write since = YEAR in a plan of your own"
            return _nothing(len(counts), Reason(code="no_start_year", text=text, column="since"))
        if lacking := self.lacks("year"):
            return _nothing(len(counts), *lacking)
        year = self.facilities.number("year")
        return Selection(counts=counts & (year >= indicator.since), doubtful=counts & np.isnan(year), notes=notes)


def _nothing(rows: int, *missing: Reason) -> Selection:
    nobody = np.zeros(rows, dtype=bool)
    return Selection(counts=nobody, doubtful=nobody, missing=missing)


def _unknown_service(services: Sequence[str]) -> Reason:
    names = ", ".join(services)
    text = (
        f"facilities: none offers {names}, and no circle asks for it, so nothing tells whether the table leaves it out"
    )
    return Reason(code="no_service", text=text, table="facilities", column="service", name=names)


def _yes(cell: object) -> bool:
    if isinstance(cell, str):
        return cell.strip().lower() in ("yes", "y", "true", "1", "是", "有")
    return cell is not None and cell == cell and bool(cell)  # noqa: PLR0124  # NaN


def _listed(cell: object) -> set[str]:
    if isinstance(cell, tuple):
        return {str(one) for one in cell}
    return {part.strip() for part in str(cell).replace("；", ";").split(";")} if isinstance(cell, str) else set()
