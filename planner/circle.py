"""A circle: this service, within this limit, for this demand, by this profile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from planner.measure import FloatArray, IntArray, length_quanta, metres, minutes, time_quanta
from planner.schema import Filter


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

    def limit_quanta(self, speed_m_s: float) -> int:
        """Return the limit in deciseconds or millimetres, the integers in which it is compared."""
        return int(time_quanta(self.limit * 60.0) if self.by_time else length_quanta(self.radius_m(speed_m_s)))

    def in_unit(self, quanta: IntArray, speed_m_s: float) -> FloatArray:
        """Return compared integers in the limit's own unit, minutes or metres."""
        if self.by_time:
            return minutes(quanta)
        return metres(quanta) / speed_m_s / 60.0 if self.limit_unit == "minutes" else metres(quanta)

    def radius_m(self, speed_m_s: float) -> float:
        """Return the metres that the limit means at a speed: the radius of the circle that is drawn by hand today."""
        return self.limit * 60.0 * speed_m_s if self.limit_unit == "minutes" else float(self.limit)
