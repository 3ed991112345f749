"""``[page]`` of a study file: who publishes the page, and the background map that it may ask a host for."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from planner.imprint import PageSettings, Tiles
from planner.sources.geodata import geodata_path
from planner.sources.study_settings import PageSection, Settings
from planner.sources.suggest import listing, shown, which

HOST = (
    r"https://(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?::[0-9]{1,5})?"
)
"""A host, with a port where it has one: it goes into the page's security policy, so nothing else may."""

REST = r"/[A-Za-z0-9._~:/?@!$&*+,=%{}-]*"
"""Path and query: what an address may hold without being quoted."""

ADDRESS = re.compile(HOST + REST)
PLACES = ("{z}", "{x}", "{y}")
KEY = re.compile(r"[A-Za-z0-9_-]+")
OF_ADDRESS = ("tiles_datum", "tiles_attribution")
"""Keys that only a user's own address needs."""


def as_page(settings: Settings) -> PageSettings:
    """Return what ``[page]`` says, with a fault at the line of each key that can't be used."""
    section = settings.page
    return PageSettings(publisher=section.publisher, map_approval=section.map_approval, tiles=_tiles(settings, section))


def _tiles(settings: Settings, section: PageSection) -> Tiles | None:
    known = tomllib.loads(geodata_path("tiles.toml").read_text(encoding="utf-8"))
    given = section.tiles
    wanted = set(OF_ADDRESS) if given is not None and given not in known else {known.get(given or "", {}).get("key")}
    for key in ("tianditu_key", *OF_ADDRESS):
        if getattr(section, key) is not None and key not in wanted and settings.is_whole("page"):
            message = f"{key} isn't used: tiles " + ("is left out" if given is None else f"is '{shown(given)}'")
            settings.warn(("page", key), "unused_key", message, f"take {key} out")
    if given is None:
        return None
    return _known(settings, section, given, known[given]) if given in known else _own(settings, section, known)


def _known(settings: Settings, section: PageSection, name: str, source: dict[str, Any]) -> Tiles | None:
    """Return the tiles of a source that ``geodata/tiles.toml`` describes."""
    key, name_of_key = "", source.get("key")
    if name_of_key is not None:
        key = getattr(section, name_of_key) or ""
        if not KEY.fullmatch(key):
            if key or settings.is_whole("page"):
                at, what = (("page", name_of_key), "isn't a key") if key else (("page",), "is missing")
                remedy = f'write {name_of_key} = "…" with the letters and digits that the service gave you'
                settings.fault(at, "bad_value", f"tiles '{name}': {name_of_key} {what}", remedy)
            return None
    if source.get("served_only"):
        message = f"tiles '{name}' show on a website only: its host refuses pages that are opened as files"
        settings.warn(("page", "tiles"), "tiles_served_only", message, "put the page on a website, or name another")
    return Tiles(
        layers=tuple(layer.replace("{key}", key) for layer in source["layers"]),
        attribution=source["attribution"],
        deepest_zoom=source["deepest_zoom"],
        served_only=source.get("served_only", False),
    )


def _own(settings: Settings, section: PageSection, known: dict[str, Any]) -> Tiles | None:
    """Return tiles of the user's own address."""
    address = section.tiles or ""
    fault = _fault_of(address)
    if fault is not None:
        remedy = which(address, known) if re.fullmatch(r"\w+", address) else 'write "https://HOST/…/{z}/{x}/{y}.png"'
        if not remedy.startswith("did"):
            remedy = f"{remedy}; known names are {listing(known)}"
        settings.fault(("page", "tiles"), "bad_tiles", f"tiles '{shown(address)}': {fault}", remedy)
        return None
    if section.tiles_attribution is None:
        if settings.is_whole("page"):
            remedy = 'add tiles_attribution = "© …", as the licence of the tiles asks'
            settings.fault(("page", "tiles"), "missing_key", "tiles of one's own need tiles_attribution", remedy)
        return None
    return Tiles(layers=(address,), attribution=section.tiles_attribution, datum=section.tiles_datum or "wgs84")


def _fault_of(address: str) -> str | None:
    """Return what is wrong with an address, None where nothing is."""
    if not address.startswith("https://"):
        return "this is no address over https"
    if not ADDRESS.fullmatch(address):
        return "a host or a character in it can't be part of an address"
    lacking = [place for place in PLACES if place not in address]
    if lacking:
        return f"it lacks {', '.join(lacking)}"
    for place in PLACES:
        address = address.replace(place, "")
    return "it has braces other than {z}, {x} and {y}" if "{" in address or "}" in address else None
