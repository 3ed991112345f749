"""Little towns for tests: streets written as lists, and places in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from planner.network import Network, Ways, build
from planner.places import Anchors, anchor
from planner.profile import TravelProfile, WayRule, Weights, weigh

DEGREE_M = 111_319.49079327357  # a degree of the equator
WALKER = TravelProfile(
    name="test_walk",
    label={"en": "Test walk", "zh": "测试"},
    speed_m_s=1.0,
    access_speed_m_s=1.0,
    rules=(
        WayRule({"access": ("private",)}, "ends_only"),
        WayRule({"highway": ("motorway",)}, "barred"),
        WayRule({"highway": ("*",)}, "open"),
    ),
    oneway_keys=("oneway:foot",),
)


def ways(
    points: Sequence[tuple[float, float]],
    streets: Sequence[tuple[Sequence[int], dict[str, str]]],
    border: Sequence[int] = (),
) -> Ways:
    """Return ways over points given in metres east and north of 120 E on the equator."""
    xy = np.asarray(points, np.float64).reshape(-1, 2)
    keys = ("highway", "access", "oneway:foot")
    return Ways(
        node_id=np.arange(100, 100 + len(xy)),
        lon=120.0 + xy[:, 0] / DEGREE_M,
        lat=xy[:, 1] / 110_574.3886,
        border=np.isin(np.arange(len(xy)), border),
        ref=np.array([node for refs, _ in streets for node in refs], np.int64),
        start=np.concatenate([[0], np.cumsum([len(refs) for refs, _ in streets])]).astype(np.int64),
        way_id=np.arange(len(streets)),
        tags={
            key: np.array(
                [tags.get(key, "residential" if key == "highway" else "") for _, tags in streets],
                dtype=object,
            )
            for key in keys
        },
        two_way=np.ones(len(streets), dtype=bool),
    )


def town(*args: Any, **kwargs: Any) -> tuple[Network, Weights]:
    """Return the network of some ways, and how the test walker sees it."""
    network = build(ways(*args, **kwargs), tag_keys=WALKER.tag_keys)
    return network, weigh(network, WALKER)


def anchors_at(network: Network, weights: Weights, points: Sequence[tuple[float, float]]) -> Anchors:
    """Anchor points given in metres, with no limit on the access leg to speak of."""
    xy = np.asarray(points, np.float64).reshape(-1, 2)
    return anchor(
        network,
        weights,
        120.0 + xy[:, 0] / DEGREE_M,
        xy[:, 1] / 110_574.3886,
        max_access_m=10_000.0,
    )


def on_streets(edge: Sequence[int], fraction: Sequence[float], access_m: Sequence[float] | None = None) -> Anchors:
    """Return anchors on streets, with no access leg unless told."""
    count = len(edge)
    return Anchors(
        status=np.full(count, "ok", dtype=object),
        edge=np.array(edge, np.int64),
        fraction=np.array(fraction, np.float64),
        access_m=np.zeros(count) if access_m is None else np.array(access_m, np.float64),
        lon=np.zeros(count),
        lat=np.zeros(count),
        passed_over=np.full(count, -1),
    )


def joined(*crowds: Anchors) -> Anchors:
    """Return anchors one after the other."""
    return Anchors(
        **{field.name: np.concatenate([getattr(one, field.name) for one in crowds]) for field in fields(Anchors)}
    )
