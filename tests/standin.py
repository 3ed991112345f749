"""A server on this machine that answers as Nominatim and Overpass do."""

from __future__ import annotations

import json
import threading
import xml.etree.ElementTree as ET
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote_plus


def overpass_answer(path: Path) -> dict[str, Any]:
    """Return the streets of an OpenStreetMap XML file, and their nodes, as Overpass tells them in JSON."""
    root = ET.parse(path).getroot()
    ways = [
        {
            "type": "way",
            "id": int(way.attrib["id"]),
            "nodes": [int(ref.attrib["ref"]) for ref in way.iter("nd")],
            "tags": {tag.attrib["k"]: tag.attrib["v"] for tag in way.iter("tag")},
        }
        for way in root.iter("way")
    ]
    ways = [way for way in ways if "highway" in way["tags"]]
    used = {ref for way in ways for ref in way["nodes"]}
    nodes = [
        {
            "type": "node",
            "id": int(n.attrib["id"]),
            "lat": float(n.attrib["lat"]),
            "lon": float(n.attrib["lon"]),
            "tags": {tag.attrib["k"]: tag.attrib["v"] for tag in n.iter("tag")},
        }
        for n in root.iter("node")
        if int(n.attrib["id"]) in used
    ]
    return {"version": 0.6, "elements": [*nodes, *ways]}


class Standin:
    """Answers a search for a place with a box, and every query for streets with one answer."""

    def __init__(self, *, overpass: dict[str, Any], box: tuple[float, float, float, float]) -> None:
        self.overpass, self.box = overpass, box
        self.known, self.status = True, 200
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _places(self) -> list[dict[str, Any]]:
        west, south, east, north = self.box
        ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
        place = {
            "place_id": 1,
            "osm_type": "relation",
            "osm_id": 1,
            "lat": str((south + north) / 2),
            "lon": str((west + east) / 2),
            "class": "boundary",
            "type": "administrative",
            "place_rank": 15,
            "importance": 0.5,
            "addresstype": "suburb",
            "name": "新街口",
            "display_name": "新街口, 南京市",
            "boundingbox": [str(south), str(north), str(west), str(east)],
            "geojson": {"type": "Polygon", "coordinates": [ring]},
        }
        return [place] if self.known else []

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        standin = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self) -> None:
                self._send(b"")

            def do_GET(self) -> None:
                self._send(json.dumps(standin._places()).encode())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                standin.asked.append(unquote_plus(body))
                ok = standin.status == 200
                self._send(json.dumps(standin.overpass).encode() if ok else b"out of order", standin.status)

            def _send(self, body: bytes, status: int = 200) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                """Stay quiet."""

        return Handler
