"""Sites tried out in the page: every figure is the engine's own, to the last digit shown."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import numpy as np
import pytest

from planner.report import amount, figures
from planner.report.page import render
from planner.report.view import view
from planner.report.words import read, said
from planner.siting.task import Phase, SitingTask, eligible
from planner.sources.sample import sample_district
from planner.study import Findings, Study, run, score
from tests.browser.conftest import SCREENSHOTS, SIZES, WHOLE
from tests.building import built

LETTERS = {"covered": "c", "uncovered": "u", "not_assessed": "n"}


def choose(page, circle: str, sites: list[str], closed: list[str]) -> None:
    """Open the page again with a choice in its address."""
    told = {"schema_version": 1, "circle": circle, "sites": sites, "closed": closed}
    page.evaluate("told => { location.hash = '#choice=' + encodeURIComponent(JSON.stringify(told)); }", told)
    page.reload()
    page.wait_for_selector(WHOLE)


def draws(study: Study, count: int) -> list[tuple[str, set[int], set[int]]]:
    """Draw circles with some candidates to build for them and some facilities to close."""
    chance = random.Random(11)
    found = []
    for number in range(count):
        circle = study.circles[number % len(study.circles)]
        may = eligible(circle, study.candidates, year=study.year).tolist()
        counted = [
            i for i, services in enumerate(study.facilities.columns["service"]) if circle.service in (services or ())
        ]
        sites = set(chance.sample(may, min(len(may), chance.randrange(7))))
        found.append((circle.name, sites, set(chance.sample(counted, min(len(counted) - 1, chance.randrange(3))))))
    return found


@pytest.mark.parametrize("number", range(6))
def test_figures_are_the_engines(visit, sample_page, findings, number):
    study = findings.study
    circle, sites, closed = draws(study, 6)[number]
    at = [one.name for one in study.circles].index(circle)
    after = built(study, circle, sites, closed)
    opened = visit(sample_page)
    page = opened.page
    choose(page, circle, [str(study.candidates.ids[i]) for i in sites], [str(study.facilities.ids[i]) for i in closed])
    assert page.get_attribute("#button_siting", "aria-selected") == "true"
    letters = page.evaluate("c => planner.trial.after(c).status", at)
    assert letters == "".join(LETTERS[one] for one in after.coverages[at].status)
    then, was = after.coverages[at], findings.coverages[at]
    assert opened.text("#trial_result .big strong") == figures.share(then.people.share)
    assert f"{was.communities.covered} → {then.communities.covered}" in opened.text("#trial_result .fine")
    gained = int(((was.status == "uncovered") & (then.status == "covered")).sum())
    assert f"{gained} 个社区" in opened.text("#trial_result")
    page.click("#trial_table summary")
    page.wait_for_selector("#trial_table .aims [data-target]")
    shown_targets(page, findings, after, circle)
    opened.assert_quiet()


def shown_targets(page, findings: Findings, after: Findings, circle: str) -> None:
    """Compare each reach of the plan, before and after, with the table on the page."""
    words = read()
    service = {one.name: one.service for one in findings.study.circles}
    shown = page.evaluate(
        """() => Array.from(document.querySelectorAll("#trial_table [data-target]")).map(row =>
             [planner.view.trial.targets[row.dataset.target].item, ...Array.from(row.children).map(cell => cell.textContent)])"""
    )
    items = [item.id for item in view(findings).compliance.items]
    known = [one for one in findings.compliance.entries if one.recount is not None]
    later = [one for one in after.compliance.entries if one.recount is not None]
    pairs = [(a, b) for a, b in zip(known, later, strict=True) if service[a.circle] == service[circle]]
    for before, then in pairs:
        values = tuple(amount.value_amount(one, one.value, words)["zh"] for one in (before, then))
        assert any(
            items[item] == before.id and was.startswith(values[0]) and now.startswith(values[1])
            for item, was, now in shown
        )
    assert len(shown) > len(pairs) > 0


def test_shares_and_values_are_rounded_alike(visit, sample_page):
    chance = random.Random(5)
    pairs = [
        (chance.randrange(whole + 1), whole)
        for whole in (chance.randrange(1, 10**k) for k in range(1, 8) for _ in range(60))
    ]
    pairs += [(8999, 10000), (8996, 10000), (899, 1000), (90004, 100000), (1, 100000), (99999, 100000), (1235, 10000)]
    page = visit(sample_page).page
    shares = page.evaluate("pairs => pairs.map(pair => planner.trial.share(pair[0], pair[1]))", pairs)
    assert shares == [figures.share(part / whole) for part, whole in pairs]
    target = {"decimals": 1, "percent": True, "hundred": False}
    values = page.evaluate(
        """([one, pairs]) => pairs.map(pair =>
             planner.recount.figure(one, [100 * pair[0], pair[1]], [[0, 1], [100, 1], [90, 1]]))""",
        [target, pairs],
    )
    assert values == [amount.figure(100 * part / whole, "%", target=90, operator=">") for part, whole in pairs]


def test_the_next_site_is_the_best_one(visit, sample_page, findings):
    """The suggestion is the candidate that the engine's own score puts first by people, ties by id."""
    study = findings.study
    opened = visit(sample_page)
    page = opened.page
    page.click("#button_siting")
    page.click("#trial_buttons [data-tick=clear]")
    may = eligible(study.circles[0], study.candidates, year=study.year)
    scored = score(study, study.candidates.take(may)).sites
    first = min(scored, key=lambda one: (-(one.people_gained or 0), str(one.id)))
    (best,) = np.flatnonzero(study.candidates.ids.astype(str) == first.id).tolist()
    page.click("#trial_buttons [data-tick=suggest]")
    assert str(study.candidates.names[best]) in opened.text("#trial_told")
    assert page.evaluate("planner.trial.chosen(0)") == [best]
    assert page.evaluate("document.activeElement.dataset.tick") == "suggest"


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("size", SIZES)
def test_ticks_change_figures_and_map(visit, sample_page, findings, words, size, language):
    opened = visit(sample_page, size)
    opened.speak(language)
    page = opened.page
    page.click("#button_siting")
    proposal = findings.proposals[0]
    assert page.locator("#sites .tick:checked").count() == len(proposal.sites)
    assert opened.text("#trial_result .big strong") == figures.share(proposal.sites[-1].share_after)
    covered = "planner.view.circles[0].order.filter(i => planner.letter(i) === 'c').length"
    now = findings.coverages[0].communities.covered
    gained = sum(len(site.communities_gained) for site in proposal.sites)
    assert page.evaluate(covered) == now + gained
    page.click("#trial_states [data-key=before]")
    assert page.evaluate(covered) == now
    page.click("#trial_states [data-key=after]")
    page.locator("#sites .tick").last.uncheck()
    assert opened.text("#trial_result .big strong") == figures.share(proposal.sites[-2].share_after)
    assert page.evaluate("document.activeElement.dataset.tick") == f"s{len(proposal.sites) - 1}"
    page.screenshot(path=SCREENSHOTS / f"{size}_{language}_trial.png")
    page.click("#trial_closing summary")
    page.locator("#trial_closing .tick").first.check()
    first = int(findings.coverages[0].facilities[0])
    lost = built(findings.study, "day_care_15", {site.candidate for site in proposal.sites[:-1]}, {first}).coverages[0]
    assert opened.text("#trial_result .big strong") == figures.share(lost.people.share)
    page.click("#trial_buttons [data-tick=reset]")
    assert opened.text("#trial_result .big strong") == figures.share(proposal.sites[-1].share_after)
    page.click("#button_overview")
    assert page.evaluate(covered) == now
    assert opened.text("#headline") == said(words.circles[0].headline, language)
    opened.assert_quiet()


def test_the_overview_tells_what_is_there_today(visit, sample_page, words):
    opened = visit(sample_page)
    page = opened.page
    before = opened.text("#short_list")
    page.click("#button_siting")
    page.locator("#proposals .segment").nth(1).click()
    page.click("#trial_states [data-key=before]")
    page.click("#trial_states [data-key=after]")
    page.click("#button_overview")
    assert opened.text("#short_list") == before
    assert opened.text("#more") == words.circles[0].show_all["u"]["zh"]


def test_a_card_follows_the_tab_and_the_ticks(visit, sample_page, findings):
    opened = visit(sample_page)
    page = opened.page
    site = findings.proposals[0].sites[0]
    community = str(findings.study.communities.names[site.communities_gained[0]])
    place = str(findings.study.candidates.names[site.candidate])
    page.click("#button_list")
    page.fill("#search", community)
    page.click("#long_list button.row")
    assert "未覆盖" in opened.text("#card")
    page.click("#button_siting")
    assert f"按所选方案新增覆盖：{place}" in opened.text("#card")
    assert "现状最近：" in opened.text("#card")
    assert "未覆盖" not in opened.text("#card")
    page.locator("#sites .tick").first.uncheck()
    assert "未覆盖" in opened.text("#card")
    assert "按所选方案" not in opened.text("#card")
    page.click("#button_overview")
    assert "未覆盖" in opened.text("#card")


def test_a_choice_in_the_address_says_what_it_left_out(visit, sample_page, findings):
    opened = visit(sample_page)
    page = opened.page
    choose(page, findings.coverages[0].circle.name, [str(findings.study.candidates.ids[0]), "nowhere"], [])
    assert "nowhere" in opened.text("#trial_told")
    opened.speak("en")
    assert "nowhere" in opened.text("#trial_told")
    page.locator("#proposals .segment").nth(1).click()
    assert not page.is_visible("#trial_told")


def test_the_tab_says_where_the_choice_parts_from_the_proposal(visit, sample_page, findings):
    opened = visit(sample_page)
    page = opened.page
    as_proposed, closed = "表中是原方案依次建成的结果", "停用的机构"
    page.click("#button_siting")
    assert as_proposed not in opened.text("#sites")
    assert "现有机构可达范围" in opened.text("#legend")
    page.locator("#sites .tick").first.uncheck()
    assert as_proposed in opened.text("#sites")
    page.locator("#sites .tick").first.check()
    assert as_proposed not in opened.text("#sites")
    assert closed not in opened.text("#legend")
    page.click("#trial_closing > summary")
    page.locator("#trial_closing .tick").first.check()
    assert as_proposed in opened.text("#sites")
    assert closed in opened.text("#legend")
    page.click("#trial_buttons [data-tick=suggest]")
    assert "已加入" in opened.text("#trial_told")
    page.click("#button_overview")
    page.locator("#services .segment").nth(2).click()
    page.click("#button_siting")
    assert not page.is_visible("#trial_told")
    assert "没有为这项服务、这一口径求解的布点方案" in opened.text("#proposal_result")
    count = len(findings.proposals[0].sites) + 1
    assert f"其他服务另选 {count} 处" in opened.text("#trial_result")


# What stands in the tab, with its ticks, as it is and as it is made anew by a change of language and back.
STANDING = """() => {
  function told() {
    const ticks = [...document.querySelectorAll("#tab_siting input[data-tick]")].map(one => [one.dataset.tick, one.checked]);
    const tab = document.getElementById("tab_siting");
    return [tab.innerHTML.split(' class=""').join(""), ticks, document.getElementById("tab_siting").innerText];
  }
  const first = told();
  document.getElementById("language").click();
  document.getElementById("language").click();
  return [first, told()];
}"""


def test_what_ticks_touch_stands_as_if_made_anew(visit, sample_page):
    page = visit(sample_page).page
    page.click("#button_siting")
    for folded in ("#trial_others", "#trial_closing", "#trial_table"):
        page.click(f"{folded} > summary")
    chance = random.Random(5)
    texts = set()
    for _ in range(8):
        for folded in ("#trial_others", "#trial_closing", "#sites"):
            boxes = page.query_selector_all(f"{folded} input[data-tick]")
            boxes[chance.randrange(len(boxes))].click()
        first, anew = page.evaluate(STANDING)
        assert first == anew
        texts.add(first[2])
    page.click("#trial_buttons [data-tick=clear]")
    first, anew = page.evaluate(STANDING)
    assert first == anew
    assert not any(on for _, on in first[1])
    assert len(texts) > 1, "ticks change what is told"


def test_a_candidate_is_taken_in_from_its_card(visit, sample_page, findings):
    opened = visit(sample_page)
    page = opened.page
    page.click("#button_siting")
    page.click("#trial_others summary")
    page.locator("#trial_others .row").first.click()
    before = len(page.evaluate("planner.trial.chosen(0)"))
    page.click("#card .button")
    assert len(page.evaluate("planner.trial.chosen(0)")) == before + 1
    page.click("#card .button")
    assert len(page.evaluate("planner.trial.chosen(0)")) == before
    opened.assert_quiet()


def test_the_choice_is_kept_in_a_file_and_in_the_address(visit, sample_page, findings, tmp_path):
    opened = visit(sample_page)
    page = opened.page
    page.click("#button_siting")
    page.click("#trial_buttons [data-tick=suggest]")
    page.click("#trial_closing summary")
    page.locator("#trial_closing .tick").first.check()
    figure = opened.text("#trial_result")
    with page.expect_download() as begun:
        page.locator("#trial_saving .link").nth(1).click()
    file = tmp_path / "choice.json"
    begun.value.save_as(file)
    told = json.loads(file.read_text(encoding="utf-8"))
    ids = {str(one) for one in findings.study.candidates.ids}
    assert told["schema_version"] == 1
    assert told["circle"] == findings.coverages[0].circle.name
    assert len(told["sites"]) == len(findings.proposals[0].sites) + 1
    assert set(told["sites"]) <= ids
    assert told["closed"] == [str(findings.study.facilities.ids[findings.coverages[0].facilities[0]])]
    page.reload()
    page.wait_for_selector(WHOLE)
    assert opened.text("#trial_result") == figure
    page.click("#trial_buttons [data-tick=clear]")
    assert opened.text("#trial_result") != figure
    page.set_input_files("#trial_file", file)
    page.wait_for_timeout(200)
    assert opened.text("#trial_result") == figure
    for text, said_of_it in (("{", "不是"), ('{"circle":"<b>x</b>","sites":[]}', "<b>x</b>"),
                             ('{"circle":"day_care_15","sites":["nowhere"]}', "nowhere")):  # fmt: skip
        file.write_text(text, encoding="utf-8")
        page.set_input_files("#trial_file", file)
        page.wait_for_timeout(200)
        assert said_of_it in opened.text("#trial_told")
    opened.assert_quiet()


def test_the_curve_says_what_the_sites_reach(visit, sample_page, findings):
    opened = visit(sample_page)
    page = opened.page
    page.click("#button_siting")
    rows = page.locator("#curve tbody tr")
    sites = findings.proposals[0].sites
    assert rows.count() == len(sites) + 1
    shares = [figures.share(findings.coverages[0].people.share)] + [figures.share(site.share_after) for site in sites]
    assert page.locator("#curve tbody td").all_text_contents() == shares
    assert page.locator("#curve svg circle.point").count() == len(shares)
    assert page.locator("#curve svg circle.mark").count() == 1


@pytest.fixture(scope="module")
def planned() -> Findings:
    """Return the sample with a curve of best answers and with sites in phases."""
    study = sample_district()
    curve = SitingTask(name="curve", circle="day_care_15", model="mclp", sites=4, curve=9, top_k=2)
    phases = (Phase(year=2026, sites=2), Phase(year=2028, sites=5))
    return run(
        replace(study, siting=(curve, SitingTask(name="phased", circle="day_care_15", model="mclp", phases=phases)))
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_curve_and_phases_of_a_study(visit, planned, tmp_path, language):
    path = tmp_path / "index.html"
    path.write_text(render(planned), encoding="utf-8")
    opened = visit(path)
    opened.speak(language)
    page = opened.page
    page.click("#button_siting")
    curve, phased = planned.proposals
    shares = {0: planned.coverages[0].people.share} | {one.sites: one.share for one in curve.curve}
    assert page.locator("#curve tbody td").all_text_contents() == [figures.share(shares[n]) for n in sorted(shares)]
    assert len(shares) == 10
    page.locator("#proposals .segment").nth(1).click()
    rows = page.locator("#phases tbody tr")
    for i, phase in enumerate(phased.phases):
        assert rows.nth(i).locator("td").all_text_contents() == [
            str(len(phase.candidates)),
            figures.share(phase.share_after),
        ]
        added = [planned.study.candidates.names[one] for one in phase.added]
        if language == "zh":
            assert all(name in rows.nth(i).text_content() for name in added)
        assert str(phase.year) in rows.nth(i).text_content()
    page.locator("#phases").scroll_into_view_if_needed()
    page.screenshot(path=SCREENSHOTS / f"desk_{language}_phases.png")
    opened.assert_quiet()
