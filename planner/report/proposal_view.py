"""What the page says about one proposal: its sites in order, what each adds, and who stays out of reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from planner.circle import Circle
from planner.coverage import Coverage
from planner.report import figures
from planner.report.proposal_beside import beside
from planner.report.rule import who
from planner.report.words import Sentence, Text, Words, joined, same
from planner.siting.proposal import ChosenSite, Proposal, Unreachable
from planner.siting.task import SitingTask
from planner.study import Findings


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteView:
    """One proposed site in words; ``candidate``, ``circle`` and ``communities`` are positions."""

    rank: int
    candidate: int
    circle: int
    forced: bool
    communities: tuple[int, ...]
    count: str
    gained: Text
    people: str | None
    alone: Text | None
    share_after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveView:
    """The covered share against the number of sites: what it shows, and its points from 0 sites on."""

    title: Text
    sites: tuple[int, ...]
    shares: tuple[float, ...]
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseView:
    """What stands by a year; ``added`` are positions of candidates."""

    year: str
    count: str
    added: tuple[int, ...]
    share_after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalView:
    """One proposal in words; ``circle`` is a position among the circles, ``closed`` are facilities that it closes."""

    name: str
    label: Text
    circle: int
    method: Text
    result: Sentence
    people_column: Text | None
    sites: tuple[SiteView, ...]
    unreachable: tuple[tuple[int, Text], ...]
    closed: tuple[int, ...]
    curve: CurveView | None
    phases: tuple[PhaseView, ...]
    beside: tuple[Text, ...] = ()


def proposal_views(findings: Findings, words: Words) -> tuple[ProposalView, ...]:
    """Return every proposal of the findings in words."""
    position = {coverage.circle.name: i for i, coverage in enumerate(findings.coverages)}
    tasks = {task.name: task for task in findings.study.siting}
    proposals = [proposal for proposal in findings.proposals if proposal.circle in position]
    labels = [_label(proposal, tasks.get(proposal.name), words) for proposal in proposals]
    return tuple(
        _proposal_view(
            findings,
            proposal,
            position,
            tasks.get(proposal.name),
            label if labels.count(label) == 1 else same(proposal.name),
            words,
        )
        for proposal, label in zip(proposals, labels, strict=True)
    )


def _label(proposal: Proposal, task: SitingTask | None, words: Words) -> Text:
    """Return what the task asks for, in few words."""
    if proposal.phases:
        return words.text("proposal", "label_phases")
    if proposal.target is not None:
        return words.text("proposal", "label_share", share=figures.share(proposal.target))
    if proposal.model == "mclp" and task is not None and task.sites is not None:
        return words.text("proposal", "label_mclp", count=task.sites, n=figures.grouped(task.sites))
    return words.text("proposal", "label_mclp_any" if proposal.model == "mclp" else f"label_{proposal.model}")


def _proposal_view(
    findings: Findings,
    proposal: Proposal,
    position: Mapping[str, int],
    task: SitingTask | None,
    label: Text,
    words: Words,
) -> ProposalView:
    circle = position[proposal.circle]
    rule = findings.coverages[circle].circle
    counted = any(site.people_gained is not None for site in proposal.sites)
    column = None
    if counted:
        column = words.text("demand_column", rule.demand if words.has("demand_column", rule.demand) else "other")
    return ProposalView(
        name=proposal.name,
        label=label,
        circle=circle,
        method=joined([_method(proposal, task, words), *_left_out(findings.coverages[circle], words)]),
        result=_result(findings, proposal, circle, words),
        people_column=column,
        sites=tuple(_site_view(site, rule, words, at=position.get(site.circle, circle)) for site in proposal.sites),
        unreachable=tuple((one.community, _needed(one, rule, words)) for one in proposal.unreachable),
        closed=proposal.closed,
        curve=_curve(findings, proposal, circle, words),
        phases=tuple(
            PhaseView(
                year=str(one.year),
                count=figures.grouped(len(one.candidates)),
                added=one.added,
                share_after=figures.share(one.share_after),
            )
            for one in proposal.phases
        ),
        beside=tuple(beside(proposal, findings.study, words)),
    )


def _curve(findings: Findings, proposal: Proposal, circle: int, words: Words) -> CurveView | None:
    """Return the best share for each number of sites, or else the share as the sites are built in their order."""
    coverage = findings.coverages[circle]
    points = [(one.sites, one.share) for one in proposal.curve]
    best = bool(points)
    if not best and len({site.circle for site in proposal.sites}) == 1 and not proposal.closed:
        points = [(site.rank, site.share_after) for site in proposal.sites]
    known = {sites: share for sites, share in points if share is not None}
    known.setdefault(0, (coverage.people or coverage.communities).share or 0.0)
    if len(known) < 3:  # two points are a line that the sentence above tells already
        return None
    in_order = sorted(known.items())
    return CurveView(
        title=words.text("proposal", "curve_best" if best else "curve_in_order"),
        sites=tuple(sites for sites, _ in in_order),
        shares=tuple(share for _, share in in_order),
        shown=tuple(figures.share(share) for _, share in in_order),
    )


def _method(proposal: Proposal, task: SitingTask | None, words: Words) -> Text:
    """Return what was asked for, and how good the answer is."""
    limit = task.sites if task else None
    if proposal.phases:
        model = words.text("model", "phases")
    elif proposal.target is not None:
        model = words.text("model", "lscp_share", share=figures.share(proposal.target))
    elif proposal.model == "lscp" and task is not None and task.cheapest:
        model = words.text("model", "lscp_cheapest")
    elif proposal.model == "mclp" and limit is not None:
        model = words.text("model", "mclp", sites=words.count("sites", limit))
    else:
        model = words.text("model", "mclp_any" if proposal.model == "mclp" else proposal.model)
    proof = proposal.status
    key = f"{proof}_partial" if proof == "infeasible" and proposal.partial else proof
    proven = words.text("proof", key, gap=_gap(proposal.gap))
    return words.text("proposal", "method", model=model, proof=proven, name=proposal.name)


def _left_out(coverage: Coverage, words: Words) -> list[Text]:
    """Return that some communities couldn't be assessed, so that no site covers them."""
    count = coverage.communities.not_assessed
    return (
        [words.text("proposal", "unassessed", count=count, communities=words.count("communities", count))]
        if count
        else []
    )


def _gap(gap: float) -> str:
    """Return the gap in per cent, rounded up: never better than it is."""
    tenths = figures.minutes(gap * 100.0, within=False)
    return "—" if tenths is None or gap == float("inf") else f"{tenths}%"


def _result(findings: Findings, proposal: Proposal, circle: int, words: Words) -> Sentence:
    """Return what the sites together would change."""
    coverage = findings.coverages[circle]
    tally = coverage.people or coverage.communities
    if not proposal.sites:
        solved = proposal.status == "optimal" and not coverage.communities.uncovered
        return words.sentence("proposal", "result_none" if solved else "nothing")
    count = len(proposal.sites)
    gained = sum(len(site.communities_gained) for site in proposal.sites)
    persons = [site.people_gained for site in proposal.sites if site.people_gained is not None]
    everybody = who(coverage.circle.demand, words) if coverage.people else words.text("source", "communities")
    said: dict[str, str | Text] = {
        "sites": words.count("sites", count),
        "communities": words.count("communities", gained),
        "who": everybody,
        "before": figures.share(tally.share),
        "after": figures.share(proposal.sites[-1].share_after),
    }
    if persons:
        said["people"] = words.people(round(sum(persons)), demand=coverage.circle.demand)
    return words.sentence("proposal", "result_people" if persons else "result", count=count, **said)


def _site_view(site: ChosenSite, circle: Circle, words: Words, *, at: int) -> SiteView:
    alone = None
    if site.people_alone is not None and site.people_alone != site.people_gained:
        alone = words.text("proposal", "alone", people=words.people(round(site.people_alone), demand=circle.demand))
    return SiteView(
        rank=site.rank,
        candidate=site.candidate,
        circle=at,
        forced=site.forced,
        communities=tuple(int(one) for one in site.communities_gained),
        count=figures.grouped(len(site.communities_gained)),
        gained=words.count("communities", len(site.communities_gained)),
        people=None if site.people_gained is None else figures.grouped(round(site.people_gained)),
        alone=alone,
        share_after=figures.share(site.share_after),
    )


def _needed(one: Unreachable, circle: Circle, words: Words) -> Text:
    """Return the smallest limit that would reach a community, rounded up."""
    if one.smallest_limit is None:
        return words.text("proposal", "cut_off")
    figure = figures.minutes if circle.limit_unit == "minutes" else figures.metres
    shown = figure(one.smallest_limit, within=False) or ""
    return words.text("proposal", "widen", limit=words.text("count", circle.limit_unit, n=shown))
