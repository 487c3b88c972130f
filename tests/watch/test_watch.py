"""Watch, driven for real: files are saved, and what a browser is shown follows; nobody else is shown anything."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from derive.errors import DeriveError, NarrativeError
from derive.report.narrative.languages import Vocabulary
from derive.watch import Desk, Fault, Server, Watched, follow, host_page

OWN = """title = { en = "Mine" }
parameters = ["w"]
inputs = ["x"]
loss = "l"
initial = { h = 0 }
values = { w = 0.5, x = 1 }
[equations]
h = "tanh(x[t] + w*h[t-1])"
l = "h[t]**2"
"""
PATIENCE = 60
"""Seconds that a machine which does much else may take."""


class Watching:
    """The command, watching a file in a folder."""

    def __init__(self, folder: Path) -> None:
        """Start it, and wait for its address."""
        self.folder = folder
        command = [sys.executable, "-m", "derive", "watch", "mine.toml", "--steps", "1"]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.process = subprocess.Popen(command, cwd=folder, encoding="utf-8", **pipes)  # type: ignore[call-overload]
        address = self.process.stdout.readline().strip()
        self.host = address.removeprefix("http://").rstrip("/")
        self.connections: list[http.client.HTTPConnection] = []
        self.events = self.asked("/events")

    def asked(self, path: str, **headers: str) -> http.client.HTTPResponse:
        """What the server answers."""
        connection = http.client.HTTPConnection(self.host, timeout=PATIENCE)
        connection.request("GET", path, headers=headers)
        self.connections.append(connection)
        return connection.getresponse()

    def save(self, text: str) -> None:
        """Save the file as editors do, whole."""
        beside = self.folder / "mine.new"
        beside.write_text(text)
        beside.replace(self.folder / "mine.toml")

    def page(self) -> str:
        """The page that is shown."""
        return self.asked("/page").read().decode()

    def news(self) -> Any:
        """What comes next."""
        while True:
            line = self.events.readline().decode()
            if line.startswith("data: "):
                return json.loads(line.removeprefix("data: "))


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[Watching]:
    """The command watches a network, until the test is over."""
    (tmp_path / "mine.toml").write_text(OWN)
    found = Watching(tmp_path)
    yield found
    found.process.kill()
    found.process.communicate()
    found.events.close()
    for connection in found.connections:
        connection.close()


def test_a_page_follows_its_file(watching: Watching) -> None:
    """Saved, it is made anew; what is wrong is told with its line, while the last good page stays; Ctrl-C ends it."""
    assert watching.news() == {"version": 1, "made": 1, "fault": None}
    assert "Mine" in watching.page()
    watching.save(OWN.replace("Mine", "Saved <b>anew</b>"))
    assert watching.news()["made"] == 2
    assert "Saved &lt;b&gt;anew" in watching.page()
    watching.save(OWN.replace("w*h[t-1]", "u*h[t-1]"))
    news = watching.news()
    assert news["made"] == 2
    fault = news["fault"]
    assert fault["line"] == 8
    assert "u" in fault["message"]
    assert fault["lines"][fault["line"] - fault["first"]] == 'h = "tanh(x[t] + u*h[t-1])"'
    assert "Saved &lt;b&gt;anew" in watching.page()
    watching.save(OWN)
    assert watching.news()["fault"] is None
    watching.process.send_signal(signal.SIGINT)
    _, said = watching.process.communicate(timeout=PATIENCE)
    assert watching.process.returncode == 128 + signal.SIGINT
    assert said.splitlines()[1:] == ["derive: stopped"]
    assert said.startswith("derive: mine.toml: line 8: ")


@pytest.fixture
def served() -> Iterator[tuple[Desk, Server]]:
    """A desk that is served."""
    desk = Desk()
    server = Server(desk, (b"host", "default-src 'none'"))
    server.begin()
    yield desk, server
    server.end()


def status(server: Server, path: str, method: str = "GET", host: str | None = None) -> int:
    """How the server answers a request."""
    here = server.address.removeprefix("http://").rstrip("/")
    connection = http.client.HTTPConnection(here, timeout=PATIENCE)
    connection.request(method, path, headers={} if host is None else {"Host": host})
    answer = connection.getresponse()
    answer.close()
    connection.close()
    return answer.status


def test_what_breaks_off_is_no_fault(served: tuple[Desk, Server], capfd: pytest.CaptureFixture[str]) -> None:
    """A connection that is cut in the midst of a request, and a path that is none, leave nothing in the terminal."""
    _, server = served
    place = server.address.removeprefix("http://").rstrip("/")
    with socket.create_connection(("127.0.0.1", int(place.rpartition(":")[2]))) as cut:
        cut.sendall(b"GET / HTT")
        cut.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    with socket.create_connection(("127.0.0.1", int(place.rpartition(":")[2]))) as other:
        other.sendall(f"GET http://[ HTTP/1.0\r\nHost: {place}\r\n\r\n".encode())
        assert b" 404 " in other.recv(100)
    assert status(server, "/") == 200
    assert not capfd.readouterr().err


def test_only_its_own_pages_are_served(served: tuple[Desk, Server]) -> None:
    """The host page, and the page once there is one; no file, by no method, and to nobody who asked for another host."""
    desk, server = served
    assert (status(server, "/"), status(server, "/page")) == (200, 404)
    desk.put(b"a page")
    assert (status(server, "/page"), status(server, "/page?2")) == (200, 200)
    assert {status(server, path) for path in ("/mine.toml", "/../etc/passwd", "//page/x", "/events/")} == {404}
    assert status(server, "/", "POST") == 501
    port = server.address.rstrip("/").rpartition(":")[2]
    assert status(server, "/page", host=f"localhost:{port}") == 200
    for host in ("evil.example", f"evil.example:{port}", "127.0.0.1", f"127.0.0.1.evil.example:{port}"):
        assert {status(server, path, host=host) for path in ("/", "/page", "/events")} == {421}


def test_the_server_is_on_the_loopback_address(served: tuple[Desk, Server]) -> None:
    """And a port that is taken is refused with the remedy."""
    _, server = served
    assert server.address.startswith("http://127.0.0.1:")
    port = int(server.address.rstrip("/").rpartition(":")[2])
    with pytest.raises(Exception, match=rf"port {port} cannot be had .*--port names another"):
        Server(Desk(), (b"", ""), port)


def test_the_same_page_again_is_no_new_one() -> None:
    """A file that is saved as it was loads nothing anew, and neither does a fault."""
    desk = Desk()
    desk.put(b"one")
    desk.put(b"one")
    desk.complain(Fault("wrong"))
    assert desk.newer(0, 0) == {
        "version": 3,
        "made": 1,
        "fault": {"message": "wrong", "line": 0, "first": 0, "lines": ()},
    }
    assert desk.newer(3, 0) is None


def test_what_changes_is_noticed(tmp_path: Path) -> None:
    """A file that is written, replaced, removed, or new in a folder; the line of a message is that of its own file."""
    file, folder = tmp_path / "mine.toml", tmp_path / "templates"
    folder.mkdir()
    watched = Watched((file, folder))
    stamps = [watched.stamp()]
    for text in ("one\ntwo\nthree", "four"):
        file.write_text(text)
        stamps.append(watched.stamp())
    for text in ("", "number = 1"):
        (folder / "words.toml").write_text(text)
        stamps.append(watched.stamp())
    file.unlink()
    stamps.append(watched.stamp())
    assert len(set(stamps)) == len(stamps)
    file.write_text("one\ntwo\u202e\nthree")
    assert watched.around(f"{file}: line 2: wrong") == (2, 1, ("one", "two\\u202e", "three"))
    assert watched.around("other.toml: line 2: wrong") == (0, 0, ())


def test_the_host_page_lets_in_its_own_script_only() -> None:
    """By its hash, in the words of its language."""
    words = {f"watch_{key}": f"<{key}>" for key in ("title", "wrong", "kept", "waiting", "ended")}
    page, policy = host_page("en", words)
    assert b"<wrong>" not in page
    assert b"&lt;wrong&gt;" in page
    assert "default-src 'none'; script-src 'sha256-" in policy
    assert "unsafe" not in policy
    with pytest.raises(NarrativeError, match="the words of the exhibits lack watch_title"):
        host_page("xx", Vocabulary())


def test_files_are_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each change is made a page of, once, when whoever saves is done; what is wrong is told and put on the desk."""
    looks = iter([1, 1, 2, 3, 3, 3, 4, 4, 5, 5])
    made: list[int] = []
    told: list[str] = []

    class Looked(Watched):
        def stamp(self) -> Any:
            made_of.append(next(looks))
            return made_of[-1]

    def page() -> bytes:
        made.append(made_of[-1])
        if made[-1] == 3:
            raise DeriveError("mine.toml: wrong")
        return str(made[-1]).encode()

    made_of: list[int] = []
    desk = Desk()
    monkeypatch.setattr("derive.watch.following.LOOK_AGAIN", 0)
    with pytest.raises(StopIteration):
        follow(Looked(()), desk, page, lambda error: told.append(str(error)))
    assert made == [1, 3, 4, 5]
    assert told == ["mine.toml: wrong"]
    assert (desk.page, desk.made, desk.fault) == (b"5", 3, None)
