"""Government plans and norms as JSON, and as tables for the eye: indicators, years, conflicts, their own sums."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from planner.audit import AuditFinding, amount, audit
from planner.plan import Indicator, Plan
from planner.schema import Filter

SCHEMA_VERSION = 1
NO_YEAR = "none"
"""The key of a figure that is printed without a year."""

_GAP = "  "


def as_json(plans: Iterable[Plan], *, audited: bool = False) -> str:
    """Return plans as JSON with a newline at the end; norms stand apart from governments' plans."""
    return json.dumps(as_dict(plans, audited=audited), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def as_dict(plans: Iterable[Plan], *, audited: bool = False) -> dict[str, Any]:
    """Return plans as plain data, as the contract names them.

    Parameters
    ----------
    audited
        Whether each plan's own sums are worked out again, under ``audit``.
    """
    every = [(plan.kind, _plan(plan, audited=audited)) for plan in plans]
    return {
        "schema_version": SCHEMA_VERSION,
        "plans": [one for kind, one in every if kind == "plan"],
        "norms": [one for kind, one in every if kind == "norm"],
    }


def overview_text(plans: Iterable[Plan]) -> str:
    """Return a table of plans: a line each, with what they hold."""
    rows = [["plan", "indicators", "with a target", "conflicts", "baselines", "sums", "name"]]
    for plan in plans:
        with_target = sum(bool(one.values) for one in plan.indicators)
        held = (len(plan.indicators), with_target, len(plan.conflicts()), len(plan.baselines), len(plan.claims))
        norm = "a norm, for comparison only: " if plan.kind == "norm" else ""
        rows.append([plan.id, *map(str, held), f"{norm}{_named(plan.name)}"])
    return _visible(_table(rows))


def plan_text(plan: Plan) -> str:
    """Return a plan's indicators as a table, then its conflicts, side by side."""
    rows = [["id", "kind", "target", "scope", "firmness", "indicator"]]
    for one in plan.indicators:
        firmness = one.certainty or one.bindingness
        rows.append([one.id, one.kind, targets(one), ";".join(one.scope), firmness, _named(one.name)])
    parts = [_headline(plan), _table(rows)]
    if conflicts := plan.conflicts():
        lines = ["Conflicts within the plan; every member is judged:\n"]
        for group, members in conflicts.items():
            lines.append(f"{group}\n")
            lines += [f"  {one.id}: {targets(one)}, {one.clause}: {one.quote}\n" for one in members]
        parts.append("".join(lines))
    return _visible("\n".join(parts))


def audit_text(plans: Iterable[Plan]) -> str:
    """Return the plans' own sums, worked out again: each claim with its sum, what is printed, and the verdict."""
    parts = []
    for plan in plans:
        findings = audit(plan)
        lines = [_headline(plan)]
        for found in findings:
            unit = f" {found.claim.unit}" if found.claim.unit else ""
            lines.append(f"{found.claim.id} {found.verdict}: {found.claim.claim}\n")
            lines.append(f"    {found.sum}{unit}; {_printed(found)}\n")
            if found.claim.note:
                lines.append(f"    {found.claim.note}\n")
        verdicts = [found.verdict for found in findings]
        counts = ", ".join(f"{verdicts.count(one)} {one}" for one in dict.fromkeys(verdicts))
        lines.append(f"{len(findings)} sums: {counts}\n" if findings else "no sum to check\n")
        parts.append("".join(lines))
    return _visible("\n".join(parts))


def targets(indicator: Indicator) -> str:
    """Return an indicator's figures by year, such as ``2023: >= 3.2; 2024: >= 3.9 places/1000 people``."""
    if not indicator.values:
        return "no figure"
    sign = "" if indicator.operator in (None, "range") else f"{indicator.operator} "
    figures = "; ".join(
        f"{sign}{figure.printed}" if year is None else f"{year}: {sign}{figure.printed}"
        for year, figure in indicator.values.items()
    )
    return f"{figures} {indicator.unit or ''}".rstrip()


def _plan(plan: Plan, *, audited: bool) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": plan.id,
        "name": plan.name["en"],
        "name_zh": plan.name["zh"],
        "kind": plan.kind,
        "issuer": plan.issuer,
        "document": plan.document,
        "issued": plan.issued,
        "extends": plan.extends,
        "note": plan.note,
        "indicators": [_indicator(one) for one in plan.indicators],
        "conflicts": {group: [one.id for one in members] for group, members in plan.conflicts().items()},
        "baselines": [
            {
                "name": one.name,
                "operator": one.operator,
                "value": one.value.plain(),
                "unit": one.unit,
                "date": one.date,
                "basis": one.basis,
                "quote": one.quote,
            }
            for one in plan.baselines
        ],
    }
    return found | ({"audit": [_finding(one) for one in audit(plan)]} if audited else {})


def _indicator(one: Indicator) -> dict[str, Any]:
    return {
        "id": one.id,
        "indicator": one.name["en"],
        "indicator_zh": one.name["zh"],
        "kind": one.kind,
        "reading": one.reading,
        "service": ";".join(one.services),
        "partners": list(one.partners),
        "operator": one.operator,
        "printed_as": one.printed_as,
        "values": {NO_YEAR if year is None else str(year): figure.plain() for year, figure in one.values.items()},
        "unit": one.unit,
        "scope": ";".join(one.scope),
        "area_type": one.area_type,
        "areas": list(one.areas),
        "column": one.column,
        "part_column": one.part_column,
        "part": _filters(one.part),
        "part_any": _filters(one.part_any),
        "denominator": one.denominator,
        "denominator_date": one.denominator_date,
        "where": _filters(one.where),
        "where_any": _filters(one.where_any),
        "requires": list(one.requires),
        "own_area": one.own_area,
        "increment": one.increment,
        "since": one.since,
        "rules": list(one.rules),
        "pools": list(one.pools),
        "adds_up": list(one.adds_up),
        "bindingness": one.bindingness,
        "bindingness_printed": one.bindingness_printed,
        "responsible": list(one.responsible),
        "baseline": {date: figure.plain() for date, figure in one.baseline.items()},
        "conflict_group": one.conflict_group,
        "quote": one.quote,
        "clause": one.clause,
        "reason": None if one.reason is None else dict(one.reason),
        "note": one.note,
        "certainty": one.certainty,
        "source": one.source,
    }


def _finding(found: AuditFinding) -> dict[str, Any]:
    claim = found.claim
    return {
        "id": claim.id,
        "claim": claim.claim,
        "verdict": found.verdict,
        "sum": found.sum,
        "value": found.value.numerator if found.value.denominator == 1 else round(float(found.value), 4),
        "operator": claim.operator,
        "printed": None if claim.printed is None else claim.printed.plain(),
        "unit": claim.unit,
        "formula": claim.formula,
        "quotes": list(claim.quotes),
        "note": claim.note,
    }


def _filters(filters: Sequence[Filter]) -> list[dict[str, Any]]:
    return [
        {"column": one.column, "op": one.op, "value": list(one.value) if isinstance(one.value, tuple) else one.value}
        for one in filters
    ]


def _headline(plan: Plan) -> str:
    parts = [f"{plan.id}: {_named(plan.name)}"]
    parts += [one for one in (plan.issuer, plan.document, plan.issued) if one]
    head = ", ".join(parts) + "\n"
    if plan.kind == "norm":
        head += "A norm: a default to compare with, never an authority; its figures are marked seen or unverified.\n"
    return head + (f"{plan.note}\n" if plan.note else "")


def _printed(found: AuditFinding) -> str:
    printed = found.claim.printed
    if printed is None:
        return "the plan prints no figure"
    sign = "" if found.claim.operator == "=" else f"{found.claim.operator} "
    return f"printed {sign}{printed.printed if printed.is_range else amount(printed.low)}"


def _named(name: Any) -> str:
    return f"{name['zh']} {name['en']}"


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as lines with columns aligned; Chinese characters take two places."""
    last = len(rows[0]) - 1
    widths = [max(_places(row[place]) for row in rows) for place in range(last)]
    lines = []
    for row in rows:
        cells = [cell + " " * (width - _places(cell)) for cell, width in zip(row, widths, strict=False)]
        lines.append(_GAP.join([*cells, row[last]]).rstrip())
    return "\n".join(lines) + "\n"


def _visible(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)


def _places(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)
