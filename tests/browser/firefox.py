"""Firefox driven through Marionette, the remote control that every Firefox has: JSON over a local socket."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

START_S = 60  # a first start makes its profile


def find() -> str | None:
    """Return where Firefox lies, None where it doesn't."""
    named = os.environ.get("PLANNER_FIREFOX")
    return named or next((path for path in map(shutil.which, ("firefox", "firefox-esr")) if path), None)


class Firefox:
    """One Firefox without a window, with a profile of its own.

    ``offline`` is set in its profile, and its proxy leads nowhere, so it reaches no network.
    """

    def __init__(self, path: str, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        settings = {
            "marionette.port": self._port,
            "browser.shell.checkDefaultBrowser": False,
            "datareporting.policy.dataSubmissionEnabled": False,
            "app.update.enabled": False,
            "network.proxy.type": 1,
            "network.proxy.http": "127.0.0.1",
            "network.proxy.http_port": 9,
            "network.proxy.ssl": "127.0.0.1",
            "network.proxy.ssl_port": 9,
        }
        lines = [f'user_pref("{key}", {json.dumps(value)});' for key, value in settings.items()]
        (folder / "user.js").write_text("\n".join(lines), encoding="utf-8")
        command = [path, "--headless", "--marionette", "--no-remote", "--profile", str(folder)]
        environment = {**os.environ, "MOZ_HEADLESS": "1", "HOME": str(folder)}
        self._process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._count = 0
        try:
            self._socket = self._connected()
            self._read()  # who it is
            self.ask("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {"acceptInsecureCerts": False}}})
        except BaseException:
            self.close()
            raise

    def ask(self, command: str, parameters: dict[str, Any]) -> Any:
        """Send a command; return its answer."""
        self._count += 1
        text = json.dumps([0, self._count, command, parameters]).encode()
        self._socket.sendall(str(len(text)).encode() + b":" + text)
        _, _, error, answer = self._read()
        assert error is None, error
        return answer

    def open(self, path: Path) -> None:
        """Open a page; return when it is whole."""
        self.ask("WebDriver:Navigate", {"url": path.as_uri()})
        end = time.monotonic() + START_S
        while self.run("return document.documentElement.dataset.drawn;") != "whole":
            assert time.monotonic() < end, "the page doesn't get whole"
            time.sleep(0.05)

    def run(self, script: str, *arguments: Any) -> Any:
        """Return what the body of a function returns, run with the rights of the page."""
        answer = self.ask("WebDriver:ExecuteScript", {"script": script, "args": list(arguments), "newSandbox": False})
        return answer["value"]

    def close(self) -> None:
        if hasattr(self, "_socket"):
            self._socket.close()
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _connected(self) -> socket.socket:
        end = time.monotonic() + START_S
        while True:
            try:
                return socket.create_connection(("127.0.0.1", self._port), timeout=START_S)
            except OSError:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def _read(self) -> Any:
        size = b""
        while not size.endswith(b":"):
            size += self._some(1)
        left, text = int(size[:-1]), b""
        while len(text) < left:
            text += self._some(left - len(text))
        return json.loads(text)

    def _some(self, most: int) -> bytes:
        found = self._socket.recv(most)
        if not found:
            raise ConnectionError("Firefox has gone")
        return found
