"""What the page says about one proposal: its sites in order, what each adds, and who stays out of reach."""

from __future__ import annotations

from dataclasses import dataclass

from planner.circle import Circle
from planner.report import figures
from planner.report.proposal_beside import beside
from planner.report.rule import who
from planner.report.words import Sentence, Text, Words, same
from planner.siting.proposal import ChosenSite, Proposal, Unreachable
from planner.siting.task import SitingTask
from planner.study import Findings


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteView:
    """One proposed site in words; ``candidate`` and ``communities`` are positions."""

    rank: int
    candidate: int
    forced: bool
    communities: tuple[int, ...]
    count: str
    gained: Text
    people: str | None
    alone: Text | None
    share_after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalView:
    """One proposal in words; ``circle`` is a position among the circles."""

    name: str
    label: Text
    circle: int
    method: Text
    result: Sentence
    people_column: Text | None
    sites: tuple[SiteView, ...]
    unreachable: tuple[tuple[int, Text], ...]
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
            position[proposal.circle],
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
    findings: Findings, proposal: Proposal, circle: int, task: SitingTask | None, label: Text, words: Words
) -> ProposalView:
    rule = findings.coverages[circle].circle
    counted = any(site.people_gained is not None for site in proposal.sites)
    column = None
    if counted:
        column = words.text("demand_column", rule.demand if words.has("demand_column", rule.demand) else "other")
    return ProposalView(
        name=proposal.name,
        label=label,
        circle=circle,
        method=_method(proposal, task, words),
        result=_result(findings, proposal, circle, words),
        people_column=column,
        sites=tuple(_site_view(site, rule, words) for site in proposal.sites),
        unreachable=tuple((one.community, _needed(one, rule, words)) for one in proposal.unreachable),
        beside=tuple(beside(proposal, findings.study, words)),
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


def _site_view(site: ChosenSite, circle: Circle, words: Words) -> SiteView:
    alone = None
    if site.people_alone is not None and site.people_alone != site.people_gained:
        alone = words.text("proposal", "alone", people=words.people(round(site.people_alone), demand=circle.demand))
    return SiteView(
        rank=site.rank,
        candidate=site.candidate,
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
