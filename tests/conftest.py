"""What every test may lean on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent


# A slow machine is no fault of the code: examples are never timed.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def absent(what: str) -> None:
    """Skip the test with a reason; under CI=true what is absent is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}, and CI must have it")
    pytest.skip(what)


@pytest.fixture(scope="session", autouse=True)
def _cache_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the tests' commands away from the user's own cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLANNER_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real inputs beside the project."""
    folder = ROOT.parent / "shared"
    if not (folder / "data").is_dir():
        absent(f"the real extracts aren't on this machine ({folder.name}/data beside the project)")
    return folder
