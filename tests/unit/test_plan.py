"""Plans as nouns: figures exact, milestones by year, conflicts by group."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.audit import amount, check, names_in, parse
from planner.plan import Claim, Figure, Indicator, Plan, Target


def an_indicator(**keys):
    return Indicator(
        **{"id": "X-01", "name": {"en": "x", "zh": "某"}, "kind": "ratio", "quote": "…", "clause": ""} | keys
    )


@pytest.mark.parametrize(
    ("given", "exact", "plain"),
    [
        (60, 60, 60),
        (Decimal("4.5"), Fraction(9, 2), 4.5),
        (1900.6, Fraction("1900.6"), 1900.6),
        (Decimal("60.0"), 60, 60),
        ("1/3", Fraction(1, 3), "1/3"),
        ("60 %", Fraction(3, 5), "60 %"),
        ([20, 30], 20, [20, 30]),
        (0, 0, 0),
    ],
)
def test_figures_are_exact_and_stay_as_printed(given, exact, plain):
    figure = Figure.of(given)
    assert figure.low == exact
    assert figure.plain() == plain


@pytest.mark.parametrize(
    "given",
    [
        True,
        None,
        "",
        "sixty",
        "1/0",
        "-1/3",
        -1,
        float("nan"),
        float("inf"),
        Decimal("nan"),
        [1],
        [3, 2],
        [1, 1],
        [1, "1/2"],
        [[1, 2], 3],
        {},
    ],
)
def test_bad_figures_are_refused(given):
    with pytest.raises(ValueError, match=r"\w"):
        Figure.of(given)


def test_a_range_is_met_from_its_lower_end():
    figure = Figure.of([20, 30])
    assert (figure.value, figure.high, figure.is_range, figure.printed) == (20.0, 30, True, "20–30")


def test_the_last_milestone_due_decides():
    path = an_indicator(values={2023: Figure.of(3.2), 2024: Figure.of(3.9), 2025: Figure.of(4.5)})
    assert path.target(2022) is None
    assert path.next_target(2022) == Target(2023, Figure.of(3.2))
    assert path.target(2024) == Target(2024, Figure.of(3.9))
    assert path.next_target(2024) == Target(2025, Figure.of(4.5))
    assert path.target(2030).year == 2025
    assert path.next_target(2025) is None
    assert path.target(None).year == 2025
    assert path.next_target(None) is None


def test_a_figure_without_a_year_is_due_at_once():
    always = an_indicator(values={None: Figure.of(30)})
    assert always.target(1990) == Target(None, Figure.of(30))
    assert always.next_target(1990) is None
    assert an_indicator().target(2025) is None


@given(
    st.dictionaries(st.integers(2000, 2100), st.integers(0, 9), max_size=5),
    st.integers(1990, 2110),
)
def test_due_and_next_split_the_path(values, year):
    path = an_indicator(values={key: Figure.of(value) for key, value in values.items()})
    due, later = path.target(year), path.next_target(year)
    assert (due.year if due else None) == max((one for one in values if one <= year), default=None)
    assert (later.year if later else None) == min((one for one in values if one > year), default=None)


def test_the_kind_of_residential_area_comes_from_the_scope():
    assert an_indicator(scope=("residential_area_new",)).area_type == "new"
    assert an_indicator(scope=("residential_area_built",)).area_type == "built"
    assert an_indicator(scope=("residential_area",)).area_type is None


def test_partners_dont_count():
    near = an_indicator(services=("elderly_home", "clinic"), partners=("clinic",))
    assert near.counted_services == ("elderly_home",)


def test_conflicts_are_grouped_in_order():
    one, two, three = (an_indicator(id=f"X-{n}", conflict_group=group) for n, group in enumerate(("a", None, "a")))
    plan = Plan(id="x", name={}, indicators=(one, two, three))
    assert plan.conflicts() == {"a": (one, three)}
    assert plan.indicator("X-1") is two
    assert plan.indicator("X-9") is None


def a_claim(formula, *, printed=None, **keys):
    figures = {"a": Figure.of(7), "b": Figure.of("50 %"), "zero": Figure.of(0)}
    printed = None if printed is None else Figure.of(printed)
    return Claim(id="x", claim="x", formula=formula, figures=figures, quotes=(), printed=printed, **keys)


@pytest.mark.parametrize(
    ("formula", "value", "words"),
    [
        ("a * b", Fraction(7, 2), "7 × 50 % = 3.5"),
        ("ceil(a * b)", 4, "7 × 50 % = 3.5 → 4"),
        ("ceil(a * b) - 1", 3, "7 × 50 % = 3.5 → 4; 4 − 1 = 3"),
        ("ceil(a / 2) + ceil(a / 3)", 7, "7 ÷ 2 = 3.5 → 4; 7 ÷ 3 = 2.3333 → 3; 4 + 3 = 7"),
        ("ceil(ceil(a / 2) / 3)", 2, "7 ÷ 2 = 3.5 → 4; 4 ÷ 3 = 1.3333 → 2"),
        ("a - (1 - b)", Fraction(13, 2), "7 − (1 − 50 %) = 6.5"),
        ("(a + 1) * 2", 16, "(7 + 1) × 2 = 16"),
        ("a / (2 * b)", 7, "7 ÷ (2 × 50 %) = 7"),
        ("a", 7, "7"),
        ("0.1 + 0.2", Fraction(3, 10), "0.1 + 0.2 = 0.3"),
    ],
)
def test_formulas_are_worked_out_exactly_and_shown(formula, value, words):
    found = check(a_claim(formula), {})
    assert found.value == value
    assert found.sum == words
    assert found.verdict == "derived"


@pytest.mark.parametrize(
    "formula",
    [
        "",
        "a +",
        "a ** 9",
        "a // 2",
        "-a",
        "a if a else b",
        "a.real",
        "a[0]",
        "'a'",
        "True",
        "1j",
        "1e999",
        "ceil",
        "ceil(a, b)",
        "ceil(x=a)",
        "floor(a)",
        "__import__('os')",
        "lambda: a",
        "(a := 1)",
        "a < b",
        "(" * 250 + "a" + ")" * 250,
        "1+" * 400 + "1",
        "a / zero",
        "a / (a - 7)",
        "unknown + 1",
    ],
)
def test_formulas_are_arithmetic_and_nothing_else(formula):
    with pytest.raises(ValueError, match=r"\w"):
        check(a_claim(formula), {})


@pytest.mark.parametrize(
    ("printed", "keys", "verdict"),
    [
        (3.5, {}, "agrees"),
        (4, {}, "agrees"),  # rounded
        (3, {}, "agrees"),  # cut off
        (3.6, {}, "disagrees"),
        (3.6, {"tolerance": Fraction(1, 10)}, "agrees"),
        (3.5, {"operator": ">"}, "disagrees"),
        (3.5, {"operator": ">="}, "agrees"),
        (3.5, {"operator": "<"}, "disagrees"),
        (3.5, {"operator": "<="}, "agrees"),
        ([3, 4], {}, "agrees"),
        (9, {"other_denominator": True}, "different denominator"),
    ],
)
def test_verdicts(printed, keys, verdict):
    assert check(a_claim("a * b", printed=printed, **keys), {}).verdict == verdict


def test_a_claims_own_figures_go_before_baselines():
    assert check(a_claim("a + c"), {"a": Figure.of(100), "c": Figure.of(1)}).value == 8


def test_names_and_numbers():
    assert names_in("ceil(a * b) - a") == ("a", "b")
    assert parse("1 + 2") is not None
    assert amount(Fraction(-7, 2)) == "-3.5"
    assert amount(Fraction(1, 30000)) == "0"
