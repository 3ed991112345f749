"""How facilities stand to an indicator: which count for it, and why others of its services don't."""

from __future__ import annotations

import numpy as np

from planner.compliance.entry import Part, Standing
from planner.compliance.evidence import Evidence
from planner.compliance.reached import counting
from planner.coverage import Coverage
from planner.plan import Indicator


def standing(evidence: Evidence, indicator: Indicator, found: Coverage | None) -> Standing:
    """Return how the facilities of an indicator's services, or of a circle's, stand to it.

    Parameters
    ----------
    found
        The circle on which it is judged, None where it isn't judged by reach. Within reach a facility outside the
        study's area counts as well, unless the indicator asks for more than the circle does.

    Notes
    -----
    A size that a rule asks for is what it judges, and no condition on what it judges.
    """
    offers = evidence.offers
    selection = offers.select(indicator, functions=indicator.kind != "share", size=indicator.kind != "rule")
    counts, doubtful, missing = selection.counts, selection.doubtful, selection.missing
    of_service = offers.of_service(indicator.counted_services)
    if found is not None:
        keep, missing = counting(evidence, indicator, found)
        counts = np.isin(np.arange(len(evidence.facilities)), found.facilities) if keep is None else keep
        doubtful = doubtful & (keep is not None)
        of_service = offers.of_service((found.circle.service,)) | counts
    running = offers.running()

    def part(i: int) -> Part:
        if not running[i]:
            return "not_open"
        if counts[i] and not missing:
            return "counts"
        if not offers.inside[i]:
            return "outside"
        return "unknown" if missing or doubtful[i] else "unmet"

    at = np.flatnonzero(of_service)
    return Standing(facilities=at, part=tuple(part(i) for i in at.tolist()))
