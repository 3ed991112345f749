"""Take the picture of the page for the README: `.venv/bin/python docs/pictures/take.py`, once `make test` has been run.

Runs the demo into a temporary folder, opens its page in Chromium (``PLANNER_CHROMIUM``, or one of the usual paths) in a
window of 1366 x 768, and writes ``page.png`` beside this file.
"""

# ruff: noqa: INP001  a script, no package
from __future__ import annotations

import base64
import os
import shutil
import struct
import sys
import tempfile
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
from playwright.sync_api import sync_playwright

import planner

WIDTH, HEIGHT = 1366, 768
PICTURE = Path(__file__).with_name("page.png")
LARGEST_BYTES = 400_000  # what a README can ask of a reader's connection
SETTLED_MS = 1500  # the map has drawn itself by then

COLOURS = 256  # what a byte a pixel can tell apart

DECODE = """async source => {
  const image = new Image();
  image.src = source;
  await image.decode();
  const paper = new OffscreenCanvas(image.width, image.height).getContext("2d");
  paper.drawImage(image, 0, 0);
  const bytes = paper.getImageData(0, 0, image.width, image.height).data;
  return btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(""));
}"""
"""Lets the browser read its own picture: four bytes a pixel."""


def main() -> None:
    """Take the picture, in English, as the README is."""
    chromium = os.environ.get("PLANNER_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    study = replace(planner.sample_district(), language="en")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page_path = planner.write(planner.run(study), Path(folder) / "demo")
        browser = playwright.chromium.launch(executable_path=chromium)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, offline=True)
        page.goto(page_path.as_uri())
        page.wait_for_timeout(SETTLED_MS)
        taken = base64.b64encode(page.screenshot()).decode()
        blank = browser.new_page()  # without the content security policy of the page
        pixels = base64.b64decode(blank.evaluate(DECODE, f"data:image/png;base64,{taken}"))
        browser.close()
    PICTURE.write_bytes(as_png(np.frombuffer(pixels, np.uint8).reshape(HEIGHT, WIDTH, 4)[:, :, :3].astype(np.int64)))
    size = PICTURE.stat().st_size
    print(f"{PICTURE}: {size / 1000:.0f} kB", file=sys.stderr)  # noqa: T201  a script's own word
    if size > LARGEST_BYTES:
        sys.exit(f"the picture is larger than {LARGEST_BYTES / 1000:.0f} kB")


def as_png(rgb: np.ndarray) -> bytes:
    """Return a picture as PNG with a palette of its commonest colours, a third of the size of one with all of them."""
    packed = rgb @ np.array([65536, 256, 1])
    found, which, count = np.unique(packed, return_inverse=True, return_counts=True)
    palette = found[np.sort(np.argsort(-count, kind="stable")[:COLOURS])]
    parts, kept = (np.column_stack([of >> 16, of >> 8 & 255, of & 255]) for of in (found, palette))
    nearest = np.array([np.abs(kept - part).sum(axis=1).argmin() for part in parts], np.uint8)
    rows = np.pad(nearest[which].reshape(packed.shape), ((0, 0), (1, 0)))  # each row begins with its filter, 0 for none
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 3, 0, 0, 0)  # 8 bits a pixel, 3: by palette
    chunks = (
        (b"IHDR", head),
        (b"PLTE", kept.astype(np.uint8).tobytes()),
        (b"IDAT", zlib.compress(rows.tobytes(), 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


if __name__ == "__main__":
    main()
