"""What the page says beside a proposal's sites: costs, what the phases gain together, next-best answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planner.report import figures
from planner.report.words import Text, Words
from planner.siting.proposal import Proposal
from planner.study import Study


def beside(proposal: Proposal, study: Study, words: Words) -> Iterator[Text]:
    """Yield a line for each thing that the task asked for, or that a reader must know, beside the sites."""

    def line(key: str, **values: str | Text) -> Text:
        return words.text("proposal", key, count=None, **values)

    if proposal.fewest_sites is not None:
        yield line("fewest", sites=words.count("sites", proposal.fewest_sites))
    if proposal.closed:
        yield line("closed", names=_listed([str(study.facilities.names[one]) for one in proposal.closed]))
    if proposal.cost is not None and (proposal.objective_unit == "cost" or proposal.separately is not None):
        yield line("cost", cost=_figure(proposal.cost))
    if proposal.separately is not None:
        alone = proposal.separately
        yield line("separately", cost=_figure(alone.cost), joint=_figure(alone.joint_cost))
    yield from _step_by_step(proposal, words)
    for one in proposal.needed:
        share = figures.share(one.share)
        if one.sites is None:
            yield line("needed_none", share=share)
        else:
            yield line("needed", share=share, sites=words.count("sites", one.sites))
    for other in proposal.alternatives:
        yield line(
            "alternative",
            rank=str(other.rank),
            added=_names(other.added, study),
            dropped=_names(other.dropped, study),
            objective=_figure(other.objective),
        )


def _step_by_step(proposal: Proposal, words: Words) -> Iterator[Text]:
    alone = [one.step_by_step for one in proposal.phases if one.step_by_step is not None]
    if proposal.phases and len(alone) == len(proposal.phases):
        joint = sum(one.objective for one in proposal.phases)
        yield words.text("proposal", "step_by_step", alone=_figure(sum(alone)), joint=_figure(joint))


def _names(candidates: Sequence[int], study: Study) -> str:
    return _listed([str(study.candidates.names[one]) for one in candidates])


def _listed(names: Sequence[str]) -> str:
    return " · ".join(names) if names else "–"


def _figure(value: float) -> str:
    return figures.grouped(round(value))
