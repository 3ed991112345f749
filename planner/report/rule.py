"""A circle's rule in words: who goes where, how far and how, what counts, and how old the data are."""

from __future__ import annotations

from collections.abc import Sequence

from planner.coverage import Coverage
from planner.profile import TravelProfile
from planner.report import figures
from planner.report.words import LANGUAGES, Text, Words, joined, joined_by, same
from planner.study import Findings, Study

APART = " ,，·"
"""What parts a profile's name from its speed."""


def who(demand: str, words: Words) -> Text:
    """Return whom a demand column counts, in words; the column's own name where there are none."""
    return words.text("demand", demand) if words.has("demand", demand) else same(demand)


def service_name(service: str, study: Study) -> Text:
    """Return a service's name; its key where the study knows no other."""
    names = study.services.get(service, {})
    return {lang: names.get(lang, service) for lang in LANGUAGES}


def place(service: str, study: Study, words: Words) -> Text:
    """Return a service as a place in the middle of a sentence, such as 日间照料机构 or a community clinic."""
    found = service_name(service, study)
    if not found["zh"].endswith(tuple(words.sections["place"]["endings"])):
        found["zh"] += words.sections["place"]["suffix"]["zh"]
    name = found["en"]
    if name[:1].isascii() and name[1:2].islower():
        name = name[0].lower() + name[1:]
    if set(name.lower().split()) & set(words.sections["place"]["articles"]):
        name = f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
    return found | {"en": name}


def mode(profile: str, words: Words) -> Text:
    """Return how a profile travels, in words."""
    key = "walk" if profile.endswith("walk") else profile
    return words.text("mode", key if words.has("mode", key) else "other")


def date_of(study: Study, table: str) -> str | None:
    """Return the date of the figures in a table, as the study gives it; a study of one input has one date."""
    if len(study.inputs) == 1:
        return study.inputs[0].date
    return next((one.date for one in study.inputs if one.date and one.path == table), None)


def rule_sentence(study: Study, coverage: Coverage, words: Words) -> Text:
    """Return the rule behind a circle's figures: limit, speed, what counts, dates of the data, denominator."""
    circle = coverage.circle
    rule = words.text(
        "rule",
        form(coverage),
        mode=mode(circle.profile, words),
        limit=words.limit(circle.limit, circle.limit_unit),
        profile=_profile(coverage, study, words),
        radius=radius(coverage, words),
    )
    denominator = words.text("rule", "denominator" if coverage.people is None else "denominator_people")
    return joined(
        [
            rule,
            *_on_the_way(study, coverage, words),
            *_counted(study, coverage, words),
            denominator,
            words.text("rule", "capacity"),
        ]
    )


def _on_the_way(study: Study, coverage: Coverage, words: Words) -> list[Text]:
    """Return a sentence on what slows the traveller down and what isn't used; none where nothing does."""
    circle = coverage.circle
    profile = study.profiles.get(circle.profile)
    if profile is None or circle.measure == "straight":
        return []
    bars, slows = _penalties(profile, words)
    told = [*bars, *slows] if circle.by_time else bars
    return [words.text("penalty", "sentence", told=joined_by(words.section("penalty")["mark"], told))] if told else []


def _penalties(profile: TravelProfile, words: Words) -> tuple[list[Text], list[Text]]:
    """Return what a profile doesn't use at all, and what takes it longer, in words."""
    penalty = profile.penalty
    bars = [words.text("penalty", "steps_barred")] if penalty.steps_barred else []
    if penalty.steepest_percent is not None:
        bars.append(words.text("penalty", "steepest", percent=figures.plain(penalty.steepest_percent)))
    slows = [
        words.text("penalty", key, factor=figures.plain(factor))
        for key, factor in (("steps", penalty.steps), ("unpaved", penalty.unpaved))
        if factor > 1.0 and not (key == "steps" and penalty.steps_barred)
    ]
    slows += [
        words.text("penalty", key, seconds=figures.plain(seconds))
        for key, seconds in (("steps_s", penalty.steps_s), ("signal_s", penalty.signal_s))
        if seconds > 0.0 and not (key == "steps_s" and penalty.steps_barred)
    ]
    if penalty.slope is not None:
        slows.append(words.text("penalty", "tobler" if penalty.slope == "tobler" else "slope"))
    if profile.maxspeed_share is not None:
        slows.append(words.text("penalty", "maxspeed", share=figures.plain(100.0 * profile.maxspeed_share)))
    return bars, slows


def presence_sentence(study: Study, coverage: Coverage, words: Words) -> Text:
    """Return the rule behind "a facility inside": what inside means, what counts, dates of the data."""
    return joined([words.text("rule", "present"), *_counted(study, coverage, words), words.text("rule", "capacity")])


def _counted(study: Study, coverage: Coverage, words: Words) -> list[Text]:
    """Return which facilities count, whether people do, and how old the data are."""
    said = []
    if coverage.circle.where is not None:
        said.append(words.text("rule", "where", filter=_filter(coverage, words)))
    count = len(coverage.facilities)
    if count:
        said.append(words.text("rule", "counted", count=count, facilities=words.count("facilities", count)))
    else:
        said.append(words.text("rule", "counted_none"))
    if coverage.people is None:
        said.append(words.text("rule", "people_absent", column=who(coverage.circle.demand, words)))
    return [*said, _dates(study, coverage, words)]


def labels(findings: Findings, words: Words) -> list[Text]:
    """Name each circle by what tells it from the others of its service, the shorter the better.

    Who travels does without its speed where it is told apart without; where nothing tells two circles apart, their own
    names do.
    """
    study, coverages = findings.study, findings.coverages
    told = [_traits(study, coverage, words) for coverage in coverages]
    services = [coverage.circle.service for coverage in coverages]
    full, brief = [], []
    for coverage, traits in zip(coverages, told, strict=True):
        group = [one for one, service in zip(told, services, strict=True) if service == coverage.circle.service]
        keep = [key for key in traits if key == "limit" or (key != "service" and _differs(key, group))]
        full.append(_dotted([traits[key] for key in keep]))
        walker = {**traits, "profile": _unhurried(traits["profile"], coverage, words)}
        brief.append(_dotted([walker[key] for key in keep]))
    found = _unless_alike(services, brief, full)
    own = [_dotted([label, same(coverage.circle.name)]) for label, coverage in zip(found, coverages, strict=True)]
    return _unless_alike(services, found, own)


def _unless_alike(services: Sequence[str], labels: Sequence[Text], longer: Sequence[Text]) -> list[Text]:
    """Return labels, and the longer ones instead where two circles of a service would have the same in a language."""
    found = list(labels)
    for lang in LANGUAGES:
        shown = [(service, label[lang]) for service, label in zip(services, labels, strict=True)]
        for i, one in enumerate(shown):
            if shown.count(one) > 1:
                found[i] = longer[i]
    return found


def _unhurried(profile: Text, coverage: Coverage, words: Words) -> Text:
    """Return how a profile is called without the speed at the end of it."""
    speed = words.text("rule", "speed", profile="", speed=_speed(coverage))
    return {lang: profile[lang].removesuffix(speed[lang].strip(APART)).rstrip(APART) for lang in LANGUAGES}


def _differs(key: str, group: Sequence[dict[str, Text]]) -> bool:
    return any(len({one[key][lang] for one in group}) > 1 for lang in LANGUAGES)


def title(study: Study, coverage: Coverage, words: Words) -> Text:
    """Return all that tells a circle from others, on one line."""
    return _dotted(list(_traits(study, coverage, words).values()))


def heading(study: Study, coverage: Coverage, words: Words) -> Text:
    """Return the same but for whom it is for, which the legend says beside it."""
    traits = _traits(study, coverage, words)
    return _dotted([part for name, part in traits.items() if name != "demand"])


def _dotted(parts: Sequence[Text]) -> Text:
    return {lang: " · ".join(part[lang] for part in parts if part[lang]) for lang in LANGUAGES}


def _traits(study: Study, coverage: Coverage, words: Words) -> dict[str, Text]:
    circle = coverage.circle
    limit = words.limit(circle.limit, circle.limit_unit)
    straight = words.text("reachable", "straight_short", limit=limit)
    return {
        "service": service_name(circle.service, study),
        "limit": straight if circle.measure == "straight" else limit,
        "profile": _profile(coverage, study, words) if circle.measure == "network" else same(""),
        "demand": who(circle.demand, words),
        "where": same("") if circle.where is None else _filter(coverage, words),
    }


def _profile(coverage: Coverage, study: Study, words: Words) -> Text:
    """Return the profile with its speed, which most labels hold already."""
    name = coverage.circle.profile
    found = study.profiles.get(name)
    label = {lang: found.label.get(lang, name) if found else name for lang in LANGUAGES}
    if found is not None and found.class_speed_m_s:
        return label  # it has no one speed
    speed = _speed(coverage)
    if all(speed in label[lang] for lang in LANGUAGES):
        return label
    return words.text("rule", "speed", profile=label, speed=speed)


def _speed(coverage: Coverage) -> str:
    speed = f"{coverage.speed_m_s:.3g}"
    return speed if "." in speed else f"{speed}.0"


def _filter(coverage: Coverage, words: Words) -> Text:
    where = coverage.circle.where
    if where is None:
        return same("")
    value = where.value
    listed = isinstance(value, Sequence) and not isinstance(value, str)
    shown = ", ".join(str(one) for one in value) if listed else str(value)
    sign = {">=": "≥", "<=": "≤", "!=": "≠", "in": "∈"}.get(where.op, where.op)
    column = words.text("column", where.column) if words.has("column", where.column) else same(where.column)
    return {lang: f"{column[lang]} {sign} {shown}" for lang in LANGUAGES}


def form(coverage: Coverage) -> str:
    """Return which of the forms of words a circle takes: network or straight, minutes or metres."""
    return f"{coverage.circle.measure}_{coverage.circle.limit_unit}"


def radius(coverage: Coverage, words: Words) -> Text:
    """Return the metres that the limit means, in words."""
    return words.count("metres", round(coverage.straight_line.radius_m))


def _dates(study: Study, coverage: Coverage, words: Words) -> Text:
    """Return how old the figures of people, the streets and the facilities are; once where all are of one day."""
    people = words.text("source", "communities") if coverage.people is None else who(coverage.circle.demand, words)
    tables = {
        "people": study.communities.table,
        "network": study.ways.table,
        "facilities": study.facilities.table,
    }
    dates = {key: words.date(date_of(study, table)) for key, table in tables.items()}
    first = dates["people"]
    if all(date == first for date in dates.values()):
        return words.text("rule", "undated" if first is None else "dates", people=people, date=first or "")
    return joined(
        words.text("rule", f"{key}_{'undated' if date is None else 'date'}", people=people, date=date or "")
        for key, date in dates.items()
    )
