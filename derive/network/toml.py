r"""TOML: a network from a TOML file, or a ready-made one by its name.

    title = { en = "…", zh = "…" }          about = { en = "…", zh = "…" }      source = "…"
    parameters = ["w_x", "w_h"]             constants = ["dt"]
    inputs = ["x"]                          targets = ["yhat"]
    loss = "l" | ["l", "m"]                 loss_at = "every" | "last" | [2, 4] reduction = "sum" | "mean"
    trainable_initial = ["h"]
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

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

from derive.equations import Shape
from derive.errors import NetworkError, ValuesError
from derive.network.network import LISTS, Given, Network, suggestion

TABLES = ("equations", "initial", "shapes", "functions", "tex", "says", "values", "title", "about")
TABLES_OF_TEXTS = ("equations", "shapes", "tex", "title", "about")
TEXTS = ("reduction", "main", "source", "name")
KEYS = ("loss", "loss_at", *TEXTS, *LISTS, "broadcast", *TABLES)
OPTIONAL = (
    "name",
    "loss_at",
    "reduction",
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
MOST_SIZES = 2
"""A matrix has so many."""


def ready_made() -> tuple[str, ...]:
    """The names of the networks that come with the package, sorted."""
    folder = files("derive.network") / "ready_made"
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")))


def load(network: str | Path | Network) -> Network:
    """Return a network by its ready-made name or the path of its TOML file.

    Raises `NetworkError` for an unknown name, a file that cannot be read, and a declaration that does not hold
    together; `EquationError`, `ShapeError` or `ValuesError` for what is wrong inside. Each names the file and place.

    >>> load("elman").parameters
    ('w_x', 'w_h', 'w_y')
    """
    if isinstance(network, Network):
        return network
    text = str(network)
    if text in ready_made():
        content = (files("derive.network") / "ready_made" / f"{text}.toml").read_text(encoding="utf-8")
        return from_toml(content, text, f"{text}.toml")
    path = Path(network)
    if path.suffix != ".toml" and not path.exists():
        near = suggestion(text, ready_made())
        raise NetworkError(f"there is no ready-made network {text}{near}; your own is a path to a .toml file")
    return from_toml(read(path, NetworkError), path.stem, str(path))


def load_values(path: str | Path) -> dict[str, Given]:
    """Return the values of a TOML file, exact: at its top level, or under [values].

    Raises `ValuesError` if the file cannot be read. Whether the names are known, `derive.numbers.resolve` says.
    """
    table = _toml(read(Path(path), ValuesError), str(path), ValuesError)
    inner = table.get("values", table)
    if not isinstance(inner, dict):
        raise ValuesError(f"{path}: [values] has to be a table, such as w_x = 0.5")
    return inner


def read(path: Path, error: type[NetworkError | ValuesError]) -> str:
    """Return the text of a file; raise ``error`` with one sentence on why it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise error(f"{path}: not a UTF-8 text file") from None
    except (OSError, ValueError) as reason:
        raise error(f"{path}: cannot be read ({getattr(reason, 'strerror', None) or reason})") from None


def _toml(text: str, origin: str, error: type[NetworkError | ValuesError]) -> dict[str, Any]:
    """Read TOML with its decimals exact."""
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except (ValueError, ArithmeticError, RecursionError) as reason:
        why = (
            reason
            if isinstance(reason, tomllib.TOMLDecodeError)
            else "it holds too large a number, or nests too deeply"
        )
        raise error(f"{origin}: not a TOML file: {why}") from None


def from_toml(text: str, name: str, origin: str) -> Network:
    """Return the network that a TOML text declares; ``origin`` names it in messages.

    Raises as `load` does.
    """
    table = _toml(text, origin, NetworkError)
    _check(table, origin)
    optional: dict[str, Any] = {key: table[key] for key in OPTIONAL if key in table}
    optional |= {key: tuple(table.get(key, ())) for key in LISTS}
    shapes = {entry: _shape(value, f"{origin}: [shapes] {entry}") for entry, value in table.get("shapes", {}).items()}
    return Network(
        **{"name": name, **optional}, equations=table["equations"], loss=table["loss"], shapes=shapes, origin=origin
    )


def _check(table: Mapping[str, Any], origin: str) -> None:
    """Every key is known, none that is needed is missing, and each has its type."""
    for key in table:
        if key not in KEYS:
            raise NetworkError(f"{origin}: unknown key {key}{suggestion(key, KEYS)}")
    for key in ("equations", "parameters", "loss"):
        if key not in table:
            raise NetworkError(f"{origin}: {key} is missing; see the example in docs/writing-a-network.md")
    for key in LISTS:
        if not _all_texts(table.get(key, [])):
            raise NetworkError(f'{origin}: {key} has to be a list of names, such as ["w_x", "w_h"]')
    for key in TEXTS:
        if not isinstance(table.get(key, ""), str):
            raise NetworkError(f"{origin}: {key} has to be a text in quotation marks")
    for key, each, example in (("loss", str, '["l", "m"]'), ("loss_at", int, "[2, 4]")):
        if not isinstance(table.get(key, ""), str) and not _all(table[key], each):
            raise NetworkError(f"{origin}: {key} has to be a text in quotation marks, or a list such as {example}")
    for key in TABLES:
        if not isinstance(table.get(key, {}), dict):
            raise NetworkError(f"{origin}: [{key}] has to be a table with one entry per line")
    for key in TABLES_OF_TEXTS:
        for entry, value in table.get(key, {}).items():
            if not isinstance(value, str):
                raise NetworkError(f"{origin}: [{key}] {entry} has to be a text in quotation marks")
    if not isinstance(table.get("broadcast", False), bool):
        raise NetworkError(f"{origin}: broadcast has to be true or false")


def _all_texts(value: object) -> bool:
    return _all(value, str)


def _all(value: object, kind: type) -> bool:
    """Whether a value is a list with entries of a kind."""
    return isinstance(value, list) and all(type(entry) is kind for entry in value)


def _shape(text: str, place: str) -> Shape:
    """Read ``"n, d"`` as ("n", "d")."""
    sizes = tuple(size.strip() for size in text.split(",")) if text.strip() else ()
    if not all(size.isidentifier() for size in sizes) or len(sizes) > MOST_SIZES:
        raise NetworkError(f'{place}: a shape is one or two size names, such as "n" or "n, d", not "{text}"')
    return sizes
