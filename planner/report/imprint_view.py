"""What the page says at its foot: who publishes it, its approval number, and whose tiles may lie under its map."""

from __future__ import annotations

from dataclasses import dataclass

from planner.imprint import PageSettings
from planner.report.words import Text, Words

APPROVAL = "审图号"
"""How an approval number begins where it is printed in full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TilesView:
    """A background map from outside: its addresses, the lowest layer first, and whom to name."""

    layers: tuple[str, ...]
    attribution: str
    deepest_zoom: int
    served_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ImprintView:
    """The foot of the page; on paper a line to fill in stands for what is None."""

    publisher: Text | None
    approval: Text | None
    tiles: TilesView | None


def imprint_view(page: PageSettings, words: Words) -> ImprintView:
    """Return the foot of the page in words."""
    number = page.map_approval
    if number is not None and number.startswith(APPROVAL):
        number = number.removeprefix(APPROVAL).lstrip("：: ")
    tiles = page.tiles
    return ImprintView(
        publisher=None if page.publisher is None else words.text("imprint", "publisher", name=page.publisher),
        approval=None if number is None else words.text("imprint", "approval", number=number),
        tiles=None
        if tiles is None
        else TilesView(
            layers=tiles.layers,
            attribution=tiles.attribution,
            deepest_zoom=tiles.deepest_zoom,
            served_only=tiles.served_only,
        ),
    )
