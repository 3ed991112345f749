"""A plan's own arithmetic, checked from its own figures: each sum that it prints, worked out again."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from planner.plan import Claim, Figure, Plan

Verdict = Literal["agrees", "disagrees", "different denominator", "derived"]
Named = Mapping[str, Figure]

MAX_FORMULA = 300
"""So many characters may a formula have: a sum in a plan is a line, and a parser must not be overrun."""

_SIGNS: Mapping[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "−", ast.Mult: "×", ast.Div: "÷"}
_RANKS: Mapping[type[ast.operator], int] = {ast.Add: 1, ast.Sub: 1, ast.Mult: 2, ast.Div: 2}
_CEIL = "ceil"
_DECIMALS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFinding:
    """One claim, worked out again.

    Parameters
    ----------
    value
        What the formula comes to, exactly.
    verdict
        ``derived`` where the plan prints nothing to compare with.
    sum
        The sum as people write it, such as ``60 × 100 % + 202 × 60 % = 181.2 → 182; 182 − 104 = 78``.
    """

    claim: Claim
    value: Fraction
    verdict: Verdict
    sum: str


def audit(plan: Plan) -> tuple[AuditFinding, ...]:
    """Work out every claim of a plan again, in the plan's order.

    Raises
    ------
    ValueError
        A formula is at fault; a plan that was read from a file has none that is.
    """
    baselines = baseline_figures(plan)
    return tuple(check(claim, baselines) for claim in plan.claims)


def check(claim: Claim, baselines: Named) -> AuditFinding:
    """Work out one claim; names that it doesn't give itself are baselines.

    Raises
    ------
    ValueError
        The formula is no arithmetic, names a figure that isn't there, or divides by zero.

    Examples
    --------
    >>> figures = {"streets": Figure.of(60), "rate": Figure.of("60 %"), "towns": Figure.of(202), "now": Figure.of(104)}
    >>> gap = Claim(id="a", claim="centres to build", formula="ceil(streets + towns * rate) - now", figures=figures,
    ...             quotes=(), printed=Figure.of(78))
    >>> found = check(gap, {})
    >>> found.sum, found.verdict
    ('60 + 202 × 60 % = 181.2 → 182; 182 − 104 = 78', 'agrees')
    """
    tree, named = parse(claim.formula), {**baselines, **claim.figures}
    value = _value(tree, named)
    return AuditFinding(claim=claim, value=value, verdict=_verdict(claim, value), sum=_in_words(tree, named, value))


def parse(formula: str) -> ast.expr:
    """Return the tree of a formula: names, numbers, ``+ - * /``, brackets and ``ceil()`` of one argument.

    Raises
    ------
    ValueError
        It is anything else.
    """
    if len(formula) > MAX_FORMULA:
        raise ValueError(f"it is longer than {MAX_FORMULA} characters")
    try:
        tree = ast.parse(formula.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError("it is no arithmetic") from None
    _judge(tree)
    return tree


def names_in(formula: str) -> tuple[str, ...]:
    """Return the figures that a formula names, sorted.

    Examples
    --------
    >>> names_in("ceil(streets * rate) - now")
    ('now', 'rate', 'streets')
    """
    return tuple(sorted({node.id for node in ast.walk(parse(formula)) if isinstance(node, ast.Name)} - {_CEIL}))


def baseline_figures(plan: Plan) -> dict[str, Figure]:
    """Return a plan's baselines as formulas see them: those in ``%`` are hundredths, written with the sign."""
    return {
        one.name: Figure.of(f"{one.value.printed} %") if one.unit == "%" else one.value
        for one in plan.baselines
        if not one.value.is_range
    }


def amount(value: Fraction) -> str:
    """Return a number as people read it: thousands with commas, at most four decimals.

    Examples
    --------
    >>> amount(Fraction("1812/10")), amount(Fraction(69000)), amount(Fraction(2, 3))
    ('181.2', '69,000', '0.6667')
    """
    if value.denominator == 1:
        return f"{value.numerator:,}"
    unit = 10**_DECIMALS
    rounded = Fraction(math.floor(value * unit + Fraction(1, 2)), unit)
    whole, _, rest = f"{float(rounded):,.{_DECIMALS}f}".partition(".")
    return f"{whole}.{rest}".rstrip("0").rstrip(".")


def _judge(node: ast.AST) -> None:
    """Raise ValueError at the first part of a formula that isn't arithmetic."""
    match node:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _SIGNS:
            _judge(left)
            _judge(right)
        case ast.Call(func=ast.Name(id="ceil"), args=[inside], keywords=[]):
            _judge(inside)
        case ast.Name(id=name):
            if name == _CEIL:
                raise ValueError("ceil stands without its brackets")
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool) and math.isfinite(value):
            pass
        case _:
            raise ValueError("only + - * /, brackets, numbers, names of figures and ceil() are known")


def _value(node: ast.expr, named: Named) -> Fraction:
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            first, second = _value(left, named), _value(right, named)
            if isinstance(op, ast.Div) and second == 0:
                raise ValueError("it divides by zero")
            return _calculated(op, first, second)
        case ast.Call(args=[inside]):
            return Fraction(math.ceil(_value(inside, named)))
        case ast.Name(id=name):
            if name not in named:
                raise ValueError(f"figure '{name}' isn't given")
            return named[name].low
        case ast.Constant(value=value):
            return Fraction(str(value))
        case _:  # parse() lets nothing else through
            raise ValueError("it is no arithmetic")


def _calculated(op: ast.operator, first: Fraction, second: Fraction) -> Fraction:
    match op:
        case ast.Add():
            return first + second
        case ast.Sub():
            return first - second
        case ast.Mult():
            return first * second
        case _:
            return first / second


def _verdict(claim: Claim, value: Fraction) -> Verdict:
    if claim.printed is None:
        return "derived"
    if claim.other_denominator:
        return "different denominator"
    return "agrees" if _agrees(claim, claim.printed, value) else "disagrees"


def _agrees(claim: Claim, printed: Figure, value: Fraction) -> bool:
    bounds = {
        ">=": value >= printed.low,
        "<=": value <= printed.low,
        ">": value > printed.low,
        "<": value < printed.low,
    }
    if claim.operator in bounds:
        return bounds[claim.operator]
    if claim.tolerance is not None:
        return abs(value - printed.low) <= claim.tolerance
    if printed.is_range:
        return printed.low <= value <= printed.high
    unit = 10 ** len(printed.printed.partition(".")[2])  # the printed digits, whether rounded or cut off
    return printed.low in (
        Fraction(math.floor(value * unit + Fraction(1, 2)), unit),
        Fraction(math.floor(value * unit), unit),
    )


def _in_words(tree: ast.expr, named: Named, value: Fraction) -> str:
    """Return the sum in steps: what is rounded up first, then the whole."""
    rounded: dict[ast.AST, Fraction] = {}
    steps = []
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: node.end_col_offset or 0):  # an inner one ends before its outer one
        inside = call.args[0]
        before = _value(inside, named)
        rounded[call] = Fraction(math.ceil(before))
        written = _written(inside, named, rounded)
        steps.append(f"{written} = {amount(before)} → {amount(rounded[call])}")
    if not isinstance(tree, ast.Call):
        written = _written(tree, named, rounded)
        steps.append(written if isinstance(tree, ast.Name) else f"{written} = {amount(value)}")
    return "; ".join(steps)


def _written(node: ast.expr, named: Named, rounded: Mapping[ast.AST, Fraction]) -> str:
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            first, second = _written(left, named, rounded), _written(right, named, rounded)
            rank = _RANKS[type(op)]
            if isinstance(left, ast.BinOp) and _RANKS[type(left.op)] < rank:
                first = f"({first})"
            if isinstance(right, ast.BinOp) and _RANKS[type(right.op)] <= rank:
                second = f"({second})"
            return f"{first} {_SIGNS[type(op)]} {second}"
        case ast.Call():
            return amount(rounded[node])
        case ast.Name(id=name):
            figure = named[name]
            return figure.printed if "%" in figure.printed or "/" in figure.printed else amount(figure.low)
        case _:
            return amount(_value(node, named))
