"""The street network as a layer, from which anyone can work out our times again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import shapely

from planner.report.vector_layer import Fields, Layer, nullable

if TYPE_CHECKING:
    from planner.network import Network
    from planner.profile import Weights


def network_layer(network: Network, weights: Mapping[str, Weights]) -> Layer:
    """Return one line for each directed edge from ``u`` to ``v``, by edge, the forward one first.

    Parameters
    ----------
    network
        The streets; an edge that isn't ``two_way`` has no backward line.
    weights
        By profile.

    Notes
    -----
    ``<profile>_s`` is the whole number of deciseconds that the search sums, in seconds; null where the profile may
    not use that direction. ``u`` and ``v`` are the ids of the nodes, and those of a backward line are swapped. An
    obstacle is a line of no length from the end of a street to the node that stands in somebody's way.
    """
    edge = np.concatenate([np.arange(len(network.u)), np.flatnonzero(network.two_way)])
    forward = np.arange(len(edge)) < len(network.u)
    order = np.argsort(edge, kind="stable")
    edge, forward = edge[order], forward[order]

    count = np.diff(network.line_start)
    points = np.column_stack([network.point_lon[network.line], network.point_lat[network.line]])
    line = np.asarray(shapely.linestrings(points, indices=np.repeat(np.arange(len(count)), count)), dtype=object)[edge]
    u, v = network.node_id[network.u[edge]], network.node_id[network.v[edge]]
    fields: Fields = {
        "edge_id": edge,
        "u": np.where(forward, u, v),
        "v": np.where(forward, v, u),
        "forward": forward,
        "length_m": network.length_mm[edge] / 1000,
        "component": network.component[edge],
    }
    if network.obstacle.any():
        fields["obstacle"] = network.obstacle[edge]
    for profile, seen in weights.items():
        time_ds = np.where(forward, seen.forward_ds[edge], seen.backward_ds[edge])
        component = seen.component[edge]
        fields[f"{profile}_component"] = nullable(component, component < 0)
        fields[f"{profile}_s"] = np.where(time_ds < 0, np.nan, time_ds / 10)
        if seen.ends_only.any():
            fields[f"{profile}_ends_only"] = seen.ends_only[edge]
    return Layer(
        "network", "LineString", np.where(forward, line, np.asarray(shapely.reverse(line), dtype=object)), fields
    )
