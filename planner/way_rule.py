"""Rules on tags: which ways and nodes a traveller may use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Use = Literal["open", "ends_only", "barred"]
Where = Mapping[str, tuple[str, ...]]
"""By tag key, the values that match (``*`` any value, ``!`` none at all); every key must match."""


@dataclass(frozen=True, slots=True)
class WayRule:
    """Ways (or nodes) whose tags match ``where`` are put to ``use``; the first rule that matches decides.

    ``where`` gives, by tag key, the values that match (``*`` any value, ``!`` none at all); every key must match. A
    tag of several values (``footway;cycleway``) matches by any of them.
    """

    where: Where
    use: Use
    why: str = ""


def use_of(tags: Mapping[str, str], rules: Sequence[WayRule], *, otherwise: Use) -> Use:
    """Return what tags are put to by the first rule that matches them."""
    return next((rule.use for rule in rules if any_matches(tags, (rule.where,))), otherwise)


def any_matches(tags: Mapping[str, str], clauses: Sequence[Where]) -> bool:
    """Return whether tags match any of some clauses."""
    return any(all(_matches(tags.get(key, ""), values) for key, values in where.items()) for where in clauses)


@lru_cache(maxsize=10_000)  # streets differ in few values, rules in fewer
def _matches(value: str, wanted: tuple[str, ...]) -> bool:
    parts = [part.strip() for part in value.split(";")] if value else []
    return any(
        (want == "*" and bool(parts)) or (want == "!" and not parts) or want in parts  # any, none, or this value
        for want in wanted
    )
