"""The docs against the code: whatever a user can type or read is named in them, and what they show is so."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
import typer.main

from planner import schema
from planner.sources.study_settings import REPEATED, SINGLE, FilterSection

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    path
    for path in (
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        ROOT / "maps" / "README.md",
        ROOT / "geodata" / "README.md",
    )
)
GUIDE = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
METHOD = (ROOT / "docs" / "method.md").read_text(encoding="utf-8")
OUTPUTS = (ROOT / "docs" / "outputs.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")

SCHEMAS = (schema.COMMUNITIES, schema.FACILITIES, schema.CANDIDATES, schema.AREAS, schema.RESIDENTIAL_AREAS)
QUANTUM_MIN = 0.1 / 60  # one decisecond


def section(page: str, heading: str) -> str:
    """Return what stands under a heading, up to the next one of its level or above."""
    level = len(heading) - len(heading.lstrip("#"))
    found = re.search(rf"^{re.escape(heading)}(?!\w).*?(?=^#{{1,{level}}} |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, f"no heading {heading!r}"
    return found[0]


def codes(text: str) -> set[str]:
    """Return what stands in backquotes, whole and word by word; blocks of code are left out."""
    found = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL))
    return {word for code in found for word in (code, *code.split())}


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^ *```{language}\n(.*?)^ *```", page, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Path:
    """Return a folder with the sample district's results."""
    import planner

    return planner.write(planner.run(planner.sample_district()), tmp_path_factory.mktemp("docs") / "demo").parent


@pytest.fixture(scope="module")
def findings(demo) -> dict:
    return json.loads((demo / "findings.json").read_text(encoding="utf-8"))


def commands():
    from planner.cli import app

    return typer.main.get_command(app).commands


@pytest.mark.parametrize("name", sorted(commands()))
def test_every_command_and_option_is_documented(name):
    command = commands()[name]
    argument = next((f" {one.metavar}" for one in command.params if one.param_type_name == "argument"), "")
    assert f"`planner {name}" in section(README, "## Your own data")
    told = codes(section(GUIDE, f"### `planner {name}{argument}`")) | codes(
        section(GUIDE, "## The commands").split("###")[0]
    )
    options = {option for one in command.params if one.param_type_name == "option" for option in one.opts}
    assert options <= told


def test_no_option_is_documented_that_there_isnt():
    known = {option for one in commands().values() for param in one.params for option in param.opts}
    told = {word for word in codes(section(GUIDE, "## The commands")) if word.startswith("-")}
    assert told - known == {"-h", "--help"}


def test_every_choice_of_an_option_is_documented():
    from planner.options import Format, Merge, Of, Product

    assert {choice.value for choice in Format} <= codes(section(GUIDE, "### `planner score"))
    for kind in (Of, Product, Merge):
        assert {choice.value for choice in kind} <= codes(section(GUIDE, "### `planner isochrones"))


@pytest.mark.parametrize("table", SCHEMAS, ids=lambda table: table.name)
def test_every_column_is_documented(table):
    rows = section(GUIDE, f"### {table.name}")
    told = codes(rows)
    assert {column.name for column in table.columns} <= told
    assert {choice for column in table.columns for choice in column.choices} <= told
    for column in table.columns:
        row = next(line for line in rows.splitlines() if line.startswith("|") and f"`{column.name}`" in line)
        assert column.required == row.split("|")[3].strip().startswith("yes"), row


@pytest.mark.parametrize("name", sorted({**SINGLE, **REPEATED}))
def test_every_key_of_a_study_file_is_documented(name):
    model = {**SINGLE, **REPEATED}[name]
    heading = f"### `[[{name}]]`" if name in REPEATED else f"### `[{name}]`"
    if name in ("communities", "facilities", "candidates", "areas", "residential_areas", "population_points"):
        heading = "### `[communities]`, `[facilities]`, `[candidates]`, `[areas]`, `[residential_areas]`, `[population_points]`"
    told = codes(section(GUIDE, heading))
    assert {field.alias or key for key, field in model.model_fields.items()} <= told


def test_every_operator_of_a_filter_is_documented():
    told = codes(
        section(
            GUIDE,
            "### `[communities]`, `[facilities]`, `[candidates]`, `[areas]`, `[residential_areas]`, `[population_points]`",
        )
    )
    assert set(schema.OPERATORS) <= told
    assert set(FilterSection.model_fields) <= told


def test_every_datum_profile_and_file_ending_is_documented():
    from planner.datum import DATUMS
    from planner.sources.formats import READABLE
    from planner.sources.geodata import read_profiles
    from planner.sources.streets import KNOWN_ENDINGS

    told = {word.strip('",') for word in codes(section(GUIDE, "## The study file"))}
    assert {*DATUMS, *READABLE} <= told
    assert set(read_profiles()) <= told & codes(METHOD)
    assert set(KNOWN_ENDINGS) <= codes(section(GUIDE, "## Where streets come from"))


@pytest.mark.parametrize("text", blocks(GUIDE, "toml"), ids=lambda text: text.split("\n")[0])
def test_examples_of_study_files_hold_known_keys(text):
    for name, content in tomllib.loads(text).items():
        model = {**SINGLE, **REPEATED}[name]
        known = {field.alias or key for key, field in model.model_fields.items()}
        for one in content if isinstance(content, list) else [content]:
            assert set(one) <= known


def test_every_difference_from_osmnx_is_documented():
    rules = tomllib.loads((ROOT / "geodata" / "profiles" / "ways" / "walk.toml").read_text(encoding="utf-8"))["rule"]
    told = codes(section(METHOD, "## 2. Profiles"))
    for rule in rules:
        if rule["why"].startswith("Unlike OSMnx"):
            assert set(rule["where"]) <= told, rule
            assert {value for values in rule["where"].values() for value in values} & told, rule


def test_every_file_written_is_documented(demo):
    written = {path.name for path in demo.iterdir()}
    assert written == {re.sub(r"`", "", name) for name in re.findall(r"^## (`\S+\.\w+`)$", OUTPUTS, re.MULTILINE)}
    assert written <= codes(OUTPUTS)


def test_every_key_of_the_findings_is_documented(findings):
    told = codes(section(OUTPUTS, "## `findings.json`"))
    assert set(findings) <= told
    own = {one["name"] for one in findings["circles"]} | {one["profile"] for one in findings["circles"]}
    for name in set(findings) - {"schema_version"}:
        assert _keys(findings[name]) - own - set(findings["provenance"]["timings_s"]) <= told
    schema_text = json.loads(
        (ROOT / "planner" / "report" / "templates" / "findings.schema.json").read_text(encoding="utf-8")
    )
    assert _properties(schema_text) <= told


def test_every_layer_and_field_is_documented(demo, findings):
    import pyogrio

    told = codes(section(OUTPUTS, "## `findings.gpkg`"))
    circles = {one["name"] for one in findings["circles"]}
    profiles = {one["profile"] for one in findings["circles"]}
    tables = {column.name for table in SCHEMAS for column in table.columns} | {"name_en"}  # the sample's own column
    layers = [str(name) for name, _ in pyogrio.list_layers(demo / "findings.gpkg")]
    assert layers
    assert set(layers) <= told
    for layer in layers:
        fields = pyogrio.read_info(demo / "findings.gpkg", layer=layer)["fields"]
        if layer in ("communities", "facilities", "candidates", "areas"):
            fields = set(fields) - tables
        assert {_plain(field, circles, profiles) for field in fields} <= told, layer


@pytest.mark.parametrize("name", ["communities.csv", "sites.csv", "compliance.csv"])
def test_every_column_written_is_documented(demo, name):
    heads = (demo / name).read_text(encoding="utf-8-sig").splitlines()[0].split(",")
    told = codes(section(OUTPUTS, f"## `{name}`"))
    if name == "sites.csv":
        told |= codes(section(OUTPUTS, "## `communities.csv`"))  # "the rule and the data as above"
    assert set(heads) <= told


def test_every_sheet_is_documented(demo):
    import openpyxl

    book = openpyxl.load_workbook(demo / "report.xlsx", read_only=True)
    told = section(OUTPUTS, "## `report.xlsx`")
    assert all(name in told for name in book.sheetnames)
    book.close()


def test_every_field_of_a_score_is_documented():
    from dataclasses import fields

    from planner.siting.score import SiteScore

    names = {field.name for field in fields(SiteScore)}
    assert names <= codes(section(OUTPUTS, "## `planner score`"))
    assert names - {"id", "rank", "status", "reason"} <= codes(section(METHOD, "## 8. Score"))


def test_every_exit_code_is_documented():
    from planner import cli

    for code in (cli.DONE, cli.OWN_FAULT, cli.INPUT_FAULT, cli.NO_FULL_SOLUTION):
        assert f"\n| {code} |" in section(GUIDE, "### Exit codes")


def test_every_make_target_is_documented():
    targets = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)[1].split()
    told = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert [target for target in targets if f"`make {target}`" not in told] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_relative_links_resolve(page):
    text = re.sub(r"^ *```.*?^ *```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    links = re.findall(r"\]\(([^)\s]+)\)", text)
    for link in links:
        if re.match(r"\w+:", link):
            assert link.startswith("https://"), link
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name} links to {link}, which isn't there"
        if anchor:
            assert anchor in _anchors(target.read_text(encoding="utf-8")), f"{page.name}: no heading {link}"


def test_decisions_are_numbered_and_a_page_at_most():
    pages = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {int(page.name[:4])}. ")
        assert len(text.splitlines()) <= 40  # lines of 120 characters: a printed page


def test_the_examples_of_siting_by_arrays_hold():
    example, _ = blocks(METHOD, "python")
    exec(compile(example, "docs/method.md", "exec"), {})


def test_a_time_worked_out_with_another_tool_is_ours(demo, findings):
    """Run the lines printed in the method, for five communities of each circle that takes the fastest path."""
    _, lines = blocks(METHOD, "python")
    printed: dict = {}
    exec(compile(lines, "docs/method.md", "exec"), printed)
    circles = {one["name"]: one["profile"] for one in findings["circles"] if one["limit_unit"] == "minutes"}
    for circle in list(circles)[:2]:
        measured = [one for one in findings["communities"] if one["circles"][circle]["minutes"] is not None]
        for community in measured[:: len(measured) // 5][:5]:
            answer = community["circles"][circle]
            found = printed["minutes_on_foot"](demo, circle, community["id"], answer["nearest_facility"])
            assert found == pytest.approx(answer["minutes"], abs=2 * QUANTUM_MIN + 0.00005), community["id"]


def _keys(value) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*(_keys(inner) for inner in value.values()))
    if isinstance(value, list):
        return set().union(*(_keys(inner) for inner in value))
    return set()


def _properties(value) -> set[str]:
    if isinstance(value, dict):
        own = set(value["properties"]) if isinstance(value.get("properties"), dict) else set()
        return own.union(*(_properties(inner) for inner in value.values()))
    if isinstance(value, list):
        return set().union(*(_properties(inner) for inner in value))
    return set()


def _plain(field: str, circles: set[str], profiles: set[str]) -> str:
    """Return a field with the study's own names taken out: ``standard_walk_s`` is ``<profile>_s``."""
    for names, mark in ((circles, "<circle>"), (profiles, "<profile>")):
        for name in sorted(names, key=len, reverse=True):
            if field.startswith(f"{name}_"):
                return f"{mark}{field.removeprefix(name)}"
    return field


def _anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).strip().replace(" ", "-") for head in heads}
