"""A temporary folder for an engine, which goes when the work is done; one that a killed process left goes with the next.

Each holds an empty file that its process claims: see `derive.report.claims`.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from derive.report.claims import claimed

_PREFIX: Final = "derive-"
_NAME: Final = re.compile(rf"{_PREFIX}[a-z0-9_]{{8}}")
_CLAIM: Final = ".claimed-by-derive"
_ATTEMPTS: Final = 5
_LONG_AGO: Final = 60.0


@contextmanager
def workplace() -> Iterator[Path]:
    """Yield a new folder, empty but for a hidden file, that nobody else can read, and remove it at the end.

    Raises `OSError` where none can be made.
    """
    _clean_up()
    for left in reversed(range(_ATTEMPTS)):
        with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as name:
            claim = Path(name) / _CLAIM
            claim.touch()
            with claimed(claim) as ours:
                # Another process that cleans up can take a folder before it is claimed; and some disks know no claims.
                if ours or (not left and claim.exists()):
                    yield Path(name)
                    return
    raise OSError("each temporary folder was taken away as it was made")


def _clean_up() -> None:
    """Remove what processes that have ended left: this user's own workplaces, and nothing that only has such a name."""
    with suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            if not _NAME.fullmatch(entry.name) or not _is_own_folder(entry):
                continue
            with claimed(Path(entry.path) / _CLAIM) as ended:
                if ended:
                    shutil.rmtree(entry.path, ignore_errors=True)
            if time.time() - entry.stat(follow_symlinks=False).st_mtime > _LONG_AGO:
                with suppress(OSError):  # what was left before it held anything; one that holds something stays
                    Path(entry.path).rmdir()


def _is_own_folder(entry: os.DirEntry[str]) -> bool:
    with suppress(OSError):
        return entry.is_dir(follow_symlinks=False) and entry.stat(follow_symlinks=False).st_uid == os.geteuid()
    return False
