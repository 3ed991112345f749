"""The public face: small, sorted, documented, and loaded only when it is used."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest

import planner

HEAVY = ("numba", "geopandas", "osmnx", "folium", "osmium", "highspy")


def test_all_is_sorted_and_complete():
    assert planner.__all__ == sorted(planner.__all__)
    assert len(planner.__all__) == len(set(planner.__all__))
    assert dir(planner) == planner.__all__
    public = {name for name in vars(planner) if not name.startswith("_")}
    modules = {name for name in public if inspect.ismodule(getattr(planner, name))}
    assert public - modules - {"annotations", "import_module", "TYPE_CHECKING", "Any"} <= set(planner.__all__)


@pytest.mark.parametrize("name", planner.__all__)
def test_every_name_is_there(name):
    found = getattr(planner, name)
    if inspect.isclass(found) or inspect.isfunction(found):
        assert found.__name__ == name
        assert found.__module__.startswith("planner.")


def test_what_isnt_public_isnt_there():
    with pytest.raises(AttributeError, match="no_such_name"):
        planner.no_such_name  # noqa: B018  looking it up is the test


@pytest.mark.parametrize("name", [name for name in planner.__all__ if not name.startswith("__")])
def test_everything_public_has_a_docstring(name):
    found = getattr(planner, name)
    assert inspect.getdoc(found), name
    if inspect.isclass(found):
        members = [one for key, one in vars(found).items() if not key.startswith("_") and inspect.isfunction(one)]
        assert [member.__qualname__ for member in members if not member.__doc__] == []


@pytest.mark.parametrize(
    "does",
    [
        "import planner",
        "import planner; dir(planner)",
        "from planner.cli import command_line; assert command_line(['--help']) == 0",
        "from planner.cli import command_line; assert command_line(['run', '--help']) == 0",
    ],
)
def test_importing_and_help_load_nothing_heavy(does):
    ask = f"import sys\n{does}\nprint(sorted(set({HEAVY}) & {{name.split('.')[0] for name in sys.modules}}), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-I", "-c", ask], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stderr.strip() == "[]"


def test_importing_leaves_logging_warnings_and_environment_alone():
    ask = """
import logging, os, warnings
before = (list(logging.root.handlers), list(warnings.filters), dict(os.environ))
import planner
for name in planner.__all__:
    getattr(planner, name)
assert logging.root.handlers == before[0]
assert dict(os.environ) == before[2]
"""
    done = subprocess.run([sys.executable, "-I", "-c", ask], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
