"""Files: gradients and values by name, from where people have them: TOML, JSON, NumPy's ``.npz``.

A file is data. ``.npz`` is read without pickles; whatever would run code when it is read is refused.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from derive.contents import contents
from derive.errors import ValuesError
from derive.network import read_toml

MOST_BYTES = 200_000_000
"""A file of arrays may be so large, packed and unpacked."""
MOST_WRITTEN = 10_000_000
"""A file of numbers in writing, or a table of what is in one of arrays, may be so large."""


def load_gradients(path: str | Path) -> dict[str, Any]:
    """Return the gradients in a file by their names: at its top level, or under [gradients].

    Raises `ValuesError` for a file that cannot be read, or is of no kind that is known.
    """
    path = Path(path)
    table = read_arrays(path) if path.suffix == ".npz" else _table(path)
    inner = table.get("gradients", table)
    if not isinstance(inner, dict):
        raise ValuesError(f"{path}: the gradients have to be a table by name, such as w_h = 0.1577")
    return inner


def load_given(path: str | Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the [values] of a file and the [gradients] that came there."""
    table = _table(Path(path))
    for key in ("values", "gradients"):
        if not isinstance(table.get(key), dict):
            raise ValuesError(f"{path}: write the tables [values] and [gradients]; {key} is missing")
    return table["values"], table["gradients"]


def read_arrays(path: Path) -> dict[str, Any]:
    """Return the arrays of an ``.npz`` file by name, read without pickles."""
    content = content_of(path)
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            unpacked = sum(entry.file_size for entry in packed.infolist())
        if unpacked <= MOST_BYTES:
            with np.load(BytesIO(content), allow_pickle=False) as arrays:
                return {name: arrays[name] for name in arrays.files}
    except Exception as error:  # noqa: BLE001 - what is no archive makes zipfile, its unpackers and NumPy raise what they like
        if "pickle" in str(error):
            raise ValuesError(
                f"{path}: holds Python objects, which could run code when read; save arrays of numbers"
            ) from None
        raise ValuesError(f"{path}: is no NumPy archive ({str(error) or type(error).__name__})") from None
    raise ValuesError(f"{path}: holds more than {MOST_BYTES:,} bytes")


def content_of(path: Path, most: int = MOST_BYTES) -> bytes:
    """Return the bytes of a file, or raise `ValuesError` with one sentence."""
    try:
        content = contents(path, most)
    except (OSError, ValueError) as reason:
        raise ValuesError(f"{path}: cannot be read ({getattr(reason, 'strerror', None) or reason})") from None
    if len(content) > most:
        raise ValuesError(f"{path}: is larger than {most:,} bytes")
    return content


def _table(path: Path) -> dict[str, Any]:
    """A TOML or JSON file, its decimals as they are written."""
    if path.suffix not in (".json", ".toml"):
        kind = path.suffix or "a file without ending"
        raise ValuesError(f"{path}: gradients are read from .toml, .json or .npz, not from {kind}")
    content = content_of(path, MOST_WRITTEN)
    try:
        text = content.decode("utf-8-sig")
        found: Any = (
            json.loads(text, parse_float=Decimal) if path.suffix == ".json" else read_toml(text, str(path), ValuesError)
        )
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise ValuesError(f"{path}: cannot be read as {path.suffix[1:].upper()} ({error})") from None
    if not isinstance(found, Mapping):
        raise ValuesError(f"{path}: has to be a table by name")
    return dict(found)
