"""A study in which proposed sites stand and facilities have closed: the engine's own word on what that changes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from planner.places import Places
from planner.study import Findings, Study, run


def built(study: Study, circle: str, sites: Collection[int], closed: Collection[int] = ()) -> Findings:
    """Return what the engine finds where candidates have become facilities and facilities have closed.

    A new facility opens in the study's year and has what the candidates' table says under a facility's column.
    """
    service = next(one.service for one in study.circles if one.name == circle)
    facilities, chosen = study.facilities, sorted(sites)
    new = study.candidates.take(np.array(chosen, np.int64))
    columns = {}
    for name, cells in facilities.columns.items():
        blank = np.full(len(new), np.nan if cells.dtype.kind == "f" else None, dtype=cells.dtype)
        columns[name] = np.concatenate([cells, new.columns.get(name, blank)])
    if "year" in columns and study.year is not None:
        columns["year"][len(facilities) :] = study.year
    offered = np.empty(len(facilities) + len(new), dtype=object)
    offered[:] = [*facilities.columns["service"], *((service,) for _ in chosen)]
    status = columns.get("status", np.full(len(offered), None, dtype=object)).copy()
    status[sorted(closed)] = "closed"
    columns |= {"service": offered, "status": status}
    both = Places(
        role="facilities",
        table=facilities.table,
        ids=np.concatenate([facilities.ids, new.ids]),
        names=np.concatenate([facilities.names, new.names]),
        row=np.arange(len(offered)),
        lon=np.concatenate([facilities.lon, new.lon]),
        lat=np.concatenate([facilities.lat, new.lat]),
        columns=columns,
    )
    return run(replace(study, facilities=both, siting=()))
