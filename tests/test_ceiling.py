"""Ceiling: a command that is given templates ends in one message where it would take the memory of the machine."""

from __future__ import annotations

from pathlib import Path
from threading import Thread

import pytest

from derive.commands import ceiling as bounds
from derive.commands.ceiling import ceiling
from derive.errors import NarrativeError

resource = pytest.importorskip("resource")
pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the system keeps no count of memory")


def test_templates_have_so_much_memory_and_no_more(tmp_path: Path) -> None:
    """More is one message; without templates there is no bound, and afterwards none either."""
    before = resource.getrlimit(resource.RLIMIT_DATA)
    with (
        pytest.raises(NarrativeError, match="with these templates this needs more than 1,000 MB of memory"),
        ceiling(tmp_path),
    ):
        bytearray(2_000_000_000)
    assert resource.getrlimit(resource.RLIMIT_DATA) == before
    with ceiling(None):
        assert resource.getrlimit(resource.RLIMIT_DATA) == before
    assert len(bytearray(1_200_000_000)) > 0


def test_a_thread_for_which_there_is_no_memory_is_the_same_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python says so in words of its own; any other error of that kind stays what it is: a fault."""

    def refused(_: Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patched:
        patched.setattr(Thread, "start", refused)
        with pytest.raises(NarrativeError, match="of memory"), ceiling(tmp_path):
            Thread().start()
    with pytest.raises(RuntimeError, match="fault"), ceiling(tmp_path):
        raise RuntimeError("fault")


def test_a_bound_that_there_is_already_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has given the process less has meant it."""
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: (5, 9))
    monkeypatch.setattr(resource, "setrlimit", lambda _, bound: asked.append(bound))
    with ceiling(tmp_path):
        assert asked == [(5, 9)]
    assert bounds.MEGABYTES > 0
