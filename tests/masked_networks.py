"""Random networks with masks: on states, inputs, outputs, weights and losses, of columns, rows and batches of rows."""

from __future__ import annotations

from hypothesis import strategies as st

from derive.network.network import Network

LAYOUTS = {
    "columns": ("W@x[t]", "U@{h}", "V@{h}", {"W": "n, d", "U": "n, n", "V": "q, n", "x": "d", "h": "n", "o": "q"}),
    "rows": ("x[t]@W", "{h}@U", "{h}@V", {"W": "d, n", "U": "n, n", "V": "n, q", "x": "d", "h": "n", "o": "q"}),
    "batch": (
        "x[t]@W",
        "{h}@U",
        "{h}@V",
        {"W": "d, n", "U": "n, n", "V": "n, q", "x": "k, d", "h": "k, n", "o": "k, q"},
    ),
}
OUTPUTS = ("{o}", "m[t]*({o})", "relu({o})", "m[t]*tanh({o})", "{o} - m[t]", "({o})/m[t]")
LOSSES = (
    "sum(o[t])",
    "mean(o[t])",
    "sum(m[t]*o[t])",
    "s[t]*sum(o[t])",
    "mean(m[t]*o[t]**2)",
    "sum(m[t]*(o[t] - y[t])**2)/2",
    "s[t]*mean((m[t]*(o[t] - y[t]))**2)",
    "sum(concat(m[t]*o[t], o[t]))",
    "sum(m[t]*abs(o[t]))/sum(m[t]**2)",
)


@st.composite
def masked_networks(draw: st.DrawFn) -> Network:
    """A state that a mask may hold or drop, an output that one may cover, and a loss that weighs it."""
    layout = draw(st.sampled_from([*LAYOUTS]))
    into, back, out, sizes = LAYOUTS[layout]
    held = draw(st.sampled_from(["h[t-1]", "(d[t]*h[t-1])", "(d[t]*h[t-1]/0.8)", "(s[t]*h[t-1])"]))
    weights = draw(st.sampled_from(["U", "(D[t]*U)"]))
    update = f"tanh({into} + {back.format(h=held).replace('U', weights)})"
    state = draw(st.sampled_from(["{u}", "d[t]*{u}", "d[t]*{u} + (1 - d[t])*h[t-1]", "s[t]*{u} + (1 - s[t])*h[t-1]"]))
    masks = {"d": sizes["h"], "m": sizes["o"], "y": sizes["o"], "D": sizes["U"]}
    if layout == "batch":  # a number for each row, or for each column
        masks |= {"d": draw(st.sampled_from(["k, n", "k, 1", "n"])), "m": draw(st.sampled_from(["k, q", "k, 1", "q"]))}
    equations = {
        "h": state.format(u=update),
        "o": draw(st.sampled_from(OUTPUTS)).format(o=out.format(h="h[t]")),
        "l": draw(st.sampled_from(LOSSES[:-2] if layout == "batch" else LOSSES)),
    }
    used = [name for name in ("x", "d", "m", "s", "D", "y") if any(f"{name}[t]" in text for text in equations.values())]
    return Network(
        name=f"masked-{layout}",
        equations=equations,
        parameters=("W", "U", "V"),
        inputs=tuple(used),
        loss="l",
        reduction=draw(st.sampled_from(["sum", "mean"])),
        initial={"h": 0},
        shapes={name: shape for name, shape in {**sizes, **masks}.items() if name in (*used, "W", "U", "V", "h", "o")},
        broadcast=True,
    )
