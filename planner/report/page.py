"""The page that officials open: one self-contained file that asks for nothing from outside."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from planner.report.drawing import drawing
from planner.report.leaflet import render_map
from planner.report.packed import packed
from planner.report.shifted import moved_to_gcj02
from planner.report.view import view
from planner.study import Findings

OPENING = (
    "geometry.js", "symbols.js", "elements.js", "icon.js", "bands.js", "trial.js", "scene.js", "legend.js", "foot.js",
    "phone.js", "opening.js",
)  # fmt: skip
"""Our own scripts that draw the first frame, in the order in which they need each other; none of them needs Leaflet."""

REST = (
    "rest.js", "sheet.js", "chart.js", "tiles.js", "recount.js", "curve.js", "choice.js", "cover.js", "card.js",
    "list.js", "units.js", "compliance.js", "difference.js", "tryout.js", "siting.js", "page.js", "paper.js",
)  # fmt: skip
"""Our own scripts that run when the first frame is on the screen, after Leaflet."""

LATER_WORDS = ("areas", "residential", "compliance", "method", "sources", "issues")
"""Parts of the view that the first frame shows nothing of; nor does it of other circles than the first."""

PLACES = ("communities", "facilities", "candidates")
"""Parts of the view that the first frame shows as symbols, where they stand alone."""

LATER_COLUMNS = (
    "minutes", "metres", "nearest", "backup", "backup_minutes", "backup_metres", "people", "reasons", "would_cover",
    "inside_shares",
)  # fmt: skip
"""What a circle says of each community when it is asked."""

FIRST_PICTURES = ("bounds", "ground")
"""Parts of the drawing that the first frame shows; its legend names the borders of areas already."""

PIECE = 400_000
"""Letters of the rest in one element: between two elements a browser that still reads may show a frame."""

SLOT = re.compile(r"<!--slot:([a-z_]+)-->")
OTHER_LETTER = re.compile("[^\x00-\x7f]")
"""A letter that the page holds as an escape: ASCII is read in a fraction of the time, and no mailer spoils it."""

SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def render(findings: Findings) -> str:
    """Return the page as one HTML file, in ASCII: the same text for the same findings.

    Notes
    -----
    What users wrote is in the blocks of JSON and nowhere else. Everything is put into its slot in one pass, so no
    name can open a slot of its own, and the hashes of the content security policy are those of the finished scripts.

    Examples
    --------
    >>> from planner.sources import sample_district
    >>> from planner.study import run
    >>> page = render(run(sample_district()))
    >>> "<!--slot:" in page, "src=" in page.split("<script>")[0], page.isascii()
    (False, False, True)
    """
    tiles = findings.study.page.tiles
    pictures, words = drawing(findings), view(findings).as_dict()
    if tiles is not None and tiles.datum == "gcj02":
        pictures, words = moved_to_gcj02(pictures), moved_to_gcj02(words)
    opening, rest = in_two(words, pictures)
    slots = {
        "lang": "zh-CN" if findings.study.language == "zh" else "en",
        "style": _leaflet_style() + _static("page.css") + _static("paper.css"),
        "leaflet": _without_source_map(_static("vendor/leaflet/leaflet.js")),
        "opening_script": "\n".join(_script(name) for name in OPENING),
        "rest_script": "\n".join(_script(name) for name in REST),
        "opening": as_json(opening),
        "rest": "\n".join(_pieces(as_json(rest))),
        "tile_host": "" if tiles is None else f" {tiles.host}",
    }
    frame = render_map(pictures["bounds"]).encode("ascii", "xmlcharrefreplace").decode("ascii")
    code = ("leaflet", "opening_script", "rest_script")
    hashes = _hashes(SLOT.sub(lambda slot: slots[slot[1]] if slot[1] in code else "", frame))
    slots["script_hashes"] = " ".join(hashes)
    return SLOT.sub(lambda slot: slots[slot[1]], frame)


def in_two(words: dict[str, Any], pictures: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the first frame of the page needs, and the rest; ``rest.js`` merges it into the first.

    Parameters
    ----------
    words
        The view.
    pictures
        The drawing.
    """
    drawn = packed(pictures)
    later, first = _parted(words, (*LATER_WORDS, *PLACES, "circles", "trial"))
    for places in PLACES:
        where, names = _parted(words[places], ("ids", "names", "names_en", "short", "short_en"))[::-1]
        first[places], later[places] = {**where, **dict.fromkeys(names, ())}, names
    columns, circle = _parted(words["circles"][0], LATER_COLUMNS)
    first["circles"], later["circles"] = [circle], [columns, *words["circles"][1:]]
    first["trial"], later["trial"] = {"circles": []}, words["trial"]
    shown, unshown = _parted(drawn, FIRST_PICTURES)
    shown["areas"] = [{"level": area["level"]} for area in unshown["areas"]]
    return {"view": first, "drawing": shown}, {"view": later, "drawing": unshown}


def _parted(whole: dict[str, Any], keys: Collection[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the items under some keys, and all others."""
    return {key: whole[key] for key in keys}, {key: whole[key] for key in whole if key not in keys}


def as_json(value: Any) -> str:
    r"""Return JSON in ASCII that can stand inside a script element: nothing in it can end the element or open another.

    Examples
    --------
    >>> as_json({"name": "</script><!--"})
    '{"name":"\\u003c/script\\u003e\\u003c!--"}'
    """
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    for mark in "<>&":
        text = text.replace(mark, f"\\u{ord(mark):04x}")
    return text


def _pieces(text: str) -> Iterator[str]:
    """Yield JSON in script elements, cut anywhere; ``rest.js`` puts the pieces together."""
    for start in range(0, len(text), PIECE):
        yield f'<script type="application/json" class="rest">{text[start : start + PIECE]}</script>'


def _hashes(page: str) -> Iterator[str]:
    """Return the hash of every script that is to run, as the policy wants it."""
    for found in SCRIPT.finditer(page):
        digest = hashlib.sha256(found[1].encode("utf-8")).digest()
        yield f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _leaflet_style() -> str:
    """Return Leaflet's style without its pictures, which we don't use and which would be asked for from outside."""
    return re.sub(r"url\([^)]*\)", "none", _static("vendor/leaflet/leaflet.css"))


def _without_source_map(script: str) -> str:
    return re.sub(r"\n//# sourceMappingURL=.*", "", script)


def _script(name: str) -> str:
    """Return a script of ours with the letters in its texts escaped."""
    return OTHER_LETTER.sub(lambda letter: json.dumps(letter[0]).strip('"'), _static(name))


def _static(name: str) -> str:
    return (Path(__file__).parent / "static" / name).read_text(encoding="utf-8")
