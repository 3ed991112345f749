"""Residential areas: the size rules that each must meet, the share that does, and centres that pool their quotas."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from planner.area import membership
from planner.compliance.entry import AreaEntry, Reason, Verdict
from planner.compliance.evidence import UNKNOWN, Evidence, no_column, no_table
from planner.compliance.size_rule import Need, Rule, needs, overall, rule_of
from planner.compliance.territory import Territory, Tier, outlines, positions
from planner.compliance.verdict import Bounds, Outcome, exact, no_data, not_applicable, number, rounded_up
from planner.measure import IntArray
from planner.places import Places
from planner.plan import Indicator


def tier_of(homes: Places, territory: Territory, facilities: Places, areas: Places | None) -> Tier:
    """Return the residential areas as areas: which facilities stand in each, by their polygons."""
    polygon = outlines(homes, areas, "residential_area")
    inside = membership(None, facilities.lon, facilities.lat, ids=homes.ids, polygon=polygon)
    known = np.zeros(len(homes), dtype=bool)
    if polygon is not None:
        known = np.array([shape is not None for shape in polygon], dtype=bool)
    return Tier(
        level="residential_area",
        ids=homes.ids,
        names=homes.names,
        community=np.full(len(territory.communities), -1, np.int64),
        facility=positions(inside, homes.ids),
        polygon=known,
    )


def homes_of(evidence: Evidence, indicator: Indicator) -> tuple[Places | None, tuple[Reason, ...]]:
    """Return the residential areas that an indicator is for, and why there are none."""
    homes = evidence.residential_areas
    if homes is None:
        return None, (no_table("residential_areas"),)
    keep = homes.built_by(evidence.year)
    if indicator.area_type is None:
        return homes.take(keep), ()
    kind = homes.columns.get("area_type")
    if kind is None:
        return None, (no_column("residential_areas", "area_type"),)
    blank = keep & np.array([cell is None for cell in kind], dtype=bool)
    why: tuple[Reason, ...] = ()
    if blank.any():
        why = (
            Reason(
                code="blank_cells",
                text=f"residential_areas: 'area_type' is blank for {int(blank.sum())} of {int(keep.sum())}",
                table="residential_areas",
                column="area_type",
                count=int(blank.sum()),
                total=int(keep.sum()),
            ),
        )
    return homes.take(keep & np.asarray(kind == indicator.area_type, dtype=bool)), why


def measure_rule(
    evidence: Evidence, indicator: Indicator, pool: dict[str, Fraction] | None = None, *, due: bool = True
) -> Outcome:
    """Judge a size rule on each residential area; the value is that of the area farthest below.

    Parameters
    ----------
    pool
        By id of an area that needn't meet its rule itself, what a street's centre takes over for it.
    due
        Whether the rule is due; before that the values are given all the same.
    """
    rule = rule_of(indicator, evidence.year)
    if rule is None:
        return no_data(_no_rule(indicator), unit=indicator.unit)
    homes, why = homes_of(evidence, indicator)
    absent = () if homes is None else _absent(rule, homes)
    if homes is None or absent:
        return no_data(*why, *absent, unit=rule.unit)
    if len(homes) == 0:
        return no_data(*why, unit=rule.unit) if why else not_applicable(unit=rule.unit)
    found = _pooled_needs(rule, homes, pool or {})
    worst = _worst(rule, homes, found)
    blank = _blanks(rule, homes, found)
    lacks = [need.lacks for need in found]
    whole = None if why or any(one is None for one in lacks) else sum((one for one in lacks if one), Fraction(0))
    return Outcome(
        value=None if worst is None else Bounds.of(worst[0]),
        unit=rule.unit,
        verdict=overall([need.verdict for need in found], doubtful=bool(why)) if due else None,
        numerator=Fraction(sum(need.verdict == "meets" for need in found)),
        denominator=Fraction(sum(need.verdict != "not_applicable" for need in found)),
        shortage=whole,
        gap=None if worst is None else worst[1],
        build_unit=rule.build_unit,
        missing=(*why, *blank),
        by_area=tuple(_rows(rule, homes, found)),
        pooled=tuple(_summed(evidence, rule, homes, found)),
    )


def measure_compliance(
    evidence: Evidence,
    indicator: Indicator,
    rules: Sequence[Indicator],
    target: Fraction | None,
    pool: dict[str, Fraction] | None = None,
) -> Outcome:
    """Return the share of residential areas that meet every one of some rules."""
    unit = indicator.unit or "%"
    if not rules:
        return no_data(_no_rule(indicator), unit=unit)
    homes, why = homes_of(evidence, indicator)
    if homes is None:
        return no_data(*why, unit=unit)
    sizes = [rule for one in rules if (rule := rule_of(one, evidence.year)) is not None]
    absent = [reason for rule in sizes for reason in _absent(rule, homes)]
    if absent or not sizes:
        return no_data(*(absent or [_no_rule(indicator)]), unit=unit)
    of_rules = [_pooled_needs(rule, homes, pool or {}) for rule in sizes]
    verdicts: list[Verdict] = [overall([needed[i].verdict for needed in of_rules]) for i in range(len(homes))]
    counted = sum(one != "not_applicable" for one in verdicts)
    if counted == 0:
        return no_data(*why, unit=unit) if why else not_applicable(unit=unit)
    meets, open_ones = verdicts.count("meets"), verdicts.count("no_data")
    each = Fraction(1 if unit == "fraction" else 100, counted)
    unsorted = sum(reason.count or 0 for reason in why)  # areas that may be new or built
    part = each * counted / (counted + unsorted)
    value = Bounds(meets * part, (meets + open_ones + unsorted) * part)
    built = {rule.build_unit for rule in sizes}
    every = Fraction(1 if unit == "fraction" else 100)
    lacks = _lacks(of_rules) if target == every else None  # below that, which areas to mend is a choice
    blank = [reason for rule, found in zip(sizes, of_rules, strict=True) for reason in _blanks(rule, homes, found)]
    return Outcome(
        value=value,
        unit=unit,
        numerator=Fraction(meets),
        denominator=Fraction(counted),
        shortage=lacks if len(built) == 1 and not why else None,
        build_unit=built.pop() if len(built) == 1 else None,
        missing=(*why, *dict.fromkeys(blank)),
        by_area=tuple(_verdicts(homes, verdicts, of_rules, sizes)),
        pooled=tuple(_counted(evidence, homes, verdicts, target, unit)),
    )


def _lacks(of_rules: Sequence[Sequence[Need]]) -> Fraction | None:
    """Return what all areas lack together; under several rules an area lacks the most that one of them asks."""
    found = Fraction(0)
    for i in range(len(of_rules[0])):
        own = [needed[i].lacks for needed in of_rules]
        if any(one is None for one in own):
            return None
        found += max(one for one in own if one is not None)
    return found


def _absent(rule: Rule, homes: Places) -> tuple[Reason, ...]:
    asked = [rule.have] if rule.size is None else [rule.have, rule.size]
    return tuple(no_column("residential_areas", column) for column in asked if column not in homes.columns)


def _no_rule(indicator: Indicator) -> Reason:
    text = "the plan prints no rule to comply with: name one under rules, in a plan of your own"
    return Reason(code="no_rule", text=text, name=indicator.id)


def _worst(rule: Rule, homes: Places, found: Sequence[Need]) -> tuple[Fraction, Fraction] | None:
    """Return what the area farthest below has, and what it lacks, in the rule's own unit."""
    size = np.ones(len(homes)) if rule.size is None else homes.number(rule.size)
    known = []
    for need, count in zip(found, size, strict=True):
        if need.verdict in ("meets", "below") and need.have is not None and need.required is not None:
            per = Fraction(rule.per) / exact(count)
            known.append(((need.required - need.have) * per, need.have * per))
    if not known:
        return None
    lack, have = max(known)
    return have, max(lack, Fraction(0))


def _pooled_needs(rule: Rule, homes: Places, pool: dict[str, Fraction]) -> list[Need]:
    return [_pooled(need, str(name), pool) for need, name in zip(needs(rule, homes), homes.ids, strict=True)]


def _pooled(need: Need, name: str, pool: dict[str, Fraction]) -> Need:
    """Return a need that a street's centre takes over in part or in whole."""
    if name not in pool or need.have is None or need.required is None:
        return need
    have = need.have + pool[name]
    return Need(need.required, have, "meets" if have >= need.required else "below")


def _blanks(rule: Rule, homes: Places, found: Sequence[Need]) -> tuple[Reason, ...]:
    reasons = []
    for column in (rule.have, rule.size):
        if column is None:
            continue
        blank = int(np.isnan(homes.number(column)).sum())
        if blank and any(need.verdict == "no_data" for need in found):
            text = f"residential_areas: '{column}' is blank for {blank} of {len(homes)}"
            reasons.append(
                Reason(
                    code="blank_cells",
                    text=text,
                    table="residential_areas",
                    column=column,
                    count=blank,
                    total=len(homes),
                )
            )
    return tuple(reasons)


def _rows(rule: Rule, homes: Places, found: Sequence[Need]) -> list[AreaEntry]:
    return [
        _row(str(homes.ids[i]), str(homes.names[i]), "residential_area", need, rule.build_unit)
        for i, need in enumerate(found)
    ]


def _row(area_id: str, name: str, level: str, need: Need, unit: str) -> AreaEntry:
    asked = need.verdict != "not_applicable"
    return AreaEntry(
        area_id=area_id,
        name=name,
        level=level,
        value=number(need.have),
        target=number(need.required),
        unit=unit,
        verdict=need.verdict,
        gap=number(need.lacks) if asked else None,
        units_to_build=rounded_up(need.lacks) if asked else None,
    )


def _verdicts(
    homes: Places, verdicts: Sequence[Verdict], of_rules: Sequence[Sequence[Need]], sizes: Sequence[Rule]
) -> list[AreaEntry]:
    """Return the areas under several rules; the figures are those of the rule that asks the most."""
    rows = []
    for i, verdict in enumerate(verdicts):
        asked = [needed[i] for needed in of_rules]
        most = max(range(len(asked)), key=lambda k: asked[k].required or Fraction(-1))
        need = Need(asked[most].required, asked[most].have, verdict)
        rows.append(_row(str(homes.ids[i]), str(homes.names[i]), "residential_area", need, sizes[most].build_unit))
    return rows


def _summed(evidence: Evidence, rule: Rule, homes: Places, found: Sequence[Need]) -> list[AreaEntry]:
    """Return what the residential areas of each community, street and township have and need together."""
    rows = []
    for tier, at in belonging(evidence, homes):
        for j in range(len(tier)):
            mine = [found[i] for i in np.flatnonzero(at == j).tolist() if found[i].verdict != "not_applicable"]
            if not mine or rule.size is None:
                continue
            required = _plus([need.required for need in mine])
            have = _plus([need.have for need in mine])
            verdict: Verdict = "no_data"
            if required is not None and have is not None:
                verdict = "meets" if have >= required else "below"
            need = Need(required, have, verdict)
            rows.append(_row(str(tier.ids[j]), str(tier.names[j]), tier.level, need, rule.build_unit))
    return rows


def _counted(
    evidence: Evidence, homes: Places, verdicts: Sequence[Verdict], target: Fraction | None, unit: str
) -> list[AreaEntry]:
    """Return the share of residential areas that comply, by community, street and township."""
    rows = []
    for tier, at in belonging(evidence, homes):
        for j in range(len(tier)):
            mine = [verdicts[i] for i in np.flatnonzero(at == j).tolist() if verdicts[i] != "not_applicable"]
            if not mine:
                continue
            known = "no_data" not in mine
            share = Fraction(mine.count("meets") * (1 if unit == "fraction" else 100), len(mine)) if known else None
            verdict: Verdict = "no_data"
            if share is not None:
                verdict = "no_target" if target is None else ("meets" if share >= target else "below")
            lacks = None if share is None or target is None else max(target - share, Fraction(0))
            rows.append(
                AreaEntry(
                    area_id=str(tier.ids[j]),
                    name=str(tier.names[j]),
                    level=tier.level,
                    value=number(share),
                    target=number(target),
                    unit=unit,
                    verdict=verdict,
                    gap=number(lacks),
                    units_to_build=None,
                )
            )
    return rows


def _plus(parts: Sequence[Fraction | None]) -> Fraction | None:
    if any(part is None for part in parts):
        return None
    return sum((part for part in parts if part is not None), Fraction(0))


def belonging(evidence: Evidence, homes: Places) -> list[tuple[Tier, IntArray]]:
    """Return the levels of community, street and township, with the position of each residential area's area."""
    base = evidence.territory.tiers["community"]
    polygon = outlines(evidence.communities, evidence.areas, "community")
    of_homes = membership(
        homes.columns.get("community_id"), homes.lon, homes.lat, ids=evidence.communities.ids, polygon=polygon
    )
    community = positions(of_homes, evidence.communities.ids)
    found = [(base, community)]
    for level in ("street", "township"):
        tier = evidence.territory.tiers.get(level)
        if tier is not None:
            found.append((tier, np.where(community >= 0, tier.community[community], UNKNOWN)))
    return found
