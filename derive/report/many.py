"""Many: a handout for each row of values, made by an executor, and written as each is made.

Rows go to any executor of `concurrent.futures`' kind: processes here, or those of a cluster. What does not depend on values,
the derivation, is made once in each process. A row is one folder, in which a record says what it was made of; so a run that
was stopped goes on where it was, and in the end its files are those of one that was not, byte for byte. A row that fails is
named, and stops no other. Few rows are under way at a time, so that memory does not grow with their number.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import pickle
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from pathlib import Path
from typing import Any

from derive.contents import below, contents, contents_inside
from derive.derivation import Derivation
from derive.errors import CheckFailedError, DeriveError
from derive.report.alike import spelled
from derive.report.narrative.templates import MOST_SOURCE
from derive.report.options import Options
from derive.report.publish import Handout, handout_of, subject
from derive.report.rows import Row
from derive.report.workers import at_a_time, workers
from derive.report.write import write
from derive.stopping import allowed, deferred

RECORD = ".derive.json"
ANSWERS = "answers.csv"
LARGEST = 10_000_000
"""No more is read of a record or a heading; each is far smaller."""
MOST_FILES = 10_000
"""How many files there may be in a folder of templates whose handouts are made in rows: each is read."""


@dataclass(frozen=True)
class Answers:
    """What stands in the key for whoever marks: the loss and each gradient as they are printed."""

    loss: str
    gradients: Mapping[str, str]


@dataclass(frozen=True)
class Made:
    """What became of a row: where its handout is, or why it is not there.

    ``kept``: it stood there already; a ``remark`` is what is told beside a handout. ``failure`` is None if the handout is
    whole; ``folder`` is None if nothing was written.
    """

    row: Row
    folder: Path | None = None
    answers: Answers | None = None
    kept: bool = False
    engine: str | None = None
    remark: str | None = None
    failure: DeriveError | None = None


@dataclass(frozen=True)
class Progress:
    """How far a run is: rows that are done, of all, and the seconds that are left at this pace (None before there is one)."""

    done: int
    all: int
    left: float | None

    def __str__(self) -> str:
        """In words, as a terminal shows it."""
        if self.left is None:
            return f"{self.done:,} of {self.all:,}"
        left = f"{self.left / 60:.0f} min" if self.left >= 90 else f"{self.left:.0f} s"
        return f"{self.done:,} of {self.all:,}, about {left} left"


def all_made(
    derivation: Derivation,
    options: Options,
    rows: Sequence[Row],
    folder: Path,
    executor: Executor | None = None,
    heard: Callable[[Progress], None] = lambda _: None,
) -> tuple[Made, ...]:
    """Make a handout for each row, in ``folder/<name of the row>``; return what became of each, in the order of the rows.

    The values of a row stand over those of ``options``. Without an ``executor`` there is a process for each processor. When all
    are done, the answers of all rows stand in ``folder/answers.csv``. Raises `OutputError` where nothing can be written, and
    `DeriveError` if the executor's processes end by themselves.
    """
    asked = _Asked(derivation, options, folder)
    found = {row.name: made for row in rows if (made := asked.kept(row)) is not None}
    waiting = [row for row in rows if row.name not in found]
    started = time.monotonic()
    heard(Progress(len(found), len(rows), None))
    with deferred(), workers(executor, len(waiting)) as at_work:
        for now, made in enumerate(_as_made(asked, waiting, at_work), 1):
            found[made.row.name] = made
            pace = (time.monotonic() - started) / now
            heard(Progress(len(found), len(rows), pace * (len(waiting) - now)))
    if key := [(row.name, answers) for row in rows if (answers := found[row.name].answers)]:
        write({ANSWERS: _key(key)}, folder)
    return tuple(found[row.name] for row in rows)


def _as_made(asked: _Asked, rows: Sequence[Row], executor: Executor) -> Iterator[Made]:
    """Hand rows out, few at a time, and yield each when it is made and written."""
    queue = iter(rows)
    under_way = {asked.begun(row, executor): row for row in islice(queue, at_a_time(executor))}
    while under_way:
        with allowed():
            ready = wait(under_way, return_when=FIRST_COMPLETED).done
        for future in [future for future in under_way if future in ready]:
            row = under_way.pop(future)
            yield asked.written(row, future)
            for following in islice(queue, 1):
                under_way[asked.begun(following, executor)] = following


@dataclass(frozen=True)
class _Asked:
    """What all rows have in common."""

    derivation: Derivation
    options: Options
    folder: Path
    packed: bytes = field(init=False)
    common: list[Any] = field(init=False)

    def __post_init__(self) -> None:
        """Pack the network once, and note all else that the files depend on, but for the values."""
        network, steps = self.derivation.network, self.derivation.steps
        read = [_content(path) for path in (self.options.templates, self.options.heading) if path is not None]
        object.__setattr__(self, "packed", pickle.dumps((network, steps)))
        object.__setattr__(
            self, "common", [_version(), *map(spelled, (network, steps, replace(self.options, values={}), read))]
        )

    def values(self, row: Row) -> dict[str, Any]:
        """The values of a row over those that all have."""
        return {**self.options.values, **row.values}

    def mark(self, row: Row) -> str:
        """What tells whether a handout was made of the same."""
        told = [*self.common, spelled(dict(sorted(self.values(row).items())))]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    def kept(self, row: Row) -> Made | None:
        """A handout that was made already: its record says that it was made of the same, and all of its files are there."""
        place = self.folder / row.name
        with suppress(OSError, ValueError, KeyError, TypeError):
            said = json.loads(contents(place / RECORD, LARGEST))
            if said["of"] == self.mark(row) and all((place / name).is_file() for name in said["files"]):
                answers = Answers(said["loss"], said["gradients"])
                return Made(row, place, answers, kept=True, engine=said["engine"])
        return None

    def begun(self, row: Row, executor: Executor) -> Future[tuple[Handout, Answers] | DeriveError]:
        """A row, handed out."""
        return executor.submit(_one, self.packed, replace(self.options, values=self.values(row)))

    def written(self, row: Row, future: Future[tuple[Handout, Answers] | DeriveError]) -> Made:
        """The handout of a row, written; the record last, so that where it stands all else does."""
        try:
            found = future.result()
        except BrokenExecutor as error:
            why = "a process ended by itself, perhaps for want of memory"
            raise DeriveError(f"{row.where}{row.name}: {why}; call again to go on from here") from error
        if isinstance(found, DeriveError):
            return Made(row, failure=found)
        handout, answers = found
        made = Made(row, self.folder / row.name, answers, engine=handout.engine, remark=handout.remark)
        if handout.failures:
            lacking = "; ".join(f"there is no {wanted}: {why}" for wanted, why in handout.failures.items())
            made = replace(made, folder=made.folder if handout.files else None, failure=DeriveError(lacking))
            write(_within(row, handout.files), self.folder)
            return made
        said = {"of": self.mark(row), "engine": handout.engine, "files": sorted(handout.files)}
        record = {**said, "loss": answers.loss, "gradients": answers.gradients}
        told = json.dumps(record, ensure_ascii=False, indent=1).encode()
        write(_within(row, {**handout.files, RECORD: told}), self.folder)
        return made


def _within(row: Row, files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {f"{row.name}/{name}": content for name, content in files.items()}


def _content(path: Path) -> list[tuple[str, str]]:
    """What stands in a file, or in the files of a folder, and where its links lead; raises `DeriveError` for too many files."""
    if not path.is_dir():
        return [(str(path), _hash(contents(path, LARGEST)))]
    places = sorted(below(path, MOST_FILES + 1))
    if len(places) > MOST_FILES:
        raise DeriveError(f"templates: {path} holds more than {MOST_FILES:,} files; those of templates are a few")
    return [(str(place), _hash(_said(path, place.relative_to(path)))) for place in places]


def _said(folder: Path, place: Path) -> bytes:
    """What stands in a file of a folder: of a link, where it leads; of what no template can be, that it is none."""
    try:
        return contents_inside(folder, place, MOST_SOURCE)  # what is longer than that is no template, whatever it says
    except (OSError, ValueError):
        whole = folder / place
        return bytes(whole.readlink()) if whole.is_symlink() else b""


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _version() -> str:
    with suppress(PackageNotFoundError):  # of a source tree that nobody installed
        return version("derive-bptt")
    return ""


def _key(rows: Sequence[tuple[str, Answers]]) -> bytes:
    """The answers of all rows as CSV; gradients of initial values may be there in some rows only."""
    names = list(dict.fromkeys(name for _, answers in rows for name in answers.gradients))
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["name", "L", *(f"dL/d{name}" for name in names)])
    for name, answers in rows:
        table.writerow([name, answers.loss, *(answers.gradients.get(each, "") for each in names)])
    return text.getvalue().encode()


# --- in the processes that make them ----------------------------------------------------------------------------------


def _one(packed: bytes, options: Options) -> tuple[Handout, Answers] | DeriveError:
    """The handout of one row and its answers, or why there is none."""
    derivation = _unpacked(packed)
    try:
        about = subject(derivation, options)
        handout = handout_of(about)
    except DeriveError as error:
        return CheckFailedError(str(error)) if isinstance(error, CheckFailedError) else DeriveError(str(error))
    example, gradients = about.evaluation, derivation.single_gradients
    shown = {label: str(example.show(example.gradient(gradient.target))) for label, gradient in gradients.items()}
    return handout, Answers(str(example.show(example.loss)), shown)


@lru_cache(maxsize=1)
def _unpacked(packed: bytes) -> Derivation:
    """The derivation that all rows share: made once in a process."""
    from derive.derivation import derive  # noqa: PLC0415

    network, steps = pickle.loads(packed)  # noqa: S301 - of `_Asked`, never of a file
    return derive(network, steps)
