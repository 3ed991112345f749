"""Names that try to run code come out as those very characters, and nothing runs."""

from __future__ import annotations

from tests.browser.conftest import held
from tests.browser.hostile import NAMES


def test_every_name_is_shown_literally(visit, hostile_page, hostile_findings):
    study = hostile_findings.study
    opened = visit(hostile_page)
    page = opened.page
    assert opened.text("#name") == study.name
    assert page.evaluate("document.querySelector('title').textContent") == study.name
    assert opened.text("#attribution") == " · ".join(NAMES)
    assert set(page.locator("#services .segment").all_text_contents()) == {circle.service for circle in study.circles}
    for language in ("zh", "en"):
        opened.speak(language)
        assert study.circles[0].service in opened.text("#headline")
        assert study.circles[0].name in opened.text("#method")
        assert all(name in opened.text("#issues") for name in NAMES if name.isprintable())
        assert all(name in opened.text("#method table") for name in NAMES)
        page.click("#button_list")
        shown = page.evaluate(
            "Array.from(document.querySelectorAll('#long_list .row > span:not(.icon)')).map(one => one.firstChild.nodeValue)"
        )
        assert set(shown) == set(study.communities.names)
        stories = opened.text("#long_list")
        nearest = {study.facilities.names[i] for i in hostile_findings.coverages[0].nearest if i >= 0}
        assert all(name in stories for name in nearest)
        page.click("#button_siting")
        for number, proposal in enumerate(hostile_findings.proposals):
            if page.locator("#proposals .segment").count():
                page.locator("#proposals .segment").nth(number).click()
            assert proposal.name in opened.text("#proposal_method")
            shown = opened.text("#sites")
            assert all(study.candidates.names[site.candidate] in shown for site in proposal.sites)
        for folded in ("#trial_others", "#trial_closing", "#trial_table"):
            page.evaluate("id => { document.querySelector(id).open = true; }", folded)
        page.wait_for_timeout(100)
        tried = opened.text("#sites") + opened.text("#trial_others") + opened.text("#trial_closing")
        assert all(study.candidates.names[i] in tried for i in page.evaluate("planner.trial.here().candidates"))
        assert all(study.facilities.names[i] in tried for i in hostile_findings.coverages[0].facilities)
        assert all(name in opened.text("#trial_table") for name in study.areas.names[:3])
        page.click("#button_overview")
    assert page.evaluate("window.alerts") == 0
    assert page.locator("img").count() == 0
    assert page.locator("body script:not([type])").count() == 2
    opened.assert_quiet()


def test_names_on_the_map_and_in_cards(visit, hostile_page, hostile_findings):
    study = hostile_findings.study
    opened = visit(hostile_page)
    page = opened.page
    painted = page.evaluate("window.painted")
    labels = {name.removesuffix("社区") for name in study.communities.names} | set(study.candidates.names)
    assert len(labels & set(painted)) > len(NAMES)
    for i in range(len(NAMES)):
        page.evaluate("document.getElementById('button_list').click()")
        page.locator(f'#long_list tr.told[data-community="{i}"] button').click()
        assert study.communities.names[i] in opened.text("#card h2")
    for i in range(min(len(NAMES), len(study.facilities))):
        page.evaluate(
            """([lat, lon]) => {
                 const map = window[document.querySelector(".folium-map").id], at = L.latLng(lat, lon);
                 const point = map.latLngToLayerPoint(at);
                 map.fire("mousemove", {latlng: at, layerPoint: point});
                 map.fire("click", {latlng: at, layerPoint: point});
               }""",
            [float(study.facilities.lat[i]), float(study.facilities.lon[i])],
        )
    assert page.evaluate("window.alerts") == 0
    opened.assert_quiet()


def test_data_blocks_hold_the_very_characters(hostile_page, hostile_findings):
    text = hostile_page.read_text(encoding="utf-8")
    words, _ = held(text)
    study = hostile_findings.study
    assert words["name"] == study.name
    assert words["areas"]["names"] == list(study.areas.names)
    assert words["facilities"]["names"] == list(study.facilities.names)
    assert words["candidates"]["names"] == list(study.candidates.names)
    assert [circle["name"] for circle in words["circles"]] == [circle.name for circle in study.circles]


def test_policy_blocks_what_gets_in_all_the_same(visit, sample_page):
    opened = visit(sample_page)
    blocked = opened.page.evaluate(
        """() => new Promise(resolve => {
             const seen = [];
             document.addEventListener("securitypolicyviolation", event => seen.push(event.effectiveDirective));
             document.body.insertAdjacentHTML("beforeend", '<img src="data:," onerror="window.ran = 1">');
             const script = document.createElement("script");
             script.textContent = "window.ran = 2";
             document.body.appendChild(script);
             const image = new Image();
             image.src = "https://example.org/a.png";
             document.body.appendChild(image);
             setTimeout(() => resolve(seen), 300);
           })"""
    )
    assert {"script-src-attr", "script-src-elem", "img-src"} <= set(blocked)
    assert opened.page.evaluate("window.ran") is None
    assert opened.requests == []
