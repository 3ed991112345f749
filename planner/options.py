"""What the commands can be asked: options and arguments, and the words that they take."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """What scores are printed as."""

    json = "json"
    csv = "csv"
    table = "table"


class PlansFormat(StrEnum):
    """What plans are printed as."""

    json = "json"
    table = "table"


class Of(StrEnum):
    """Whose isochrones."""

    facilities = "facilities"
    communities = "communities"
    candidates = "candidates"


class Product(StrEnum):
    """What isochrones are written as."""

    polygons = "polygons"
    lines = "lines"


class Merge(StrEnum):
    """How the isochrones of many places go together."""

    none = "none"
    all = "all"
    nearest = "nearest"


Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but faults.")]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Also print notes, timings and, after our own fault, where.")
]
NoProgress = Annotated[bool, typer.Option("--no-progress", help="Show no progress bar.")]
NoMemoryCheck = Annotated[bool, typer.Option("--no-memory-check", help="Go on even if the memory may not suffice.")]
Timings = Annotated[bool, typer.Option("--timings", help="Print how long each step took, and its share of the whole.")]
CacheFolder = Annotated[
    Path | None,
    typer.Option(
        "--cache",
        envvar="PLANNER_CACHE",
        help="The folder in which slow steps are kept for the next run; the user's own where left out.",
        show_default=False,
    ),
]
NoCache = Annotated[bool, typer.Option("--no-cache", help="Work everything out anew, and keep nothing.")]
Choice = Annotated[
    Path | None,
    typer.Option(
        "--choice",
        help="Sites chosen on the page and saved there: they are forced, facilities closed there don't count.",
        show_default=False,
    ),
]
StudyFile = Annotated[
    Path, typer.Argument(metavar="STUDY", help="The study file, such as study.toml.", show_default=False)
]

Out = Annotated[Path, typer.Option("--out", help="The folder to write.")]
OutByStudy = Annotated[
    Path | None,
    typer.Option(
        "--out", help="The folder to write; maps/<name of the study file> where left out.", show_default=False
    ),
]
OpenPage = Annotated[bool, typer.Option("--open", help="Open the page in the browser.")]
Sites = Annotated[
    Path, typer.Option("--sites", help="The sites to score: any table with id and a point.", show_default=False)
]
ScoreFormat = Annotated[Format, typer.Option("--format", help="What to print on standard output.")]
CircleName = Annotated[
    str | None,
    typer.Option("--circle", help="The circle's name; the study's first where left out.", show_default=False),
]
Strict = Annotated[bool, typer.Option("--strict", help="Exit with 2 if any row could not be judged.")]
IsochroneFile = Annotated[
    Path, typer.Option("-o", "--output", help="A .gpkg, .geojson or .parquet file.", show_default=False)
]
Minutes = Annotated[
    str | None, typer.Option("--minutes", help="The limits in minutes, such as 5,10,15.", show_default=False)
]
Metres = Annotated[str | None, typer.Option("--metres", help="Or in metres, such as 500,1000.", show_default=False)]
OfPlaces = Annotated[Of, typer.Option("--of", help="Towards facilities or candidates, or outward from communities.")]
Ids = Annotated[str | None, typer.Option("--ids", help="Some places only, such as c1,c2.", show_default=False)]
AsProduct = Annotated[Product, typer.Option("--product", help="The land within reach, or the streets themselves.")]
HowMerged = Annotated[
    Merge, typer.Option("--merge", help="Each place by itself, all as one, or to each what is nearest to it.")
]
ProfileName = Annotated[
    str | None,
    typer.Option(
        "--profile",
        help="Who travels: any profile, or a .toml file; the first circle's where left out.",
        show_default=False,
    ),
]
PlanName = Annotated[
    str | None,
    typer.Argument(metavar="[NAME]", help="A plan, such as heping, or a file; all where left out.", show_default=False),
]
PrintPlans = Annotated[PlansFormat, typer.Option("--format", help="What to print on standard output.")]
Audit = Annotated[bool, typer.Option("--audit", help="Work the plan's own sums out again, from its own figures.")]
NewFolder = Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.", show_default=False)]
