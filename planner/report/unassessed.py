"""Why communities aren't assessed, in words: by what their anchors tell, and before a scenario told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from planner.coverage import NOT_ASSESSED, Coverage
from planner.places import NO_USABLE_EDGE, TOO_FAR
from planner.report import figures
from planner.report.words import Text, Words

if TYPE_CHECKING:
    from planner.outcome import Outcome
    from planner.study import Findings


@dataclass(frozen=True, slots=True, kw_only=True)
class Unassessed:
    """Why a community isn't assessed.

    Parameters
    ----------
    code
        ``too_far`` from every usable street, ``closed`` (too far only since a scenario closes those nearby),
        ``no_usable_edge`` or ``unknown``.
    access_m
        Metres to the nearest usable street, None where there is none.
    """

    code: str
    access_m: float | None
    text: Text


def unassessed(
    findings: Findings, coverage: Coverage, words: Words, *, outcome: Outcome | None = None
) -> dict[int, Unassessed]:
    """Return why communities aren't assessed by a circle as it is, or after a scenario; by their position."""
    profile, study = coverage.circle.profile, findings.study
    before = findings.anchors.get(profile, {}).get("communities")
    anchors = before if outcome is None else outcome.homes.get(profile)
    limit = words.count("metres", round(study.max_access_m))
    found = {}
    for i in np.flatnonzero(coverage.status == NOT_ASSESSED).tolist():
        status = None if anchors is None else str(anchors.status[i])
        if anchors is None or status not in {TOO_FAR, NO_USABLE_EDGE}:
            found[i] = Unassessed(code="unknown", access_m=None, text=words.text("reason", "unknown"))
        elif status == NO_USABLE_EDGE:
            found[i] = Unassessed(code=status, access_m=None, text=words.text("reason", status))
        else:
            access_m = float(anchors.access_m[i])
            code = TOO_FAR if outcome is None or before is None or not before.ok[i] else "closed"
            leg = words.text("count", "metres", n=figures.metres(access_m, within=False) or "")
            name = "" if outcome is None else outcome.name
            text = words.text("reason", code, name=name, metres=leg, limit=limit)
            found[i] = Unassessed(code=code, access_m=access_m, text=text)
    return found
