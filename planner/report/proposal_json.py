"""A proposal as plain data: its sites in order, and what else the task asked for; keys in the order of the contract."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from planner.siting.proposal import Proposal
    from planner.study import Study

DEGREES, LIMIT, GAP = 7, 4, 9
"""Decimals: of degrees and limits as everywhere in the document, of a gap below HiGHS's own tolerance."""


def as_dict(proposal: Proposal, study: Study) -> dict[str, Any]:
    """Return a proposal as a dict; what isn't known is None."""
    candidates, communities = study.candidates, study.communities
    return {
        "name": proposal.name,
        "model": proposal.model,
        "circle": proposal.circle,
        "status": proposal.status,
        "partial": bool(proposal.partial),
        "objective": _whole(proposal.objective),
        "objective_unit": proposal.objective_unit,
        "bound": _whole(proposal.bound),
        "gap": _number(proposal.gap, GAP),
        "sites": [
            {
                "rank": int(site.rank),
                "candidate_id": str(candidates.ids[site.candidate]),
                "name": str(candidates.names[site.candidate]),
                "lon": _number(candidates.lon[site.candidate], DEGREES),
                "lat": _number(candidates.lat[site.candidate], DEGREES),
                "forced": bool(site.forced),
                "people_gained": None if site.people_gained is None else _whole(site.people_gained),
                "people_alone": None if site.people_alone is None else _whole(site.people_alone),
                "communities_gained": [str(communities.ids[position]) for position in site.communities_gained],
                "share_after": None if site.share_after is None else float(site.share_after),
                "circle": site.circle or proposal.circle,
                "year": site.year,
            }
            for site in proposal.sites
        ],
        "unreachable": [
            {
                "community_id": str(communities.ids[one.community]),
                "smallest_limit": None if one.smallest_limit is None else _number(one.smallest_limit, LIMIT),
                "nearest_candidate": None if one.nearest is None else str(candidates.ids[one.nearest]),
            }
            for one in proposal.unreachable
        ],
        "cost": None if proposal.cost is None else _whole(proposal.cost),
        "closed": [str(study.facilities.ids[one]) for one in proposal.closed],
        "reason": proposal.reason or None,
        "fewest_sites": proposal.fewest_sites,
        "target_share": proposal.target,
        **_extras(proposal, study),
    }


def _extras(proposal: Proposal, study: Study) -> dict[str, Any]:
    """Return what a task asked for beside its best answer."""

    def ids(candidates: Sequence[int]) -> list[str]:
        return [str(study.candidates.ids[one]) for one in candidates]

    return {
        "phases": [
            {
                "year": one.year,
                "candidate_ids": ids(one.candidates),
                "added": ids(one.added),
                "objective": _whole(one.objective),
                "share_after": one.share_after,
                "step_by_step": None
                if one.step_by_step is None
                else {"objective": _whole(one.step_by_step), "candidate_ids": ids(one.step_by_step_candidates)},
            }
            for one in proposal.phases
        ],
        "alternatives": [
            {
                "rank": one.rank,
                "status": one.status,
                "objective": _whole(one.objective),
                "bound": _whole(one.bound),
                "candidate_ids": ids(one.candidates),
                "added": ids(one.added),
                "dropped": ids(one.dropped),
            }
            for one in proposal.alternatives
        ],
        "curve": [
            {
                "sites": one.sites,
                "status": one.status,
                "objective": _whole(one.objective),
                "bound": _whole(one.bound),
                "share": one.share,
            }
            for one in proposal.curve
        ],
        "sites_needed": [{"share": one.share, "sites": one.sites} for one in proposal.needed],
        "separately": None
        if proposal.separately is None
        else {
            "objective": _whole(proposal.separately.objective),
            "cost": _whole(proposal.separately.cost),
            "joint_cost": _whole(proposal.separately.joint_cost),
            "saved": _whole(proposal.separately.saved),
        },
    }


def _number(value: float, decimals: int) -> float | None:
    return round(float(value), decimals) + 0.0 if math.isfinite(value) else None


def _whole(value: float) -> int | float | None:
    """Return a number, without a point where it's whole."""
    if not math.isfinite(value):
        return None
    return int(value) if float(value).is_integer() else round(float(value), 6)
