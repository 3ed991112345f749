"""Plans as files: the shipped ones against the texts and tables that they were made from, and every fault of a bad one."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest

from planner.cli import command_line
from planner.errors import InputError, SourceError
from planner.plan import BINDINGNESSES, COMPARISONS, KINDS, READINGS, SCOPES, UNITS
from planner.schema import Filter
from planner.sources import read, read_plan, read_plans
from planner.sources.plans import SECTIONS
from tests.unit.study_folder import edit, write_study

ROOT = Path(__file__).resolve().parents[2]
PLANS = ("botou", "heping", "huzhong", "quanzhou", "shijiazhuang")
NORMS = ("gb50180", "tdt1062")

READ_OTHERWISE = {"QZ-22": "township;village;community"}
"""Scopes that the text says otherwise than the table: 村居 is 村 and 居."""


def rows(shared, name):
    with (shared / "plans" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def plans():
    return read_plans()


@pytest.fixture(scope="module")
def texts(shared):
    return {name: (shared / "plans" / f"{name}.txt").read_text(encoding="utf-8") for name in PLANS}


@pytest.fixture(scope="module")
def in_json():
    from planner.report.plans import as_dict

    return as_dict(read_plans().values())


def figure_of(text):
    if "/" in text:
        return text
    numbers = [float(one) for one in text.split("..")]
    return numbers if len(numbers) > 1 else numbers[0]


def by_year(text):
    return {} if not text else {year: figure_of(value) for year, value in (one.split(":") for one in text.split(";"))}


def test_five_plans_and_two_norms_are_shipped(plans):
    assert tuple(plans) == tuple(sorted((*PLANS, *NORMS)))
    assert {name for name, plan in plans.items() if plan.kind == "norm"} == set(NORMS)


def test_no_indicator_is_missing(plans, shared):
    for name in PLANS:
        wanted = [row["id"] for row in rows(shared, "indicators") if row["plan"] == name]
        assert [one.id for one in plans[name].indicators] == wanted


def test_every_quote_stands_verbatim_in_the_text(plans, texts):
    for name in PLANS:
        plan = plans[name]
        quotes = [one.quote for one in (*plan.indicators, *plan.baselines)]
        quotes += [quote for claim in plan.claims for quote in claim.quotes]
        assert len(quotes) > 20
        assert [quote for quote in quotes if not quote.strip() or quote not in texts[name]] == []


def test_issuer_and_document_stand_in_the_text(plans, texts):
    for name in PLANS:
        assert plans[name].name["zh"].removeprefix("泉州市") in texts[name]
        assert all(word in texts[name] for word in (plans[name].issuer, plans[name].document) if word is not None)


def test_every_body_in_charge_stands_in_the_text(plans, texts):
    for name in PLANS:
        text = re.sub(r"\s", "", texts[name]).replace("，", "、").replace(",", "、")
        bodies = {body for one in plans[name].indicators for body in one.responsible}
        assert [body for body in bodies if body.replace("，", "、").replace(",", "、") not in text] == []


def test_json_lists_every_indicator_with_the_figures_of_the_table(in_json, shared):
    listed = {one["id"]: (plan["id"], one) for plan in in_json["plans"] for one in plan["indicators"]}
    table = rows(shared, "indicators")
    assert list(listed) == [row["id"] for name in PLANS for row in table if row["plan"] == name]
    for row in table:
        plan, one = listed[row["id"]]
        assert plan == row["plan"]
        assert one["values"] == by_year(row["values"])
        assert one["baseline"] == by_year(row["baseline"])
        for key in ("kind", "reading", "service", "operator", "printed_as", "unit", "denominator", "conflict_group"):
            assert (one[key] or "") == row[key], (row["id"], key)
        assert one["scope"] == READ_OTHERWISE.get(row["id"], row["scope"])
        assert (one["indicator"], one["indicator_zh"]) == (row["indicator"], row["indicator_zh"])
        assert (one["quote"], one["clause"], one["bindingness"]) == (row["quote"], row["clause"], row["bindingness"])


def test_json_keeps_sizes_functions_increments_and_bodies_of_the_table(in_json, shared):
    listed = {one["id"]: one for plan in in_json["plans"] for one in plan["indicators"]}
    for row in rows(shared, "indicators"):
        one = listed[row["id"]]
        conditions = [f"{c['column']}{c['op']}{c['value']}" for c in one["where"]]
        assert {size for size in row["min_size"].split(";") if size} <= set(conditions), row["id"]
        functions = [function for function in row["requires"].split(";") if function and function != "star_grade>=3"]
        assert one["requires"] == functions
        assert one["increment"] == bool(row["since"])
        assert one["since"] == (int(row["since"]) if row["since"].isdigit() else None)
        assert bool(one["responsible"]) == bool(row["responsible"])
        assert bool(one["reason"]) == (row["kind"] == "listed")


def test_baselines_keep_the_figures_and_dates_of_the_table(plans, shared):
    table = rows(shared, "baselines")
    assert sum(len(plans[name].baselines) for name in PLANS) == len(table) == 110
    by_quote = {(name, one.quote, one.unit, one.value.value): one for name in PLANS for one in plans[name].baselines}
    for row in table:
        sign, figure = re.fullmatch(r"(>=|<=|>|<)?(.*)", row["value"]).groups()
        one = by_quote[row["plan"], row["quote"], row["unit"], float(figure)]
        assert one.operator == (sign or "=")
        assert (one.date or "none") == row["date"].split(" (")[0]


def test_json_is_strict_and_norms_stand_apart(in_json):
    assert [plan["id"] for plan in in_json["plans"]] == list(PLANS)
    assert [plan["id"] for plan in in_json["norms"]] == list(NORMS)
    assert in_json["schema_version"] == 1
    json.dumps(in_json, allow_nan=False)


def test_figures_stand_as_printed(in_json):
    listed = {one["id"]: one["values"] for plan in in_json["plans"] for one in plan["indicators"]}
    assert listed["HP-04"] == {"2025": 100}
    assert listed["BT-16"] == {"2025": "1/3"}
    assert listed["HZ-14"] == {"none": [20, 30]}
    assert listed["QZ-10"] == {"2023": 3.2, "2024": 3.9, "2025": 4.5}


def test_norms_say_how_sure_they_are(plans):
    gb50180 = plans["gb50180"]
    limits = [gb50180.indicator(name).target(None).figure.value for name in ("GB-01", "GB-02", "GB-03")]
    assert limits == [1000, 500, 300]
    assert [one.target(None).figure.value for one in plans["tdt1062"].indicators] == [1000, 500, 300]
    for name in NORMS:
        assert all(one.certainty and one.source and not one.quote for one in plans[name].indicators)
    assert gb50180.indicator("GB-05").certainty == "unverified"


def test_what_an_indicator_needs_to_be_computed_is_data(plans):
    shijiazhuang, quanzhou = plans["shijiazhuang"], plans["quanzhou"]
    assert shijiazhuang.indicator("SJZ-06").adds_up == ("SJZ-03", "SJZ-04")
    assert shijiazhuang.indicator("SJZ-25").where_any == (
        Filter("ownership", "in", ("public", "public_private")),
        Filter("inclusive", "=", True),
    )
    assert quanzhou.indicator("QZ-09").rules == ("QZ-15", "QZ-16")
    assert quanzhou.indicator("QZ-18").pools == ("QZ-15", "QZ-17")
    assert quanzhou.indicator("QZ-15").where == (Filter("floor_area_m2", ">=", 400),)
    for plan in plans.values():
        for one in plan.indicators:
            if one.kind == "share" and not (one.denominator or "").startswith("tekun"):
                assert one.part or one.part_any or one.part_column or one.requires, one.id


OWN = """[plan]
name = { en = "Mine", zh = "某市" }

[[indicator]]
id = "A-1"
name = { en = "Day care", zh = "日间照料" }
kind = "presence"
reading = "presence+reach"
services = ["elderly_day_care"]
operator = ">="
values = { 2023 = 80, 2025 = 100 }
unit = "%"
scope = ["community"]
quote = "覆盖率达到100%"

[[baseline]]
name = "streets"
value = 60
unit = "units"
quote = "60 个街道"

[[audit]]
id = "A-S1"
claim = "twice the streets"
formula = "streets * times"
figures = { times = 2 }
printed = 120
quotes = ["60 个街道"]
"""


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(OWN, encoding="utf-8")
    return path


def faults(path):
    with pytest.raises(InputError) as caught:
        read_plan(path)
    return caught.value.issues


def test_a_plan_of_ones_own(own, tmp_path):
    plan = read_plan("mine.toml", folder=tmp_path)
    assert (plan.id, plan.kind, plan.name["zh"]) == ("mine", "plan", "某市")
    assert plan.indicator("A-1").target(2024).figure.value == 80
    assert read_plan(own) == plan


@pytest.mark.parametrize(
    ("old", "new", "code", "says"),
    [
        ('kind = "presence"', 'kind = "coverage"', "unknown_value", "coverage"),
        ('kind = "presence"', 'knid = "presence"', "unknown_key", "did you mean 'kind'"),
        ('operator = ">="', 'operator = "=>"', "unknown_value", "=>"),
        ('operator = ">="\n', "", "missing_key", "operator"),
        ('unit = "%"', 'unit = "beds"', "unknown_unit", "beds"),
        ('unit = "%"\n', "", "missing_key", "unit"),
        ('scope = ["community"]', 'scope = ["comunity"]', "unknown_scope", "did you mean 'community'"),
        ('scope = ["community"]\n', "", "missing_key", "scope"),
        ("{ 2023 = 80, 2025 = 100 }", "{ 2025 = 100, 2023 = 80 }", "year_order", "out of order"),
        ("{ 2023 = 80, 2025 = 100 }", "{ 2025 = 100, none = 80 }", "year_order", "out of order"),
        ("{ 2023 = 80, 2025 = 100 }", "{ 20255 = 100 }", "bad_year", "20255"),
        ("{ 2023 = 80, 2025 = 100 }", '{ 2025 = "all" }', "bad_figure", "no figure"),
        ("{ 2023 = 80, 2025 = 100 }", "{ 2025 = 101 }", "bad_figure", "more than all"),
        ("{ 2023 = 80, 2025 = 100 }", "{ 2025 = -1 }", "bad_figure", "not below 0"),
        ("{ 2023 = 80, 2025 = 100 }", "{ 2025 = [20, 30] }", "bad_figure", "20–30"),
        ("{ 2023 = 80, 2025 = 100 }", '{ 2025 = "80 %" }', "bad_figure", "in quotes"),
        ("{ 2023 = 80, 2025 = 100 }", "{ 2025 = nan }", "bad_figure", "finite"),
        ('quote = "覆盖率达到100%"', 'quote = " "', "missing_quote", "quote"),
        ('quote = "覆盖率达到100%"\n', "", "missing_quote", "quote"),
        ('reading = "presence+reach"\n', "", "missing_key", "reading"),
        ('services = ["elderly_day_care"]\n', "", "missing_key", "services"),
        ('services = ["elderly_day_care"]', 'services = "elderly_day_care"', "bad_value", "a list"),
        ('id = "A-1"\n', "", "missing_key", "'id'"),
        ('kind = "presence"', 'kind = "listed"', "missing_key", "reason"),
        ('kind = "presence"', 'kind = "proximity"', "missing_key", "partners"),
        ('unit = "%"', 'unit = "%"\nconflict_group = "a"', "lone_conflict", "no other member"),
        ('unit = "%"', 'unit = "%"\nsince = 2021', "bad_value", "increment"),
        ('unit = "%"', 'unit = "%"\nsince = 21', "bad_value", "1900"),
        ('unit = "%"', 'unit = "%"\nrules = ["A-1"]', "bad_value", "unit_compliance"),
        ('unit = "%"', 'unit = "%"\nrules = ["A-7"]', "unknown_indicator", "A-7"),
        ('unit = "%"', 'unit = "%"\npart_column = "beds"', "bad_value", "share"),
        ('unit = "%"', 'unit = "%"\npartners = ["clinic"]', "bad_value", "partners"),
        ('unit = "%"', 'unit = "%"\nbaseline = { "last year" = 3 }', "bad_date", "last year"),
        ('unit = "%"', 'unit = "%"\nwhere = [{ column = "beds", op = ">=", value = "many" }]', "bad_value", "number"),
        ('unit = "%"', 'unit = "%"\nwhere = [{ column = "beds", op = "in", value = 3 }]', "bad_value", "list"),
        ('unit = "%"', 'unit = "%"\nwhere = [{ column = "beds", opp = "=", value = 3 }]', "unknown_key", "opp"),
        ('zh = "某市"', 'zh = ""', "bad_value", "blank"),
        ('[plan]\nname = { en = "Mine", zh = "某市" }\n', "", "missing_key", "[plan]"),
        ("[[indicator]]", "[indicator]", "bad_value", "two brackets"),
        ("[[audit]]", "[[audits]]", "unknown_key", "did you mean 'audit'"),
        ("streets * times", "streets ** times", "bad_formula", "A-S1"),
        ("streets * times", "streets / (times - 2)", "bad_formula", "divides by zero"),
        ("streets * times", "strets * times", "bad_formula", "strets"),
        ("streets * times", "streets * 2", "unused_figure", "times"),
        ('name = "streets"', 'name = "the streets"', "bad_value", "letters"),
        ('\nquotes = ["60 个街道"]', "\nquotes = []", "bad_value", "at least one"),
        ('zh = "某市" }', 'zh = "某市" }\nextends = "gb5018"', "unknown_plan", "gb50180"),
        ('zh = "某市" }', 'zh = "某市" }\nextends = "mine.toml"', "bad_value", "leads back"),
        ('zh = "某市" }', 'zh = "某市" }\nkind = "norm"', "missing_key", "certainty"),
        ('id = "A-1"', 'id = "A-1', "bad_toml", "TOML"),
    ],
)
def test_every_fault_is_named_with_its_place_and_remedy(own, old, new, code, says):
    assert OWN.count(old) >= 1
    own.write_text(OWN.replace(old, new, 1), encoding="utf-8")
    found = [issue for issue in faults(own) if issue.code == code]
    assert found, [issue.line() for issue in faults(own)]
    assert any(says in issue.line() for issue in found), [issue.line() for issue in found]
    assert all(issue.remedy and issue.severity == "error" and issue.table == str(own) for issue in found)
    if new and "[plan]" not in old:
        assert all(issue.row for issue in found)


def test_all_faults_are_told_at_once_in_order(own):
    text = (
        OWN.replace('unit = "%"', 'unit = "beds"').replace('["community"]', '["nowhere"]').replace("times = 2", "x = 2")
    )
    own.write_text(text.replace('quote = "覆盖率达到100%"\n', 'colour = "red"\n'), encoding="utf-8")
    found = faults(own)
    assert [issue.code for issue in found] == ["missing_quote", "unknown_unit", "unknown_scope", "unknown_key"]
    assert [issue.row for issue in found] == [4, 12, 13, 14]
    assert found[1].id == "A-1"


def test_ids_and_names_stand_once(own):
    indicator = OWN[OWN.index("[[indicator]]") : OWN.index("[[baseline]]")]
    baseline = OWN[OWN.index("[[baseline]]") : OWN.index("[[audit]]")]
    own.write_text(OWN + "\n" + indicator, encoding="utf-8")
    assert [issue.code for issue in faults(own)] == ["duplicate_id"]
    own.write_text(OWN + "\n" + baseline + OWN[OWN.index("[[audit]]") :], encoding="utf-8")
    assert {issue.code for issue in faults(own)} == {"duplicate_name", "duplicate_id"}


def test_a_plan_that_isnt_utf8_or_isnt_there(own):
    own.write_bytes(OWN.encode("gb18030"))
    assert [issue.code for issue in faults(own)] == ["encoding"]
    with pytest.raises(SourceError, match="did you mean 'heping'"):
        read_plan("hepin")
    with pytest.raises(SourceError, match="no such file"):
        read_plan("nowhere.toml")


def test_faults_of_several_plans_are_told_together(own):
    own.write_text(OWN.replace('unit = "%"', 'unit = "beds"'), encoding="utf-8")
    own.with_name("other.toml").write_text("[plan]", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_plans(own.parent)
    assert {issue.table for issue in caught.value.issues} == {"mine.toml", "other.toml"}


def test_a_norm_is_overridden_by_extending_it(own):
    changed = 'extends = "gb50180"\n\n[[indicator]]\nid = "GB-01"'
    text = OWN.replace('\n\n[[indicator]]\nid = "A-1"', f"\n{changed}")
    own.write_text(text, encoding="utf-8")
    plan, norm = read_plan(own), read_plan("gb50180")
    assert [one.id for one in plan.indicators] == [one.id for one in norm.indicators]
    assert plan.indicator("GB-01").kind == "presence"
    assert plan.indicator("GB-02") == norm.indicator("GB-02")
    assert plan.extends == "gb50180"


def test_faults_of_the_extended_plan_keep_their_own_file(own):
    own.with_name("base.toml").write_text(OWN.replace('unit = "%"', 'unit = "beds"'), encoding="utf-8")
    own.write_text('[plan]\nname = { en = "x", zh = "某" }\nextends = "base.toml"\n', encoding="utf-8")
    assert [(issue.table, issue.code) for issue in faults(own)] == [("base.toml", "unknown_unit")]


@pytest.fixture
def study(tmp_path):
    return write_study(tmp_path)


def name_plan(study, name, more=""):
    edit(study, "year = 2025\n", f'year = 2025\nplan = "{name}"\n')
    study.write_text(study.read_text(encoding="utf-8") + more, encoding="utf-8")


def test_a_study_holds_its_plan(study):
    name_plan(study, "heping", '\n[[reported]]\nindicator = "HP-06"\nvalue = 2100\n')
    found = read(study)
    assert found.plan == read_plan("heping")
    assert "heping" in [one.path for one in found.inputs]


def test_a_plan_beside_the_study(study):
    (study.parent / "mine.toml").write_text(OWN, encoding="utf-8")
    name_plan(study, "mine.toml")
    assert read(study).plan.id == "mine"


def study_faults(study):
    with pytest.raises(InputError) as caught:
        read(study)
    return caught.value.issues


def test_a_reported_value_for_no_indicator_is_a_fault(study):
    name_plan(study, "heping", '\n[[reported]]\nindicator = "HP-6"\nvalue = 2100\n')
    (fault,) = study_faults(study)
    assert fault.code == "unknown_indicator"
    assert fault.row == study.read_text(encoding="utf-8").splitlines().index('indicator = "HP-6"') + 1
    assert "HP-" in fault.remedy


def test_a_reported_value_without_a_plan_is_a_warning(study):
    study.write_text(
        study.read_text(encoding="utf-8") + '\n[[reported]]\nindicator = "HP-06"\nvalue = 1\n', encoding="utf-8"
    )
    assert "no_plan" in [issue.code for issue in read(study).issues if issue.severity == "warning"]


def test_faults_of_the_plan_reach_the_check(study, capsys):
    (study.parent / "mine.toml").write_text(OWN.replace('unit = "%"', 'unit = "beds"'), encoding="utf-8")
    name_plan(study, "mine.toml")
    assert command_line(["check", str(study)]) == 2
    assert "mine.toml:12: A-1: unit 'beds' isn't known for kind presence" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["nowhere.toml", "hepin"])
def test_a_plan_that_isnt_there_is_told_at_its_line(study, name):
    name_plan(study, name)
    (fault,) = study_faults(study)
    assert fault.table == study.name
    assert fault.row == study.read_text(encoding="utf-8").splitlines().index(f'plan = "{name}"') + 1


def test_the_command_shows_plans(capsys):
    assert command_line(["plans"]) == 0
    table = capsys.readouterr().out
    assert all(name in table for name in (*PLANS, *NORMS))
    assert command_line(["plans", "quanzhou"]) == 0
    shown = capsys.readouterr().out
    assert "2023: >= 3.2; 2024: >= 3.9; 2025: >= 4.5 places/1000 people" in shown
    assert "QZ-demonstration-childcare" in shown


def test_the_command_prints_json_and_nothing_else(capsys):
    assert command_line(["plans", "--format", "json", "--audit"]) == 0
    told = capsys.readouterr()
    found = json.loads(told.out)
    assert told.err == ""
    assert [len(plan["audit"]) for plan in found["plans"]] == [7, 2, 11, 11, 40]
    assert command_line(["plans", "heping", "--format", "json"]) == 0
    (heping,) = json.loads(capsys.readouterr().out)["plans"]
    assert "audit" not in heping


def test_the_command_audits(capsys):
    assert command_line(["plans", "shijiazhuang", "--audit"]) == 0
    told = capsys.readouterr().out
    assert "60 × 100 % + 202 × 60 % = 181.2 → 182; 182 − 104 = 78 facilities; printed 78" in told
    assert command_line(["plans", "nowhere"]) == 2


def test_hostile_text_cant_play_tricks_on_a_terminal(own, capsys):
    own.write_text(OWN.replace("Day care", "Day\\u001b[31m care"), encoding="utf-8")
    assert command_line(["plans", str(own)]) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_every_key_and_word_is_documented():
    page = (ROOT / "docs" / "plans.md").read_text(encoding="utf-8")
    told = {word for code in re.findall(r"`([^`\n]+)`", page) for word in (code, *code.split())}
    for model in SECTIONS.values():
        assert set(model.model_fields) <= told
    units = {unit for known in UNITS.values() for unit in known}
    for words in (KINDS, READINGS, COMPARISONS, BINDINGNESSES, SCOPES, units):
        assert set(words) <= told


def test_the_examples_of_the_docs_are_sound(tmp_path):
    page = (ROOT / "docs" / "plans.md").read_text(encoding="utf-8")
    blocks = [re.sub(r"(?m)^   ", "", one) for one in re.findall(r"(?ms)^ *```toml\n(.*?)^ *```", page)]
    own, _, norm, sums = blocks
    (tmp_path / "own.toml").write_text(f"{own}\n{sums}", encoding="utf-8")
    (tmp_path / "norm.toml").write_text(norm, encoding="utf-8")
    found = read_plans(tmp_path)
    assert found["own"].indicator("MC-01").target(2025).figure.value == 100
    assert found["norm"].indicator("GB-01").target(2025).figure.value == 800
