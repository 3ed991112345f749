"""The sites that a siting model chose, in order, with objective, bound and gap, and what else the task asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from planner.siting.solution import Status

Unit = Literal["people", "communities", "sites", "cost", "people_minutes", "people_metres", "minutes", "metres"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenSite:
    """One site of a proposal.

    Parameters
    ----------
    rank
        From 1: by phase, then forced sites first, then the largest marginal gain, ties by id.
    candidate
        Position in the study's candidates.
    circle
        The circle that it serves: the task's, or its part's.
    year
        By when it is built; None without phases.
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
    people_gained: float | None
    people_alone: float | None
    communities_gained: tuple[int, ...]
    share_after: float | None
    circle: str = ""
    year: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreachable:
    """A community that nothing reaches.

    ``smallest_limit`` would do, in the circle's unit, from the candidate ``nearest``; None if it is cut off.
    """

    community: int
    smallest_limit: float | None
    nearest: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseResult:
    """What stands by a year: ``candidates`` all in all, ``added`` in this phase, and what that comes to.

    ``step_by_step`` is what the phase would come to had each phase been planned by itself.
    """

    year: int
    candidates: tuple[int, ...]
    added: tuple[int, ...]
    objective: float
    share_after: float | None
    step_by_step: float | None
    step_by_step_candidates: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A next-best answer, and how it differs from the best."""

    rank: int
    status: Status
    objective: float
    bound: float
    candidates: tuple[int, ...]
    added: tuple[int, ...]
    dropped: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """What so many sites come to."""

    sites: int
    status: Status
    objective: float
    bound: float
    share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """How many sites a share takes; None where no number on the curve does."""

    share: float
    sites: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Separately:
    """The same parts planned each by itself: what they come to together, and what they cost."""

    objective: float
    cost: float
    saved: float
    joint_cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A siting model's answer.

    Parameters
    ----------
    status
        ``optimal``: proven. ``feasible``: the best found when time ran out. ``infeasible``: the task has no full
        solution; ``partial`` then says that the sites are those of a partial answer. ``unknown``: stopped before
        anything was found.
    objective, bound, gap
        In ``objective_unit``; gap = abs(bound - objective) / max(abs(objective), 1).
    cost
        What the sites cost; None where the candidates have no costs.
    closed
        Positions of the facilities that are closed, where the task may.
    reason
        Why it is infeasible, or stopped early.
    fewest_sites
        Where there were too few sites: how many would do.
    target
        The share that ``until`` or ``coverage`` asked for.
    left_out
        By reason, how many candidates can't be built.
    """

    name: str
    model: str
    circle: str
    status: Status
    partial: bool
    objective: float
    objective_unit: Unit
    bound: float
    gap: float
    sites: tuple[ChosenSite, ...]
    unreachable: tuple[Unreachable, ...]
    cost: float | None = None
    closed: tuple[int, ...] = ()
    reason: str = ""
    fewest_sites: int | None = None
    target: float | None = None
    phases: tuple[PhaseResult, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    curve: tuple[CurvePoint, ...] = ()
    needed: tuple[Needed, ...] = ()
    separately: Separately | None = None
