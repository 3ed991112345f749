"""Government plans and norms, read from ``geodata/plans`` or from a planner's own file, and judged."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from planner.errors import InputError, PlannerError, SourceError
from planner.issue import Issue
from planner.plan import Indicator, Plan
from planner.sources.files import check_present
from planner.sources.geodata import geodata_path
from planner.sources.issue_log import IssueLog
from planner.sources.plan_judging import judge_audits, judge_indicator, judge_together
from planner.sources.plan_sections import AuditSection, BaselineSection, HeadSection, IndicatorSection, Section
from planner.sources.suggest import listing, shown, which
from planner.sources.toml_lines import Location, TomlLines

S = TypeVar("S", bound=Section)

SECTIONS: Mapping[str, type[Section]] = {
    "plan": HeadSection,
    "indicator": IndicatorSection,
    "baseline": BaselineSection,
    "audit": AuditSection,
}
"""What a plan's file may hold."""

_WANTED = {
    "string_type": 'text in quotes, such as "…"',
    "string_too_short": "text that isn't blank",
    "string_pattern_mismatch": "text that isn't blank; a figure's name has letters, digits and _ only",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": 'a list, such as ["…", "…"]',
    "too_short": "at least one",
    "dict_type": "a table, such as { key = … }",
    "model_type": "a table, such as { key = … }",
}


def read_plan(name: str | Path, *, folder: Path | None = None) -> Plan:
    """Read one plan and judge it.

    Parameters
    ----------
    name
        A plan of ``geodata/plans``, such as ``heping``, or the path of a file.
    folder
        What a path is relative to; the working directory where left out.

    Raises
    ------
    InputError
        Everything at fault in the file: its line, the indicator's id, what, how to mend it.
    SourceError
        There is neither such a plan nor such a file.

    Examples
    --------
    >>> path = read_plan("quanzhou").indicator("QZ-10")
    >>> {year: figure.value for year, figure in path.values.items()}
    {2023: 3.2, 2024: 3.9, 2025: 4.5}
    """
    return _read(plan_path(name, folder=folder), table=str(name), chain=())


def read_plans(folder: Path | None = None) -> dict[str, Plan]:
    """Read all plans and norms of a folder by id, sorted; ``geodata/plans`` where left out.

    Raises
    ------
    InputError
        Anything at fault in any of them.
    """
    found: dict[str, Plan] = {}
    faults: list[Issue] = []
    for path in sorted((folder or geodata_path("plans")).glob("*.toml")):
        try:
            found[path.stem] = _read(path, table=path.name, chain=())
        except PlannerError as error:
            faults.extend(error.issues)
    if faults:
        raise InputError(faults)
    return found


def plan_path(name: str | Path, *, folder: Path | None = None) -> Path:
    """Return the file of a plan that is shipped, or of a path.

    Raises
    ------
    SourceError
        There is neither.
    """
    shipped = {path.stem: path for path in sorted(geodata_path("plans").glob("*.toml"))}
    if str(name) in shipped:
        return shipped[str(name)]
    path = (folder or Path()) / name
    if path.suffix or path.is_file():
        check_present(path, table=str(name), remedy=f"name a file, or one of {listing(shipped)}")
        return path
    message = f"no plan '{shown(name)}' is shipped, and there is no such file"
    remedy = which(str(name), shipped)
    raise SourceError([Issue(severity="error", code="unknown_plan", message=message, remedy=remedy)])


def _read(path: Path, *, table: str, chain: tuple[str, ...]) -> Plan:
    log = IssueLog(table)
    text = _text(path, log)
    content, lines = _content(text, log), TomlLines(text)
    _judge_sections(content, lines, log)
    head = _validated(content.get("plan"), HeadSection, ("plan",), lines, log)
    is_norm = head is not None and head.kind == "norm"
    indicators = []
    for place, section in _repeated(content, "indicator", IndicatorSection, lines, log):
        judge_indicator(section, place, is_norm=is_norm, lines=lines, log=log)
        indicators.append((place, section))
    baselines = [one.as_baseline() for _, one in _repeated(content, "baseline", BaselineSection, lines, log)]
    audits = _repeated(content, "audit", AuditSection, lines, log)
    base = () if head is None or head.extends is None else _base(head.extends, path, chain, lines, log)
    judge_together(indicators, base, lines=lines, log=log)
    if head is None or log.has_faults():
        raise InputError(log.in_order())
    plan = Plan(
        id=path.stem,
        name=head.name.model_dump(),
        **head.model_dump(exclude={"name"}),
        indicators=_merged(base, [section.as_indicator() for _, section in indicators]),
        baselines=tuple(baselines),
        claims=tuple(section.as_claim() for _, section in audits),
    )
    judge_audits(plan, [place for place, _ in audits], lines=lines, log=log)
    if log.has_faults():
        raise InputError(log.in_order())
    return plan


def _text(path: Path, log: IssueLog) -> str:
    check_present(path, table=log.table)
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError([log.fatal("encoding", "the plan isn't UTF-8", "save it as UTF-8", row=line)]) from error


def _content(text: str, log: IssueLog) -> dict[str, Any]:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else len(text.splitlines())
        message = f"this isn't TOML: {shown(re.sub(r' *[(]at .*[)]$', '', str(error)))}"
        remedy = "mend the line: key = value, text in quotes"
        raise InputError([log.fatal("bad_toml", message, remedy, row=line)]) from error


def _judge_sections(content: Mapping[str, Any], lines: TomlLines, log: IssueLog) -> None:
    for key in content:
        if key not in SECTIONS:
            row = lines.line((key,))
            log.fault("unknown_key", f"unknown section '{shown(key)}'", which(key, SECTIONS), row=row)
    if "plan" not in content:
        log.fault("missing_key", "there is no [plan]", 'add [plan] with name = { en = "…", zh = "…" }')
    if "indicator" not in content and not (isinstance(content.get("plan"), dict) and "extends" in content["plan"]):
        log.fault("missing_key", "there is no [[indicator]]", "add [[indicator]] with its keys")


def _repeated(
    content: Mapping[str, Any], name: str, model: type[S], lines: TomlLines, log: IssueLog
) -> list[tuple[int, S]]:
    """Return the sound tables of an array with their positions."""
    given = content.get(name, [])
    if not isinstance(given, list):
        row = lines.line((name,))
        log.fault("bad_value", f"[{name}] is written once", f"write it with two brackets: [[{name}]]", row=row)
        return []
    read = [(place, _validated(one, model, (name, place), lines, log)) for place, one in enumerate(given)]
    return [(place, section) for place, section in read if section is not None]


def _validated(given: Any, model: type[S], location: Location, lines: TomlLines, log: IssueLog) -> S | None:
    """Return a section; what is wrong with it stands in the log, and the rest of it is read where that can be."""
    if given is None:
        return None
    try:
        return model.model_validate(given)
    except ValidationError as error:
        found = error.errors(include_url=False)
    for one in found:
        message, remedy, code = _told(model, one)
        if isinstance(given, dict) and isinstance(given.get("id"), str):
            message = f"{given['id']}: {message}"
        log.fault(code, message, remedy, row=lines.line((*location, *one["loc"])))
    if not isinstance(given, dict):
        return None
    bad = {one["loc"][0] for one in found if one["loc"]}
    try:  # what else is wrong with the section is told in the same run
        return model.model_validate({key: value for key, value in given.items() if key not in bad})
    except ValidationError:
        return None


def _told(model: type[Section], one: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return one of pydantic's findings in plain words: what, how to mend it, and its code."""
    key = ".".join(str(part) for part in one["loc"])
    kind, given = one["type"], one["input"]
    if kind == "extra_forbidden":
        remedy = which(key, model.model_fields) if len(one["loc"]) == 1 else "take it out"
        return f"unknown key '{shown(key)}'", remedy, "unknown_key"
    if kind == "missing":
        return f"'{key}' is missing", f"add {key} = …", "missing_key"
    if kind == "literal_error":
        known = re.findall(r"'([^']+)'", str(one["ctx"]["expected"]))
        remedy = which(str(given), known)
        if remedy.startswith("did"):
            remedy = f"{remedy} There are {listing(known)}"
        return f"{key} '{shown(given)}' isn't known", remedy, "unknown_value"
    if kind == "value_error":
        return f"{key} = {shown(given)} is no figure", f"mend it: {one['ctx']['error']}", "bad_figure"
    if "ctx" in one and kind.startswith(("greater", "less")):
        return f"{key} = {shown(given)}", f"give a figure within {next(iter(one['ctx'].values()))}", "bad_value"
    return f"{key} = {shown(given)}", f"give {_WANTED.get(kind, 'something else')}", "bad_value"


def _base(name: str, path: Path, chain: Sequence[str], lines: TomlLines, log: IssueLog) -> tuple[Indicator, ...]:
    """Return the indicators that a plan takes over."""
    row = lines.line(("plan", "extends"))
    try:
        found = plan_path(name, folder=path.parent)
        if str(found.resolve()) in (*chain, str(path.resolve())):
            log.fault("bad_value", f"extends = '{name}' leads back to this plan", "take it out", row=row)
            return ()
        return _read(found, table=name, chain=(*chain, str(path.resolve()))).indicators
    except PlannerError as error:
        log.extend(replace(one, table=one.table or log.table, row=one.row or row) for one in error.issues)
        return ()


def _merged(base: Iterable[Indicator], own: Sequence[Indicator]) -> tuple[Indicator, ...]:
    by_id = {one.id: one for one in own}
    taken = [by_id.pop(one.id, one) for one in base]
    return (*taken, *by_id.values())
