"""A circle: this service, within this limit, for this demand, by this profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from planner.measure import length_quanta, time_quanta
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

    @property
    def by_time(self) -> bool:
        """Whether the limit is one of time."""
        return self.limit_unit == "minutes"

    def limit_quanta(self) -> int:
        """Return the limit in deciseconds or millimetres, the integers in which it is compared."""
        return int(time_quanta(self.limit * 60.0) if self.by_time else length_quanta(self.limit))

    def radius_m(self, speed_m_s: float) -> float:
        """Return the metres that the limit means at a speed: the radius of the circle that is drawn by hand today."""
        return self.limit * 60.0 * speed_m_s if self.by_time else float(self.limit)
