"""What a scenario would change: every circle reckoned again on the changed streets, beside what is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from planner.comparison import Comparison, compare
from planner.coverage import Coverage
from planner.errors import InputError
from planner.issue import Issue
from planner.places import Anchors, Places
from planner.profile import TravelProfile
from planner.scenario import Scenario, change
from planner.ways import Ways

Homes = Mapping[str, Anchors]
"""By profile, the anchors of the communities."""

Assess = Callable[[Ways], tuple[Sequence[Coverage], Homes, Sequence[Issue]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The circles after a scenario.

    Parameters
    ----------
    name
        The scenario's.
    closed_m, added_m
        Metres of street that it closes and adds.
    coverages
        After, in the order of the study's circles.
    homes
        After, by profile: where the communities meet the changed streets.
    comparisons
        Before and after, circle by circle.
    issues
        What is at fault only after: places that no street takes up any more.
    """

    name: str
    closed_m: float
    added_m: float
    coverages: tuple[Coverage, ...]
    homes: Homes
    comparisons: tuple[Comparison, ...]
    issues: tuple[Issue, ...] = ()


def reckon(
    scenario: Scenario,
    ways: Ways,
    profiles: Iterable[TravelProfile],
    *,
    before: Sequence[Coverage],
    known: Iterable[Issue],
    communities: Places,
    assess: Assess,
) -> Outcome:
    """Reckon a scenario.

    Parameters
    ----------
    ways
        As they are.
    before
        The circles as they are.
    known
        Issues that were told already.
    assess
        Assesses every circle on given ways; returns the coverages, the communities' anchors and what became of places.

    Raises
    ------
    InputError
        The scenario can't be worked into the ways, or leaves no community, or no facility, on a street.
    """
    try:
        changed = change(ways, scenario, profiles)
        after, homes, issues = assess(changed.ways)
    except InputError as error:
        raise InputError([_named(issue, scenario) for issue in error.issues]) from error
    told = set(known)
    return Outcome(
        name=scenario.name,
        closed_m=changed.closed_m,
        added_m=changed.added_m,
        coverages=tuple(after),
        homes=homes,
        comparisons=tuple(compare(one, other, communities) for one, other in zip(before, after, strict=True)),
        issues=tuple(_named(issue, scenario) for issue in issues if issue not in told and issue.severity == "warning"),
    )


def _named(issue: Issue, scenario: Scenario) -> Issue:
    return replace(issue, message=f"scenario '{scenario.name}': {issue.message}")
