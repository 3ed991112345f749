"""How large a run is: full, whose figures count, or tiny, which shows within seconds that all of it works."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is asked of each job.

    Parameters
    ----------
    junctions, many_junctions
        About how many nodes the city and the largest city have.
    origins, communities, facilities
        How many places, each at a node.
    sample
        By mode of travel: how many of the origins the peers search from; their time is scaled to all.
    batch
        By mode of travel: how many origins are asked at once; more would fill the memory with their answers.
    plain
        Of the siting instances, demands and candidates: ``small``, ``large`` and ``huge``.
    sites, town, medians
        How many sites are built; how many nodes the p-median's town has, and its numbers of sites.
    patience_s
        How long HiGHS is waited for; ours has half of it where a job has a time limit.
    isochrones, isochrones_by_peer
        How many places isochrones are drawn of, and by peer: for how many the peer draws them.
    turns
        How often each contender is timed; the median counts.
    """

    name: str
    junctions: int
    many_junctions: int
    origins: int
    communities: int
    facilities: int
    sample: Mapping[str, int]
    batch: Mapping[str, int]
    plain: Mapping[str, tuple[int, int]]
    sites: int
    town: int
    medians: Sequence[int]
    patience_s: float
    isochrones: int
    isochrones_by_peer: Mapping[str, int]
    turns: int


SIZES = {
    size.name: size
    for size in (
        Size(
            name="full",
            junctions=245_000,
            many_junctions=6_030_000,
            origins=10_000,
            communities=10_000,
            facilities=500,
            sample={"walk": 2_000, "ebike": 400, "car": 60},
            batch={"walk": 10_000, "ebike": 1_000, "car": 192},
            plain={"small": (2_000, 500), "large": (10_000, 2_000), "huge": (100_000, 1_000)},
            sites=20,
            town=900,
            medians=(5, 10, 90),
            patience_s=120.0,
            isochrones=1_000,
            isochrones_by_peer={"osmnx": 30, "valhalla": 1_000},
            turns=3,
        ),
        Size(
            name="tiny",
            junctions=2_000,
            many_junctions=6_000,
            origins=200,
            communities=200,
            facilities=20,
            sample={"walk": 20, "ebike": 10, "car": 5},
            batch={"walk": 1_000, "ebike": 150, "car": 100},
            plain={"small": (200, 40), "large": (400, 60), "huge": (600, 30)},
            sites=5,
            town=60,
            medians=(5,),
            patience_s=4.0,
            isochrones=20,
            isochrones_by_peer={"osmnx": 5, "valhalla": 20},
            turns=1,
        ),
    )
}
