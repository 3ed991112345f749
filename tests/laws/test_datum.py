"""Datums: published pairs, and the law that there and back is less than a millimetre."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner import datum
from planner.errors import InputError

MILLIMETRE = 0.001 / 111_320  # degrees of latitude; stricter still along parallels
LON, LAT = st.floats(73.0, 135.0), st.floats(3.5, 53.6)  # well inside the box of the algorithm

FORWARD = {"gcj02": datum.wgs84_to_gcj02, "bd09": datum.wgs84_to_bd09}


@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((116.404, 39.915), (116.41024449916938, 39.91640428150164)),
    ],
)
def test_gcj02_agrees_with_published_pairs(wgs84, gcj02):
    assert np.allclose(datum.wgs84_to_gcj02(*wgs84), gcj02, rtol=0, atol=1e-9)
    assert np.allclose(datum.to_wgs84(*gcj02, "gcj02"), wgs84, rtol=0, atol=MILLIMETRE)


def test_bd09_agrees_with_a_published_pair():
    assert np.allclose(datum.gcj02_to_bd09(116.404, 39.915), (116.41036949371029, 39.92133699351021), rtol=0, atol=1e-9)


@pytest.mark.parametrize("name", FORWARD)
@given(lon=LON, lat=LAT)
def test_there_and_back_is_less_than_a_millimetre(name, lon, lat):
    back_lon, back_lat = datum.to_wgs84(*FORWARD[name](lon, lat), name)
    assert abs(back_lon - lon) < MILLIMETRE
    assert abs(back_lat - lat) < MILLIMETRE


@given(lon=LON, lat=LAT)
def test_gcj02_moves_every_place_in_china_by_tens_to_hundreds_of_metres(lon, lat):
    moved_lon, moved_lat = datum.wgs84_to_gcj02(lon, lat)
    metres = np.hypot((moved_lon - lon) * np.cos(np.radians(lat)), moved_lat - lat) * 111_320
    assert 1 < metres < 1_500


@pytest.mark.parametrize(("lon", "lat"), [(-51.2, -30.0), (2.35, 48.86), (139.7, 35.7), (0.0, 0.0)])
def test_gcj02_leaves_other_countries_alone(lon, lat):
    assert datum.wgs84_to_gcj02(lon, lat) == (lon, lat)
    assert datum.to_wgs84(lon, lat, "gcj02") == (lon, lat)


@pytest.mark.parametrize("name", ["wgs84", "cgcs2000"])
def test_cgcs2000_is_taken_for_wgs84(name):
    assert datum.to_wgs84(117.2, 28.3, name) == (117.2, 28.3)


def test_arrays_keep_their_shape_and_their_gaps():
    lon, lat = datum.to_wgs84(np.array([[117.2, np.nan]]), np.array([[28.3, np.nan]]), "bd09")
    assert lon.shape == lat.shape == (1, 2)
    assert np.isnan(lon[0, 1])
    assert np.isfinite(lon[0, 0])


def test_an_unknown_datum_is_a_fault():
    with pytest.raises(InputError, match="gcj02"):
        datum.to_wgs84(117.2, 28.3, "gcj2")
