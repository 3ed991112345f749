"""What the page says about one indicator: value, target, verdict, what is short, who is in charge, and the quote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from planner.compliance import Entry, Part, Standing, Verdict
from planner.plan import Figure, Indicator, Plan
from planner.report import amount, figures, reason
from planner.report.circle_view import CircleView
from planner.report.units import LETTERS, Atlas, UnitsView, units_view
from planner.report.words import Text, Words, joined_by, same
from planner.study import Study

STRICTEST: tuple[Verdict, ...] = ("below", "no_data", "not_due", "no_target", "not_applicable", "meets")
"""Which verdict stands for an indicator whose circles disagree."""

NAMED_BODIES = 2
"""Responsible bodies named in a line; all of them stand with the quote."""

PARTS: dict[Part, str] = {"counts": "c", "not_open": "l", "outside": "a", "unmet": "o", "unknown": "q"}
"""One letter a facility: what the page keeps of how it stands to an indicator."""

DOT = {"zh": " · ", "en": " · "}


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """An indicator judged one way: by a reading, on a circle.

    Parameters
    ----------
    label
        What tells it from the other lines; None where it is the only one.
    role
        Whether it decides or only stands beside; None where all decide.
    circle
        Its position among the circles of the page.
    facilities, parts
        Of a line that has a map: positions of facilities of its services, and a letter for each: whether it counts,
        and why not.
    """

    label: Text | None
    role: Text | None
    circle: int | None
    verdict: str
    verdict_words: Text
    value: Text
    units: UnitsView | None
    facilities: tuple[int, ...]
    parts: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """One indicator in words.

    Parameters
    ----------
    name
        The plan's own words, and their English.
    verdict
        A letter; of several circles that disagree the strictest.
    facts, brief
        Target and deadline (and the value, unless there are several), and all in one line with the body in charge.
    conflict, group
        What contradicts it, and which indicators do.
    lines
        One for each way of judging it, the deciding first.
    remarks
        What must be said beside the verdict: an assumed share, a distance taken, a norm.
    about
        What stands with the quote: heads and texts.
    """

    id: str
    name: Text
    verdict: str
    verdict_words: Text
    facts: Text
    brief: Text
    conflict: Text | None
    group: int | None
    responsible: Text | None
    reported: tuple[Text, ...]
    lines: tuple[LineView, ...]
    remarks: tuple[Text, ...]
    quote: str
    about: tuple[tuple[Text, Text], ...]


@dataclass(frozen=True, slots=True)
class Told:
    """What every indicator draws on: among it the plan's contradictions by group, and facilities by indicator."""

    study: Study
    words: Words
    atlas: Atlas
    circles: Mapping[str, CircleView]
    conflicts: Mapping[str, Text]
    groups: Mapping[str, int]
    plan: Plan | None
    standing: Mapping[tuple[str, str | None], Standing]


def item_view(entries: Sequence[Entry], told: Told) -> ItemView:
    """Return one indicator in words, from all the ways in which it was judged."""
    words = told.words
    verdict = verdict_of(entries)
    first = next(entry for entry in deciding(entries) if entry.verdict == verdict)
    indicator = None if told.plan is None else told.plan.indicator(first.id)
    group = group_of(entries)
    bodies = _responsible(first, words)
    name = {"zh": first.indicator_zh or first.indicator, "en": first.indicator or first.indicator_zh}
    facts = _facts(first, words, valued=len(entries) == 1)
    return ItemView(
        id=first.id,
        name=name,
        verdict=LETTERS[verdict],
        verdict_words=_common_verdict(entries, first, told),
        facts=joined_by(DOT, facts),
        brief=joined_by(DOT, [*_brief(entries, first, words), *([bodies] if bodies else [])] or facts),
        conflict=told.conflicts.get(group) if group else None,
        group=told.groups.get(group) if group else None,
        responsible=None if bodies is None else words.text("targets", "responsible", bodies=bodies),
        reported=tuple(_reported(entry, words) for entry in entries[:1] if entry.reported is not None),
        lines=tuple(_line(entry, entries, told) for entry in entries),
        remarks=tuple(_remarks(entries, indicator, told)),
        quote=first.quote,
        about=tuple(_about(entries, first, indicator, told)),
    )


def group_of(entries: Sequence[Entry]) -> str | None:
    """Return the word that an indicator shares with those that contradict it."""
    return entries[0].conflict_group if entries[0].conflict else None


def deciding(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries that say whether the target is met."""
    return [entry for entry in entries if entry.decides] or list(entries)


def verdict_of(entries: Sequence[Entry]) -> Verdict:
    """Return the verdict on an indicator, the strictest where its circles disagree."""
    return min((entry.verdict for entry in deciding(entries)), key=STRICTEST.index)


def _verdict_words(entry: Entry, told: Told) -> Text:
    words = told.words
    if entry.verdict == "below":
        build, gap = amount.build_amount(entry, words), amount.gap_amount(entry, words)
        if build is not None:
            return words.text("verdict", "below_build", amount=build)
        return words.text("verdict", "below") if gap is None else words.text("verdict", "below_gap", amount=gap)
    if entry.verdict == "no_data" and entry.kind != "listed":
        lacking = reason.what(entry.missing, words, told.study.services)
        if lacking is not None:
            return words.text("verdict", "no_data_missing", what=lacking)
    return words.text("verdict", entry.verdict)


def _common_verdict(entries: Sequence[Entry], first: Entry, told: Told) -> Text:
    """Return the verdict with what is short, or the bare verdict where several circles decide by different figures."""
    words = _verdict_words(first, told)
    if any(_verdict_words(entry, told) != words for entry in deciding(entries)):
        return told.words.text("verdict", first.verdict)
    return words


def _facts(entry: Entry, words: Words, *, valued: bool) -> list[Text]:
    """Return value, target and deadline; the value only where no line of its own holds it."""
    said = []
    if valued and entry.value is not None:
        said.append(words.text("targets", "value", value=_value(entry, words)))
    if entry.target is not None:
        key = "target" if entry.year else "target_undated"
        target = amount.target_amount(entry, entry.target, words)
        said.append(words.text("targets", key, target=target, year=str(entry.year)))
    if entry.next_target is not None:
        target = amount.target_amount(entry, entry.next_target, words)
        said.append(words.text("targets", "next", target=target, year=str(entry.next_year)))
    return said or [words.text("targets", "none")]


def _brief(entries: Sequence[Entry], entry: Entry, words: Words) -> list[Text]:
    """Return value (of several circles the span), target and what is short, as the first tab has them."""
    said = [] if entry.value is None else [_value(entry, words)]
    several = sorted((one for one in deciding(entries) if one.value is not None), key=lambda one: one.value or 0.0)
    if len(several) > 1:
        low, high = (amount.value_amount(one, one.value or 0.0, words) for one in (several[0], several[-1]))
        said = [words.text("targets", "span", n=figures.grouped(len(several)), low=low, high=high)]
    if entry.target is not None:
        target = amount.target_amount(entry, entry.target, words)
        said.append(
            words.text("targets", "target" if entry.year else "target_undated", target=target, year=str(entry.year))
        )
    short = amount.build_amount(entry, words)
    if short is not None:
        said.append(words.text("targets", "short", amount=short))
    return said


def _value(entry: Entry, words: Words) -> Text:
    """Return an entry's value, with what was counted where that is areas or people."""
    value, part, whole = entry.value, entry.numerator, entry.denominator_value
    if value is None:
        return words.text("targets", "unknown_value")
    if entry.unit == "areas":
        return _counted("counted_have", value, whole, entry, words) if whole else _areas(value, entry, words)
    if whole == 1 and entry.unit == "facilities/unit":
        return amount.amount(amount.figure(value, "facilities"), "facilities", words)
    plain = amount.value_amount(entry, value, words)
    return plain if part is None or whole is None else _counted_value(entry, plain, part, whole, words)


def _counted_value(entry: Entry, plain: Text, part: float, whole: float, words: Words) -> Text:
    """Return a value with what was counted where that is areas or people; beds and the like stand with the quote."""
    if entry.unit == "facilities/unit" or entry.kind == "rule":
        each = _counted("counted_each", part, whole, entry, words)
        telling = part < whole and entry.value and not _looks_met(entry)  # a lowest of none says nothing new
        return words.text("targets", "counted_lowest", counted=each, value=plain) if telling else each
    if entry.kind == "reach" and (entry.denominator or "").startswith("population"):
        people = words.people(round(whole), demand=entry.denominator or "")
        covered = words.people(round(part), demand=entry.denominator or "") | {"en": figures.grouped(round(part))}
        return words.text("targets", "counted_people", share=plain, part=covered, whole=people)
    if entry.kind in ("presence", "reach", "unit_compliance"):
        return _counted("counted", part, whole, entry, words, share=plain)
    return plain


def _looks_met(entry: Entry) -> bool:
    """Return whether the lowest rate reaches the target: then a floor of so many m² is what isn't met."""
    return entry.target is not None and (entry.value or 0.0) >= Figure.of(entry.target).value


def _areas(value: float, entry: Entry, words: Words) -> Text:
    return amount.counted(round(value), entry.scope, words)


def _counted(key: str, part: float, whole: float, entry: Entry, words: Words, **more: Text) -> Text:
    return words.text(
        "targets",
        key,
        count=round(part),
        part=figures.grouped(round(part)),
        whole=figures.grouped(round(whole)),
        noun=amount.noun(entry.scope, words),
        **more,
    )


def _line(entry: Entry, entries: Sequence[Entry], told: Told) -> LineView:
    words = told.words
    units = units_view(entry, told.atlas, words)
    stands = told.standing.get((entry.id, entry.circle)) if units and units.mapped else None
    label = [words.text("reading", entry.reading)] if entry.reading else []
    role = "decides" if entry.decides else "beside"
    if entry.circle is not None:
        label += _circle(entry.circle, entries, told)
    return LineView(
        label=joined_by(DOT, label) if label and len(entries) > 1 else None,
        role=None if len(deciding(entries)) == len(entries) else words.text("targets", role),
        circle=list(told.circles).index(entry.circle) if entry.circle and entry.circle in told.circles else None,
        verdict=LETTERS[entry.verdict],
        verdict_words=_verdict_words(entry, told),
        value=_value(entry, words),
        units=units,
        facilities=() if stands is None else tuple(stands.facilities.tolist()),
        parts="" if stands is None else "".join(PARTS[one] for one in stands.part),
    )


def _circle(name: str, entries: Sequence[Entry], told: Told) -> list[Text]:
    """Return what tells a circle from the others of an indicator: its rule, and its service where they differ."""
    known = told.circles.get(name)
    if known is None:
        return [same(name)]
    services = [told.circles[one.circle].service for one in entries if one.circle and one.circle in told.circles]
    alike = len(entries) > 1 and all(service == known.service for service in services)
    return [known.label] if alike else [known.service, known.label]


def _remarks(entries: Sequence[Entry], indicator: Indicator | None, told: Told) -> list[Text]:
    words = told.words
    said = []
    if len(entries) == 1 and entries[0].circle is not None:
        circle = joined_by(DOT, _circle(entries[0].circle, entries, told))
        said.append(words.text("targets", "circle", circle=circle))
    if any(entry.target_assumed for entry in entries):
        said.append(words.text("targets", "assumed"))
    metres = next((entry.proximity_m for entry in entries if entry.proximity_m is not None), None)
    printed = any(note.code == "distance_printed" for entry in entries for note in entry.notes)
    if metres is not None and not printed:
        said.append(words.text("targets", "proximity", metres=words.count("metres", round(metres))))
    if len({entry.verdict for entry in deciding(entries)}) > 1:
        said.append(words.text("targets", "differ"))
    if indicator is not None and indicator.certainty is not None:
        said.append(words.text("targets", f"norm_{indicator.certainty}"))
    return said


def _responsible(entry: Entry, words: Words) -> Text | None:
    bodies = entry.responsible
    if not bodies:
        return None
    named = "、".join(bodies[:NAMED_BODIES])
    if len(bodies) <= NAMED_BODIES:
        return same(named)
    return words.text("targets", "responsible_more", bodies=named, n=figures.grouped(len(bodies)))


def _reported(entry: Entry, words: Words) -> Text:
    """Return a bureau's own figure beside ours."""
    own = entry.reported
    if own is None:
        return same("")
    key = "alone"
    if own.difference is not None:
        key = "same" if own.difference == 0 else "more" if own.difference < 0 else "fewer"
    return words.text(
        "reported",
        key,
        source=same(own.source) if own.source else words.text("reported", "source"),
        value=amount.value_amount(entry, own.value, words),
        date=words.date(own.date) or words.text("reported", "undated"),
        difference=_difference(entry, abs(own.difference or 0.0), words),
    )


def _difference(entry: Entry, difference: float, words: Words) -> Text:
    if entry.unit in amount.PERCENT:
        points = difference * (100.0 if entry.unit == "fraction" else 1.0)
        return amount.amount(amount.figure(points, "%"), "points", words)
    return amount.value_amount(entry, difference, words)


def _about(entries: Sequence[Entry], first: Entry, indicator: Indicator | None, told: Told) -> list[tuple[Text, Text]]:
    """Return what stands with the quote: clause, source, force, all bodies, what was counted, what is missing."""
    words, services = told.words, told.study.services
    reasons = [reason.sentence(one, words, services) for entry in entries for one in entry.missing]
    notes = [reason.sentence(one, words, services) for entry in entries for one in entry.notes]
    if indicator is not None and indicator.reason is not None:
        reasons = [{lang: indicator.reason.get(lang, "") for lang in ("zh", "en")}]
    if first.numerator is not None and first.denominator_value is not None:
        parts = (amount.figure(first.numerator, "m2/bed"), amount.figure(first.denominator_value, "m2/bed"))
        counted = same(" / ".join(parts))
    else:
        counted = same("")
    plainly = first.bindingness == "stated"  # as any line of a plan is
    force = same("") if plainly else words.text("bindingness", first.bindingness)
    if first.bindingness_printed:
        force = {"zh": first.bindingness_printed, "en": f"{force['en']} ({first.bindingness_printed})".strip()}
    stop = {"zh": "；", "en": "; "}
    rows = {
        "missing": joined_by(stop, _once(reasons)),
        "clause": same(first.clause),
        "source": same(first.source),
        "printed": same(first.printed_as or ""),
        "bindingness": force,
        "responsible": same("、".join(first.responsible)),
        "counted": counted,
        "notes": joined_by(stop, _once(notes)),
        "id": same(first.id),
    }
    return [(words.text("about", key), text) for key, text in rows.items() if text["zh"]]


def _once(texts: Sequence[Text]) -> list[Text]:
    return [text for i, text in enumerate(texts) if text not in texts[:i]]
