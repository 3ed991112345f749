"""The sites that a siting model chose, in order, with objective, bound and gap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["optimal", "feasible", "infeasible"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenSite:
    """One site of a proposal.

    Parameters
    ----------
    rank
        From 1: forced sites first, then the largest marginal gain, ties by id.
    candidate
        Position in the study's candidates.
    people_gained
        People newly covered on top of the sites ranked before; the sum is the proposal's gain. None without a demand.
    people_alone
        People that the site would newly cover by itself.
    communities_gained
        Positions of the communities newly covered on top of the sites ranked before.
    share_after
        Covered share of all people (of all communities without a demand) once this site stands.
    """

    rank: int
    candidate: int
    forced: bool
    people_gained: int | None
    people_alone: int | None
    communities_gained: tuple[int, ...]
    share_after: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """A community that nothing reaches; ``smallest_limit`` would do, in the circle's unit, None if it is cut off."""

    community: int
    smallest_limit: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A siting model's answer.

    Parameters
    ----------
    status
        ``optimal``: proven. ``feasible``: the best found when time ran out. ``infeasible``: the task has no full
        solution; ``partial`` then says that the sites cover all that can be covered.
    objective, bound, gap
        In ``objective_unit``; gap = abs(bound - objective) / max(abs(objective), 1).
    """

    name: str
    model: str
    circle: str
    status: Status
    partial: bool
    objective: float
    objective_unit: Literal["people", "communities", "sites"]
    bound: float
    gap: float
    sites: tuple[ChosenSite, ...]
    unreachable: tuple[Unreachable, ...]
