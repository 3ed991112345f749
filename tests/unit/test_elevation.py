"""Heights from an elevation model: what is sampled, what is said about models that don't fit, and what grades follow."""

from __future__ import annotations

import builtins
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from planner.errors import InputError, SourceError
from planner.network import build
from planner.penalty import Penalty
from planner.profile import weigh
from planner.sources import read
from planner.sources.elevation import with_heights
from tests.conftest import absent
from tests.towns import DEGREE_M, WALKER, ways
from tests.unit.study_folder import edit, write_study

CELL = 0.001  # degrees, 111 m


@pytest.fixture
def rasterio() -> Any:
    try:
        import rasterio
    except ImportError:
        absent("rasterio isn't installed")
    return rasterio


def model(
    rasterio: Any,
    path: Path,
    heights: np.ndarray,
    *,
    west: float = 119.995,
    north: float = 0.005,
    crs: Any = "EPSG:4326",
) -> Path:
    """Write heights as a GeoTIFF, by default of degrees around the origin of the little towns."""
    transform = rasterio.Affine(CELL, 0.0, west, 0.0, -CELL, north)
    how = {"driver": "GTiff", "height": heights.shape[0], "width": heights.shape[1], "count": 1, "dtype": "float32"}
    with rasterio.open(path, "w", crs=crs, transform=transform, nodata=-9999.0, **how) as raster:
        raster.write(heights.astype(np.float32), 1)
    return path


def plane(rows: int = 10, columns: int = 10) -> np.ndarray:
    """Return a slope: 10 m up a cell eastward, 5 m down a cell southward."""
    row, column = np.mgrid[0:rows, 0:columns]
    return 100.0 + 10.0 * column - 5.0 * row


def test_a_plane_comes_back_exactly_between_its_cells(rasterio: Any, tmp_path: Path) -> None:
    drawn = ways([(0, 0), (100, 0), (100, 100), (37, -211)], [((0, 1, 2, 3), {})])
    found, issues = with_heights(drawn, model(rasterio, tmp_path / "dem.tif", plane()), table="dem.tif")
    column = (drawn.lon - 119.995) / CELL - 0.5
    row = (0.005 - drawn.lat) / CELL - 0.5
    assert np.allclose(found.elevation_m, 100.0 + 10.0 * column - 5.0 * row, atol=1e-4)
    assert issues == ()
    assert drawn.elevation_m is None  # the input stays as it was


def test_a_model_in_metres_is_sampled_at_the_same_places(rasterio: Any, tmp_path: Path) -> None:
    from pyproj import Transformer

    drawn = ways([(0, 0), (400, 300)], [((0, 1), {})])
    to_metres = Transformer.from_crs("EPSG:4326", "EPSG:32650", always_xy=True)
    x, y = to_metres.transform(drawn.lon, drawn.lat)
    transform = rasterio.Affine(30.0, 0.0, x.min() - 500, 0.0, -30.0, y.max() + 500)
    row, column = np.mgrid[0:50, 0:50]
    heights = (3.0 * column + 7.0 * row).astype(np.float32)
    how = {"driver": "GTiff", "height": 50, "width": 50, "count": 1, "dtype": "float32", "crs": "EPSG:32650"}
    with rasterio.open(tmp_path / "utm.tif", "w", transform=transform, **how) as raster:
        raster.write(heights, 1)
    found, _ = with_heights(drawn, tmp_path / "utm.tif", table="utm.tif")
    expected = 3.0 * ((x - x.min() + 500) / 30 - 0.5) + 7.0 * ((y.max() + 500 - y) / 30 - 0.5)
    assert np.allclose(found.elevation_m, expected, atol=1e-3)


def test_what_the_model_leaves_out_stays_unknown(rasterio: Any, tmp_path: Path) -> None:
    heights = plane()
    heights[:, 6:] = -9999.0
    drawn = ways([(0, 0), (300, 0), (5000, 0)], [((0, 1, 2), {})])
    found, issues = with_heights(drawn, model(rasterio, tmp_path / "dem.tif", heights), table="dem.tif")
    assert np.isfinite(found.elevation_m).tolist() == [True, False, False]
    assert [issue.code for issue in issues] == ["dem_partial"]
    assert "33%" in issues[0].message


@pytest.mark.parametrize("where", [{"west": 10.0}, {"north": 50.0}])
def test_a_model_of_elsewhere_is_a_fault(rasterio: Any, tmp_path: Path, where: dict[str, float]) -> None:
    drawn = ways([(0, 0), (300, 0)], [((0, 1), {})])
    with pytest.raises(InputError, match="no height anywhere"):
        with_heights(drawn, model(rasterio, tmp_path / "dem.tif", plane(), **where), table="dem.tif")


def test_a_model_without_a_crs_or_damaged_is_a_fault(rasterio: Any, tmp_path: Path) -> None:
    drawn = ways([(0, 0), (300, 0)], [((0, 1), {})])
    with pytest.raises(InputError, match="states no CRS"):
        with_heights(drawn, model(rasterio, tmp_path / "dem.tif", plane(), crs=None), table="dem.tif")
    how = {"driver": "GTiff", "height": 2, "width": 2, "count": 1, "dtype": "float32"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # rasterio warns of it as it is written, too
        with rasterio.open(tmp_path / "picture.tif", "w", **how) as raster:
            raster.write(np.zeros((2, 2), np.float32), 1)
    with pytest.raises(InputError, match="states no CRS"):
        with_heights(drawn, tmp_path / "picture.tif", table="picture.tif")
    (tmp_path / "broken.tif").write_bytes(b"no raster at all")
    with pytest.raises(SourceError, match="damaged or no raster"):
        with_heights(drawn, tmp_path / "broken.tif", table="broken.tif")


def test_heights_give_grades_where_no_tag_does(rasterio: Any, tmp_path: Path) -> None:
    """East the plane rises 10 m in 111 m; a bridge, a short street and a tagged one know nothing of it."""
    drawn = ways(
        [(0, 0), (100, 0), (200, 0), (210, 0), (310, 0)],
        [((0, 1), {}), ((1, 2), {}), ((2, 3), {}), ((3, 4), {})],
    )
    drawn = replace(drawn, tags={
        **drawn.tags,
        "bridge": np.array(["", "yes", "", ""], dtype=object),
        "incline": np.array(["", "", "", "0%"], dtype=object),
    })  # fmt: skip
    found, _ = with_heights(drawn, model(rasterio, tmp_path / "dem.tif", plane()), table="dem.tif")
    climber = replace(WALKER, penalty=Penalty(slope="tobler"))
    weights = weigh(build(found, tag_keys=climber.tag_keys), climber)
    grade = 10.0 / (CELL * DEGREE_M)
    up = 1000 * np.exp(3.5 * grade)
    assert weights.forward_ds.tolist() == pytest.approx([up, 1000, 100, 1000], abs=1)
    assert weights.backward_ds.tolist() == pytest.approx([1000, 1000, 100, 1000], abs=1)  # never faster downhill


def test_a_study_names_its_model(rasterio: Any, tmp_path: Path) -> None:
    study = write_study(tmp_path)
    edit(study, 'source = "streets.osm"', 'source = "streets.osm"\ndem = "dem.tif"')
    edit(study, "minutes = 15", 'minutes = 15\nprofile = "older_walk"')
    model(rasterio, tmp_path / "dem.tif", plane(), west=117.199, north=28.306)
    found = read(study)
    assert np.isfinite(found.ways.elevation_m).all()
    assert next(one for one in found.inputs if one.path == "dem.tif").sha256


def test_a_model_that_no_profile_reads_is_a_warning(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    edit(study, 'source = "streets.osm"', 'source = "streets.osm"\ndem = "dem.tif"')
    found = read(study)
    told = next(issue for issue in found.issues if "dem" in issue.message)
    assert (told.severity, told.code, told.row) == ("warning", "unused_key", 7)


def test_a_model_that_isnt_there_is_a_fault(tmp_path: Path) -> None:
    study = write_study(tmp_path)
    edit(study, 'source = "streets.osm"', 'source = "streets.osm"\ndem = "dem.tif"')
    edit(study, "minutes = 15", 'minutes = 15\nprofile = "older_walk"')
    with pytest.raises(InputError, match=r"dem\.tif: there is no such file"):
        read(study)


def test_without_rasterio_the_fault_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.split(".", maxsplit=1)[0] == "rasterio":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    study = write_study(tmp_path)
    edit(study, 'source = "streets.osm"', 'source = "streets.osm"\ndem = "dem.tif"')
    edit(study, "minutes = 15", 'minutes = 15\nprofile = "older_walk"')
    (tmp_path / "dem.tif").write_bytes(b"anything")
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError, match=r"rasterio, which isn't installed; install it \(pip install") as caught:
        read(study)
    assert caught.value.issues[0].code == "missing_package"
