"""Files: gradients and values by name, from where people have them: TOML, JSON, NumPy's ``.npz``.

A file is data. ``.npz`` is read without pickles; whatever would run code when it is read is refused.
"""

from __future__ import annotations

import json
import tomllib
import zipfile
from collections.abc import Mapping
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from derive.errors import ValuesError

MOST_BYTES = 200_000_000
"""A file of arrays may be so large, packed and unpacked."""


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
            if sum(entry.file_size for entry in packed.infolist()) > MOST_BYTES:
                raise ValuesError(f"{path}: holds more than {MOST_BYTES:,} bytes")
        with np.load(BytesIO(content), allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (ValueError, OSError, zipfile.BadZipFile, KeyError, EOFError) as error:
        if "pickle" in str(error):
            raise ValuesError(
                f"{path}: holds Python objects, which could run code when read; save arrays of numbers"
            ) from None
        raise ValuesError(f"{path}: is no NumPy archive ({error})") from None


def content_of(path: Path) -> bytes:
    """Return the bytes of a file, or raise `ValuesError` with one sentence."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValuesError(f"{path}: is larger than {MOST_BYTES:,} bytes")
        return path.read_bytes()
    except (OSError, ValueError) as reason:
        raise ValuesError(f"{path}: cannot be read ({getattr(reason, 'strerror', None) or reason})") from None


def _table(path: Path) -> dict[str, Any]:
    """A TOML or JSON file, its decimals as they are written."""
    content = content_of(path)
    try:
        text = content.decode("utf-8-sig")
        found: Any
        match path.suffix:
            case ".json":
                found = json.loads(text, parse_float=Decimal)
            case ".toml":
                found = tomllib.loads(text, parse_float=Decimal)
            case other:
                raise ValuesError(
                    f"{path}: gradients are read from .toml, .json or .npz, not from {other or 'a file without ending'}"
                )
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise ValuesError(f"{path}: cannot be read as {path.suffix[1:].upper()} ({error})") from None
    if not isinstance(found, Mapping):
        raise ValuesError(f"{path}: has to be a table by name")
    return dict(found)
