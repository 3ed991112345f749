"""Where and when a result was made: the only clock values of all the outputs, kept apart from the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """When, with what and on what the findings were made.

    Parameters
    ----------
    created
        ISO 8601, UTC, whole seconds, such as ``2025-01-31T08:00:00Z``.
    planner_version
        As installed.
    platform
        The operating system and the Python that ran.
    timings_s
        Seconds by step.
    """

    created: str
    planner_version: str
    platform: str
    timings_s: Mapping[str, float] = field(default_factory=dict)


def provenance_of_this_run(timings_s: Mapping[str, float]) -> Provenance:
    """Look at the clock, the machine and the installed version.

    Parameters
    ----------
    timings_s
        Seconds by step, as the findings carry them.

    Notes
    -----
    Where the environment holds ``SOURCE_DATE_EPOCH`` (seconds since 1970), that moment stands in for the clock and
    the timings are left out, so that whole results can be compared byte by byte
    (https://reproducible-builds.org/specs/source-date-epoch/).
    """
    import os
    import platform
    from datetime import datetime

    epoch = os.environ.get("SOURCE_DATE_EPOCH", "").strip()
    fixed = epoch.isascii() and epoch.isdigit()
    moment = datetime.fromtimestamp(int(epoch), tz=UTC) if fixed else datetime.now(tz=UTC)
    return Provenance(
        created=moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        planner_version=_installed_version(),
        platform=f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        timings_s={} if fixed else dict(timings_s),
    )


def _installed_version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("service-circle-planner")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "unknown"
