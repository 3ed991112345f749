"""Who publishes the page, under which map approval number, and whose tiles may lie under its map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiles:
    """A background map that the page asks a host for.

    Parameters
    ----------
    layers
        Addresses over https with ``{z}``, ``{x}`` and ``{y}``, the lowest layer first, all on one host.
    datum
        Of the tiles: the page's own coordinates are moved into it.
    attribution
        Whom the tiles' licence asks to be named.
    deepest_zoom
        Beyond it the host has no tiles, and those of this zoom are stretched.
    served_only
        Whether the host refuses pages that are opened as files, which can't tell where they come from.
    """

    layers: tuple[str, ...]
    attribution: str
    datum: Literal["wgs84", "gcj02"] = "wgs84"
    deepest_zoom: int = 18
    served_only: bool = False

    @property
    def host(self) -> str:
        """Return scheme and host, as a content security policy names them.

        Examples
        --------
        >>> Tiles(layers=("https://tiles.example:8443/{z}/{x}/{y}.png",), attribution="Example").host
        'https://tiles.example:8443'
        """
        address = urlsplit(self.layers[0])
        return f"{address.scheme}://{address.netloc}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSettings:
    """What the page says of itself, ``[page]`` in a study file.

    Parameters
    ----------
    publisher
        The body that publishes the page.
    map_approval
        The number under which a public map was approved (审图号).
    tiles
        None where the page asks for nothing from outside.
    """

    publisher: str | None = None
    map_approval: str | None = None
    tiles: Tiles | None = None
