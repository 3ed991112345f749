"""The page kept in ``maps/`` is the one that today's code makes, byte by byte."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "maps" / "sample_district"

MADE_ON = ("Linux", "x86_64")
"""Where the kept page was made. Elsewhere the machine's own arithmetic may move a drawn point by its last decimal."""


def test_only_the_page_is_kept():
    assert sorted(path.name for path in KEPT.iterdir()) == ["index.html"], "maps/README.md says why"


def test_the_kept_page_is_todays(tmp_path):
    import planner

    planner.write(planner.run(planner.sample_district()), tmp_path / "sample_district")
    rebuilt = (tmp_path / "sample_district" / "index.html").read_bytes()
    kept = (KEPT / "index.html").read_bytes()
    if rebuilt == kept:
        return
    at = next(
        (i for i, (new, old) in enumerate(zip(rebuilt, kept, strict=False)) if new != old), min(len(rebuilt), len(kept))
    )
    context = slice(max(at - 60, 0), at + 60)
    differs = (
        f"the page kept in maps/sample_district isn't today's: they part at byte {at},\n"
        f"  kept:    {kept[context].decode(errors='replace')}\n  rebuilt: {rebuilt[context].decode(errors='replace')}\n"
    )
    if (platform.system(), platform.machine()) != MADE_ON:
        pytest.skip(f"{differs}It was made on {' '.join(MADE_ON)}; another platform may round a drawn point otherwise.")
    pytest.fail(
        f"{differs}If that is meant: `make gallery`, look at the page, and commit it with the change. If nothing was\n"
        "changed, the libraries may differ from the lock (requirements-dev.txt), or this processor may round otherwise.",
        pytrace=False,
    )
