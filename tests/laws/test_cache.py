"""Laws of the cache: it never changes a result, whatever lies in it, and never believes what it didn't write."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.circle import Circle
from planner.issue import Issue
from planner.network import build
from planner.places import Places, no_places
from planner.profile import weigh
from planner.sources import Cache, cache, cache_entry, read, sample_district
from planner.sources.cache_entry import DamagedEntryError
from planner.sources.packing import Packed, fingerprint, pack, unpack
from planner.study import Findings, Study, run
from tests.alike import difference
from tests.laws.drafts import Draft, drafts, places, study_of
from tests.test_main_path import write_town
from tests.towns import WALKER

CIRCLES = (
    Circle(name="minutes", service="care", limit=3, profile="test_walk"),
    Circle(name="metres", service="care", limit=180, limit_unit="metres", profile="runner"),
    Circle(name="straight", service="care", limit=150, limit_unit="metres", measure="straight", profile="test_walk"),
)


@contextmanager
def empty_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "cache"


def entries(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.planner"))


def a_study(draft: Draft, doors: int) -> Study:
    points = draft.spots
    facilities: Places = places("facilities", points[:doors], service=[("care",)] * doors)
    candidates = places("candidates", points[doors:]) if points[doors:] else no_places("candidates")
    found = study_of(
        draft.ways(), places("communities", points), facilities, candidates, *CIRCLES, max_access_m=9_999.0
    )
    return replace(found, profiles={**found.profiles, "runner": replace(WALKER, name="runner", speed_m_s=2.5)})


def same(one: Findings, other: Findings) -> None:
    assert difference(replace(one, timings_s={}), replace(other, timings_s={})) is None


@given(draft=drafts(spots=6), doors=st.integers(1, 3))
@settings(max_examples=15, deadline=None)
def test_findings_are_the_same_without_a_cache_with_an_empty_and_with_a_full_one(draft: Draft, doors: int) -> None:
    study = a_study(draft, min(doors, len(draft.spots)))
    bare = run(study)
    with empty_folder() as folder:
        same(run(study, store=Cache(folder)), bare)
        told: list[Issue] = []
        before = entries(folder)
        same(run(study, store=Cache(folder, notice=told.append)), bare)
        assert entries(folder) == before
        assert told == []


@given(data=st.data(), draft=drafts(spots=4))
@settings(max_examples=15, deadline=None)
def test_a_damaged_entry_is_made_again_and_said(data: st.DataObject, draft: Draft) -> None:
    study = a_study(draft, 1)
    with empty_folder() as folder:
        bare = run(study, store=Cache(folder))
        path = data.draw(st.sampled_from(entries(folder)))
        content = bytearray(path.read_bytes())
        at = data.draw(st.integers(0, len(content) - 1))
        if data.draw(st.booleans()):
            content[at] ^= data.draw(st.integers(1, 255))
        else:
            del content[at:]
        path.write_bytes(content)
        told: list[Issue] = []
        same(run(study, store=Cache(folder, notice=told.append)), bare)
        assert [(issue.severity, issue.table) for issue in told] == [("note", str(path))]
        told.clear()
        same(run(study, store=Cache(folder, notice=told.append)), bare)
        assert told == []  # it was mended


@pytest.fixture
def small(tmp_path: Path) -> tuple[Path, Any]:
    """Write a small entry and return it with its value."""
    value = (np.arange(3), np.array([True]), np.array(["a", "b", "a"], dtype=object), {"x": (1.5, None, "é")})
    with (tmp_path / "entry").open("w+b") as stream:
        cache_entry.write(stream, "key", pack(value))
    return tmp_path / "entry", value


def test_every_byte_is_under_the_seal(small: tuple[Path, Any], tmp_path: Path) -> None:
    path, value = small
    assert difference(cache_entry.read(path, "key"), value) is None
    whole, spoilt = path.read_bytes(), tmp_path / "spoilt"
    for at in range(len(whole)):
        for damage in (whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :], whole[:at]):
            spoilt.write_bytes(damage)
            with pytest.raises(DamagedEntryError):
                cache_entry.read(spoilt, "key")
    spoilt.write_bytes(whole + b"\0")
    with pytest.raises(DamagedEntryError):
        cache_entry.read(spoilt, "key")


@given(
    seed=st.integers(0, 2**32 - 1),
    at=st.integers(0, 2**18 - 1),
    bit=st.integers(0, 7),
    swap=st.tuples(st.integers(0, 7), st.integers(0, 7)),
)
@settings(max_examples=50, deadline=None)
def test_damage_deep_inside_a_long_entry_is_seen(seed: int, at: int, bit: int, swap: tuple[int, int]) -> None:
    value = np.random.default_rng(seed).integers(0, 2**62, 2**15)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "entry"
        with path.open("w+b") as stream:
            cache_entry.write(stream, "key", pack(value))
        whole = path.read_bytes()
        flipped = bytearray(whole)
        flipped[len(whole) - 2**18 + at] ^= 1 << bit
        blocks = [whole[i : i + 2**15] for i in range(0, len(whole), 2**15)]
        blocks[swap[0]], blocks[swap[1]] = blocks[swap[1]], blocks[swap[0]]
        for damage in {bytes(flipped), b"".join(blocks)} - {whole}:
            path.write_bytes(damage)
            with pytest.raises(DamagedEntryError):
                cache_entry.read(path, "key")


def test_an_entry_under_another_key_is_foreign(small: tuple[Path, Any]) -> None:
    with pytest.raises(DamagedEntryError):
        cache_entry.read(small[0], "yek")


def test_a_foreign_entry_in_the_place_of_another_is_made_again(tmp_path: Path) -> None:
    first = Cache(tmp_path)("network", ("one",), lambda: "first")
    (one,) = entries(tmp_path)
    Cache(tmp_path)("network", ("two",), lambda: "second")
    (two,) = set(entries(tmp_path)) - {one}
    two.write_bytes(one.read_bytes())
    assert (first, Cache(tmp_path)("network", ("two",), lambda: "second")) == ("first", "second")


def test_what_a_forged_entry_may_hold_is_never_run(tmp_path: Path) -> None:
    for tree in ({"noun": {}, "of": "Popen"}, {"eval": "1"}, {"array": 9}, {"noun": {}, "of": "Reach"}):
        asked: list[Issue] = []
        store = Cache(tmp_path, notice=asked.append)
        store("reach", (str(tree),), lambda: 1)
        (path,) = entries(tmp_path)
        key = store._key("reach", (str(tree),))
        with path.open("w+b") as stream:
            cache_entry.write(stream, key, Packed(tree, ()))
        assert store("reach", (str(tree),), lambda: 2) == 2
        assert [issue.code for issue in asked] == ["cache_entry"]
        path.unlink()


@pytest.mark.parametrize("changed", ["FORMAT", "code_version"])
def test_another_version_is_another_entry(changed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Issue] = []
    assert Cache(tmp_path)("sum", (1,), lambda: "old") == "old"
    monkeypatch.setattr(cache, changed, 2 if changed == "FORMAT" else lambda: "other code")
    assert Cache(tmp_path, notice=told.append)("sum", (1,), lambda: "new") == "new"
    monkeypatch.undo()
    assert Cache(tmp_path, notice=told.append)("sum", (1,), lambda: "newer") == "old"
    assert told == []


def test_each_profile_and_each_way_of_making_has_its_own_entry(tmp_path: Path) -> None:
    study = sample_district()
    store = Cache(tmp_path)
    slow, plain = study.profiles["older_walk"], study.profiles["standard_walk"]
    network = store("network", (study.ways, ("highway",)), lambda: build(study.ways, tag_keys=["highway"]))
    for _ in range(2):
        for profile in (plain, slow):
            kept = store("weights", (network, profile), lambda profile=profile: weigh(network, profile))
            assert difference(kept, weigh(network, profile)) is None
    assert len(entries(tmp_path)) == 3
    assert store("other", (network, plain), lambda: "another function of the same inputs")
    assert len(entries(tmp_path)) == 4


OSM = """<?xml version="1.0" encoding="UTF-8"?><osm version="0.6"><bounds minlon="120" minlat="0" maxlon="120.02" maxlat="0.01"/>
{nodes}<way id="10"><nd ref="1"/><nd ref="2"/><nd ref="99"/><tag k="highway" v="residential"/></way>
<way id="11"><nd ref="2"/><nd ref="3"/><tag k="highway" v="footway"/><tag k="access" v="private"/></way>
<way id="12"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/><tag k="leisure" v="park"/></way>
<way id="13"><nd ref="1"/><nd ref="3"/><tag k="railway" v="rail"/></way></osm>"""
NODES = {1: (120.0, 0.0), 2: (120.01, 0.0), 3: (120.01, 0.001)}


def with_streets(folder: Path, kind: str) -> Path:
    """Write the tiny town with its streets as another kind of file."""
    study = write_town(folder)
    if kind == "osm":
        nodes = "".join(f'<node id="{one}" lon="{lon}" lat="{lat}"/>' for one, (lon, lat) in NODES.items())
        (folder / "streets.osm").write_text(OSM.format(nodes=nodes), encoding="utf-8")
    elif kind in ("shp", "gpkg"):
        import geopandas

        geopandas.read_file(folder / "streets.geojson").to_file(folder / f"streets.{kind}")
    elif kind == "graphml":
        import networkx as nx
        import osmnx

        graph = nx.MultiDiGraph(crs="EPSG:4326")
        graph.add_nodes_from((one, {"x": lon, "y": lat}) for one, (lon, lat) in NODES.items())
        for u, v in ((1, 2), (2, 1), (2, 3), (3, 2)):
            graph.add_edge(u, v, osmid=u * v, highway="residential", oneway=False, reversed=u > v, length=100.0)
        osmnx.save_graphml(graph, folder / "streets.graphml")
    study.write_text(study.read_text(encoding="utf-8").replace("streets.geojson", f"streets.{kind}"), encoding="utf-8")
    return study


@pytest.mark.parametrize("kind", ["geojson", "osm", "shp", "gpkg", "graphml"])
def test_a_study_is_the_same_read_from_its_file_and_from_the_cache(kind: str, tmp_path: Path) -> None:
    path = with_streets(tmp_path, kind)
    bare = read(path)
    found = [read(path, store=Cache(tmp_path / "cache")) for _ in range(2)]
    assert [difference(one, bare) for one in found] == [None, None]
    assert len(entries(tmp_path / "cache")) == 1
    if kind == "osm":
        assert {"clipped_ways"} <= {issue.code for issue in bare.issues}
        assert {one.kind for one in bare.basemap} == {"green", "railway"}
    store = Cache(tmp_path / "cache")
    again = read(path, store=store)
    same(run(again, store=store), run(bare))
    store = Cache(tmp_path / "cache")
    same(run(read(path, store=store), store=store), run(bare))


@pytest.mark.parametrize("kind", ["geojson", "osm", "graphml"])
def test_a_changed_extract_is_read_again(kind: str, tmp_path: Path) -> None:
    path = with_streets(tmp_path, kind)
    before = read(path, store=Cache(tmp_path / "cache"))
    source = tmp_path / f"streets.{kind}"
    state = source.stat()
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace("residential", "unclassified"), encoding="utf-8")
    os.utime(source, ns=(state.st_atime_ns, state.st_mtime_ns))  # dates prove nothing
    after = read(path, store=Cache(tmp_path / "cache"))
    assert difference(after, read(path)) is None
    assert difference(after.ways.tags, before.ways.tags) is not None


def test_what_lies_beside_a_shapefile_counts(tmp_path: Path) -> None:
    path = with_streets(tmp_path, "shp")
    store = Cache(tmp_path / "cache")
    read(path, store=store)
    (tmp_path / "streets.prj").write_text(
        'GEOGCS["shifted",DATUM["D",SPHEROID["S",6378137,298.257223563]],PRIMEM["P",1],UNIT["degree",0.0174532925199433]]',
        encoding="utf-8",
    )
    moved = read(path, store=store)
    assert difference(moved.ways, read(path).ways) is None
    assert moved.ways.lon.min() > 120.9


def test_a_loaded_result_can_be_changed_without_changing_the_entry(tmp_path: Path) -> None:
    Cache(tmp_path)("numbers", (), lambda: np.arange(5))
    loaded = Cache(tmp_path)("numbers", (), lambda: np.zeros(1))
    assert loaded.flags.writeable  # as the one that was made: compiled code makes a difference between the two
    loaded[:] = 7
    assert Cache(tmp_path)("numbers", (), lambda: np.zeros(1)).tolist() == [0, 1, 2, 3, 4]


def test_a_changed_copy_of_what_was_kept_is_another_input(tmp_path: Path) -> None:
    study = sample_district()
    store = Cache(tmp_path)
    ways = store("ways", (), lambda: study.ways)
    moved = replace(ways, lon=ways.lon + 0.01)
    box = [store("network", (one, ()), lambda one=one: build(one, tag_keys=())).box[0] for one in (ways, moved)]
    assert box[1] - box[0] == pytest.approx(0.01, abs=1e-6)


texts = st.lists(st.text(), max_size=6)
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**62), 2**62), st.floats(allow_nan=True), st.text(max_size=8),
    texts.map(lambda found: np.array([*found, ""], dtype=object)[:-1]),
    st.sampled_from(["<i8", "<f8", "|b1", "<u2", "<i4"]).flatmap(
        lambda kind: st.lists(st.integers(0, 1), max_size=5).map(lambda found: np.array(found, kind))
    ),
)  # fmt: skip
values = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(tuple), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(value=values)
@settings(max_examples=100, deadline=None)
def test_what_is_packed_comes_back_the_same(value: Any) -> None:
    packed = pack(value)
    assert difference(unpack(packed.tree, packed.arrays), value) is None
    assert fingerprint(value) == fingerprint(unpack(packed.tree, packed.arrays))


@given(one=values, other=values)
@settings(max_examples=100, deadline=None)
def test_different_values_have_different_fingerprints(one: Any, other: Any) -> None:
    assert (fingerprint(one) == fingerprint(other)) == (difference(one, other) is None)
