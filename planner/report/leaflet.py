"""The map's container and options through Folium; nothing that a user wrote passes through it.

Folium renders by Jinja and evaluates what it is given, so it gets numbers alone. Names and figures travel beside the
map as JSON.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

RANDOM_ID = re.compile(r"\b([a-z_]+)_[0-9a-f]{32}\b")
"""What Folium calls its elements: another name each time."""

ZOOM = 13
"""Where the map opens before the page fits it to the places."""


def render_map(bounds: Sequence[float]) -> str:
    """Return the page's frame with an empty Leaflet map in it; slots such as ``<!--slot:style-->`` are still open.

    Parameters
    ----------
    bounds
        South, west, north, east in degrees.

    Notes
    -----
    Folium's own links to outside hosts are emptied on this map alone: its lists are shared by every map of the process.
    """
    import folium
    from folium.template import Template

    south, west, north, east = (float(bound) for bound in bounds)
    chart: Any = folium.Map(
        location=[round((south + north) / 2.0, 6), round((west + east) / 2.0, 6)],
        zoom_start=ZOOM,
        tiles=None,
        prefer_canvas=True,
        zoom_control=False,
        attribution_control=False,
        zoom_snap=0.25,
        zoom_delta=0.5,
        wheel_px_per_zoom_level=120,
        max_zoom=19,
    )
    chart.default_js, chart.default_css = [], []
    chart._template = Template(_template("map.html"))  # noqa: SLF001 (Folium has no other way to change its words)
    figure = chart.get_root()
    figure._template = Template(_template("page.html"))  # noqa: SLF001
    return _settled(figure.render())


def _template(name: str) -> str:
    return (Path(__file__).parent / "templates" / name).read_text(encoding="utf-8")


def _settled(html: str) -> str:
    """Rename random ids in their order of appearance, so that the page is the same bytes each time."""
    known: dict[str, str] = {}

    def rename(found: re.Match[str]) -> str:
        return known.setdefault(found[0], f"{found[1]}_{len(known) + 1}")

    return RANDOM_ID.sub(rename, html)
