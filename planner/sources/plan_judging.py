"""What an indicator's keys hold against each other, and what a plan's indicators and sums do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from planner.audit import baseline_figures, check, names_in
from planner.plan import SCOPES, UNITS, Indicator, Plan
from planner.sources.issue_log import IssueLog
from planner.sources.plan_sections import ConditionSection, IndicatorSection
from planner.sources.suggest import listing, shown, which
from planner.sources.toml_lines import TomlLines

_YEAR = re.compile(r"(19|20|21)\d\d")
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")


def judge_indicator(section: IndicatorSection, place: int, *, is_norm: bool, lines: TomlLines, log: IssueLog) -> None:
    """Note every fault of one indicator, each at the line of its key."""
    one = _Judge(section, place, lines, log)
    one.judge_words()
    one.judge_values()
    one.judge_kind()
    one.judge_only()
    one.judge_filters()
    one.judge_origin(is_norm=is_norm)


def judge_together(
    indicators: Sequence[tuple[int, IndicatorSection]],
    base: Iterable[Indicator],
    *,
    lines: TomlLines,
    log: IssueLog,
) -> None:
    """Note ids that stand twice, names of indicators that aren't there, and conflicts of one."""
    counted = Counter(section.id for _, section in indicators)
    kinds: Mapping[str, str] = {one.id: one.kind for one in base} | {one.id: one.kind for _, one in indicators}
    own = {one.id for _, one in indicators}
    groups = Counter(one.conflict_group for one in base if one.id not in own)
    groups.update(section.conflict_group for _, section in indicators)
    seen: set[str] = set()
    for place, section in indicators:
        if section.id in seen:
            message = f"id '{section.id}' stands {counted[section.id]} times"
            log.fault("duplicate_id", message, "give each its own", row=lines.line(("indicator", place, "id")))
        seen.add(section.id)
        for key in ("rules", "pools", "adds_up"):
            for name in getattr(section, key):
                row = lines.line(("indicator", place, key))
                if name not in kinds:
                    message = f"{section.id}: {key} names '{shown(name)}', which isn't in the plan"
                    log.fault("unknown_indicator", message, which(name, kinds), row=row)
                elif key != "adds_up" and kinds[name] != "rule":
                    message = f"{section.id}: {key} names '{name}', which is a {kinds[name]}"
                    log.fault("bad_value", message, "name indicators of kind rule", row=row)
        if section.conflict_group is not None and groups[section.conflict_group] == 1:
            message = f"{section.id}: conflict group '{section.conflict_group}' has no other member"
            remedy = "name the same group in the indicator that it contradicts, or leave it out"
            log.fault("lone_conflict", message, remedy, row=lines.line(("indicator", place, "conflict_group")))


def judge_audits(plan: Plan, places: Sequence[int], *, lines: TomlLines, log: IssueLog) -> None:
    """Note baselines of one name, and sums that can't be worked out."""
    counted = Counter(one.name for one in plan.baselines)
    for place, one in enumerate(plan.baselines):
        if counted[one.name] > 1:
            row = lines.line(("baseline", place, "name"))
            log.fault("duplicate_name", f"two baselines are named '{one.name}'", "give each its own name", row=row)
    baselines, seen = baseline_figures(plan), set[str]()
    for place, claim in zip(places, plan.claims, strict=True):
        if claim.id in seen:
            row = lines.line(("audit", place, "id"))
            log.fault("duplicate_id", f"id '{claim.id}' stands twice", "give each its own", row=row)
        seen.add(claim.id)
        row = lines.line(("audit", place, "formula"))
        try:
            unused = sorted(set(claim.figures) - set(names_in(claim.formula)))
            check(claim, baselines)
        except ValueError as error:
            remedy = "write + - * /, brackets, ceil(), numbers, and names of its figures or of baselines"
            log.fault("bad_formula", f"{claim.id}: formula '{shown(claim.formula)}': {error}", remedy, row=row)
            continue
        if unused:
            message = f"{claim.id}: the formula doesn't use {listing(unused)}"
            log.fault("unused_figure", message, "use it, or take it out", row=row)


class _Judge:
    """Notes the faults of one indicator."""

    def __init__(self, section: IndicatorSection, place: int, lines: TomlLines, log: IssueLog) -> None:
        self._one, self._place, self._lines, self._log = section, place, lines, log

    def judge_words(self) -> None:
        """Judge scopes and unit, which are closed lists."""
        for scope in self._one.scope:
            if scope not in SCOPES:
                self._fault("scope", "unknown_scope", f"scope '{shown(scope)}' isn't known", which(scope, SCOPES))
        units = UNITS[self._one.kind]
        if self._one.unit is not None and self._one.unit not in units:
            message = f"unit '{shown(self._one.unit)}' isn't known for kind {self._one.kind}"
            self._fault("unit", "unknown_unit", message, which(self._one.unit, units))
        for date in self._one.baseline:
            if not _DATE.fullmatch(date):
                message = f"baseline has the date '{shown(date)}'"
                self._fault("baseline", "bad_date", message, 'write { 2020 = … } or { "2022-07" = … }')

    def judge_values(self) -> None:
        """Judge the years, and figures against operator and unit."""
        one = self._one
        years = [year for year in one.values if year != "none"]
        for year in years:
            if not _YEAR.fullmatch(year):
                message = f"values has the year '{shown(year)}'"
                self._fault("values", "bad_year", message, "write { 2025 = … }, or none for a figure without a year")
        if years != sorted(years) or ("none" in one.values and next(iter(one.values)) != "none"):
            message = f"the years are out of order: {listing(one.values)}"
            self._fault("values", "year_order", message, "write them from the earliest on, none first")
        if one.values and one.operator is None:
            self._fault("values", "missing_key", "values without an operator", 'add operator = ">="')
        if one.values and one.unit is None:
            self._fault("values", "missing_key", "values without a unit", f"add unit, {listing(UNITS[one.kind])}")
        for figure in one.values.values():
            if one.operator is not None and figure.is_range != (one.operator == "range"):
                remedy = 'write operator = "range" with figures such as [20, 30], other operators with one number'
                self._fault("values", "bad_figure", f"operator '{one.operator}' with {figure.printed}", remedy)
            if one.unit == "%" and figure.high > 100:
                self._fault("values", "bad_figure", f"{figure.printed} % is more than all", "give at most 100")
            if "%" in figure.printed:
                self._fault("values", "bad_figure", f"'{figure.printed}' in quotes", 'write 60 with unit = "%"')

    def judge_kind(self) -> None:
        """Judge what each kind needs."""
        one = self._one
        if one.kind == "listed":
            if one.reason is None:
                self._fault("kind", "missing_key", "listed without a reason", 'add reason = { en = "…", zh = "…" }')
        elif not one.services:
            self._fault("kind", "missing_key", "services is missing", 'add services = ["…"]')
        if one.kind == "reach" and not one.values:
            self._fault("kind", "missing_key", "a reach without its limit", "add values = { none = 15 }")
        if one.kind in ("presence", "reach") and one.reading is None:
            remedy = 'write reading = "presence", "reach" or "presence+reach"'
            self._fault("kind", "missing_key", "reading is missing", remedy)
        if not one.scope and one.kind != "listed":
            self._fault("kind", "missing_key", "scope is missing", 'add scope = ["city"]')
        if one.kind == "proximity" and not one.partners:
            self._fault(
                "kind", "missing_key", "a proximity without partners", 'say what is near: partners = ["clinic"]'
            )

    def judge_only(self) -> None:
        """Judge what only some kinds may have."""
        one = self._one
        strange = [name for name in one.partners if name not in one.services]
        if strange or (one.partners and set(one.partners) == set(one.services)):
            message = f"partners {listing(strange or one.partners)}"
            self._fault("partners", "bad_value", message, "name some of its services, never all")
        if one.since is not None and not one.increment:
            self._fault("since", "bad_value", "since without increment", "add increment = true")
        for key, kind in (("rules", "unit_compliance"), ("pools", "rule"), ("adds_up", "total")):
            if getattr(one, key) and one.kind != kind:
                self._fault(key, "bad_value", f"{key} in a {one.kind}", f"only kind {kind} has it")
        if one.own_area and one.kind != "presence":
            self._fault("own_area", "bad_value", f"own_area in a {one.kind}", "only kind presence has it")
        if (one.part or one.part_any or one.part_column) and one.kind != "share":
            self._fault("kind", "bad_value", f"a part in a {one.kind}", "only kind share has it")

    def judge_filters(self) -> None:
        """Judge each condition's operator against its value."""
        for key in ("where", "where_any", "part", "part_any"):
            for condition in getattr(self._one, key):
                fault = _filter_fault(condition)
                if fault:
                    self._fault(key, "bad_value", f"{key}: {fault[0]}", fault[1])

    def judge_origin(self, *, is_norm: bool) -> None:
        """Judge that a plan's words are quoted, and that a norm says how sure its figure is."""
        if is_norm:
            for key in ("certainty", "source"):
                if getattr(self._one, key) is None:
                    message = f"{key} is missing: a norm says where its figure was seen"
                    self._fault("id", "missing_key", message, f"add {key} = …")
        elif not self._one.quote.strip():
            message = "quote is missing: an indicator stands on the plan's own words"
            self._fault("quote", "missing_quote", message, 'add quote = "…", copied from the plan')

    def _fault(self, key: str, code: str, message: str, remedy: str) -> None:
        row = self._lines.line(("indicator", self._place, key))
        self._log.add("error", code, f"{self._one.id}: {message}", remedy, row=row, place_id=self._one.id)


def _filter_fault(condition: ConditionSection) -> tuple[str, str] | None:
    several = isinstance(condition.value, (list, tuple))
    if condition.op == "in" and not several:
        return "op 'in' needs a list", 'write value = ["…", "…"]'
    if condition.op != "in" and (several or not isinstance(condition.value, (str, int, float, bool))):
        return f"op '{condition.op}' needs one value", "give text, a number, true or false"
    number = isinstance(condition.value, (int, float)) and not isinstance(condition.value, bool)
    if condition.op in ("<", "<=", ">", ">=") and not number:
        return f"op '{condition.op}' needs a number, not '{shown(condition.value)}'", "write the number without quotes"
    return None
