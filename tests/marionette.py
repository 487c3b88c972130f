"""Firefox, driven by the protocol it speaks itself: Marionette, messages of JSON behind their length on a socket.

Neither a driver nor a package is needed, so the tests of a page run in Debian's Firefox wherever it is installed.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any, Self

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
START = 60.0
"""In seconds: a cold start on a busy machine."""


class Firefox:
    """A Firefox without a window, with a profile of its own; use it as a context."""

    def __init__(self, folder: Path) -> None:
        """Start it, with its profile in a folder."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        (folder / "user.js").write_text(f'user_pref("marionette.port", {port});\n', encoding="utf-8")
        command = [str(FIREFOX), "--headless", "--marionette", "--no-remote", "--profile", str(folder)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._socket = self._connected(port)
        self._file = self._socket.makefile("rb")
        self._said = 0
        self._read()
        self.ask("WebDriver:NewSession", capabilities={})

    def _connected(self, port: int) -> socket.socket:
        end = time.monotonic() + START
        while True:
            try:
                return socket.create_connection(("127.0.0.1", port), timeout=START)
            except OSError:
                if time.monotonic() > end:
                    self._process.kill()
                    self._process.wait()
                    raise
                time.sleep(0.1)

    def _read(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            length += self._file.read(1)
        return json.loads(self._file.read(int(length[:-1])))

    def ask(self, command: str, **given: Any) -> Any:
        """Send a command; return what it answers, or fail with what it complains of."""
        self._said += 1
        text = json.dumps([0, self._said, command, given]).encode()
        self._socket.sendall(b"%d:%b" % (len(text), text))
        _, _, fault, answer = self._read()
        assert fault is None, fault["message"]
        return answer["value"] if isinstance(answer, dict) and set(answer) == {"value"} else answer

    def open(self, path: Path) -> None:
        """Open a file as a page."""
        self.ask("WebDriver:Navigate", url=path.as_uri())

    def run(self, expression: str) -> Any:
        """What an expression of JavaScript is worth on the page."""
        return self.ask("WebDriver:ExecuteScript", script=f"return {expression}", args=[], sandbox=None)

    def press(self, selector: str, keys: str) -> None:
        """Type into an element, which is given the focus."""
        (element,) = self.ask("WebDriver:FindElement", using="css selector", value=selector).values()
        self.ask("WebDriver:ElementSendKeys", id=element, text=keys)

    def resize(self, width: int, height: int) -> None:
        """Make the page so wide and high."""
        self.ask("WebDriver:SetWindowRect", width=width, height=height)
        extra = [self.run(f"{size} - window.inner{name}") for size, name in ((width, "Width"), (height, "Height"))]
        self.ask("WebDriver:SetWindowRect", width=width + extra[0], height=height + extra[1])

    def screenshot(self) -> str:
        """The page as it is seen, as PNG in base64."""
        return str(self.ask("WebDriver:TakeScreenshot", full=False, hash=False))

    def __enter__(self) -> Self:
        """It is open."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it."""
        self._file.close()
        self._socket.close()
        self._process.terminate()
        self._process.wait()
