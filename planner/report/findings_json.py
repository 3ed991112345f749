"""The findings as plain data: the stable JSON that scripts rely on, and that tables and workbook are made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from planner.report import changes_json, compliance_json, proposal_json
from planner.report.json_values import (
    ACCESS_DECIMALS,
    DEGREES_DECIMALS,
    METRES_DECIMALS,
    MINUTES_DECIMALS,
    number,
    numbers,
    tally,
    whole,
)

if TYPE_CHECKING:
    from planner.coverage import Coverage
    from planner.network import BoolArray, Network
    from planner.places import Anchors, Places
    from planner.profile import Weights
    from planner.report.provenance import Provenance
    from planner.study import Findings, Study

SCHEMA_VERSION = 1


def as_dict(findings: Findings, *, provenance: Provenance) -> dict[str, Any]:
    """Return the findings as dicts, lists, text, numbers and None, keys in the order of the contract.

    Parameters
    ----------
    findings
        What the study found.
    provenance
        The only part that differs between two runs on the same input.

    Returns
    -------
    dict
        Holds no NaN and no infinity: what isn't known is None. Minutes have 4 decimals, metres 2, degrees and
        fractions 7, access legs 3. ``edge_id`` is the edge's position, ``u`` and ``v`` are the ids of the nodes.
    """
    study = findings.study
    return {
        "schema_version": SCHEMA_VERSION,
        "study": _study(findings),
        "network": _network(findings.network),
        "circles": [
            {
                **_circle(coverage, study),
                "inside": changes_json.inside_of_circle(findings.inside.get(coverage.circle.name)),
            }
            for coverage in findings.coverages
        ],
        "communities": _communities(findings),
        "facilities": _facilities(findings),
        "candidates": _places(findings, study.candidates),
        "proposals": [proposal_json.as_dict(proposal, study) for proposal in findings.proposals],
        "compliance": compliance_json.as_list(findings.compliance, study.facilities),
        "differences": [
            {
                "circle": one.circle,
                "area_id": one.area_id,
                "level": one.level,
                "present": _flag(one.present),
                "reachable": _flag(one.reachable),
            }
            for one in findings.differences
        ],
        "isochrones": changes_json.isochrones(findings),
        "comparisons": changes_json.comparisons(findings),
        "scenarios": changes_json.scenarios(findings),
        "issues": [
            {
                "severity": one.severity,
                "table": one.table,
                "row": one.row,
                "id": one.id,
                "code": one.code,
                "message": one.message,
                "remedy": one.remedy,
            }
            for one in dict.fromkeys((*study.issues, *findings.issues))  # what the run repeats from the study, once
        ],
        "provenance": asdict(provenance),
    }


def to_bytes(document: Mapping[str, Any]) -> bytes:
    """Return the document as UTF-8 JSON: one line for each entry of a list, so that two results can be compared.

    Examples
    --------
    >>> print(to_bytes({"a": 1, "b": [{"名": "和平"}, {}]}).decode())
    {
    "a": 1,
    "b": [
    {"名": "和平"},
    {}
    ]
    }
    <BLANKLINE>
    """
    entries = []
    for key, value in document.items():
        if isinstance(value, list) and value:
            text = "[\n" + ",\n".join(_line(item) for item in value) + "\n]"
        else:
            text = _line(value)
        entries.append(f"{_line(key)}: {text}")
    whole = "{\n" + ",\n".join(entries) + "\n}\n"
    # half a surrogate pair (an undecodable file name) has no UTF-8; as \udc80 it's the same character in JSON
    return whole.encode("utf-8", "backslashreplace")


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of the document."""
    import json
    from importlib.resources import files

    found: dict[str, Any] = json.loads(files(__package__).joinpath("templates", "findings.schema.json").read_bytes())
    return found


def _line(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=str)


def _study(findings: Findings) -> dict[str, Any]:
    study = findings.study
    return {
        "name": study.name,
        "year": study.year,
        "language": study.language,
        "crs": findings.network.crs.to_string(),
        "inputs": [
            {
                "path": one.path,
                "sha256": one.sha256,
                "rows": one.rows,
                "date": one.date,
                "datum": one.datum,
                "encoding": one.encoding,
            }
            for one in study.inputs
        ],
        "plan": None if study.plan is None else study.plan.id,
        "data_date": _data_date(study),
        "max_access_m": number(study.max_access_m, METRES_DECIMALS),
        "synthetic": study.synthetic,
        "attribution": list(study.attribution),
    }


def _data_date(study: Study) -> str | None:
    """Return the date of the communities' figures; where no input is their table, the one date that all inputs bear."""
    of_table = [one for one in study.inputs if one.path == study.communities.table]
    dates = {one.date for one in of_table or study.inputs} - {None}
    return dates.pop() if len(dates) == 1 else None


def _network(network: Network) -> dict[str, Any]:
    lengths = network.component_length_mm
    total = int(lengths.sum())
    return {
        "nodes": len(network.node_id),
        "edges": network.directed_edges,
        "length_km": number(network.length_km, 6),  # whole millimetres
        "components": len(lengths),
        "largest_component_share": int(lengths[0]) / total if total else None,
    }


def _circle(coverage: Coverage, study: Study) -> dict[str, Any]:
    circle = coverage.circle
    where = circle.where
    straight = coverage.straight_line
    return {
        "name": circle.name,
        "service": circle.service,
        "limit": whole(circle.limit),
        "limit_unit": circle.limit_unit,
        "measure": circle.measure,
        "profile": circle.profile,
        "speed_m_s": float(coverage.speed_m_s),
        "access_speed_m_s": _access_speed(study, coverage),
        "penalty": study.profiles[circle.profile].penalty.told() if circle.profile in study.profiles else None,
        "demand": circle.demand,
        "communities": tally(coverage.communities),
        "people": None if coverage.people is None else tally(coverage.people, of_people=True),
        "straight_line": {
            "radius_m": number(straight.radius_m, METRES_DECIMALS),
            "communities_covered": int(straight.communities_covered),
            "people_covered": None if straight.people_covered is None else int(straight.people_covered),
        },
        "service_name": dict(study.services.get(circle.service, {})),
        "where": None if where is None else {"column": where.column, "op": where.op, "value": _plain(where.value)},
        "facilities": len(coverage.facilities),
    }


def _access_speed(study: Study, coverage: Coverage) -> float:
    profile = study.profiles.get(coverage.circle.profile)
    return float(coverage.speed_m_s if profile is None else profile.access_speed_m_s)


def _communities(findings: Findings) -> list[dict[str, Any]]:
    study = findings.study
    entries = _places(findings, study.communities)
    answers = [_answers(coverage, findings) for coverage in findings.coverages]
    names = [coverage.circle.name for coverage in findings.coverages]
    unknown = [None] * len(entries)
    street, county = (study.communities.columns.get(key, unknown) for key in ("street", "county"))
    for position, entry in enumerate(entries):
        entry["street"], entry["county"] = _text(street[position]), _text(county[position])
        entry["circles"] = {name: answer[position] for name, answer in zip(names, answers, strict=True)}
    return entries


def _answers(coverage: Coverage, findings: Findings) -> list[dict[str, Any]]:
    """Return one circle's answer for every community."""
    study = findings.study
    found = findings.inside.get(coverage.circle.name)
    return [
        {
            "status": str(status),
            "present": _flag(present),
            "near_border": bool(near_border),
            **measured,
            "people": people,
            "inside": inside,
        }
        for status, present, near_border, measured, people, inside in zip(
            coverage.status,
            coverage.present,
            coverage.near_border,
            _measured(coverage, study),
            map(whole, study.communities.number(coverage.circle.demand).tolist()),
            changes_json.inside_of_communities(found, len(study.communities)),
            strict=True,
        )
    ]


def _measured(coverage: Coverage, study: Study) -> list[dict[str, Any]]:
    """Return how far the nearest and the second nearest facility are from every community."""
    facility = [*map(str, study.facilities.ids), None]  # position -1, no facility, is the last
    columns = {
        "nearest_facility": [facility[position] for position in coverage.nearest.tolist()],
        "minutes": numbers(coverage.minutes, MINUTES_DECIMALS),
        "metres": numbers(coverage.metres, METRES_DECIMALS),
        "backup_facility": [facility[position] for position in coverage.backup.tolist()],
        "backup_minutes": numbers(coverage.backup_minutes, MINUTES_DECIMALS),
        "backup_metres": numbers(coverage.backup_metres, METRES_DECIMALS),
    }
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def _facilities(findings: Findings) -> list[dict[str, Any]]:
    facilities = findings.study.facilities
    services = facilities.columns.get("service", [()] * len(facilities))
    community = facilities.columns.get("community_id", [None] * len(facilities))
    counts_for: list[list[str]] = [[] for _ in facilities.ids]
    for coverage in findings.coverages:
        for position in coverage.facilities.tolist():
            counts_for[position].append(coverage.circle.name)
    entries = []
    for entry, offered, inside, circles in zip(
        _places(findings, facilities), services, community, counts_for, strict=True
    ):
        anchors = entry.pop("anchors")
        entries.append(
            {
                **entry,
                "services": [offered] if isinstance(offered, str) else [str(one) for one in offered or ()],
                "community_id": _text(inside),
                "anchors": anchors,
                "circles": circles,
            }
        )
    return entries


def _places(findings: Findings, places: Places) -> list[dict[str, Any]]:
    """Return id, name, point and anchors of each place."""
    anchors = {
        profile: _anchors(by_role[places.role], findings.network, findings.weights[profile])
        for profile, by_role in findings.anchors.items()
        if places.role in by_role
    }
    points = zip(numbers(places.lon, DEGREES_DECIMALS), numbers(places.lat, DEGREES_DECIMALS), strict=True)
    return [
        {
            "id": str(places.ids[position]),
            "name": str(places.names[position]),
            "lon": lon,
            "lat": lat,
            "anchors": {profile: of_place[position] for profile, of_place in anchors.items()},
        }
        for position, (lon, lat) in enumerate(points)
    ]


def _anchors(anchors: Anchors, network: Network, weights: Weights) -> list[dict[str, Any]]:
    at = anchors.edge  # -1 reads the last edge, whose values are blanked
    columns = {
        "status": [str(status) for status in anchors.status],
        "access_m": numbers(anchors.access_m, ACCESS_DECIMALS),
        "edge_id": _unless(at < 0, at),
        "u": _unless(at < 0, network.node_id[network.u[at]]),
        "v": _unless(at < 0, network.node_id[network.v[at]]),
        "fraction": numbers(anchors.fraction, DEGREES_DECIMALS),
        "lon": numbers(anchors.lon, DEGREES_DECIMALS),
        "lat": numbers(anchors.lat, DEGREES_DECIMALS),
        "component": _unless(at < 0, weights.component[at]),
        "preferred_over_nearest": _unless(anchors.passed_over < 0, anchors.passed_over),
    }
    return [dict(zip(columns, cells, strict=True)) for cells in zip(*columns.values(), strict=True)]


def _unless(blank: BoolArray, values: npt.NDArray[np.integer]) -> list[int | None]:
    return [None if none else value for none, value in zip(blank.tolist(), values.tolist(), strict=True)]


def _flag(value: Any) -> bool | None:
    return None if value is None else bool(value)


def _text(value: Any) -> str | None:
    return None if value is None or value != value or value == "" else str(value)  # noqa: PLR0124 - NaN


def _plain(value: Any) -> Any:
    """Return numpy's scalars and sequences as Python's own."""
    if isinstance(value, str):
        return value
    if isinstance(value, Iterable):
        return [_plain(one) for one in value]
    return value.item() if isinstance(value, np.generic) else value
