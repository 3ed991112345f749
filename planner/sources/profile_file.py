"""A profile's file and the rules for ways that it names, judged: who travels, where, how fast and what slows them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from planner.penalty import LONGEST_FACTOR, LONGEST_WAIT_S, Penalty, Slope
from planner.profile import FASTEST_M_S, KMH, SLOWEST_M_S, TravelProfile
from planner.sources.gate import Gate, is_texts, listed
from planner.sources.suggest import shown
from planner.way_rule import Use, WayRule, Where

_PROFILE_KEYS = {
    "label": True, "speed_m_s": True, "access_speed_m_s": True, "ways": True, "source": True,
    "penalty": False, "class_speed_kmh": False, "maxspeed_share": False,
}  # fmt: skip
_PENALTY_KEYS = dict.fromkeys(("steps", "steps_s", "unpaved", "signal_s", "slope", "steepest_percent"), False)
_CLAUSE_KEYS = ("one_way", "steps", "unpaved", "signals")
_WAYS_KEYS = {
    "rule": False, "obstacle": False, "oneway_keys": False, "based_on": False, "source": True,
    **dict.fromkeys(_CLAUSE_KEYS, False),
}  # fmt: skip
_RULE_KEYS = {"where": True, "use": True, "why": True}

_SPEED = "write metres per second from 0.1 to 50, such as 1.0"
_FACTOR = "write how many times as long it takes, from 1 to 100"
_SECONDS = "write seconds from 0 to 3600"
_SLOPE = 'write "tobler", or [[grade in %, factor], …] such as [[-10, 1.2], [0, 1.0], [10, 1.7]]'


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ways:
    """The rules of a file in ``ways/``, those that it is based on behind its own."""

    rules: tuple[WayRule, ...] = ()
    obstacles: tuple[WayRule, ...] = ()
    oneway_keys: tuple[str, ...] = ()
    clauses: Mapping[str, tuple[Where, ...]] = field(default_factory=dict)
    source: Mapping[str, str] = field(default_factory=dict)


def as_profile(path: Path, gate: Gate, *, folders: Sequence[Path]) -> TravelProfile | None:
    """Return the profile of a file, or None where the gate found a fault in it.

    Parameters
    ----------
    folders
        Where the rules that it names may lie; the first that has them counts.
    """
    faults = len(gate.issues)
    content = gate.load(path)
    gate.keys(path, content, _PROFILE_KEYS)
    label = gate.names(path, "label", content.get("label", {}))
    speeds = {key: _speed(path, content[key], gate, key) for key in ("speed_m_s", "access_speed_m_s") if key in content}
    source = gate.texts(path, "source", content.get("source", {}))
    penalty = _penalty(path, content.get("penalty", {}), gate)
    classes = _class_speeds(path, content.get("class_speed_kmh", {}), gate)
    share = content.get("maxspeed_share")
    if share is not None:
        remedy = "write the part of the speed limit that is driven, above 0 and at most 1"
        share = gate.figure(path, share, "maxspeed_share", least=1e-3, most=1.0, what="share", remedy=remedy)
    ways = _ways(path, content, "ways", gate, folders, ()) if "ways" in content else _Ways()
    if len(gate.issues) > faults:
        return None
    return TravelProfile(
        name=path.stem,
        label=label,
        speed_m_s=speeds["speed_m_s"],
        access_speed_m_s=speeds["access_speed_m_s"],
        rules=ways.rules,
        obstacles=ways.obstacles,
        oneway_keys=ways.oneway_keys,
        penalty=penalty,
        class_speed_m_s=classes,
        maxspeed_share=share,
        source={**ways.source, **source},
        **ways.clauses,
    )


def _speed(path: Path, value: Any, gate: Gate, *at: str | int) -> float:
    return gate.figure(path, value, *at, least=SLOWEST_M_S, most=FASTEST_M_S, what="speed", remedy=_SPEED)


def _class_speeds(path: Path, value: Any, gate: Gate) -> dict[str, float]:
    """Return metres a second by class of road."""
    key = "class_speed_kmh"
    if not isinstance(value, dict):
        gate.fault(path, f"{key} isn't a table of speeds", f"open it with [{key}] and write primary = 50", key)
        return {}
    least, most = SLOWEST_M_S * KMH, FASTEST_M_S * KMH
    remedy = "write kilometres per hour, above 0 and at most 180"
    return {
        name: gate.figure(path, one, key, name, least=least, most=most, what="speed", remedy=remedy) / KMH
        for name, one in value.items()
    }


def _penalty(path: Path, value: Any, gate: Gate) -> Penalty:
    if not isinstance(value, dict):
        gate.fault(path, "penalty isn't a table", "open it with [penalty]", "penalty")
        return Penalty()
    gate.keys(path, value, _PENALTY_KEYS, "penalty")
    barred = value.get("steps") == "barred"
    read = {}
    for key in ("steps", "unpaved"):
        if key in value and not (key == "steps" and barred):
            remedy = f'{_FACTOR}, or "barred"' if key == "steps" else _FACTOR
            read[key] = gate.figure(
                path, value[key], "penalty", key, least=1.0, most=LONGEST_FACTOR, what="factor", remedy=remedy
            )
    for key in ("steps_s", "signal_s"):
        if key in value:
            read[key] = gate.figure(
                path, value[key], "penalty", key, least=0.0, most=LONGEST_WAIT_S, what="time", remedy=_SECONDS
            )
    if "steepest_percent" in value:
        remedy = "write the steepest grade that can be used in %, above 0 and at most 100"
        read["steepest_percent"] = gate.figure(
            path, value["steepest_percent"], "penalty", "steepest_percent", least=1e-6, most=100.0, what="grade",
            remedy=remedy,
        )  # fmt: skip
    slope = _slope(path, value["slope"], gate) if "slope" in value else None
    return Penalty(steps_barred=barred, slope=slope, **read)


def _slope(path: Path, value: Any, gate: Gate) -> Slope | None:
    """Return Tobler's function, or a table in rising order of grades."""
    if value == "tobler":
        return "tobler"
    pairs = value if isinstance(value, list) else []
    if not pairs or not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        gate.fault(path, f"penalty.slope = {shown(value)} is no table of slopes", _SLOPE, "penalty", "slope")
        return None
    flat = [one for pair in pairs for one in pair]
    if not all(isinstance(one, (int, float)) and not isinstance(one, bool) and math.isfinite(one) for one in flat):
        gate.fault(path, "penalty.slope holds something that is no finite number", _SLOPE, "penalty", "slope")
        return None
    table = tuple((float(grade), float(factor)) for grade, factor in pairs)
    for (before, _), (grade, _) in itertools.pairwise(table):
        if grade <= before:
            message = f"penalty.slope is out of order: {grade:g} % stands behind {before:g} %"
            gate.fault(path, message, "put the grades in rising order, each once", "penalty", "slope")
    for grade, factor in table:
        if not -100.0 <= grade <= 100.0:
            message = f"penalty.slope: {grade:g} is no grade in %"
            gate.fault(path, message, "write grades from -100 to 100", "penalty", "slope")
        if not 1.0 <= factor <= LONGEST_FACTOR:
            message = f"penalty.slope: {factor:g} at {grade:g} % is no factor"
            gate.fault(path, message, f"{_FACTOR}; nothing speeds anyone up", "penalty", "slope")
    return table


def _ways(
    path: Path, content: Mapping[str, Any], key: str, gate: Gate, folders: Sequence[Path], chain: tuple[Path, ...]
) -> _Ways:
    """Return the rules of the file that a key names, in the first of the folders that has it."""
    name = content[key]
    places = [folder / f"{name}.toml" for folder in folders] if isinstance(name, str) else []
    found = next((place for place in places if place.is_file()), None)
    if found is None or found in chain:
        there = {one.stem for folder in folders for one in folder.glob("*.toml")}
        what = "names no file in ways/" if found is None else "leads back to itself"
        gate.fault(path, f"{key} = '{shown(name)}' {what}", f"write one of {listed(there)}", key)
        return _Ways()
    return _read_ways(found, gate, folders, (*chain, found))


def _read_ways(path: Path, gate: Gate, folders: Sequence[Path], chain: tuple[Path, ...]) -> _Ways:
    content = gate.load(path)
    gate.keys(path, content, {**_WAYS_KEYS, "rule": "based_on" not in content})
    base = _ways(path, content, "based_on", gate, folders, chain) if "based_on" in content else _Ways()
    oneway_keys = content.get("oneway_keys", list(base.oneway_keys))
    if not is_texts(oneway_keys):
        gate.fault(path, "oneway_keys isn't a list of tag keys", 'write oneway_keys = ["oneway:foot"]', "oneway_keys")
        oneway_keys = []
    own = {key: _clauses(path, key, content[key], gate) for key in _CLAUSE_KEYS if key in content}
    return _Ways(
        rules=(*_rules(path, "rule", content, gate), *base.rules),
        obstacles=(*_rules(path, "obstacle", content, gate), *base.obstacles),
        oneway_keys=tuple(oneway_keys),
        clauses={**base.clauses, **own},
        source={**base.source, **gate.texts(path, "source", content.get("source", {}))},
    )


def _clauses(path: Path, key: str, value: Any, gate: Gate) -> tuple[Where, ...]:
    """Return tag keys with lists of values, of which any may match."""
    if not isinstance(value, list) or not all(_is_where(one) for one in value):
        remedy = 'write [{ highway = ["steps"] }]'
        gate.fault(path, f"{key} isn't a list of tag keys with lists of values", remedy, key)
        return ()
    return tuple({name: tuple(values) for name, values in one.items()} for one in value)


def _rules(path: Path, key: str, content: Mapping[str, Any], gate: Gate) -> tuple[WayRule, ...]:
    rules = content.get(key, [])
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        gate.fault(path, f"{key} isn't a list of tables", f"open each with [[{key}]]", key)
        return ()
    return tuple(_rule(path, key, number, rule, gate) for number, rule in enumerate(rules))


def _rule(path: Path, key: str, number: int, rule: Mapping[str, Any], gate: Gate) -> WayRule:
    place = f"{key} {number + 1}"
    gate.keys(path, rule, _RULE_KEYS, key, number)
    where, use, why = rule.get("where", {}), rule.get("use", "barred"), rule.get("why", "")
    if not _is_where(where):
        message = f"{place}: where isn't tag keys with lists of values"
        gate.fault(path, message, 'write { highway = ["steps"] }', key, number, "where")
        where = {}
    if use not in get_args(Use):
        message = f"{place}: use = '{shown(use)}' is unknown"
        gate.fault(path, message, f"write one of {listed(get_args(Use))}", key, number, "use")
        use = "barred"
    if not isinstance(why, str) or not why.strip():
        gate.fault(path, f"{place}: why is blank", "say why the rule stands", key, number, "why")
    return WayRule(where={name: tuple(values) for name, values in where.items()}, use=use, why=str(why))


def _is_where(value: Any) -> bool:
    return isinstance(value, dict) and all(is_texts(values) and values for values in value.values())
