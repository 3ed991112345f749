"""Everything that is read from ``geodata/``: travel profiles, services, and the names of other files there."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, get_args

from planner.errors import InputError, SourceError
from planner.issue import Issue
from planner.profile import FASTEST_M_S, SLOWEST_M_S, TravelProfile, Use, WayRule, is_speed

LANGUAGES = ("en", "zh")
"""Every text that people read stands in these languages."""

_PACKAGE = Path(__file__).resolve().parents[1]
_PROFILE_KEYS = {"label": True, "speed_m_s": True, "access_speed_m_s": True, "ways": True, "source": True}
_WAYS_KEYS = {"rule": True, "oneway_keys": False, "source": True}
_RULE_KEYS = {"where": True, "use": True, "why": True}


def geodata_path(*parts: str) -> Path:
    """Return a path in ``geodata/``: the installed package's own copy, else the checkout's folder.

    Parameters
    ----------
    parts
        Names below ``geodata/``; none for the folder itself.

    Raises
    ------
    SourceError
        There is no such file or folder.

    Examples
    --------
    >>> geodata_path("services.toml").name
    'services.toml'
    """
    installed = _PACKAGE / "_geodata"
    path = (installed if installed.is_dir() else _PACKAGE.parent / "geodata").joinpath(*parts)
    if not path.exists():
        raise SourceError(
            [
                Issue(
                    severity="error",
                    code="missing_file",
                    table=str(path),
                    message="the planner's own data are missing",
                    remedy="install the planner again, or run it from a whole checkout",
                )
            ]
        )
    return path


def read_profiles(folder: Path | None = None) -> dict[str, TravelProfile]:
    """Read the travel profiles, one ``NAME.toml`` each, sorted by name.

    Parameters
    ----------
    folder
        Where they lie; ``geodata/profiles`` where left out. The rules that they name lie in ``ways/`` below it.

    Raises
    ------
    InputError
        A key is unknown or missing, a speed isn't one, a use is unknown, or the TOML is broken;
        one issue for each fault of every file.
    SourceError
        A file can't be read.

    Examples
    --------
    >>> read_profiles()["slow_walk"].speed_m_s
    0.8
    """
    folder = geodata_path("profiles") if folder is None else folder
    gate = _Gate()
    found = [_profile(path, gate) for path in sorted(folder.glob("*.toml"))]
    gate.close()
    return {profile.name: profile for profile in found if profile is not None}


def read_services(path: Path | None = None) -> dict[str, dict[str, str]]:
    """Read the names of the services, ``{service: {"en": ..., "zh": ...}}``, in the order of the file.

    Parameters
    ----------
    path
        The file; ``geodata/services.toml`` where left out.

    Raises
    ------
    InputError
        A service lacks a name in one of the languages, or has a key that isn't one.
    SourceError
        The file can't be read.

    Examples
    --------
    >>> read_services()["childcare"]["zh"]
    '托育'
    """
    path = geodata_path("services.toml") if path is None else path
    gate = _Gate()
    services = {key: gate.names(path, key, value) for key, value in gate.load(path).items()}
    gate.close()
    return services


def read_wider_services(path: Path | None = None) -> dict[str, tuple[str, ...]]:
    """Read which services are of a wider kind, ``{"elderly_facility": ("elderly_day_care", ...)}``.

    Parameters
    ----------
    path
        The file; ``geodata/wider_services.toml`` where left out.

    Raises
    ------
    InputError
        A key doesn't hold a list of services.
    SourceError
        The file can't be read.

    Examples
    --------
    >>> "elderly_day_care" in read_wider_services()["elderly_facility"]
    True
    """
    path = geodata_path("wider_services.toml") if path is None else path
    gate = _Gate()
    found = {}
    for key, value in gate.load(path).items():
        if _is_texts(value):
            found[key] = tuple(value)
        else:
            gate.fault(path, f"{key} isn't a list of services", 'write ["elderly_day_care", "elderly_home"]')
    gate.close()
    return found


def _profile(path: Path, gate: _Gate) -> TravelProfile | None:
    """Return the profile of a file, or None where the gate found a fault in it."""
    faults = len(gate.issues)
    content = gate.load(path)
    gate.keys(path, "", content, _PROFILE_KEYS)
    label = gate.names(path, "label", content.get("label", {}))
    speeds = {key: gate.speed(path, key, content[key]) for key in ("speed_m_s", "access_speed_m_s") if key in content}
    source = gate.texts(path, "source", content.get("source", {}))
    name = content.get("ways", "")
    ways_path = path.parent / "ways" / f"{name}.toml"
    if "ways" in content and not (isinstance(name, str) and ways_path.is_file()):
        there = sorted(one.stem for one in ways_path.parent.glob("*.toml"))
        gate.fault(path, f"ways = {name!r} names no file in {ways_path.parent.name}/", f"write one of {_listed(there)}")
    if len(gate.issues) > faults:
        return None
    rules, oneway_keys, ways_source = _ways(ways_path, gate)
    return TravelProfile(
        name=path.stem,
        label=label,
        speed_m_s=speeds["speed_m_s"],
        access_speed_m_s=speeds["access_speed_m_s"],
        rules=rules,
        oneway_keys=oneway_keys,
        source=source | ways_source,
    )


def _ways(path: Path, gate: _Gate) -> tuple[tuple[WayRule, ...], tuple[str, ...], dict[str, str]]:
    content = gate.load(path)
    gate.keys(path, "", content, _WAYS_KEYS)
    oneway_keys = content.get("oneway_keys", [])
    if not _is_texts(oneway_keys):
        gate.fault(path, "oneway_keys isn't a list of tag keys", 'write oneway_keys = ["oneway:foot"]')
        oneway_keys = []
    rules = content.get("rule", [])
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        gate.fault(path, "rule isn't a list of tables", "open each rule with [[rule]]")
        rules = []
    read = tuple(_rule(path, f"rule {number}", rule, gate) for number, rule in enumerate(rules, start=1))
    return read, tuple(oneway_keys), gate.texts(path, "source", content.get("source", {}))


def _rule(path: Path, place: str, rule: Mapping[str, Any], gate: _Gate) -> WayRule:
    gate.keys(path, place, rule, _RULE_KEYS)
    where, use, why = rule.get("where", {}), rule.get("use", "barred"), rule.get("why", "")
    if not isinstance(where, dict) or not all(_is_texts(values) and values for values in where.values()):
        gate.fault(path, f"{place}: where isn't tag keys with lists of values", 'write { highway = ["steps"] }')
        where = {}
    if use not in get_args(Use):
        gate.fault(path, f"{place}: use = {use!r} is unknown", f"write one of {_listed(get_args(Use))}")
        use = "barred"
    if not isinstance(why, str) or not why.strip():
        gate.fault(path, f"{place}: why is blank", "say why the rule stands")
    return WayRule(where={key: tuple(values) for key, values in where.items()}, use=use, why=str(why))


class _Gate:
    """Collects every fault of the files that are read, so that all are told at once."""

    def __init__(self) -> None:
        self.issues: list[Issue] = []

    def fault(self, path: Path, message: str, remedy: str) -> None:
        self.issues.append(Issue(severity="error", code="bad_geodata", table=str(path), message=message, remedy=remedy))

    def close(self) -> None:
        """Raise what was found, if anything."""
        if self.issues:
            raise InputError(self.issues)

    def load(self, path: Path) -> dict[str, Any]:
        """Return the tables of a TOML file, empty where it is broken."""
        try:
            return tomllib.loads(path.read_text(encoding="utf-8-sig"))
        except OSError as error:
            raise SourceError(
                [
                    Issue(
                        severity="error",
                        code="unreadable_file",
                        table=str(path),
                        message=f"the file can't be read ({error.strerror})",
                        remedy="check that it exists and that you may read it",
                    )
                ]
            ) from error
        except UnicodeDecodeError:
            self.fault(path, "the file isn't UTF-8", "save it as UTF-8")
        except tomllib.TOMLDecodeError as error:
            self.fault(path, f"the TOML is broken: {error}", "mend the line named")
        return {}

    def keys(self, path: Path, place: str, content: Mapping[str, Any], allowed: Mapping[str, bool]) -> None:
        """Judge the keys of a table; ``allowed`` says of each whether it must be there."""
        where = f"{place}: " if place else ""
        for key in content:
            if key not in allowed:
                near = difflib.get_close_matches(key, allowed, n=1)
                remedy = f"did you mean {near[0]!r}?" if near else f"take it out; known are {_listed(allowed)}"
                self.fault(path, f"{where}unknown key {key!r}", remedy)
        for key, required in allowed.items():
            if required and key not in content:
                self.fault(path, f"{where}key {key!r} is missing", "add it, as geodata/README.md describes")

    def names(self, path: Path, key: str, value: Any) -> dict[str, str]:
        """Return texts by language, and judge that each language is there."""
        if not isinstance(value, dict):
            self.fault(path, f"{key} isn't a table of names by language", 'write { en = "…", zh = "…" }')
            return {}
        self.keys(path, key, value, dict.fromkeys(LANGUAGES, True))
        return self.texts(path, key, value)

    def texts(self, path: Path, key: str, value: Any) -> dict[str, str]:
        """Return a table of texts, none of them blank."""
        if not isinstance(value, dict):
            self.fault(path, f"{key} isn't a table of texts", f"open it with [{key}]")
            return {}
        for name, text in value.items():
            if not isinstance(text, str) or not text.strip():
                self.fault(path, f"{key}.{name} isn't a text", "write a text in quotes")
        return {name: str(text) for name, text in value.items()}

    def speed(self, path: Path, key: str, value: Any) -> float:
        """Return a speed in m/s, one that somebody may have."""
        if not is_speed(value):
            remedy = f"write metres per second above 0 ({SLOWEST_M_S:g} to {FASTEST_M_S:g}), such as 1.0"
            self.fault(path, f"{key} = {value!r} is no speed", remedy)
            return math.nan
        return float(value)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names)) or "none"
