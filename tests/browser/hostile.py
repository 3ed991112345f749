"""The sample district with names that try to break out of the page, in every text field there is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.issue import Issue
from planner.places import Places
from planner.sources.sample import sample_district
from planner.study import Input, Study

NAMES = (
    "{{7*7}}",
    "<img src=x onerror=alert(1)>",
    "`${alert(1)}`",
    r"C:\数据\2025",
    "</script>",
    "{{",
    '=HYPERLINK("x")',
    "<!--slot:view-->",
    "<good>{name}</good>",
    "{% raw %} \u2028 '\"&amp;",
)


def name(number: int, kind: str = "") -> str:
    """Return a hostile name, made distinct by its number."""
    return f"{NAMES[number % len(NAMES)]}{kind}{number // len(NAMES) or ''}"


def hostile_district() -> Study:
    """Return the sample district, every text that a user may write replaced."""
    study = sample_district()
    services = {key: name(i, "服") for i, key in enumerate(sorted({circle.service for circle in study.circles}))}
    circles = {circle.name: name(i, "圈") for i, circle in enumerate(study.circles)}
    facilities = _renamed(study.facilities, "构")
    offered = np.empty(len(facilities), dtype=object)
    offered[:] = [tuple(services.get(one, one) for one in cell) for cell in facilities.columns["service"]]
    candidates = _renamed(study.candidates, "点")
    columns = {key: cells for key, cells in candidates.columns.items() if key != "service"}  # blank: any
    return replace(
        study,
        name="".join(NAMES),
        communities=_renamed(study.communities, "社"),
        facilities=replace(facilities, columns={**facilities.columns, "service": offered}),
        candidates=replace(candidates, columns=columns),
        areas=None if study.areas is None else _renamed(study.areas, "区"),
        residential_areas=None if study.residential_areas is None else _renamed(study.residential_areas, "宅"),
        circles=tuple(
            replace(circle, name=circles[circle.name], service=services[circle.service]) for circle in study.circles
        ),
        services={},
        siting=tuple(
            replace(task, name=name(i, "务"), circle=circles[task.circle]) for i, task in enumerate(study.siting)
        ),
        attribution=NAMES,
        inputs=tuple(Input(path=one, sha256="0" * 64, date=one) for one in NAMES),
        issues=tuple(Issue(severity="warning", code=one, message=one, remedy=one, table=one, id=one) for one in NAMES),
    )


def _renamed(places: Places, kind: str) -> Places:
    names = np.empty(len(places), dtype=object)
    names[:] = [name(i, kind) for i in range(len(places))]
    columns = {key: cells for key, cells in places.columns.items() if key != "name_en"}
    return replace(places, names=names, columns=columns)
