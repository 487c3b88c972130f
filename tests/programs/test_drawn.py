"""Files of code check their gradients at numbers at which the network has values."""

from __future__ import annotations

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from derive.derivation import derive
from derive.network import Network, load
from derive.programs.printers.drawn import lowest

POSITIVE = Network(
    name="volatility",
    equations={"v": "a + b*u[t-1]**2 + c*v[t-1]", "l": "(log(v[t]) + u[t]**2/v[t])/2"},
    parameters=("a", "b", "c"),
    inputs=("u",),
    loss="l",
    initial={"v": 1, "u": 0},
)
"""The logarithm of a variance, which is positive where the parameters are: GARCH(1,1) of Bollerslev, 1986."""
LARGE = Network(
    name="root",
    equations={"h": "sqrt(w*x[t] + h[t-1] - 0.9)", "l": "h[t]**2/2"},
    parameters=("w",),
    inputs=("x",),
    loss="l",
    initial={"h": 1},
)
"""A root that exists where w, x and the initial state are more than 1."""
RUNS = {
    "numpy": (sys.executable, "FILE"),
    "python": (sys.executable, "FILE"),
    "torch": (sys.executable, "FILE"),
    "jax": (sys.executable, "FILE"),
    "javascript": ("node", "FILE"),
    "c": ("sh", "-c", "cc -std=c11 -DCHECK -o checked -x c FILE -lm && ./checked"),
}
NEEDS = {"c": "cc", "javascript": "node"}


@pytest.mark.parametrize("target", [pytest.param(each, marks=[pytest.mark.slow] * (each == "jax")) for each in RUNS])
@pytest.mark.parametrize("network", [POSITIVE, LARGE], ids=lambda network: str(network.name))
def test_a_check_is_made_where_the_network_has_values(target: str, network: Network, tmp_path: Path) -> None:
    """The logarithm and the root of what may be negative: the file finds its own gradients right, not "wrong (nan)"."""
    if (target in NEEDS and shutil.which(NEEDS[target]) is None) or (
        target in {"torch", "jax"} and not find_spec(target)
    ):
        pytest.skip(f"{target} is not installed")
    (tmp_path / "FILE").write_text(derive(network, 1).code(target), encoding="utf-8")
    run = subprocess.run(RUNS[target], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (run.returncode, "DISAGREES" in run.stdout, "agrees" in run.stdout) == (0, False, True), run.stderr


@pytest.mark.parametrize(
    ("network", "low"), [(POSITIVE, 0), (LARGE, 1), (load("elman"), None), (load("softmax"), None)]
)
def test_where_numbers_are_drawn_from(network: Network, low: int | None) -> None:
    """Only where some numbers are no good is another range looked for: a logarithm of a softmax has values everywhere."""
    assert lowest(network) == low
