"""How facilities stand to an indicator: which count for it, and why others of its services don't."""

from __future__ import annotations

import numpy as np

from planner.compliance.entry import Standing
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
    counts, missing, services = np.flatnonzero(selection.counts), selection.missing, indicator.counted_services
    if found is not None:
        keep, missing = counting(evidence, indicator, found)
        counts, services = found.facilities if keep is None else np.flatnonzero(keep), (found.circle.service,)
    part = np.full(len(evidence.facilities), "unmet", dtype=object)
    part[selection.doubtful | bool(missing)] = "unknown"
    part[~offers.inside] = "outside"
    if not missing:
        part[counts] = "counts"
    part[~evidence.facilities.open_in(evidence.year)] = "not_open"
    at = np.flatnonzero(offers.of_service(services))
    return Standing(facilities=at, part=tuple(part[at].tolist()))
