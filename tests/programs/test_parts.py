"""Parts: what a page computes with; that it computes the right numbers is asked in a browser (tests/report/test_browser.py)."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from emitted import example
from matrix_networks import MATRICES

from derive.graph import Graph
from derive.network import Network
from derive.network.toml import from_toml
from derive.programs import parts

ARITHMETIC = Path(__file__).resolve().parent.parent.parent / "templates" / "shell" / "live" / "arithmetic.js"
PROGRAM = """
ARITHMETIC
const { forward } = PARTS;
const { v, names, T } = JSON.parse(require("fs").readFileSync(0));
for (let t = 1; t <= T; t++) for (const name of names) (v[name] ??= [])[t] = forward[name](v, t);
console.log(JSON.stringify(v));
"""


def of_the_page(network: Network, steps: int) -> tuple[float, float]:
    """L as the page's own arithmetic makes it of the parts, and as the worked example does."""
    given, loss, _ = example(network, steps)
    lists = {name: np.array(value).tolist() for name, value in given.items()}
    values = {name: [None, *lists[name]] if name in network.data else lists[name] for name in lists}
    for name, (past, _) in network.outside.items():
        values[name] = [lists[past[-1]], *values.get(name, [None])[1:]] if past else values.get(name, [])
    text = PROGRAM.replace("ARITHMETIC", ARITHMETIC.read_text("utf-8")).replace("PARTS", parts(Graph(network)))
    handed = json.dumps({"v": values, "names": Graph(network).order, "T": steps})
    call = [shutil.which("node") or "nodejs", "-e", text]
    told = subprocess.run(call, input=handed, capture_output=True, text=True, check=True).stdout
    return sum(json.loads(told)[network.loss][1:]), loss


COLUMNS = """
    parameters = ["W"]
    inputs = ["X"]
    loss = "l"
    equations.S = "tanh(X[t]@W + S[t-1])"
    equations.l = "sum(logsumexp(S[t], axis=0)*S[t])"
    initial.S = 0
    shapes.X = "k, d"
    shapes.S = "k, e"
    shapes.W = "d, e"
"""


@pytest.mark.skipif(not (shutil.which("node") or shutil.which("nodejs")), reason="node is not installed")
@pytest.mark.parametrize("name", ["attention in rows", "columns"])
def test_functions_of_rows_and_columns_keep_their_axis(name: str) -> None:
    """What the page makes of a matrix, along an axis, has the shape that the mathematics says."""
    network = from_toml(COLUMNS, "columns", "columns.toml") if name == "columns" else MATRICES[name]
    found, expected = of_the_page(network, 3)
    assert found == pytest.approx(expected, rel=1e-12)


def test_data_of_one_step_are_looked_at_there() -> None:
    """c[1] is its value at step 1 whatever the step is, and x[T] that at the last one; others are those of the step."""
    network = Network(
        "once",
        {"h": "w*h[t-1] + x[t]*c[1] + x[T]", "l": "(h[t] - yhat[t])**2/2"},
        parameters=["w"],
        inputs=["x", "c"],
        targets=["yhat"],
        loss="l",
        initial={"h": 0},
    )
    text = parts(Graph(network))
    assert '"h": (v, t) => v["w"] * v["h"][t - 1] + v["x"][t] * v["c"][1] + v["x"][v.T],' in text.splitlines()
