"""The plans' own sums against those worked out by hand in the shared table, and against the figures of the indicators."""

from __future__ import annotations

import csv
from collections import Counter

import pytest

from planner.audit import audit
from planner.sources import read_plan, read_plans

PLANS = ("botou", "heping", "huzhong", "quanzhou", "shijiazhuang")


@pytest.fixture(scope="module")
def by_hand(shared):
    with (shared / "plans" / "audit.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def found():
    return {(name, one.claim.claim): one for name in PLANS for one in audit(read_plan(name))}


def test_every_sum_comes_out_as_by_hand(by_hand, found):
    assert len(by_hand) == 65
    for row in by_hand:
        one = found[row["plan"], row["claim"]]
        digits = len(row["recomputed"].partition(".")[2])
        assert float(one.value) == pytest.approx(float(row["recomputed"]), abs=0.51 * 10**-digits), row["claim"]
        assert one.verdict == row["verdict"], row["claim"]


def test_every_sum_keeps_print_and_quotes(by_hand, found):
    for row in by_hand:
        claim = found[row["plan"], row["claim"]].claim
        assert list(claim.quotes) == row["quotes"].split(" | ")
        sign = "" if claim.operator == "=" else claim.operator
        printed = "" if claim.printed is None else f"{sign}{claim.printed.printed}"
        assert printed == row["printed"].replace("60.0", "60")


@pytest.mark.parametrize(
    ("plan", "claim", "words", "verdict"),
    [
        ("shijiazhuang", "SJZ-A12", "60 × 100 % + 202 × 60 % = 181.2 → 182; 182 − 104 = 78", "agrees"),
        ("shijiazhuang", "SJZ-A21", "19,380 × 50 % − 8,000 = 1,690", "agrees"),
        ("shijiazhuang", "SJZ-A13", "3 % × 2,300,000 = 69,000", "disagrees"),
        ("botou", "BT-A02", "370 ÷ (111,953 ÷ 19.51 %) × 1,000 = 0.6448", "disagrees"),
        ("botou", "BT-A03", "4.5 × 570,000 ÷ 1,000 = 2,565", "disagrees"),
        ("huzhong", "HZ-A08", "1,900.6 ÷ 20 × 100 = 9,503", "derived"),
        ("huzhong", "HZ-A10", "1,900.6 ÷ 15 × 100 = 12,670.6667", "disagrees"),
        ("quanzhou", "QZ-A02", "400 ÷ 30 × 100 = 1,333.3333 → 1,334", "derived"),
    ],
)
def test_the_sums_that_matter_most(plan, claim, words, verdict):
    one = next(one for one in audit(read_plan(plan)) if one.claim.id == claim)
    assert (one.sum, one.verdict) == (words, verdict)


def test_what_was_found_beyond_the_table(by_hand, found):
    beyond = [one for key, one in found.items() if key not in {(row["plan"], row["claim"]) for row in by_hand}]
    assert Counter(one.verdict for one in beyond) == {"derived": 4, "disagrees": 1, "agrees": 1}
    older = next(one for one in beyond if one.claim.id == "SJZ-A38")
    assert older.sum == "60,000 ÷ 3 % = 2,000,000"


def test_norms_claim_no_sums():
    assert all(not plan.claims and not plan.baselines for plan in read_plans().values() if plan.kind == "norm")
