"""The one door for streets: a file of any known kind, a graph from OSMnx, or a place's name."""

from __future__ import annotations

import difflib
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from planner.errors import InputError, SourceError
from planner.issue import Issue
from planner.sources import graph, lines, overpass, pbf
from planner.sources.extract import Extract

if TYPE_CHECKING:
    import networkx as nx

KNOWN_ENDINGS = (*pbf.FORMATS, *graph.ENDINGS, *lines.ENDINGS)
"""The endings of files that streets are read from."""


def read_network(
    source: Path | nx.MultiDiGraph | None = None,
    *,
    place: str | None = None,
    table: str,
    tag_keys: Collection[str],
) -> Extract:
    """Read the streets of a study.

    Parameters
    ----------
    source
        A file, told by the ending of its name, or a live graph from OSMnx.
    place
        In place of ``source``: a name that OpenStreetMap knows, such as ``和平区, 天津市``.
    table
        The source as the study names it, for messages.
    tag_keys
        The tag keys that the study's profiles read.

    Returns
    -------
    Extract
        The streets in WGS 84, and the background map where the source holds one.

    Raises
    ------
    SourceError
        There is no such file, it is damaged, or the place can't be downloaded.
    InputError
        The kind of file is unknown, or it holds no street.
    """
    if (source is None) == (place is None):
        raise _fault(table, "unknown_source", "the network needs either a source or a place", "name one of them")
    if place is not None:
        return overpass.read_place(place, table=table, tag_keys=tag_keys)
    if source is not None and not isinstance(source, Path):
        return graph.read_graph(source, table=table, tag_keys=tag_keys)
    path = Path(str(source))
    _must_exist(path, table)
    name = path.name.lower()
    if name.endswith(tuple(pbf.FORMATS)):
        return pbf.read_osm(path, table=table, tag_keys=tag_keys)
    if name.endswith(graph.ENDINGS):
        return graph.read_graphml(path, table=table, tag_keys=tag_keys)
    if name.endswith(lines.ENDINGS):
        return lines.read_lines(path, table=table, tag_keys=tag_keys)
    raise _fault(
        table,
        "unknown_format",
        f"streets can't be read from a file of the kind {path.suffix or path.name!r}",
        f"give a file that ends in one of {', '.join(KNOWN_ENDINGS)}",
    )


def _must_exist(path: Path, table: str) -> None:
    if path.is_file():
        return
    if path.is_dir():
        message, remedy = "this is a folder, not a file of streets", "name the file in it"
    else:
        there = [one.name for one in path.parent.iterdir()] if path.parent.is_dir() else []
        near = difflib.get_close_matches(path.name, there, n=1)
        message = "there is no such file"
        remedy = f"did you mean {near[0]!r}?" if near else "check the path; it is relative to the study file"
    raise SourceError([Issue(severity="error", code="missing_file", table=table, message=message, remedy=remedy)])


def _fault(table: str, code: str, message: str, remedy: str) -> InputError:
    return InputError([Issue(severity="error", code=code, table=table, message=message, remedy=remedy)])
