"""Present: whether a facility stands inside a community itself, wherever people can walk to."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from planner.area import membership
from planner.network import TextArray
from planner.places import Places


def present(communities: Places, facilities: Places, *, areas: Places | None = None) -> TextArray:
    """Return True, False or None for each community: whether one of the facilities stands inside it.

    A facility belongs to the community that its ``community_id`` names or, where that is blank, whose polygon holds
    it. None where a facility that could be inside has neither.
    """
    polygon = _polygons(communities, areas)
    home = membership(
        facilities.columns.get("community_id"), facilities.lon, facilities.lat, ids=communities.ids, polygon=polygon
    )
    inside = {name for name in home if name}
    adrift = any(name is None for name in home)
    shapes = [None] * len(communities) if polygon is None else polygon
    return np.array(
        [
            True if name in inside else (None if adrift and shape is None else False)
            for name, shape in zip(communities.ids, shapes, strict=True)
        ],
        dtype=object,
    )


def _polygons(communities: Places, areas: Places | None) -> npt.NDArray[Any] | None:
    """Return each community's polygon, its own or that of the area with its id and level."""
    own = communities.polygon
    if areas is None or areas.polygon is None:
        return own
    level = areas.columns["level"]
    by_id = {areas.ids[i]: areas.polygon[i] for i in range(len(areas)) if level[i] == "community"}
    found = np.empty(len(communities), dtype=object)
    for i, name in enumerate(communities.ids):
        found[i] = own[i] if own is not None and own[i] is not None else by_id.get(name)
    return found
