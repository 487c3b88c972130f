"""The gradient check at the end of a file that is written, and what a file does where it cannot do its work."""

from __future__ import annotations

import ctypes
import subprocess
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from emitted import C_FLAGS, module, tool

from derive import derive
from derive.network.toml import load

NAN = {
    "numpy": ("    return L, {", "    dW_x[1, 2] = np.nan\n    return L, {"),
    "python": ("    return L, {", '    dW_x[1][2] = float("nan")\n    return L, {'),
    "c": ("    return L;", "    dW_x[1][2] = NAN;\n    return L;"),
    "javascript": ("  return {\n", "  dW_x[1][2] = NaN;\n  return {\n"),
}
"""What makes one component of a gradient no number, and not the first."""


def checked(target: str, text: str, folder: Path) -> tuple[int, list[str]]:
    """What the check of a file ends with, and the lines that it prints."""
    if target in {"numpy", "python"}:
        return _checked_here(text)
    file, program = folder / f"emitted.{'c' if target == 'c' else 'js'}", folder / "emitted"
    file.write_text(text, encoding="utf-8")
    runner = tool("gcc", "cc") if target == "c" else tool("node", "nodejs")
    if runner is None:
        pytest.skip(f"nothing here runs {target}")
    command = [runner, str(file)]
    if target == "c":
        subprocess.run([runner, *C_FLAGS, "-DCHECK", "-o", program, file, "-lm"], check=True)
        command = [str(program)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    return run.returncode, run.stdout.splitlines()


def _checked_here(text: str) -> tuple[int, list[str]]:
    lines: list[str] = []
    scope = module(text)
    scope["print"] = lines.append
    try:
        scope["check"]()
    except AssertionError as wrong:
        assert "wrong gradients: " in str(wrong)  # noqa: PT017 - the rest is told as a program tells it
        return 1, lines
    return 0, lines


@pytest.mark.parametrize(("target", "one"), [("numpy", "1"), ("python", "1.0"), ("c", "1.0"), ("javascript", "1")])
def test_a_file_checks_itself(target: str, one: str, tmp_path: Path) -> None:
    """At its end every gradient is compared with differences of the loss; a wrong one is told, and the run fails."""
    text = derive("gru", 1).code(target, plain=True)
    code, told = checked(target, text, tmp_path)
    assert (code, len(told)) == (0, len(load("gru").parameters))
    assert all(" agrees with differences of L" in line for line in told)
    before, times, after = text.rpartition(f"({one} - n[t]")
    assert times
    code, told = checked(target, f"{before}({one} + n[t]{after}", tmp_path)
    assert code
    assert any(line.startswith("W_xn: DISAGREES") for line in told)


@pytest.mark.parametrize("target", NAN)
def test_a_gradient_that_is_no_number_does_not_agree(target: str, tmp_path: Path) -> None:
    """NaN compares as smaller and larger as nothing, and is told all the same, wherever in a gradient it stands."""
    text = derive("elman-vector", 1).code(target)
    assert text.count(NAN[target][0]) == 1
    code, told = checked(target, text.replace(*NAN[target]), tmp_path)
    assert code
    assert [line.partition(" with")[0] for line in told][:2] == ["W_x: DISAGREES", "W_h: agrees"]


@pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed")
def test_the_check_of_a_file_of_torch_fails() -> None:
    """A wrong gradient raises what `gradcheck` raises, which says of which argument."""
    text = derive("elman-vector", 1).code("torch")
    assert text.count("da_slope = 1 - ") == 1
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        module(text.replace("da_slope = 1 - ", "da_slope = 1 + "))["check"]()


COUNTED = """\
#include <stdlib.h>
int left, held;
static void *counted_calloc(size_t count, size_t size)
{
    if (left-- == 0) {
        return NULL;
    }
    held++;
    return calloc(count, size);
}
static void counted_free(void *room)
{
    held -= room != NULL;
    free(room);
}
#define calloc counted_calloc
#define free counted_free
"""


def test_c_without_memory_says_so_and_writes_nothing(tmp_path: Path) -> None:
    """Whichever room cannot be had, L is NAN, no gradient is touched, and what there was is free again; T = 0 is no loss."""
    compiler = tool("gcc", "cc")
    if compiler is None:
        pytest.skip("there is no compiler")
    text = derive("elman-vector", 1).code("c")
    file, library = tmp_path / "emitted.c", tmp_path / "emitted.so"
    file.write_text(COUNTED + text, encoding="utf-8")
    subprocess.run([compiler, *C_FLAGS, "-shared", "-fPIC", "-o", library, file, "-lm"], check=True)
    loaded = ctypes.CDLL(str(library))
    loaded.loss_and_gradients.restype = ctypes.c_double
    left, held = (ctypes.c_int.in_dll(loaded, name) for name in ("left", "held"))
    given = [np.ones(shape) for shape in ((2, 3), (2, 2), (2,), (4, 2), (4,), (3, 3), (3, 4), (2,))]

    def loss(steps: int, rooms: int) -> tuple[float, bool]:
        found = [np.full(each.shape, 7.0) for each in given[:5]]
        left.value, held.value = rooms, 0
        arrays = (each.ctypes.data_as(ctypes.c_void_p) for each in (*given, *found))
        value = loaded.loss_and_gradients(*map(ctypes.c_int, (steps, 2, 3, 4)), *arrays)
        assert held.value == 0
        return value, all((each == 7.0).all() for each in found)

    count = text.count(" = calloc(T,") + text.count(" = calloc((size_t)T") + text.count(" = turned(")
    for rooms in range(count):
        value, untouched = loss(3, rooms)
        assert np.isnan(value)
        assert untouched
    value, untouched = loss(3, count)
    assert np.isfinite(value)
    assert not untouched
    value, untouched = loss(0, count)
    assert np.isnan(value)
    assert untouched
