"""Runner: the process in which somebody's function is run; what it is asked and what it answers is JSON.

It is started by `derive.review.audit` and runs the file that it is given, with all that the file does. What that prints goes
where errors go, so that nothing but the answer is on standard output. When whoever asked ends, so does this process with all
that it started; and it has so much memory at most, where the system keeps count.
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Any, Final

import numpy as np

from derive.errors import DeriveError
from derive.review.calling import Case, Returned, call

MEGABYTES: Final = 4_000


def main() -> None:
    """Read the cases, run the function on each, and write what came back."""
    asked = json.loads(sys.stdin.buffer.readline())
    Thread(target=_end_with_who_asked, args=(os.dup(0),), daemon=True).start()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    _bound_memory()
    found: dict[str, Any]
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        function = _function(Path(asked["file"]), asked["function"])
        found = {"cases": [_run(function, Case(**case), tensors=asked["tensors"]) for case in asked["cases"]]}
    except DeriveError as error:
        found = {"error": str(error)}
    except BaseException as error:  # noqa: BLE001 - whatever a stranger's file does
        found = {"error": _said(error)}
    with answer:
        json.dump(found, answer)


def _end_with_who_asked(descriptor: int) -> None:
    """End when the other end of a pipe is closed, with everything in this session."""
    os.read(descriptor, 1)
    os.killpg(0, signal.SIGKILL)


def _bound_memory() -> None:
    with suppress(ImportError, OSError, ValueError):  # not every system can
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_DATA, (MEGABYTES * 1_000_000,) * 2)


def _function(path: Path, name: str) -> Callable[..., Any]:
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise DeriveError(f"{path}: is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    function = getattr(module, name, None)
    if not callable(function):
        others = [each for each, value in vars(module).items() if callable(value) and not each.startswith("_")]
        raise DeriveError(f"{path}: there is no function {name}; it has {', '.join(others) or 'none'}")
    found: Callable[..., Any] = function
    return found


def _run(function: Callable[..., Any], case: Case, *, tensors: bool) -> dict[str, Any]:
    try:
        return as_data(call(function, case, watch=True, tensors=tensors))
    except DeriveError as error:
        return {"error": str(error)}
    except Exception as error:  # noqa: BLE001 - whatever a stranger's function does
        asks = not tensors and "torch" in sys.modules and isinstance(error, AttributeError | TypeError)
        return {"error": _said(error) + ("; --torch hands it tensors of PyTorch" if asks else "")}


def as_data(found: Returned) -> dict[str, Any]:
    """Return what came back as lists and numbers."""
    return {
        "loss": found.loss,
        "gradients": {name: np.asarray(value, dtype=float).tolist() for name, value in found.gradients.items()},
        "single": [name for name, value in found.gradients.items() if getattr(value, "dtype", None) == np.float32],
        "intermediates": {name: np.asarray(value, dtype=float).tolist() for name, value in found.intermediates.items()},
    }


def _said(error: BaseException) -> str:
    """An error with the line of the stranger's file that it comes from."""
    frames = traceback.extract_tb(error.__traceback__)
    theirs = [frame for frame in frames if Path(frame.filename) != Path(__file__)]
    where = f", line {theirs[-1].lineno} of {Path(theirs[-1].filename).name}" if theirs else ""
    return f"{type(error).__name__}: {error}{where}"


if __name__ == "__main__":
    main()
