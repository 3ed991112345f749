"""Where to build next: the siting tasks of one run, and what they share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from planner import compliance
from planner.compliance import Compliance, Territory
from planner.coverage import Coverage
from planner.issue import Issue
from planner.prepared import Prepared
from planner.siting.pose import Ground, Tables
from planner.siting.proposal import Proposal
from planner.siting.propose import notes, propose
from planner.siting.target import aimed
from planner.siting.task import SitingTask
from planner.travel_times import TravelTimes


@dataclass(frozen=True, slots=True, kw_only=True)
class Planning:
    """What the siting tasks of one run share.

    Parameters
    ----------
    coverages, times
        By circle: today's, with the candidates that may be built in the study's year.
    held, ground
        The plan held against what is there, and the facilities in their areas.
    measured
        By circle, and whether it has every pair: what was measured with all candidates for an earlier task.
    """

    ready: Prepared
    coverages: Mapping[str, Coverage]
    times: Mapping[str, TravelTimes]
    held: Compliance | None
    ground: Territory
    measured: dict[tuple[str, bool], TravelTimes] = field(default_factory=dict)

    def answer(self, task: SitingTask) -> tuple[Proposal, list[Issue]]:
        """Return a task's proposal, and what its reader should know."""
        study = self.ready.study
        tables = Tables(communities=study.communities, facilities=study.facilities, candidates=study.candidates)
        grounds = {name: self._ground(task, name) for name in task.circles}
        lots = compliance.survey(study.communities, study.candidates, study.areas) if task.until else self.ground
        found = self.coverages[task.circle]
        aim = aimed(task, self.held, found, lots, plan=study.plan, candidates=study.candidates)
        if aim.counts is not None:
            grounds = {name: replace(ground, counts=aim.counts) for name, ground in grounds.items()}
        proposal = propose(aim.task, grounds, tables, year=study.year, lacking=aim.lacking)
        return proposal, notes(aim.task, proposal, grounds, tables, year=study.year)

    def _ground(self, task: SitingTask, circle: str) -> Ground:
        """Return a circle as a task needs it: with every pair where it weighs costs, else with those near the limit."""
        year, found = self.ready.study.year, self.coverages[circle]
        later = (task.last_year or year) != year or any(part.serves for part in task.parts)
        if not task.weighed and not later:
            return Ground(found=found, times=self.times[circle])
        key = (circle, task.weighed)
        if key not in self.measured:
            self.measured[key] = self.ready.measure(found, every=task.weighed, all_candidates=True)
        return Ground(found=found, times=self.measured[key])
