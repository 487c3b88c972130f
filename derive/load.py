"""Load: a network from a TOML file, or a ready-made one by its name.

    title = { en = "…", zh = "…" }          about = { en = "…", zh = "…" }      source = "…"
    parameters = ["w_x", "w_h"]             inputs = ["x"]                      targets = ["yhat"]
    loss = "l"                              loss_at = "every" | "last"          trainable_initial = ["h"]
    [equations]  h = "tanh(w_x*x[t] + w_h*h[t-1])"        one per variable, in order
    [initial]    h = 0                                    states before their first step
    [shapes]     h = "n"    W_h = "n, n"                  absent: scalar
    [tex]        yhat = '\\hat y'                          names in print
    [values]     w_x = 1    x = [1, 0, -1]                the worked example
"""

from __future__ import annotations

import tomllib
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any

from derive.errors import NetworkError, ValuesError
from derive.network import Given, Network, suggestion
from derive.shapes import Shape

LISTS = ("parameters", "inputs", "targets", "trainable_initial", "adjoints")
TABLES = ("equations", "initial", "shapes", "tex", "values", "title", "about")
TEXTS = ("loss", "loss_at", "source", "name")
KEYS = (*TEXTS, *LISTS, "broadcast", *TABLES)


def ready_made() -> tuple[str, ...]:
    """The names of the networks that come with the package, sorted."""
    folder = files("derive") / "networks"
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")))


def load(network: str | Path | Network) -> Network:
    """Return a network by its ready-made name or the path of its TOML file; raise `NetworkError` naming the place.

    >>> load("elman").parameters
    ('w_x', 'w_h', 'w_y')
    """
    if isinstance(network, Network):
        return network
    text = str(network)
    if text in ready_made():
        content = (files("derive") / "networks" / f"{text}.toml").read_text(encoding="utf-8")
        return from_toml(content, text, f"{text}.toml")
    path = Path(network)
    if path.suffix != ".toml" and not path.exists():
        names = ready_made()
        raise NetworkError(f"there is no ready-made network {text}{suggestion(text, names)}; your own is a path to a .toml file")
    return from_toml(read(path, NetworkError), path.stem, str(path))


def load_values(path: str | Path) -> dict[str, Given]:
    """Return the values of a TOML file, exact: at its top level, or under [values]."""
    table = _toml(read(Path(path), ValuesError), str(path), ValuesError)
    inner = table.get("values", table)
    if not isinstance(inner, dict):
        raise ValuesError(f"{path}: [values] has to be a table, such as w_x = 0.5")
    return inner


def read(path: Path, error: type[NetworkError | ValuesError]) -> str:
    """The text of a file, or one sentence on why it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise error(f"{path}: not a UTF-8 text file") from None
    except OSError as reason:
        raise error(f"{path}: cannot be read ({reason.strerror or reason})") from None


def _toml(text: str, origin: str, error: type[NetworkError | ValuesError]) -> dict[str, Any]:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except (tomllib.TOMLDecodeError, RecursionError) as reason:
        raise error(f"{origin}: not a TOML file: {reason}") from None


def from_toml(text: str, name: str, origin: str) -> Network:
    """Return the network that a TOML text declares; ``origin`` names it in messages."""
    table = _toml(text, origin, NetworkError)
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
    for key in TABLES:
        if not isinstance(table.get(key, {}), dict):
            raise NetworkError(f"{origin}: [{key}] has to be a table with one entry per line")
    for key in ("equations", "tex", "title", "about", "shapes"):
        for entry, value in table.get(key, {}).items():
            if not isinstance(value, str):
                raise NetworkError(f"{origin}: [{key}] {entry} has to be a text in quotation marks")
    if not isinstance(table.get("broadcast", False), bool):
        raise NetworkError(f"{origin}: broadcast has to be true or false")
    return Network(
        name=table.get("name", name),
        equations=table["equations"],
        loss=table["loss"],
        loss_at=table.get("loss_at", "every"),
        shapes={entry: _shape(value, f"{origin}: [shapes] {entry}") for entry, value in table.get("shapes", {}).items()},
        broadcast=table.get("broadcast", False),
        source=table.get("source", ""),
        origin=origin,
        **{key: tuple(table.get(key, ())) for key in LISTS},
        **{key: table.get(key, {}) for key in TABLES if key not in {"equations", "shapes"}},
    )


def _all_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(entry, str) for entry in value)


def _shape(text: str, place: str) -> Shape:
    """Read ``"n, d"`` as ("n", "d")."""
    sizes = tuple(size.strip() for size in text.split(",")) if text.strip() else ()
    if not all(size.isidentifier() for size in sizes) or len(sizes) > 2:
        raise NetworkError(f'{place}: a shape is one or two size names, such as "n" or "n, d", not "{text}"')
    return sizes


