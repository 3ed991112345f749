"""The written outputs: the page, the JSON, the GeoPackage, the tables and the workbook.

Heavy packages load when something is written, never when this is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from planner.progress import Progress, silent
from planner.report.provenance import Provenance, provenance_of_this_run

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas

    from planner.isochrone import Isochrone
    from planner.issue import Issue
    from planner.places import Places
    from planner.plan import Plan
    from planner.siting.score import Scores
    from planner.study import Findings

__all__ = [
    "FILES",
    "Provenance",
    "check_folder",
    "check_isochrone_file",
    "findings_dict",
    "isochrone_frame",
    "plans_text",
    "provenance_of_this_run",
    "replace_file",
    "scores_text",
    "write",
    "write_isochrones",
]

FILES = (
    "index.html",
    "findings.json",
    "findings.gpkg",
    "communities.csv",
    "sites.csv",
    "compliance.csv",
    "report.xlsx",
)
"""What a run writes, beside ``manifest.json``."""


def findings_dict(findings: Findings, *, provenance: Provenance | None = None) -> dict[str, Any]:
    """Return the findings as plain data, the very content of ``findings.json``.

    Parameters
    ----------
    findings
        What the study found.
    provenance
        This run's, looked up now, where None.
    """
    from planner.report.findings_json import as_dict

    return as_dict(findings, provenance=provenance or provenance_of_this_run(findings.timings_s))


def write(
    findings: Findings,
    out: Path,
    *,
    provenance: Provenance | None = None,
    progress: Progress | None = None,
    notice: Callable[[Issue], None] | None = None,
) -> Path:
    """Write every output into a folder and return the path of its ``index.html``.

    Parameters
    ----------
    findings
        What the study found.
    out
        The folder; it and its parents are made where missing. Whatever else lies in it is left alone.
    provenance
        This run's, looked up now, where None.
    progress
        Told of each file before it is written, and how much is done, from 0 to 1.
    notice
        Told of each file of an earlier run that someone has changed since: it is kept under another name.

    Raises
    ------
    InputError
        ``out`` is a file, or holds a file under one of our names that no earlier run wrote.
    SourceError
        The folder can't be written; what it held before is whole.
    """
    from planner.report.folder import write_folder

    tell = progress or silent

    def fill(folder: Path) -> None:
        tell("gathering what is written", 0.0)
        writers = _writers(findings, provenance or provenance_of_this_run(findings.timings_s))
        for done, (name, content) in enumerate(writers.items()):
            tell(f"writing {name}", done / len(writers))
            content(folder / name)
        tell("putting the files in place", 1.0)

    return write_folder(out, fill, names=FILES, notice=notice) / "index.html"


def check_folder(out: Path) -> None:
    """Raise now what ``write`` would raise later about the folder itself, before the work is done.

    Raises
    ------
    InputError
        ``out`` is a file, or holds a file under one of our names that no earlier run wrote.
    SourceError
        Nothing can be written there.
    """
    from planner.report.folder import check

    check(out, names=FILES)


def scores_text(scores: Scores, form: str) -> str:
    """Return scores as ``json``, ``csv`` or ``table``, with a newline at the end."""
    from planner.report.scores import as_text

    return as_text(scores, form)


def plans_text(plans: Sequence[Plan], form: str, *, audit: bool = False, whole: bool = False) -> str:
    """Return plans as ``json`` or ``table``, with a newline at the end.

    Parameters
    ----------
    audit
        Whether their own sums are worked out again: beside the rest in JSON, instead of it in a table.
    whole
        Whether a table shows each plan's indicators, not a line a plan.
    """
    from planner.report import plans as of_plans

    if form == "json":
        return of_plans.as_json(plans, audited=audit)
    if audit:
        return of_plans.audit_text(plans)
    return "\n".join(map(of_plans.plan_text, plans)) if whole else of_plans.overview_text(plans)


def isochrone_frame(found: Sequence[Isochrone], places: Places) -> geopandas.GeoDataFrame:
    """Return isochrones with the id and name of their place, in EPSG:4326."""
    from planner.report.isochrone_table import isochrone_frame as frame

    return frame(found, places)


def check_isochrone_file(path: Path) -> None:
    """Raise InputError now where ``write_isochrones`` would refuse the file's ending after the work is done."""
    from planner.report.isochrone_file import driver_of

    driver_of(path)


def write_isochrones(frame: geopandas.GeoDataFrame, path: Path) -> None:
    """Write isochrones in the format of the file's ending; an earlier file stays until the new one stands.

    Raises
    ------
    InputError
        The file's ending is another.
    SourceError
        The file can't be written.
    """
    from planner.report.isochrone_file import write_isochrones as write_file

    write_file(frame, path)


def replace_file(path: Path, fill: Callable[[Path], None]) -> None:
    """Let ``fill`` write a temporary file beside ``path``, then put it in its place in one step.

    Raises
    ------
    SourceError
        The file can't be written; an earlier one is whole.
    """
    from planner.report.isochrone_file import replace_file as replace

    replace(path, fill)


def _writers(findings: Findings, provenance: Provenance) -> dict[str, Callable[[Path], Any]]:
    """Return what writes each file."""
    from planner.report import compliance_tables, findings_json, geopackage, page, tables, workbook

    document = findings_json.as_dict(findings, provenance=provenance)
    return {
        "index.html": lambda path: path.write_bytes(page.render(findings).encode()),
        "findings.json": lambda path: path.write_bytes(findings_json.to_bytes(document)),
        "findings.gpkg": lambda path: geopackage.write(findings, path),
        "communities.csv": lambda path: path.write_bytes(tables.to_csv(tables.communities(document))),
        "sites.csv": lambda path: path.write_bytes(tables.to_csv(tables.sites(document))),
        "compliance.csv": lambda path: path.write_bytes(tables.to_csv(compliance_tables.compliance(document))),
        "report.xlsx": lambda path: workbook.write(document, path),
    }
