"""A plan in words: verdicts, targets, what is short, both readings, contradictions, what is missing."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.compliance import Reason, ReportedFigure
from planner.compliance.verdict import Bounds, exact, judge
from planner.report import amount
from planner.report.compliance_view import ComplianceView, compliance_view
from planner.report.drawing import drawing
from planner.report.indicator_view import ItemView
from planner.report.reason import sentence, what
from planner.report.units import KEYS, LETTERS, ORDER
from planner.report.view import view
from planner.report.words import LANGUAGES, Words, read, said
from planner.sources.plans import read_plan
from planner.sources.sample import sample_district
from planner.study import Findings, run
from tests.compliance_by_hand import DAY_CARE_INSIDE, NO_COLUMN, compliance, entry, plan

PLANS = ("botou", "heping", "huzhong", "quanzhou", "shijiazhuang")


@pytest.fixture(scope="module")
def words() -> Words:
    return read()


@pytest.fixture(scope="module")
def findings() -> Findings:
    study = replace(sample_district(), plan=plan())
    return replace(run(replace(study, plan=None)), study=study, compliance=compliance(study))


@pytest.fixture(scope="module")
def shown(findings) -> ComplianceView:
    found = view(findings).compliance
    assert found is not None
    return found


def item(shown: ComplianceView, name: str) -> ItemView:
    return next(one for one in shown.items if one.id == name)


def told(words: Words, **changes: Any) -> ItemView:
    """Return the only indicator of a plan."""
    study = replace(sample_district(), plan=None)
    found = replace(compliance(study), entries=(entry(**changes),))
    return compliance_view(found, study=study, plan=None, circles={}, words=words).items[0]


class TestSummary:
    def test_counts_indicators_not_entries(self, shown):
        assert said(shown.summary, "zh") == (
            "13 项指标：2 项达标，5 项未达标，2 项无量化目标，1 项未到期，2 项暂无数据，1 项不适用。"
        )
        assert said(shown.summary, "en").startswith("13 indicators: 2 met, 5 not met, ")
        assert shown.counts == {"all": "13", "b": "5", "m": "2", "t": "2", "d": "1", "n": "2", "x": "1"}

    def test_names_the_plan_and_the_year(self, shown):
        assert shown.basis["zh"].startswith("依据：示例区“一老一小”整体解决方案（示例区人民政府）")
        assert "due in 2025" in shown.basis["en"]

    def test_a_norm_is_no_demand(self, findings, words):
        norm = replace(plan(), kind="norm")
        found = compliance_view(compliance(), study=findings.study, plan=norm, circles={}, words=words)
        assert "不是本地规划的要求" in found.basis["zh"]
        assert "规范参考值（出处未核实）" in {text["zh"] for text in item(found, "T-13").remarks}

    def test_what_falls_short_comes_first_and_firmest(self, shown):
        first = [shown.items[i].id for i in shown.telling]
        assert len(first) == 4
        assert first[:2] == ["T-01", "T-06"]  # binding ones
        assert "T-02" not in first  # it contradicts T-01, which stands there already
        verdicts = [one.verdict for one in shown.items]
        assert verdicts == sorted(verdicts, key="bmtdnx".index)


class TestWording:
    @pytest.mark.parametrize(
        ("name", "zh", "en"),
        [
            ("T-01", "未达标（尚缺 46 处）", "Not met (46 facilities short)"),
            ("T-04", "未达标（尚缺 182 平方米）", "Not met (182 m² short)"),
            ("T-06", "未达标（尚缺 184 个托位）", "Not met (184 places short)"),
            ("T-07", "已达标", "Met"),
            ("T-08", "暂无数据（缺：护理型床位数）", "No data (missing: nursing beds)"),
            ("T-09", "未到期", "Not due yet"),
            ("T-10", "不适用", "Not applicable"),
            ("T-11", "无量化目标", "No figure set"),
            ("T-12", "暂无数据", "No data"),
        ],
    )
    def test_verdicts(self, shown, name, zh, en):
        assert item(shown, name).verdict_words == {"zh": zh, "en": en}

    def test_facts_give_value_target_and_deadline(self, shown):
        assert item(shown, "T-06").facts["zh"] == "现状：每千人 3.8 个托位 · 目标：每千人 ≥\u00a04.5 个托位（2025 年）"
        assert item(shown, "T-09").facts["en"] == "Now 1,001 places · Next target ≥\u00a01,200 places (2027)"
        assert "未写年份" in item(shown, "T-04").facts["zh"]
        assert item(shown, "T-11").facts["zh"] == "现状：60 个社区中 9 个设有"

    def test_brief_says_what_is_short_and_who(self, shown):
        assert item(shown, "T-06").brief["zh"].endswith("尚缺 184 个托位 · 区卫生健康委")

    def test_both_readings_and_which_decides(self, shown):
        inside, reached = item(shown, "T-01").lines
        assert inside.label["zh"].startswith("设有")
        assert (inside.role["zh"], reached.role["zh"]) == ("据此判定", "仅供对照")
        assert reached.value["en"] == "60.0% (36 of 60 communities)"
        assert "15 分钟" in reached.label["zh"]

    def test_circles_that_all_decide(self, shown):
        both = item(shown, "T-05")
        assert both.verdict_words["zh"] == "未达标"  # each line has its own shortfall
        assert [line.role for line in both.lines] == [None, None]
        assert both.brief["zh"].startswith("2 种口径：50.2% 至 62.6%")
        assert "规划未给出比例，按 100% 判定。" in {text["zh"] for text in both.remarks}
        assert "15 分钟以内 100%" in both.facts["zh"]
        assert both.lines[0].circle == 0

    def test_contradicting_targets_stand_together(self, shown):
        first, second = item(shown, "T-01"), item(shown, "T-02")
        assert first.conflict == second.conflict
        assert first.conflict["zh"] == "规划目标值不一致（>\u00a090% / 100%）"
        assert first.group == second.group is not None
        assert abs(shown.items.index(first) - shown.items.index(second)) == 1
        assert all(one.group is None for one in shown.items if one not in (first, second))

    def test_reported_beside_ours(self, shown):
        (line,) = item(shown, "T-07").reported
        assert line["zh"] == "区民政局统计：2,100 张床位（2024 年 12 月 31 日），比本测算少 600 张床位"

    @pytest.mark.parametrize(("difference", "part"), [(-3.5, "比本测算多 3.5"), (0.0, "相同"), (None, "没有数值")])
    def test_reported_more_same_or_alone(self, words, difference, part):
        own = ReportedFigure(value=93.5, date=None, source=None, difference=difference)
        assert part in told(words, reported=own).reported[0]["zh"]
        assert told(words, reported=own).reported[0]["zh"].startswith("部门统计：93.5%（日期未注明）")

    def test_all_bodies_stand_with_the_quote(self, shown):
        many = item(shown, "T-03")
        assert many.responsible["zh"] == "责任单位：区民政局、区住建局等 4 个单位"
        assert "各街道办事处" in {head["zh"]: text["zh"] for head, text in many.about}["责任单位"]

    def test_proximity_says_the_distance(self, shown):
        assert any("直线 300 米以内" in text["zh"] for text in item(shown, "T-13").remarks)

    def test_listed_gives_the_plans_reason(self, shown):
        about = {head["zh"]: text["zh"] for head, text in item(shown, "T-12").about}
        assert about["缺少"] == "居家层面不是设施，无可计数"


class TestAmounts:
    @given(st.integers(0, 10_000), st.integers(0, 1_000), st.sampled_from([">=", ">", "<="]))
    def test_a_shown_value_is_on_the_side_of_its_verdict(self, thousandths, tenths, operator):
        value, target = thousandths / 100.0, tenths / 10.0
        met = judge(operator, Bounds.of(exact(value)), exact(target))
        text = amount.figure(value, "%", target=target, operator=operator).replace(",", "")
        assert judge(operator, Bounds.of(exact(float(text))), exact(target)) == met

    def test_shares_are_whole_only_where_they_are(self):
        assert amount.figure(99.99, "%") == "99.99"
        assert amount.figure(0.01, "%") == "0.01"
        assert amount.figure(100.0, "%") == "100"

    @given(st.floats(1e-4, 1e6))
    def test_a_shortfall_is_never_nothing(self, number):
        assert float(amount.short(number, "beds").replace(",", "")) > 0

    def test_fraction_and_range_as_printed(self, shown):
        assert "目标：≥\u00a01/3（2025 年）" in item(shown, "T-03").facts["zh"]
        assert "66.7%（4 / 6 个街道）" in item(shown, "T-03").facts["zh"]
        assert "每百户 20–30 平方米" in item(shown, "T-04").facts["zh"]

    def test_every_unit_of_every_plan_has_words(self, words):
        for name in PLANS:
            for indicator in read_plan(name).indicators:
                assert indicator.unit is None or words.has("amount", indicator.unit), (name, indicator.id)
                assert all(words.has("scope", one) for one in indicator.scope), (name, indicator.id)


class TestReasons:
    def test_known_codes_are_told_in_both_languages(self, words):
        assert sentence(NO_COLUMN, words, {})["zh"] == "机构表没有“护理型床位数”"
        blank = Reason(code="blank_cells", text="…", table="facilities", column="beds", count=3, total=40)
        assert sentence(blank, words, {})["zh"] == "机构表的“床位数”有 3 行空缺（共 40 行）"

    def test_unknown_codes_stand_in_their_own_words(self, words):
        odd = Reason(code="quite_new", text="it rains", table="roofs")
        assert sentence(odd, words, {}) == {"zh": "it rains", "en": "it rains"}
        assert what([odd], words, {}) == {"zh": "roofs", "en": "roofs"}
        assert what([Reason(code="quite_new", text="it rains")], words, {}) is None

    def test_many_are_counted(self, words):
        many = [replace(NO_COLUMN, column=column) for column in ("beds", "places", "star", "year")]
        assert what(many, words, {})["zh"] == "床位数、托位数等 4 项"

    def test_every_reason_on_the_sample_has_words(self, words):
        study = sample_district()
        for name in PLANS:
            found = run(replace(study, plan=read_plan(name), siting=())).compliance
            for one in found.entries:
                for reason in (*one.missing, *one.notes):
                    assert reason.code == "listed" or words.has("missing", reason.code), reason


class TestUnits:
    def test_those_that_lack_one_come_first(self, shown):
        units = item(shown, "T-01").lines[0].units
        assert units.verdicts == "o" * (60 - DAY_CARE_INSIDE) + "y" * DAY_CARE_INSIDE
        assert set(units.places) == {"c"}
        assert said(units.title, "zh") == "60 个社区：9 个设有，51 个没有。"
        assert units.names == ()  # the page has them already

    def test_reach_needs_no_column(self, shown):
        units = item(shown, "T-01").lines[1].units
        assert units.value_column is None
        assert said(units.title, "en") == "60 communities: 36 within reach, 24 out of reach."

    def test_areas_and_reasons(self, shown):
        units = item(shown, "T-03").lines[0].units
        assert units.places == "aaaaaa"
        assert units.reasons[units.why[units.verdicts.index("n")]]["zh"] == "机构表没有“护理型床位数”"

    def test_units_without_a_place_are_listed(self, words):
        study = replace(sample_district(), residential_areas=None)
        found = compliance_view(compliance(study), study=study, plan=None, circles={}, words=words)
        units = item(found, "T-04").lines[0].units
        assert not units.mapped
        assert units.names == ("锦绣园", "和美家园")
        assert units.need_column["zh"] == "应有（平方米）"

    def test_every_letter_has_its_words(self, words):
        assert set(ORDER) == set(KEYS)
        assert set(LETTERS.values()) <= set(KEYS)
        assert all(words.has("units", key) for key in KEYS.values())

    def test_outlines_are_drawn_once(self, findings):
        drawn = drawing(findings)
        assert [one["at"] for one in drawn["communities"]] == list(range(60))
        assert not {"a", "c"} & set(drawn["units"])  # streets and communities are drawn anyway
        assert drawing(replace(findings, compliance=None))["units"] == {}


class TestRealPlans:
    @pytest.mark.parametrize("name", PLANS)
    def test_every_indicator_is_there_in_both_languages(self, name):
        known = read_plan(name)
        found = view(run(replace(sample_district(), plan=known, siting=()))).compliance
        assert {one.id for one in found.items} == {one.id for one in known.indicators}
        assert sum(int(count) for key, count in found.counts.items() if key != "all") == len(known.indicators)
        for one in found.items:
            assert one.name["zh"] == known.indicator(one.id).name["zh"]
            assert one.quote == known.indicator(one.id).quote
            for field in fields(one):
                text = getattr(one, field.name)
                if isinstance(text, dict):
                    assert set(text) == set(LANGUAGES)
                    assert all(text.values())
                    assert "None" not in text["zh"]

    def test_without_a_plan_there_is_nothing(self, findings):
        assert view(replace(findings, compliance=None)).compliance is None
