"""A proposal as plain data: its sites in order, and what else the task asked for; keys in the order of the contract."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from planner.report.json_values import DEGREES_DECIMALS, MINUTES_DECIMALS, number, whole

if TYPE_CHECKING:
    from planner.siting.proposal import Proposal
    from planner.study import Study

GAP_DECIMALS = 9
"""Below HiGHS's own tolerance."""


def as_dict(proposal: Proposal, study: Study) -> dict[str, Any]:
    """Return a proposal as a dict; what isn't known is None."""
    candidates, communities = study.candidates, study.communities
    return {
        "name": proposal.name,
        "model": proposal.model,
        "circle": proposal.circle,
        "status": proposal.status,
        "partial": bool(proposal.partial),
        "objective": whole(proposal.objective),
        "objective_unit": proposal.objective_unit,
        "bound": whole(proposal.bound),
        "gap": number(proposal.gap, GAP_DECIMALS),
        "sites": [
            {
                "rank": int(site.rank),
                "candidate_id": str(candidates.ids[site.candidate]),
                "name": str(candidates.names[site.candidate]),
                "lon": number(candidates.lon[site.candidate], DEGREES_DECIMALS),
                "lat": number(candidates.lat[site.candidate], DEGREES_DECIMALS),
                "forced": bool(site.forced),
                "people_gained": None if site.people_gained is None else whole(site.people_gained),
                "people_alone": None if site.people_alone is None else whole(site.people_alone),
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
                "smallest_limit": None if one.smallest_limit is None else number(one.smallest_limit, MINUTES_DECIMALS),
                "nearest_candidate": None if one.nearest is None else str(candidates.ids[one.nearest]),
            }
            for one in proposal.unreachable
        ],
        "cost": None if proposal.cost is None else whole(proposal.cost),
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
                "objective": whole(one.objective),
                "share_after": one.share_after,
                "step_by_step": None
                if one.step_by_step is None
                else {"objective": whole(one.step_by_step), "candidate_ids": ids(one.step_by_step_candidates)},
            }
            for one in proposal.phases
        ],
        "alternatives": [
            {
                "rank": one.rank,
                "status": one.status,
                "objective": whole(one.objective),
                "bound": whole(one.bound),
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
                "objective": whole(one.objective),
                "bound": whole(one.bound),
                "share": one.share,
            }
            for one in proposal.curve
        ],
        "sites_needed": [{"share": one.share, "sites": one.sites} for one in proposal.needed],
        "separately": None
        if proposal.separately is None
        else {
            "objective": whole(proposal.separately.objective),
            "cost": whole(proposal.separately.cost),
            "joint_cost": whole(proposal.separately.joint_cost),
            "saved": whole(proposal.separately.saved),
        },
    }
