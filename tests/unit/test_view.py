"""The words and figures of the page, decided in one place: rounding, shares, 万, unknowns, both languages."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from planner.coverage import COVERED, NOT_ASSESSED, UNCOVERED, Tally
from planner.report import figures
from planner.report.drawing import coded, drawing
from planner.report.page import as_json
from planner.report.view import view
from planner.report.words import LANGUAGES, Words, read, said
from planner.schema import Filter
from planner.siting.proposal import Unreachable
from planner.sources.sample import sample_district
from planner.study import Findings, Input, run


@pytest.fixture(scope="module")
def findings() -> Findings:
    return run(sample_district())


@pytest.fixture(scope="module")
def words() -> Words:
    return read()


def told(findings: Findings, **changes) -> dict:
    """Return the first circle's view after changes to its coverage."""
    coverage = replace(findings.coverages[0], **changes)
    return view(replace(findings, coverages=(coverage,), comparisons=(), proposals=())).circles[0]


def tally(covered: int, uncovered: int, not_assessed: int = 0, unknown: int = 0) -> Tally:
    return Tally(
        total=covered + uncovered + not_assessed,
        covered=covered,
        uncovered=uncovered,
        not_assessed=not_assessed,
        unknown_communities=unknown,
    )


class TestFigures:
    @given(st.integers(0, 90_000), st.integers(1, 600))
    def test_minutes_never_cross_their_limit(self, deciseconds, limit_tenths):
        minutes, limit = deciseconds / 600.0, limit_tenths / 10.0
        within = deciseconds <= limit_tenths * 60
        shown = float(figures.minutes(minutes, within=within).replace(",", ""))
        assert (shown <= limit) == within
        assert abs(shown - minutes) < 0.1

    def test_minutes_to_the_tenth(self):
        assert figures.minutes(15.0, within=True) == "15.0"
        assert figures.minutes(15.0 + 1 / 600, within=False) == "15.1"
        assert figures.minutes(14.99, within=True) == "14.9"
        assert figures.minutes(0.1 + 0.2, within=True) == "0.3"
        assert figures.minutes(math.nan, within=False) is None

    def test_metres(self):
        assert figures.metres(1000.0, within=True) == "1,000"
        assert figures.metres(1000.01, within=False) == "1,001"
        assert figures.metres(999.99, within=True) == "999"

    @pytest.mark.parametrize(
        ("value", "shown"),
        [(0.0, "0%"), (1.0, "100%"), (0.99996, "99.9%"), (0.00001, "0.1%"), (0.6245, "62.5%"), (None, "—")],
    )
    def test_shares_are_whole_only_where_they_are(self, value, shown):
        assert figures.share(value) == shown

    def test_people_in_wan_only_in_chinese(self, words):
        assert words.people(9_999, demand="population") == {"zh": "9,999 人", "en": "9,999 people"}
        assert words.people(10_000, demand="population") == {"zh": "1.00 万人", "en": "10,000 people"}
        assert words.people(24_498, demand="households") == {"zh": "2.45 万户", "en": "24,498 households"}
        assert words.people(1, demand="population")["en"] == "1 person"

    @pytest.mark.parametrize(
        ("date", "zh", "en"),
        [
            ("2024-12-31", "2024 年 12 月 31 日", "31 December 2024"),
            ("2024-11", "2024 年 11 月", "November 2024"),
            ("2024", "2024 年", "2024"),
            ("end of 2024", "end of 2024", "end of 2024"),
            ("2024-13", "2024-13", "2024-13"),
        ],
    )
    def test_dates(self, words, date, zh, en):
        assert words.date(date) == {"zh": zh, "en": en}


class TestWords:
    def test_every_word_is_there_in_both_languages(self, words):
        for section, entries in words.sections.items():
            for key, entry in entries.items():
                if isinstance(entry, dict):
                    assert set(LANGUAGES) <= set(entry), f"{section}.{key}"

    def test_names_are_never_read_as_forms(self, words):
        for name in ("{who}", "{0.__class__}", "<bad>x</bad>", "{{", "%s"):
            for lang in LANGUAGES:
                assert name in words.text("rule", "name", name=name)[lang]
        runs = words.sentence("headline", "left", communities="<good>3</good>")["en"]
        assert [(run.text, run.tone) for run in runs][1] == ("<good>3</good>", "bad")

    def test_blank_between_chinese_and_figures(self, words):
        assert words.text("legend", "size", who="60 岁")["zh"] == "图形大小表示 60 岁数量"
        assert words.text("legend", "size", who="居民")["zh"] == "图形大小表示居民数量"


class TestHeadline:
    def test_names_every_part(self, findings):
        circle = view(findings).circles[0]
        people, communities = findings.coverages[0].people, findings.coverages[0].communities
        english = said(circle.headline, "en")
        assert english.startswith(f"{communities.covered} of {communities.total} communities")
        for count in (people.covered, people.uncovered, people.not_assessed):
            assert f"{count:,}" in english
        assert figures.share(people.share) in english
        assert {run.tone for run in circle.headline["zh"]} == {"", "good", "bad"}

    def test_without_people(self, findings):
        circle = told(findings, people=None)
        assert "people" not in said(circle.headline, "en")
        assert circle.people_column is None
        assert "只计社区数" in circle.rule["zh"]
        assert set(circle.people) == {None}

    def test_all_covered(self, findings):
        circle = told(findings, communities=tally(60, 0), people=tally(1000, 0))
        assert said(circle.headline, "en").endswith("none is left out.")
        assert said(circle.headline, "zh").endswith("没有未覆盖的社区。")
        assert "60 of 60 communities (100%)" in said(circle.headline, "en")

    def test_one_is_singular(self, findings):
        circle = told(findings, communities=tally(59, 1), people=tally(1000, 1))
        assert "; 1 community with 1 person doesn't" in said(circle.headline, "en")

    def test_unknown_people_are_told_apart(self, findings):
        circle = told(findings, people=tally(1000, 10, 0, 3))
        assert "3 个社区人口未知" in said(circle.headline, "zh")
        assert "3 communities have no known population" in said(circle.headline, "en")

    def test_straight_circle(self, findings):
        circle = replace(findings.coverages[0].circle, measure="straight", limit=1000, limit_unit="metres")
        shown = told(findings, circle=circle)
        assert "直线" in said(shown.headline, "zh")
        assert "in a straight line" in shown.rule["en"]
        assert shown.straight_line is None

    def test_an_article_where_english_wants_one(self, findings):
        study = replace(findings.study, services={"elderly_day_care": {"en": "Elderly home", "zh": "养老机构"}})
        circle = view(replace(findings, study=study)).circles[0]
        assert "reach an elderly home within" in said(circle.headline, "en")
        assert "可达养老机构，" in said(circle.headline, "zh")


class TestRule:
    def test_says_limit_speed_denominator_and_date(self, findings):
        rule = view(findings).circles[0].rule
        for part in ("15 分钟", "1.0 米/秒", "约 900 米", "2024 年 12 月 31 日", "分母", "可达不等于床位够用"):
            assert part in rule["zh"]
        for part in ("15 minutes", "1.0 m/s", "about 900 m", "31 December 2024", "Shares are of all"):
            assert part in rule["en"]

    def test_dates_by_table(self, findings):
        study = findings.study
        inputs = (
            Input(path=study.communities.table, sha256="", date="2023-12-31"),
            Input(path=study.ways.table, sha256="", date="2024-11"),
        )
        rule = view(replace(findings, study=replace(study, inputs=inputs))).circles[0].rule
        assert "60 岁及以上老年人：2023 年 12 月 31 日；路网：2024 年 11 月；机构：日期未注明。" in rule["zh"]

    def test_filter_is_told(self, findings):
        circle = replace(findings.coverages[0].circle, where=Filter("floor_area_m2", ">=", 350))
        assert "建筑面积（平方米） ≥ 350" in told(findings, circle=circle).rule["zh"]
        assert "floor area (m²) ≥ 350" in told(findings, circle=circle).rule["en"]

    def test_labels_tell_circles_of_a_service_apart(self, findings):
        shown = [(circle.service["zh"], circle.label["zh"]) for circle in view(findings).circles]
        assert len(set(shown)) == len(shown)

    def test_labels_are_brief(self, findings):
        assert [circle.label["zh"] for circle in view(findings).circles[:3]] == [
            "15 分钟 · 步行", "15 分钟 · 慢行者", "1,000 米 · 步行"
        ]  # fmt: skip
        assert view(findings).circles[1].label["en"] == "15 minutes · Slow walker"

    @pytest.mark.parametrize("name", ["步行", "慢行"])
    def test_walkers_of_one_name_are_told_apart_by_their_speed(self, findings, name):
        study = findings.study
        slow = replace(study.profiles["slow_walk"], label={"zh": name, "en": "Walking"})
        named = replace(study, profiles={**study.profiles, "slow_walk": slow})
        found = [circle.label for circle in view(replace(findings, study=named)).circles[:3]]
        assert [one["zh"] for one in found[:2]] == ["15 分钟 · 步行 1.0 米/秒", f"15 分钟 · {name}，0.8 米/秒"]
        assert [one["en"] for one in found[:2]] == ["15 minutes · Walking, 1.0 m/s", "15 minutes · Walking, 0.8 m/s"]

    def test_same_rule_twice_is_told_apart_by_name(self, findings):
        twice = replace(findings.coverages[0], circle=replace(findings.coverages[0].circle, name="again"))
        circles = view(replace(findings, coverages=(findings.coverages[0], twice), comparisons=())).circles
        assert circles[1].label["en"].endswith("again")
        assert circles[0].label != circles[1].label


class TestCommunities:
    def test_columns_follow_the_findings(self, findings):
        page = view(findings)
        for circle, coverage in zip(page.circles, findings.coverages, strict=True):
            count = len(findings.study.communities)
            assert len(circle.status) == len(circle.minutes) == len(circle.people) == len(circle.size) == count
            assert sorted(circle.order) == list(range(count))
            assert circle.status.count("c") == coverage.communities.covered
            assert circle.counts["u"] == str(coverage.communities.uncovered)
            assert set(circle.reasons) == {str(i) for i in np.flatnonzero(coverage.status == NOT_ASSESSED)}
            assert all(0 <= size <= 100 for size in circle.size)

    def test_uncovered_are_listed_first_by_people(self, findings):
        circle, coverage = view(findings).circles[0], findings.coverages[0]
        people = findings.study.communities.number(coverage.circle.demand)
        first = circle.order[: coverage.communities.uncovered]
        assert {coverage.status[i] for i in first} == {UNCOVERED}
        assert [people[i] for i in first] == sorted((people[i] for i in first), reverse=True)

    def test_unknown_people_stay_unknown(self, findings):
        places = findings.study.communities
        column = findings.coverages[0].circle.demand
        cells = places.number(column).copy()
        cells[5], cells[6] = np.nan, 0
        study = replace(findings.study, communities=replace(places, columns={**places.columns, column: cells}))
        circle = view(replace(findings, study=study)).circles[0]
        assert circle.people[5] is None
        assert circle.people[6] == "0"

    def test_unreachable_have_no_figure(self, findings):
        coverage = findings.coverages[0]
        minutes, nearest = coverage.minutes.copy(), coverage.nearest.copy()
        minutes[3], nearest[3] = np.nan, -1
        circle = told(findings, minutes=minutes, nearest=nearest)
        assert circle.minutes[3] is None
        assert circle.nearest[3] == -1

    def test_presence_unknown_stays_unknown(self, findings):
        present = np.full(len(findings.study.communities), None, dtype=object)
        assert told(findings, present=present).headline_present is None
        present[:3] = [True, False, False]
        circle = told(findings, present=present)
        assert circle.present[:4] == "iooq"
        assert said(circle.headline_present, "zh").endswith("57 个社区不详。")

    def test_reasons_name_the_distance(self, findings):
        reasons = view(findings).circles[0].reasons
        assert all("超过 200 米" in reason["zh"] for reason in reasons.values())


class TestProposals:
    def test_status_in_words(self, findings):
        first, second = view(findings).proposals[:2]
        assert "已证明最优" in first.method["zh"]
        assert "five_more" in first.method["en"]
        assert findings.proposals[1].status == "infeasible" or "已证明最优" in second.method["zh"]

    def test_a_gap_is_never_flattered(self, findings):
        proposal = replace(findings.proposals[0], status="feasible", gap=0.0201)
        shown = view(replace(findings, proposals=(proposal,))).proposals[0]
        assert "差距不超过 2.1%" in shown.method["zh"]

    def test_unreachable_round_up(self, findings):
        proposal = replace(
            findings.proposals[0],
            unreachable=(
                Unreachable(community=1, smallest_limit=16.64),
                Unreachable(community=2, smallest_limit=None),
            ),
        )
        shown = view(replace(findings, proposals=(proposal,))).proposals[0].unreachable
        assert shown[0][1]["zh"] == "放宽到 16.7 分钟才可达"
        assert "cut off" in shown[1][1]["en"]

    def test_no_site_needed(self, findings):
        proposal = replace(findings.proposals[0], sites=(), unreachable=(), objective=0)
        covered = replace(findings.coverages[0], communities=tally(60, 0))
        shown = view(replace(findings, coverages=(covered,), comparisons=(), proposals=(proposal,))).proposals[0]
        assert said(shown.result, "zh") == "不需要新建。"


class TestDrawing:
    def test_steps_add_up(self):
        lines = [np.array([[120.0, 30.0], [120.00012, 30.00001]]), np.array([[-51.5, -30.2], [-51.4, -30.1]])]
        block = coded(lines)
        back = np.cumsum(np.array(block["d"]).reshape(-1, 2), axis=0) / 100_000
        assert np.allclose(back, np.concatenate(lines), atol=0.6e-5)
        assert block["n"] == [2, 2]

    def test_bands_are_widest_first_and_routes_end_at_their_facility(self, findings):
        drawn = drawing(findings)
        assert len(drawn["bands"]) == len(drawn["routes"]) == len(findings.coverages)
        widths = [_area(band) for band in drawn["bands"][0]]
        assert widths == sorted(widths, reverse=True)
        reached = int((findings.coverages[0].nearest >= 0).sum())
        assert len(drawn["routes"][0]["of"]) == reached
        assert set(drawn["streets"]) == {"main", "minor", "path"}

    def test_a_circle_without_bands_or_routes(self, findings):
        drawn = drawing(replace(findings, bands=(), routes=()))
        assert drawn["bands"][0] == []
        assert drawn["routes"][0] == {"of": [], "n": [], "d": []}


def _area(block: dict) -> float:
    points = np.cumsum(np.array(block["d"]).reshape(-1, 2), axis=0)
    rings = np.split(points, np.cumsum(block["n"])[:-1])
    area = shapely.Polygon()
    for ring in rings:
        area = area.symmetric_difference(shapely.Polygon(ring).buffer(0))
    return area.area


class TestJson:
    @given(st.text())
    def test_comes_back_as_it_went(self, text):
        held = as_json([text])
        assert json.loads(held) == [text]
        assert held.isascii()
        assert not set(held) & set("<>&")

    def test_half_a_pair(self):
        held = as_json(["\ud83c"])
        assert held.encode("utf-8")
        assert json.loads(held) == ["\ud83c"]

    def test_covered_is_a_word_of_the_coverage(self, findings):
        assert COVERED in set(findings.coverages[0].status)
