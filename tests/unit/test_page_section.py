"""``[page]`` of a study file: publisher, approval number, and tiles whose address is judged at the door."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.cli import command_line
from planner.errors import InputError
from planner.imprint import PageSettings, Tiles
from planner.sources import read
from planner.sources.page_section import ADDRESS, PLACES
from tests.unit.study_folder import edit, write_study


def study_with(folder, page):
    path = write_study(folder)
    edit(path, "[communities]", f"[page]\n{page}\n\n[communities]")
    return path


def faults(path):
    with pytest.raises(InputError) as error:
        read(path)
    return [(issue.row, issue.message) for issue in error.value.issues]


def test_left_out(tmp_path):
    assert read(write_study(tmp_path)).page == PageSettings()


def test_publisher_and_number(tmp_path):
    page = read(study_with(tmp_path, 'publisher = "区民政局"\nmap_approval = "审图号：GS(2025)1号"')).page
    assert page == PageSettings(publisher="区民政局", map_approval="审图号：GS(2025)1号")


def test_openstreetmap_warns(tmp_path):
    study = read(study_with(tmp_path, 'tiles = "osm"'))
    assert study.page.tiles is not None
    assert study.page.tiles.host == "https://tile.openstreetmap.org"
    assert "website only" in next(issue.message for issue in study.issues if issue.code == "tiles_served_only")


def test_tianditu(tmp_path):
    tiles = read(study_with(tmp_path, 'tiles = "tianditu"\ntianditu_key = "0a1B"')).page.tiles
    assert tiles is not None
    assert tiles.host == "https://t0.tianditu.gov.cn"
    assert [layer.endswith("&tk=0a1B") for layer in tiles.layers] == [True, True]
    assert tiles.datum == "wgs84"
    assert all(place in layer for layer in tiles.layers for place in PLACES)


def test_own(tmp_path):
    address = "https://tiles.example:8443/a/{z}/{x}/{y}.png?style=1"
    page = f'tiles = "{address}"\ntiles_datum = "gcj02"\ntiles_attribution = "© <b>我</b>"'
    assert read(study_with(tmp_path, page)).page.tiles == Tiles(
        layers=(address,), datum="gcj02", attribution="© <b>我</b>"
    )


@pytest.mark.parametrize(
    ("page", "told"),
    [
        ('tiles = "http://a.example/{z}/{x}/{y}"\ntiles_attribution = "a"', "no address over https"),
        ('tiles = "https://a.example/{z}/{x}"\ntiles_attribution = "a"', "it lacks {y}"),
        ('tiles = "https://{s}.example/{z}/{x}/{y}"\ntiles_attribution = "a"', "can't be part of an address"),
        ('tiles = "https://a.example/{s}/{z}/{x}/{y}"\ntiles_attribution = "a"', "braces other than"),
        ('tiles = "https://a.example; script-src *;/{z}/{x}/{y}"\ntiles_attribution = "a"', "can't be part"),
        ('tiles = "https://me@a.example/{z}/{x}/{y}"\ntiles_attribution = "a"', "can't be part"),
        ('tiles = \'https://a.example/{z}/{x}/{y}"><script>\'\ntiles_attribution = "a"', "can't be part"),
        ('tiles = "https://a.example/{z}/{x}/{y}"', "need tiles_attribution"),
        ('tiles = "tiandtiu"', "no address over https"),
        ('tiles = "tianditu"', "tianditu_key is missing"),
        ('tiles = "tianditu"\ntianditu_key = "a&b=c"', "tianditu_key isn't a key"),
        ('tiles_datum = "bd09"', "tiles_datum 'bd09'"),
        ('publisher = " "', "publisher = ' '"),
        ('publischer = "a"', "unknown key 'publischer' in [page]"),
    ],
)
def test_faults(tmp_path, page, told):
    found = faults(study_with(tmp_path, page))
    assert len(found) == 1
    assert told in found[0][1]
    assert found[0][0] is not None


def test_nearest_name(tmp_path):
    with pytest.raises(InputError) as error:
        read(study_with(tmp_path, 'tiles = "tiandtiu"'))
    assert "did you mean 'tianditu'?" in error.value.issues[0].remedy


def test_check_ends_with_2(tmp_path, capsys):
    path = study_with(tmp_path, 'tiles = "ftp://a.example/{z}/{x}/{y}"')
    assert command_line(["check", str(path)]) == 2
    told = capsys.readouterr().err
    assert "study.toml:9: tiles 'ftp://a.example/{z}/{x}/{y}': this is no address over https" in told
    assert "Traceback" not in told


@pytest.mark.parametrize("key", ["tianditu_key", "tiles_datum", "tiles_attribution"])
def test_keys_that_nothing_uses_warn(tmp_path, key):
    study = read(study_with(tmp_path, f'{key} = "wgs84"'))
    assert [issue.message for issue in study.issues if issue.code == "unused_key"] == [
        f"{key} isn't used: tiles is left out"
    ]


@given(st.text(max_size=40))
def test_no_address_breaks_out_of_the_policy(host):
    found = ADDRESS.fullmatch(f"https://{host}/{{z}}/{{x}}/{{y}}")
    if found:
        tiles = Tiles(layers=(found[0],), attribution="a")
        assert tiles.host.isascii()
        assert not set(tiles.host) & set(" ;,'\"<>*")
        assert tiles.host == "https://" + host.split("/", maxsplit=1)[0]
