"""The wheel is whole: installed in an empty environment, the planner runs the demo elsewhere, without the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = "planner.exe" if os.name == "nt" else "planner"

WATCH = """
import sys

touched = set()


def see(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        touched.add(arguments[0] if isinstance(arguments[0], str) else arguments[0].decode("utf-8", "replace"))


sys.addaudithook(see)
import json
from pathlib import Path

import planner
from planner.cli import command_line
from planner.sources.geodata import geodata_path

code = command_line(["demo", "--quiet", "--out", sys.argv[1]])
loaded = {getattr(module, "__file__", None) or "" for module in list(sys.modules.values())}
report = {
    "code": code,
    "package": planner.__file__,
    "geodata": str(geodata_path()),
    "touched": sorted(str(Path(name).resolve()) for name in touched | loaded if name),
}
print(json.dumps(report))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Build the wheel as `pip install .` does, with the build tools that are here."""
    from hatchling.builders.wheel import WheelBuilder

    return Path(
        next(WheelBuilder(str(ROOT)).build(directory=str(tmp_path_factory.mktemp("wheel")), versions=["standard"]))
    )


@pytest.fixture(scope="module")
def elsewhere(wheel, tmp_path_factory) -> Path:
    """Make an environment that holds the wheel, and borrows from this one the packages that it depends on.

    A path file lends a folder of packages, but not what path files in that folder lend: so not the checkout.
    """
    folder = tmp_path_factory.mktemp("elsewhere") / "env"
    venv.create(folder, with_pip=False)
    python = _scripts(folder) / Path(sys.executable).name
    pip = [getattr(sys, "_base_executable", sys.executable), "-m", "pip", "--python", str(python)]  # as the Makefile
    subprocess.run(
        [*pip, "install", "--disable-pip-version-check", "--quiet", "--no-deps", "--no-index", str(wheel)],
        check=True,
        env=_bare(),
        timeout=120,
    )
    (_packages(folder) / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder


def test_it_carries_data_templates_and_scripts(wheel):
    with zipfile.ZipFile(wheel) as content:
        names = set(content.namelist())
    data = {path.relative_to(ROOT / "geodata").as_posix() for path in (ROOT / "geodata").rglob("*") if path.is_file()}
    assert data
    assert {f"planner/_geodata/{name}" for name in data} <= names
    for folder in ("planner/report/static", "planner/report/templates"):
        files = {path.relative_to(ROOT).as_posix() for path in (ROOT / folder).rglob("*") if path.is_file()}
        assert files
        assert files <= names
    assert "planner/report/static/vendor/leaflet/leaflet.js" in names
    assert not {name for name in names if name.startswith(("tests/", "geodata/")) or "__pycache__" in name}


def test_it_names_its_licence_and_its_command(wheel):
    with zipfile.ZipFile(wheel) as content:
        texts = {
            name.split("/", 1)[1]: content.read(name).decode() for name in content.namelist() if ".dist-info/" in name
        }
    assert "planner = planner.__main__:main" in texts["entry_points.txt"]
    assert "licenses/LICENSE" in texts
    assert "Requires-Python: >=3.11" in texts["METADATA"]


def test_the_demo_runs_elsewhere_without_the_checkout(elsewhere, tmp_path):
    done = subprocess.run(
        [_scripts(elsewhere) / Path(sys.executable).name, "-I", "-c", WATCH, str(tmp_path / "out")],
        cwd=tmp_path,
        env=_bare(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["code"] == 0, done.stderr
    assert Path(report["package"]).is_relative_to(_packages(elsewhere))
    assert Path(report["geodata"]) == _packages(elsewhere) / "planner" / "_geodata"
    here = Path(sys.prefix).resolve()
    from_checkout = [
        name for name in map(Path, report["touched"]) if name.is_relative_to(ROOT) and not name.is_relative_to(here)
    ]
    assert from_checkout == []
    assert (tmp_path / "out" / "index.html").stat().st_size > 100_000


def test_the_command_is_installed(elsewhere, tmp_path):
    done = subprocess.run(
        [_scripts(elsewhere) / SCRIPT, "new", "mine"],
        cwd=tmp_path,
        env=_bare(),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "mine" / "study.toml").is_file()


def _scripts(folder: Path) -> Path:
    return folder / ("Scripts" if os.name == "nt" else "bin")


def _packages(folder: Path) -> Path:
    return Path(sysconfig.get_path("purelib", scheme="venv", vars={"base": str(folder), "platbase": str(folder)}))


def _bare() -> dict[str, str]:
    """Return the environment without what could lead Python back to the checkout."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
