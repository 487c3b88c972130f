"""Deliberate faults: each is put into a copy of the package, to see that something notices.

A fault is a piece of the source and what is put in its place: a sign lost, a step too far, a check that always passes. The
lists are in ``tests/faults``, one per room. A fault is caught if a handout is refused by the checks that every handout is put
to, or if a named test fails. Nothing is written to the checkout: a folder beside it holds a copy, one fault at a time, and each
run has a process of its own, forked from one that has read all libraries but not this package.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import shutil
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings

ROOT = Path(__file__).parents[1]
LISTS = Path(__file__).with_name("faults")
COPIED = ("derive", "templates", "tests", "pyproject.toml", "docs/writing-a-network.md")
LIBRARIES = ("pytest", "hypothesis", "sympy", "numpy", "flint", "jinja2", "markdown_it", "pylatex", "click", "rich")
PRELOADED = "ignore::pytest.PytestAssertRewriteWarning"
"""pytest would rather have rewritten the assertions of hypothesis."""
LONGEST = 100.0
"""A run that takes longer hangs."""
NETWORKS = LISTS / "networks"
"""Networks that have what the ready-made ones lack."""
HANDOUTS: dict[str, tuple[int, dict[str, Any]]] = {
    "elman": (3, {}),
    "mixed-vector": (2, {"zoom": "equations", "chapters": ["all"]}),
    "mixed": (3, {}),
    "narx": (4, {}),
    "many-to-one": (3, {}),
    "bidirectional": (2, {}),
    "elman-vector": (2, {}),
    "lstm-scalar": (2, {}),
    "gru": (2, {"chapters": ["all"], "truncate": (2, 1)}),
}
"""The handouts that are made with a fault: a network, its T, its options."""


@dataclass(frozen=True)
class Fault:
    """A piece of a file, ``old``, which occurs there once, and the wrong one, ``new``; and what catches it.

    ``refused`` names a handout of `HANDOUTS` that is refused, ``test`` a test that fails; what is in the ``sample`` is tried in
    every run of the tests.
    """

    name: str
    file: str
    old: str
    new: str
    refused: str = ""
    test: str = ""
    sample: bool = False

    @property
    def room(self) -> str:
        """The folder of the package that the fault is in."""
        return Path(self.file).parts[0]

    @property
    def source(self) -> str:
        """The file as it stands in the checkout."""
        return (ROOT / "derive" / self.file).read_text(encoding="utf-8")

    @property
    def spoiled(self) -> str:
        """The file with the fault."""
        return self.source.replace(self.old, self.new)


def faults() -> tuple[Fault, ...]:
    """Return all faults, room by room."""
    lists = (tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(LISTS.glob("*.toml")))
    return tuple(Fault(**entry) for listed in lists for entry in listed["fault"])


# -- in a process of its own --------------------------------------------------------------------------------------------


def handout(folder: Path, network: str) -> tuple[str, str]:
    """Return how a handout fares with the package in a folder: ``refused`` and why, or ``written`` and a digest."""
    steps, options = HANDOUTS[network]
    sys.path.insert(0, str(folder))
    import derive  # noqa: PLC0415 - from the folder

    if not Path(derive.__file__).is_relative_to(folder):
        raise AssertionError(f"{derive.__file__} is not the copy in {folder}")
    place = folder / "output"
    shutil.rmtree(place, ignore_errors=True)
    try:
        own = NETWORKS / f"{network}.toml"
        written = derive.derive(own if own.exists() else network, steps).report(place, formats=["md"], **options)
    except Exception as error:  # noqa: BLE001 - whatever it is, there is no handout
        return "refused", f"{type(error).__name__}: {error}"
    digest = hashlib.sha256()
    for path in sorted(written):
        digest.update(path.read_bytes())
    return "written", digest.hexdigest()


def tested(folder: Path, *arguments: str) -> int:
    """Return pytest's exit code for tests of the copy in a folder: 0 if all pass, 1 if some fail."""
    os.chdir(folder)
    os.environ["PYTHONPATH"] = str(folder)
    os.environ.pop("PYTEST_ADDOPTS", None)  # what chooses among the tests of the checkout is not for these
    sys.path.insert(0, str(folder))
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    # A fault is noticed by any example; the smallest one would take minutes to find.
    settings.register_profile("faults", phases=(Phase.explicit, Phase.reuse, Phase.generate))
    settings.load_profile("faults")
    usual = ["-x", "-q", "-m", "", "-p", "no:cacheprovider", "-W", PRELOADED, "--hypothesis-seed=0"]
    return int(pytest.main([*usual, *arguments]))


def _answer(sender: Connection, question: Callable[..., Any], given: tuple[Any, ...]) -> None:
    sys.dont_write_bytecode = False  # the copy is ours: what no fault has touched is compiled once
    sender.send(question(*given))


# -- the workshop ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Workshop:
    """A folder with a copy of the package, and a server that has read the libraries."""

    folder: Path

    def __post_init__(self) -> None:
        """Copy what is needed."""
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, self.folder / name, ignore=shutil.ignore_patterns("__pycache__", ".hypothesis"))
            else:
                (self.folder / name).parent.mkdir(exist_ok=True)
                shutil.copy(source, self.folder / name)

    @cached_property
    def _context(self) -> Any:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([*LIBRARIES, __name__])
        return context

    @cached_property
    def _times(self) -> Iterator[int]:
        """A time for each change of a file, or Python would take what it compiled before."""
        return count(1_000_000_000)

    @contextmanager
    def spoiled(self, fault: Fault) -> Iterator[None]:
        """Put a fault into the copy for a while."""
        place = self.folder / "derive" / fault.file
        try:
            self._write(place, fault.spoiled)
            yield
        finally:
            self._write(place, fault.source)

    def _write(self, place: Path, text: str) -> None:
        place.write_text(text, encoding="utf-8")
        now = next(self._times)
        os.utime(place, (now, now))

    def ask(self, question: Callable[..., Any], *given: Any) -> Any:
        """Return the answer to a question about the copy, from a process of its own; None if it died, or hangs."""
        receiver, sender = self._context.Pipe(duplex=False)
        process = self._context.Process(target=_answer, args=(sender, question, (self.folder, *given)))
        process.start()
        sender.close()
        try:
            return receiver.recv() if receiver.poll(LONGEST) else None
        except EOFError:
            return None
        finally:
            process.kill()
            process.join()

    def catches(self, fault: Fault) -> bool:
        """Whether what is said to catch a fault does."""
        with self.spoiled(fault):
            if fault.refused:
                answer = self.ask(handout, fault.refused)
                return answer is not None and answer[0] == "refused"
            return bool(self.ask(tested, fault.test) == pytest.ExitCode.TESTS_FAILED)
