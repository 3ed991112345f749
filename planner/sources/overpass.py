"""Streets of a place by its name, downloaded through OSMnx from Nominatim and Overpass."""

from __future__ import annotations

import socket
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from planner.errors import InputError, SourceError
from planner.issue import Issue
from planner.sources.extract import Extract
from planner.sources.graph import read_graph

if TYPE_CHECKING:
    import networkx as nx

WITHIN_S = 2.0
"""How long a server may take to answer at all; both asked, an offline machine is told within 5 s."""

DOWNLOAD_TIMEOUT_S = 180
"""How long Overpass may work on one query; a city's streets take a minute."""


def read_place(place: str, *, table: str, tag_keys: Collection[str], cache: Path | None = None) -> Extract:
    """Download the streets of a place.

    Parameters
    ----------
    place
        A name that OpenStreetMap knows as an area, such as ``和平区, 天津市``.
    table
        The source as the study names it.
    tag_keys
        The tag keys of ways and nodes that are kept beside ``highway``.
    cache
        A folder in which OSMnx keeps the servers' answers, so that a second run needs no network; none where None.

    Returns
    -------
    Extract
        All streets inside the place, whoever may use them. Those cut at its boundary end in border nodes.

    Raises
    ------
    SourceError
        A server can't be reached, or answers with an error.
    InputError
        No area of that name, or no street in it.

    Notes
    -----
    OSMnx's settings and the standard library's name resolution, which OSMnx changes, are put back afterwards. The
    servers' addresses are those of ``osmnx.settings``.
    """
    import osmnx

    with _settings(tag_keys, cache):
        if cache is None or not any(cache.glob("*.json")):
            for url in (osmnx.settings.nominatim_url, osmnx.settings.overpass_url):
                _must_answer(url, table)
        graph = _download(place, table, tag_keys)
    return read_graph(graph, table=table, tag_keys=tag_keys)


def _download(place: str, table: str, tag_keys: Collection[str]) -> nx.MultiDiGraph:
    """Return the graph of a place, its nodes thinned out along each OpenStreetMap way but not across ways.

    Nodes with a tag that profiles read stay: gates stand in the middle of ways.
    """
    import osmnx
    import requests

    # no name is public for the errors of a server's answer that OSMnx 2.0 and 2.1 share
    from osmnx._errors import InsufficientResponseError, ResponseStatusCodeError

    try:
        whole = osmnx.graph_from_place(place, custom_filter='["highway"]', simplify=False, retain_all=True)
        return osmnx.simplify_graph(
            whole, node_attrs_include=sorted(tag_keys), edge_attrs_differ=["osmid"], remove_rings=False
        )
    except requests.RequestException as error:
        raise _unreachable(table, f"the download broke off ({type(error).__name__})") from error
    except ResponseStatusCodeError as error:
        raise _unreachable(table, "OpenStreetMap's servers answered with an error") from error
    except (InsufficientResponseError, TypeError, ValueError) as error:
        raise InputError(
            [
                Issue(
                    severity="error",
                    code="unknown_place",
                    table=table,
                    message=f"OpenStreetMap knows no area {place!r} with streets",
                    remedy="write the name as openstreetmap.org finds it, with the city, or give a file",
                )
            ]
        ) from error


@contextmanager
def _settings(tag_keys: Collection[str], cache: Path | None) -> Iterator[None]:
    """Set OSMnx up for one download, and put everything back."""
    from osmnx import settings

    wanted = {
        "doh_url_template": None,  # an outside resolver: without a network it hangs for a minute
        "overpass_rate_limit": False,  # asks the server for a slot: without a network it hangs for a minute
        "requests_timeout": DOWNLOAD_TIMEOUT_S,
        "use_cache": cache is not None,
        "cache_folder": settings.cache_folder if cache is None else cache,
        "useful_tags_way": sorted({"highway", "oneway", *tag_keys}),
        "useful_tags_node": sorted(tag_keys),
        "all_oneway": False,
    }
    before = {name: getattr(settings, name) for name in wanted}
    resolve = socket.getaddrinfo
    try:
        for name, value in wanted.items():
            setattr(settings, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(settings, name, value)
        socket.getaddrinfo = resolve


def _must_answer(url: str, table: str) -> None:
    """Raise SourceError where the server of a URL doesn't answer in time; any answer will do."""
    import requests

    answered = threading.Event()

    def ask() -> None:
        try:
            requests.head(url, timeout=WITHIN_S, allow_redirects=False)
        except requests.RequestException:
            return
        answered.set()

    asking = threading.Thread(target=ask, daemon=True)  # a name may take half a minute to fail to resolve
    asking.start()
    asking.join(WITHIN_S)
    if not answered.is_set():
        raise _unreachable(table, f"{urlsplit(url).hostname} can't be reached")


def _unreachable(table: str, message: str) -> SourceError:
    return SourceError(
        [
            Issue(
                severity="error",
                code="no_network",
                table=table,
                message=message,
                remedy="check the internet connection, or give a downloaded file such as an .osm.pbf extract",
            )
        ]
    )
