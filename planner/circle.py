"""A circle: this service, within this limit, for this demand, by this profile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from planner.errors import InputError
from planner.issue import Issue
from planner.measure import FloatArray, IntArray, length_quanta, metres, minutes, time_quanta
from planner.schema import Filter

BELOW_MINUTES = 1440.0
"""A limit is shorter than a day."""

BELOW_METRES = 1_000_000.0
"""A limit is less than a thousand kilometres; no network is wider than about two."""


def judge_limit(limit: float, unit: Literal["minutes", "metres"], *, table: str, of: str) -> list[Issue]:
    """Return a fault where a limit isn't above 0 and below a day, or a thousand kilometres.

    Parameters
    ----------
    table
        Where the limit was given.
    of
        Whose it is, for the message.

    Examples
    --------
    >>> judge_limit(0, "minutes", table="study.toml", of="circle 'a'")[0].line()
    "study.toml: circle 'a' has a limit of 0 minutes; give a limit above 0 and below 1,440 minutes"
    """
    bound = BELOW_MINUTES if unit == "minutes" else BELOW_METRES
    if isinstance(limit, (int, float)) and 0.0 < limit < bound:  # NaN is neither
        return []
    message = f"{of} has a limit of {limit} {unit}"
    remedy = f"give a limit above 0 and below {bound:,.0f} {unit}"
    return [Issue(severity="error", code="bad_limit", table=table, message=message, remedy=remedy)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """One rule of a service circle.

    Parameters
    ----------
    name
        The circle's own name, unique in the study.
    service
        A key of ``services.toml`` or of the study's facilities.
    kinds
        Services that count as its own: of ``elderly_facility`` day care, homes, …
    limit, limit_unit
        15 and ``minutes``, or 1000 and ``metres``; "within" is always <=.
    measure
        ``network`` along streets, or ``straight`` between the points themselves.
    profile
        Who travels.
    demand
        The column of people that the circle is for.
    where
        Which facilities count; all where None.
    """

    name: str
    service: str
    limit: float
    limit_unit: Literal["minutes", "metres"] = "minutes"
    measure: Literal["network", "straight"] = "network"
    profile: str = "standard_walk"
    demand: str = "population"
    where: Filter | None = None
    kinds: tuple[str, ...] = ()

    def served_by(self, services: Iterable[str] | None) -> bool:
        """Return whether one of a facility's services is the circle's, or of its kind."""
        return any(one == self.service or one in self.kinds for one in services or ())

    @property
    def by_time(self) -> bool:
        """Whether times are compared with the limit; a straight circle of minutes compares the metres they mean."""
        return self.limit_unit == "minutes" and self.measure == "network"

    def judge(self) -> list[Issue]:
        """Return a fault where the limit isn't one."""
        return judge_limit(self.limit, self.limit_unit, table="circle", of=f"'{self.name}'")

    def limit_quanta(self, speed_m_s: float) -> int:
        """Return the limit in deciseconds or millimetres, the integers in which it is compared.

        Raises
        ------
        InputError
            The limit isn't above 0, or is a day or more.
        """
        faults = self.judge()
        if faults:
            raise InputError(faults)
        return int(time_quanta(self.limit * 60.0) if self.by_time else length_quanta(self.radius_m(speed_m_s)))

    def in_unit(self, quanta: IntArray, speed_m_s: float) -> FloatArray:
        """Return compared integers in the limit's own unit, minutes or metres."""
        if self.by_time:
            return minutes(quanta)
        return metres(quanta) / speed_m_s / 60.0 if self.limit_unit == "minutes" else metres(quanta)

    def radius_m(self, speed_m_s: float) -> float:
        """Return the metres that the limit means at a speed: the radius of the circle that is drawn by hand today."""
        return self.limit * 60.0 * speed_m_s if self.limit_unit == "minutes" else float(self.limit)
