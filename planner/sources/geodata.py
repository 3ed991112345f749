"""Everything that is read from ``geodata/``: travel profiles, services, and the names of other files there."""

from __future__ import annotations

from pathlib import Path

from planner.errors import SourceError
from planner.issue import Issue
from planner.profile import TravelProfile
from planner.sources.gate import Gate, is_texts
from planner.sources.profile_file import as_profile

_PACKAGE = Path(__file__).resolve().parents[1]


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
        A key is unknown or missing, a speed or penalty makes no sense, a use is unknown, or the TOML is broken; one
        issue for each fault of every file, with its line.
    SourceError
        A file can't be read.

    Examples
    --------
    >>> read_profiles()["slow_walk"].speed_m_s
    0.8
    """
    folder = geodata_path("profiles") if folder is None else folder
    gate = Gate()
    found = [as_profile(path, gate, folders=[folder / "ways"]) for path in sorted(folder.glob("*.toml"))]
    gate.close()
    return {profile.name: profile for profile in found if profile is not None}


def read_profile(path: Path, *, table: str) -> tuple[TravelProfile, dict[str, Path]]:
    """Read a profile of the user's own; its name is the file's, without the ending.

    Parameters
    ----------
    path
        The file. The rules that it names lie in ``ways/`` beside it, else they are the planner's own.
    table
        The file as the study names it.

    Returns
    -------
    tuple
        The profile, and the user's files that it was read from, by what the study would call them.

    Raises
    ------
    InputError
        As for the planner's own.
    SourceError
        The file can't be read.
    """
    beside = sorted((path.parent / "ways").glob("*.toml"))
    names = {path: table, **{one: (Path(table).parent / "ways" / one.name).as_posix() for one in beside}}
    gate = Gate(names)
    found = as_profile(path, gate, folders=[path.parent / "ways", geodata_path("profiles", "ways")])
    gate.close()
    if found is None:
        raise AssertionError  # a profile that isn't there has a fault
    return found, {names[one]: one for one in gate.files if one in names}


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
    gate = Gate()
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
    gate = Gate()
    found = {}
    for key, value in gate.load(path).items():
        if is_texts(value):
            found[key] = tuple(value)
        else:
            gate.fault(path, f"{key} isn't a list of services", 'write ["elderly_day_care", "elderly_home"]', key)
    gate.close()
    return found
