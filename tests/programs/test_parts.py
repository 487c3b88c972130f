"""Parts: what a page computes with; that it computes the right numbers is asked in a browser (tests/report/test_browser.py)."""

from __future__ import annotations

from derive.graph import Graph
from derive.network import Network
from derive.programs import parts


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
