"""Targets: the doors that strangers' text comes in by, and what counts as an answer at each.

An answer is a *value* or a *message*: one `DeriveError` whose text is one line, printable and short. Everything else that may
come of an input, another exception, a process that ends or does not, is a finding.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import traceback
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from derive import __main__, derive, load
from derive.equations import expression as ex
from derive.equations import parse
from derive.errors import LONGEST_MESSAGE, DeriveError
from derive.network.network import Network
from derive.network.toml import from_toml, load_values
from derive.notation.express import check_names
from derive.notation.names import symbol_from_tex
from derive.notation.tex import tex
from derive.notation.text import text as plain
from derive.notation.typst import typst
from derive.numbers.values import resolve
from derive.report.options import Options
from derive.report.publish import publish, subject, tell, told_otherwise
from derive.report.subject import Subject
from fuzz import corpus, grammar
from fuzz.mutation import mutated

PACKAGE = str(Path(__main__.__file__).parent)
LONGEST = LONGEST_MESSAGE + 500
"""A message of the command line has more before it than `derive.errors` count: the usage, the file."""
UNPRINTABLE = {"Cc", "Zl", "Zp", "Co"}
"""Not Cs: half a pair is what Python makes of the name of a file that is not UTF-8, and is written as what it was."""
BIDIRECTIONAL = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class Answer(NamedTuple):
    """What an input got, and by which way: inputs that are answered by the same way teach the same."""

    kind: Literal["value", "message"]
    way: str


class Finding(Exception):  # noqa: N818 - it is what is looked for
    """An answer that is none."""


@dataclass(frozen=True)
class Target:
    """A door: how many of ten thousand inputs it gets, what they are made from, and who answers.

    ``seconds`` of processor time and ``megabytes`` are the limits of one input.
    """

    name: str
    share: int
    seeds: Callable[[], tuple[str, ...]]
    fresh: Callable[[random.Random], str]
    changed: Callable[[random.Random, str, str], str]
    answer: Callable[[str], Answer]
    seconds: float
    megabytes: int = 1_000


def clean(text: str, *, lines: bool = False) -> None:
    """Raise `Finding` unless a text does nothing to a terminal and changes no direction."""
    for character in text:
        if unicodedata.category(character) in UNPRINTABLE or character in BIDIRECTIONAL:
            if lines and character == "\n":
                continue
            raise Finding(f"an unprintable character: {character!a} in {text[:300]!a}")


def answered(work: Callable[[], str]) -> Answer:
    """Do what an input asks for, which gives the way of a value, or a message."""
    try:
        return Answer("value", work())
    except DeriveError as error:
        message = str(error)
        clean(message)
        if not message or len(message) > LONGEST:
            raise Finding(f"a message too long or empty: {len(message)} characters, {message[:200]!a}") from error
        frames = traceback.extract_tb(error.__traceback__)
        ours = [f"{Path(frame.filename).stem}:{frame.lineno}" for frame in frames if frame.filename.startswith(PACKAGE)]
        return Answer("message", " ".join((*ours[-5:], *_cause(error))))


def _cause(error: DeriveError) -> list[str]:
    """What a template failed of, which is not ours."""
    cause = error.__cause__
    if cause is None:
        return []
    last = traceback.extract_tb(cause.__traceback__)[-1]
    return [type(cause).__name__, last.name]


def _text(given: str) -> str:
    """What stands in a file: no lone surrogates."""
    return given.encode("utf-8", "replace").decode("utf-8")


# --- an equation ------------------------------------------------------------------------------------------------------


def _kinds(expr: ex.Expr) -> set[str]:
    own = {type(expr).__name__} if not isinstance(expr, ex.Call) else {expr.function}
    return own.union(*map(_kinds, ex.children(expr)))


def equation(given: str) -> Answer:
    """Read an equation."""
    return answered(lambda: " ".join(sorted(_kinds(parse(given)))))


# --- a network file ---------------------------------------------------------------------------------------------------


def network(given: str) -> Answer:
    """Read a network file, look at its names as a handout would, and if it has values, evaluate it over two steps."""

    def read() -> str:
        declared = from_toml(_text(given), "network", "network.toml")
        check_names(declared)
        lesson = derive(declared, 2)
        if declared.values:
            lesson.evaluate()
        return _character(declared)

    return answered(read)


def _character(declared: Network) -> str:
    """What is particular about a network."""
    kinds = set().union(*map(_kinds, declared.rules.values()))
    counts = min(len(declared.variables), 8), len(declared.states), max(map(max, declared.reach.values()), default=0)
    said = declared.is_scalar, declared.loss_at, bool(declared.trainable_initial), bool(declared.tex)
    return f"{counts} {said} {len(kinds)}"


# --- values -----------------------------------------------------------------------------------------------------------

TAUGHT = ("elman", "elman-vector", "narx", "bidirectional", "lstm")


@cache
def _taught() -> tuple[Network, ...]:
    return tuple(map(load, TAUGHT))


@cache
def _labels() -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for declared in _taught() for name in (*declared.values, "h_0", "h_-1", "h_T+1")))


def values(given: str) -> Answer:
    """Read a file of values, for each of some networks; the way is that of the first which knows all its names."""
    _place("values.toml", _text(given))

    def read() -> str:
        table = load_values(Path("values.toml"))
        declared = next(
            (each for each in _taught() if set(table) <= {*each.values, "h_0", "h_-1", "h_T+1"}), _taught()[0]
        )
        exact = resolve(declared, 2, table)
        return f"{declared.name} {sorted(table)} {sorted(exact.sizes.items())}"

    return answered(read)


# --- names in TeX -----------------------------------------------------------------------------------------------------


def names(given: str) -> Answer:
    """Read a name in TeX; a name that is read can be written in every notation."""
    elman = _taught()[0]

    def read() -> str:
        check_names(Network(**{**_fields(elman), "tex": {"h": given}}))
        symbol = symbol_from_tex(given)
        for written in (tex(symbol), typst(symbol), plain(symbol)):
            clean(written)
            if written.count("{") != written.count("}"):
                raise Finding(f"brackets do not close: {written[:200]!a}")
        return f"{symbol.accent} {len(symbol.letter)} {len(symbol.subs)} {len(symbol.sups)}"

    return answered(read)


def _fields(declared: Network) -> dict[str, Any]:
    return {name: getattr(declared, name) for name in Network.__dataclass_fields__}


# --- a template -------------------------------------------------------------------------------------------------------

SECRET = "what-no-template-may-read"  # noqa: S105
EVERYTHING = Options(formats=("md", "tex"))


@cache
def _subject() -> Subject:
    return subject(derive("elman", 1), EVERYTHING)


def template(given: str) -> Answer:
    """Tell a handout by a stranger's story: it shows nothing that lies outside of its folder, and leaves nothing behind."""
    _place("secret", SECRET)
    _place("templates/en/handout.md.j2", _text(given))
    before = _listing()

    def read() -> str:
        options = replace(EVERYTHING, templates=Path("templates"))
        document = tell(told_otherwise(_subject(), templates=options.templates))
        files = publish(document, "handout", options).files
        if SECRET in repr(document) or any(SECRET.encode() in file for file in files.values()):
            raise Finding("a template read a file outside of its folder")
        return " ".join(sorted({type(block).__name__ for block in document.blocks}))

    answer = answered(read)
    if _listing() != before:
        raise Finding("a template wrote to the disk")
    return answer


def _listing() -> list[str]:
    return sorted(str(path) for path in Path().rglob("*"))


# --- the command line -------------------------------------------------------------------------------------------------


def command(given: str) -> Answer:
    """Run a command line inside this process, as `derive` itself would."""
    arguments = _laid_out(given)
    output, errors = (
        io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="strict", write_through=True) for _ in range(2)
    )
    before = sys.argv
    sys.argv = ["derive", *arguments]
    try:
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
            code = __main__._code()
    finally:
        sys.argv = before
        shutil.rmtree("output", ignore_errors=True)
    said = [stream.buffer.getvalue().decode("utf-8") for stream in (output, errors)]  # type: ignore[attr-defined]
    return _judged(code, *said)


def process(given: str) -> Answer:
    """Run a command line as a process of its own."""
    command_line = [sys.executable, "-m", "derive", *(argument.replace("\0", "") for argument in _laid_out(given))]
    done = subprocess.run(
        [os.fsencode(argument.encode("utf-8", "replace").decode()) for argument in command_line],
        capture_output=True, check=False, env={**os.environ, "PYTHONUTF8": "1"},
    )  # fmt: skip
    shutil.rmtree("output", ignore_errors=True)
    return _judged(done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))


def _laid_out(given: str) -> list[str]:
    """Write the files that a command line speaks of, and return its arguments; what is written goes to ``output``."""
    said = json.loads(given)
    _place("network.toml", said["network.toml"])
    _place("values.toml", said["values.toml"])
    _place("templates/en/handout.md.j2", said["template"])
    arguments: list[str] = said["arguments"]
    return [argument for argument in arguments if not argument.startswith("--output")]


def _judged(code: int, output: str, errors: str) -> Answer:
    """What is said is clean and short, and the exit code fits it."""
    clean(output, lines=True)
    if "Traceback" in errors or code not in {0, 2}:
        last = next(
            (line for line in reversed(errors.splitlines()) if line[:1].isalpha() and "derive: " not in line), ""
        )
        where = re.findall(r'File ".*/(\w+\.py)", line (\d+)', errors)
        raise Finding(f"exit code {code}, {last[:40]} {where[-1:]}: {errors[-2000:]!a}")
    clean(errors, lines=True)
    lines = errors.splitlines()
    if code == 2 and output:
        raise Finding(f"exit code 2 and output: {output[:200]!a}")
    if (
        (code == 2) != (len(lines) == 1)
        or len(errors) > LONGEST
        or not all(line.startswith("derive: ") for line in lines)
    ):
        raise Finding(
            f"exit code {code} and {len(lines)} lines or too long: {len(errors)} characters, {errors[:300]!a}"
        )
    words = " ".join(word for word in errors.split() if word.isalpha())
    return Answer("message", words[:80]) if code else Answer("value", f"{len(output).bit_length()}")


# --- all of them ------------------------------------------------------------------------------------------------------


def _place(name: str, text: str) -> None:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8", "surrogatepass"))


def _new_command(rng: random.Random) -> str:
    network_file = rng.choice(corpus.networks())
    changed = rng.choice(
        (
            lambda: network_file,
            lambda: grammar.network(rng, network_file),
            lambda: _network(rng, network_file, network_file),
        )
    )
    values_file = rng.choice((rng.choice(corpus.values()), grammar.values(rng, _labels())))
    return grammar.command(rng, changed(), values_file, grammar.template(rng))


def _another_command(rng: random.Random, one: str, other: str) -> str:
    """A command line with one of its parts from elsewhere."""
    said, theirs, fresh = json.loads(one), json.loads(other), json.loads(_new_command(rng))
    part = rng.choice(("arguments", "network.toml", "network.toml", "values.toml", "template"))
    said[part] = rng.choice((theirs, fresh))[part]
    if part == "network.toml" and rng.random() < 0.6:
        said[part] = _network(rng, said[part], theirs[part])
    return json.dumps(said)


def _new_network(rng: random.Random) -> str:
    return grammar.network(rng, rng.choice(corpus.networks()))


def _network(rng: random.Random, one: str, other: str) -> str:
    return grammar.network(rng, one) if rng.random() < 0.75 else mutated(rng, one, other)


def _new_story(rng: random.Random) -> str:
    if rng.random() < 0.5:
        return grammar.template(rng)
    return "# Title\n\nSubtitle\n\n" + "\n\n".join(rng.choice(corpus.calls()) for _ in range(3))


def _story(rng: random.Random, one: str, other: str) -> str:
    if rng.random() < 0.4:
        return mutated(rng, one, other, tuple(grammar.piece(rng) for _ in range(3)))
    return f"{one}\n\n{rng.choice(corpus.calls()) if rng.random() < 0.6 else grammar.piece(rng)}"


def _file_of_values(rng: random.Random, one: str, other: str) -> str:
    return mutated(rng, one, other, (*_labels(), grammar.toml(grammar.value(rng), top=False)))


TARGETS = (
    Target("equation", 4960, corpus.equations, grammar.equation, mutated, equation, seconds=2),
    Target("network", 800, corpus.networks, _new_network, _network, network, seconds=10),
    Target("values", 1800, corpus.values, lambda rng: grammar.values(rng, _labels()), _file_of_values, values, seconds=5),
    Target("names", 2160, corpus.names, grammar.tex, mutated, names, seconds=2),
    Target("template", 150, corpus.templates, _new_story, _story, template, seconds=60),
    Target("command", 120, corpus.commands, _new_command, _another_command, command, seconds=60),
    Target("process", 10, corpus.commands, _new_command, _another_command, process, seconds=60),
)  # fmt: skip


@contextlib.contextmanager
def folder() -> Any:
    """A folder of its own to work in, which goes with what was written there."""
    with tempfile.TemporaryDirectory() as place, contextlib.chdir(place):
        yield
