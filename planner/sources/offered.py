"""Services that the facilities offer and nobody asks for: most are misspelt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from planner.circle import Circle
from planner.issue import Issue
from planner.plan import Plan
from planner.sources.suggest import nearest, shown
from planner.sources.table_reading import TableReading


def unknown_services(
    facilities: TableReading | None,
    circles: Iterable[Circle],
    plan: Plan | None,
    services: Mapping[str, Mapping[str, str]],
    wider: Mapping[str, tuple[str, ...]],
) -> tuple[Issue, ...]:
    """Return a warning for each service of the facilities that nothing else knows, at the first row that offers it.

    Parameters
    ----------
    facilities
        As read; None where the study names none.
    circles, plan
        What the study asks for: services that these name are known.
    services
        By service, its names.
    wider
        By kind of service, the services of that kind.
    """
    if facilities is None:
        return ()
    places = facilities.places
    asked = {service for circle in circles for service in (circle.service, *circle.kinds)}
    if plan is not None:
        asked |= {service for one in plan.indicators for service in (*one.services, *one.partners)}
    known = {*services, *wider, *(one for kinds in wider.values() for one in kinds), *asked}
    offered = places.columns.get("service", ())
    counted = Counter(service for cell in offered for service in cell if service not in known)
    first: dict[str, int] = {}
    for position, cell in enumerate(offered):
        for service in cell:
            first.setdefault(service, position)
    words = [*sorted(known), *(name for names in services.values() for name in names.values())]
    return tuple(
        Issue(
            severity="warning",
            code="unknown_service",
            message=_message(service, rows),
            remedy=_remedy(service, words),
            table=places.table,
            row=int(places.row[first[service]]),
            id=str(places.ids[first[service]]),
        )
        for service, rows in counted.items()
    )


def _message(service: str, rows: int) -> str:
    where = "1 row" if rows == 1 else f"{rows} rows, of which this is the first"
    return f"service '{shown(service)}' isn't known, and nothing in the study asks for it: {where}"


def _remedy(service: str, words: Iterable[str]) -> str:
    like = nearest(service, words)
    if like is not None:
        return f"did you mean '{like}'?"
    return "use a key of geodata/services.toml, unless it is a service of your own"
