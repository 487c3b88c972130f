r"""TOML: a network from a TOML file, or a ready-made one by its name.

    title = { en = "…", zh = "…" }          about = { en = "…", zh = "…" }      source = "…"
    parameters = ["w_x", "w_h"]             constants = ["dt"]
    inputs = ["x"]                          targets = ["yhat"]                  distributions = ["yhat"]
    loss = "l" | ["l", "m"]                 loss_at = "every" | "last" | [2, 4] reduction = "sum" | "mean"
    penalty = "lam/2*sum(W_h**2)"           once in L
    trainable_initial = ["h"]               by = ["x", "h_0"]                   gradients by more
    main = "w_h"                            told in full
    [equations]  h = "tanh(w_x*x[t] + w_h*h[t-1])"        one per variable, in order
    [initial]    h = 0                                    states before their first step
    [shapes]     h = "n"    W_h = "n, n"                  absent: scalar
    [functions]  spike = { of = "z", value = "step(z)", slope = "1/(1 + abs(z))**2" }   without slope: derived
    [tex]        yhat = '\hat y'                          names in print
    [says]       h = { en = "…", zh = "…" }              what the table of symbols says
    [values]     w_x = 1    x = [1, 0, -1]                the worked example

Only the equations, the parameters and the loss have to be there.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

from derive.contents import contents
from derive.errors import DeriveError, NetworkError, ValuesError
from derive.limits import DEFAULT, Limits
from derive.network.file_name import file_name
from derive.network.lines import complaint, line_of, lines_of, with_plain_keys
from derive.network.network import LISTS, Given, Network, suggestion

TABLES = ("equations", "initial", "shapes", "functions", "tex", "says", "values", "title", "about")
TABLES_OF_TEXTS = ("equations", "shapes", "tex", "title", "about")
TEXTS = ("reduction", "penalty", "main", "source", "name")
KEYS = ("loss", "loss_at", *TEXTS, *LISTS, "broadcast", *TABLES)
OPTIONAL = (
    "name",
    "loss_at",
    "reduction",
    "penalty",
    "main",
    "broadcast",
    "source",
    "initial",
    "functions",
    "tex",
    "says",
    "values",
    "title",
    "about",
)
DOTTED = re.compile(r"(?<![\w\"'-])(?:[\w\"'-]+\s*\.\s*){50}")
"""A key of so many parts, a.b.c.d, that reading it takes long."""
VALUE = "value"
"""A matrix has so many."""


def ready_made() -> tuple[str, ...]:
    """The names of the networks that come with the package, sorted."""
    folder = files("derive.network") / "ready_made"
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")))


def load(network: str | Path | Network, limits: Limits | None = None) -> Network:
    """Return a network by its ready-made name or the path of its TOML file, which is to keep the limits.

    Raises `NetworkError` for an unknown name, a file that cannot be read, and a declaration that does not hold
    together; `EquationError`, `ShapeError` or `ValuesError` for what is wrong inside. Each names the file and place.

    >>> load("elman").parameters
    ('w_x', 'w_h', 'w_y')
    """
    if isinstance(network, Network):
        return replace(network, limits=limits) if limits else network
    limits = limits or DEFAULT
    text = str(network)
    if text in ready_made():
        content = (files("derive.network") / "ready_made" / f"{text}.toml").read_text(encoding="utf-8")
        return from_toml(content, text, f"{text}.toml", limits)
    path = Path(network)
    if path.suffix != ".toml" and not path.exists():
        near = suggestion(text, ready_made())
        raise NetworkError(f"there is no ready-made network {text}{near}; your own is a path to a .toml file")
    return from_toml(read(path, NetworkError, limits), file_name(path.stem), str(path), limits)


def load_values(path: str | Path, limits: Limits = DEFAULT) -> dict[str, Given]:
    """Return the values of a TOML file, exact: at its top level, or under [values].

    Raises `ValuesError` if the file cannot be read. Whether the names are known, `derive.numbers.resolve` says.
    """
    table = load_table(path, limits)
    inner = table.get("values", table)
    if not isinstance(inner, dict):
        raise ValuesError(f"{path}: [values] has to be a table, such as w_x = 0.5")
    return inner


def load_table(path: str | Path, limits: Limits = DEFAULT) -> dict[str, Any]:
    """Return all that a TOML file about values says; decimals stay exact. Raises `ValuesError` if it cannot be read."""
    return read_toml(read(Path(path), ValuesError, limits), str(path), ValuesError)


def read(path: Path, error: type[NetworkError | ValuesError], limits: Limits = DEFAULT) -> str:
    """Return the text of a file; raise ``error`` with one sentence on why it cannot be read, `LimitError` if it is too long."""
    try:
        content = contents(path, limits.file)
        limits.hold("file", len(content), f"{path}: ", at_least=True)
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise error(f"{path}: not a UTF-8 text file") from None
    except (OSError, ValueError) as reason:
        raise error(f"{path}: cannot be read ({getattr(reason, 'strerror', None) or reason})") from None


def read_toml(text: str, origin: str, error: type[DeriveError]) -> dict[str, Any]:
    """Return what TOML says, its decimals exact; raise ``error`` with what is wrong in it, and the line."""
    if nested := DOTTED.search(text):
        line = text.count("\n", 0, nested.start()) + 1
        raise error(f"{origin}: line {line}: it nests too deeply; a key has two parts at most, such as about.en")
    try:
        return _loaded(text)
    except tomllib.TOMLDecodeError as reason:
        raise error(f"{origin}: not a TOML file: {complaint(text, reason)}") from None
    except (ValueError, ArithmeticError, RecursionError):
        raise error(f"{origin}: not a TOML file: it holds too large a number, or nests too deeply") from None


def _loaded(text: str) -> dict[str, Any]:
    """Read TOML with its decimals exact; a Greek letter may be a key as it stands."""
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError:
        if (plainly := with_plain_keys(text)) == text:
            raise
        return tomllib.loads(plainly, parse_float=Decimal)


def read_value(name: str, text: str) -> Given:
    """Return a value of the command line: a list, a table or a text as in TOML, else numbers with commas between.

    Raises `ValuesError` with what would be right.

    >>> read_value("W", "[[1, 2], [3, 4]]"), read_value("x", "1,0,-1"), read_value("w", "1/2")
    ([[1, 2], [3, 4]], ['1', '0', '-1'], '1/2')
    """
    if text[0] not in "[{\"'":
        entries = [entry.strip() for entry in text.split(",")]
        return entries[0] if len(entries) == 1 else entries
    try:
        value: Given = tomllib.loads(f"{VALUE} = {text}", parse_float=Decimal)[VALUE]
    except (ValueError, ArithmeticError, RecursionError):
        right = '[[1, 2], [3, 4]], or with fractions ["1/2", 3]'
        raise ValuesError(f"--set {name}={text}: write the value as in a file, such as {right}") from None
    return value


def from_toml(text: str, name: str = "network", origin: str = "", limits: Limits = DEFAULT) -> Network:
    r"""Return the network that a TOML text declares; ``origin`` names it in messages, ``limits`` are those it has to keep.

    Raises as `load` does.

    >>> from_toml("loss = 'l'\nparameters = ['w']\ninputs = ['x']\n[equations]\nl = '(w*x[t] - 1)**2'").variables
    ('l',)
    """
    table = read_toml(text, origin, NetworkError)
    lines = lines_of(text)
    _check(table, origin, lines)
    optional: dict[str, Any] = {key: table[key] for key in OPTIONAL if key in table}
    optional |= {key: tuple(table.get(key, ())) for key in LISTS}
    return Network(
        **{"name": name, **optional},
        equations=table["equations"],
        loss=table["loss"],
        shapes=table.get("shapes", {}),
        origin=origin,
        limits=limits,
        lines=lines,
        text=text,
    )


def _check(table: Mapping[str, Any], origin: str, lines: Mapping[str, int]) -> None:
    """Every key is known, none that is needed is missing, and each has its type."""
    for key in table:
        if key not in KEYS:
            raise NetworkError(f"{origin}: {line_of(lines, key)}unknown key {key}{suggestion(key, KEYS)}")
    for key in ("equations", "parameters", "loss"):
        if key not in table:
            raise NetworkError(f"{origin}: {key} is missing; {_misplaced(table, key, lines)}")
    for key, wrong in _of_other_type(table):
        raise NetworkError(f"{origin}: {line_of(lines, *key.split('.', 1))}{wrong}")


def _of_other_type(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The keys whose values have another type than theirs, with what it has to be."""
    for key in LISTS:
        if not _all_texts(table.get(key, [])):
            yield key, f'{key} has to be a list of names, such as ["w_x", "w_h"]'
    for key in TEXTS:
        if not isinstance(table.get(key, ""), str):
            yield key, f"{key} has to be a text in quotation marks"
    for key, each, example in (("loss", str, '["l", "m"]'), ("loss_at", int, "[2, 4]")):
        if not isinstance(table.get(key, ""), str) and not _all(table[key], each):
            yield key, f"{key} has to be a text in quotation marks, or a list such as {example}"
    for key in TABLES:
        if not isinstance(table.get(key, {}), dict):
            yield key, f"[{key}] has to be a table with one entry per line"
    for key in TABLES_OF_TEXTS:
        for entry, value in table.get(key, {}).items():
            if entry in KEYS and not isinstance(value, str):
                yield (
                    f"{key}.{entry}",
                    f"{entry} stands below [{key}], and so belongs to it; write it above the first [table]",
                )
            elif not isinstance(value, str):
                example = f', such as {entry} = "{value}"' if isinstance(value, int | Decimal) else ""
                yield f"{key}.{entry}", f"[{key}] {entry} has to be a text in quotation marks{example}"
    if not isinstance(table.get("broadcast", False), bool):
        yield "broadcast", "broadcast has to be true or false"


def _misplaced(table: Mapping[str, Any], key: str, lines: Mapping[str, int]) -> str:
    """Where a key that is missing may be: below a [table], to which it then belongs."""
    inside = next((name for name in TABLES if isinstance(table.get(name), dict) and key in table[name]), None)
    if inside is None:
        return "see the example in docs/writing-a-network.md"
    place = line_of(lines, inside, key)
    return f"{place}it stands below [{inside}], and so belongs to it; write it above the first [table]"


def _all_texts(value: object) -> bool:
    return _all(value, str)


def _all(value: object, kind: type) -> bool:
    """Whether a value is a list with entries of a kind."""
    return isinstance(value, list) and all(type(entry) is kind for entry in value)
