"""Kept: packaged templates compiled once, their bytecode beside them in ``__pycache__`` as Python keeps that of modules.

To compile a story takes longer than to tell it. A reader's own templates are compiled each time, and nothing is written into
their folder. What cannot be kept there, as where nobody may write or Python is told to write none, is kept while the process
lives.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from importlib.util import cache_from_source
from pathlib import Path
from typing import TYPE_CHECKING, Final

import jinja2
from jinja2 import BytecodeCache
from jinja2.defaults import BLOCK_START_STRING

from derive.report.narrative.folders import packaged

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.bccache import Bucket

TEX: Final = ".tex.j2"
"""How files end whose marks are not Jinja's."""
_NOWHERE = ""
_HERE: Final[dict[str, bytes]] = {}
"""Bytecode that is in no file, by its place."""


def is_packaged(filename: str | Path | None) -> bool:
    """Whether a file is one of the packaged templates."""
    return filename is not None and Path(filename).is_relative_to(packaged())


class Kept(BytecodeCache):
    """Keeps the bytecode of packaged templates; it is made anew when the template, Jinja, or what is made of one changes."""

    def __init__(self, compilers: Iterable[str]) -> None:
        """Know the source files of what compiles the templates."""
        self._compiler = jinja2.__version__.encode() + b"".join(Path(name).read_bytes() for name in compilers)

    def get_bucket(self, environment: Environment, name: str, filename: str | None, source: str) -> Bucket:
        """Return what is kept of a template: nothing if it is read with the marks of another format."""
        own = name.endswith(TEX) == (environment.block_start_string != BLOCK_START_STRING)
        return super().get_bucket(environment, name, filename if own else None, source)

    def get_cache_key(self, name: str, filename: str | Path | None = None) -> str:  # noqa: ARG002 - a file has one name
        """Return the place of a template's bytecode."""
        return cache_from_source(filename) if filename is not None and is_packaged(filename) else _NOWHERE

    def get_source_checksum(self, source: str) -> str:
        """Return what changes with the template and with what compiles it."""
        return sha256(self._compiler + source.encode()).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        """Read the bytecode, if there is some that is up to date."""
        if bucket.key in _HERE:
            bucket.bytecode_from_string(_HERE[bucket.key])
        elif bucket.key != _NOWHERE:
            with suppress(OSError):
                bucket.bytecode_from_string(Path(bucket.key).read_bytes())

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep the bytecode, whole or not at all."""
        if bucket.key != _NOWHERE and (sys.dont_write_bytecode or not _written(Path(bucket.key), bucket)):
            _HERE[bucket.key] = bucket.bytecode_to_string()


def _written(place: Path, bucket: Bucket) -> bool:
    """Whether bytecode could be written to its place."""
    beside = place.with_name(f"{place.name}.{os.getpid()}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(bucket.bytecode_to_string())
        beside.replace(place)
    except OSError:
        return False
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
    return True
