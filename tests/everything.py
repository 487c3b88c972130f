"""Random networks that draw from all that can be declared.

A layer over vectors or batches, columns or rows; its weights joined or apart, masked, some of them constants; gates cut out of
one product; a memory of outer products; a second layer, forwards or backwards; functions of one's own, stopped gradients;
states and data of one step for all t; several losses, at some steps, their mean.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from derive.network.network import Network

OWN = {
    "spike": {"of": "z", "value": "step(z)", "slope": "1/(1 + abs(z))**2"},
    "bump": {"of": "u", "value": "exp(-u**2)*silu(u)"},
}
FUNCTIONS = (
    "tanh",
    "sigmoid",
    "sin",
    "softplus",
    "silu",
    "gelu",
    "elu",
    "hard_tanh",
    "softsign",
    "bump",
    "spike",
    "abs",
)
SIZES = {"n": 2, "d": 3, "k": 2, "q": 2}


class _Declared:
    """A network that is being drawn."""

    def __init__(self, draw: Any) -> None:
        self.draw = draw
        self.kind = draw(st.sampled_from(("columns", "columns", "rows", "batch in columns", "batch in rows")))
        self.shapes: dict[str, tuple[str, ...]] = {}
        self.equations: dict[str, str] = {}
        self.parameters: list[str] = []
        self.constants: list[str] = []
        self.inputs: list[str] = ["x"]
        self.initial: dict[str, Any] = {"h": draw(st.sampled_from((0, 0.5)))}
        self.has("x", "d")
        self.has("h", "n")

    def one_of(self, *choices: str) -> str:
        """One of these."""
        return str(self.draw(st.sampled_from(choices)))

    def has(self, name: str, size: str) -> None:
        """A value of a size, for every sample of a batch."""
        shapes = {"batch in columns": (size, "k"), "batch in rows": ("k", size)}
        self.shapes[name] = shapes.get(self.kind, (size,))

    def weight(self, rows: str, columns: str) -> str:
        """A matrix, learned or known, in the way in which it is multiplied by here."""
        known = self.draw(st.integers(0, 4)) == 0 and self.parameters
        names = self.constants if known else self.parameters
        names.append(f"{'K' if known else 'W'}{len(self.parameters) + len(self.constants)}")
        self.shapes[names[-1]] = (columns, rows) if "rows" in self.kind else (rows, columns)
        return names[-1]

    def product(self, rows: str, columns: str, of: str) -> str:
        """A matrix, perhaps masked, times a value."""
        matrix = self.weight(rows, columns)
        if self.draw(st.integers(0, 5)) == 0:
            mask = f"M{len(self.inputs)}"
            self.inputs.append(mask)
            self.shapes[mask] = self.shapes[matrix]
            matrix = f"({mask}[t]*{matrix})"
        return f"{of}@{matrix}" if "rows" in self.kind else f"{matrix}@{of}"

    def bias(self, size: str) -> str:
        """A vector that is added, to each sample of a batch; or none."""
        if self.draw(st.booleans()):
            return ""
        name = f"b{len(self.parameters)}"
        self.parameters.append(name)
        self.shapes[name] = (size, "1") if self.kind == "batch in columns" else (size,)
        return f" + {name}"

    def joined(self, *parts: str) -> str:
        """What is joined, in the way of the network."""
        return f"concat({', '.join(parts)}{', axis=1' if self.kind == 'batch in rows' else ''})"

    def before(self) -> str:
        """The state before this step, perhaps without a gradient."""
        return self.one_of("h[t-1]", "h[t-1]", "h[t-1]", "stop_gradient(h[t-1])", "h[t-2]")

    def seen(self) -> str:
        """The state that is looked at: of this step, or the same one at all steps."""
        return self.one_of("h[t]", "h[t]", "h[t]", "h[T]", "h[1]")

    def datum(self) -> str:
        """The input that is looked at: of this step, or the same one at all steps."""
        return self.one_of("x[t]", "x[t]", "x[t]", "x[t]", "x[1]", "x[T]")

    def second(self) -> str:
        """What is seen of the layer, or of it and a second one, which may read a step of the first at all of its own."""
        match self.draw(st.integers(0, 3)):
            case 0:
                self.equations["g"] = f"tanh({self.product('n', 'd', 'x[t]')} + {self.product('n', 'n', 'g[t+1]')})"
                first = self.one_of("g[1]", "g[1]", "g[t]", "g[T]")
            case 1:
                self.equations["g"] = f"tanh({self.product('n', 'n', self.seen())} + {self.seen()} * g[t-1])"
                first = self.one_of("g[T]", "g[t]", "g[1]")
            case _:
                return self.seen()
        self.has("g", "n")
        self.initial["g"] = self.draw(st.sampled_from((0, 0.5)))
        return f"({self.seen()} + {first})"

    def part(self, value: str, places: str) -> str:
        """A part along the axis of components."""
        return f"{value}[{':, ' if self.kind == 'batch in rows' else ''}{places}]"

    def summed(self, size: str) -> str:
        """What the layer adds up, of a size."""
        if self.draw(st.booleans()):
            first, second = (self.datum(), self.before()) if self.draw(st.booleans()) else (self.before(), self.datum())
            return self.product(size, "d+n", self.joined(first, second)) + self.bias(size)
        return f"{self.product(size, 'd', self.datum())} + {self.product(size, 'n', self.before())}{self.bias(size)}"

    def layer(self) -> None:
        """The equation of h, and of what it is made of."""
        function = self.one_of(*FUNCTIONS)
        match self.draw(st.integers(0, 3)):
            case 0:
                self.has("z", "2n")
                self.equations["z"] = self.summed("2n")
                gate, new = self.part("z[t]", "0:n"), self.part("z[t]", self.one_of("n:", "n:2*n", "-n:"))
                self.equations["r"] = f"sigmoid({gate})"
                self.has("r", "n")
                self.equations["h"] = f"r[t]*h[t-1] + (1 - r[t])*{function}({new})"
            case 1:
                self.inputs.append("m")
                self.equations["h"] = f"m[t]*{function}({self.summed('n')}) + (1 - m[t])*h[t-1]"
            case _:
                self.equations["h"] = f"{function}({self.summed('n')})"

    def output(self) -> str:
        """What the loss looks at, of size q: h alone, or with a memory of outer products."""
        self.has("y", "q")
        if self.kind == "columns" and self.draw(st.booleans()):
            self.shapes["S"] = ("n", "d")
            self.equations["S"] = "S[t-1]/2 + outer(h[t], x[t])"
            self.initial["S"] = 0
            memory = self.one_of("S[t]", "S[T]")
            return self.product("q", "n", f"({self.second()} + {memory}@{self.datum()})")
        if self.draw(st.booleans()):
            return self.product("q", "n+d", self.joined(self.second(), "x[t]"))
        return self.product("q", "n", self.second())


@st.composite
def everything(draw: st.DrawFn) -> Network:
    """A network that declares a part of all that can be declared."""
    made = _Declared(draw)
    made.layer()
    made.equations["y"] = made.output()
    made.has("target", "q")
    axis = {"batch in columns": 0, "batch in rows": 1}.get(made.kind)
    losses = ["sum((y[t] - target[t])**2)/2", "mean(abs(y[t] - target[t]))", "sum(y[t]**2)/T"]
    if axis is None:
        losses += ["cross_entropy(y[t], target[t])", "logsumexp(y[t]) - target[t]@y[t]"]
    else:
        losses += [f"mean(cross_entropy(y[t], target[t], axis={axis}))", f"sum(softmax(y[t], axis={axis})**2)"]
        losses += [f"-sum(target[t]*log_softmax(y[t], axis={axis}))", f"sum(sum(y[t], axis={axis})**2)"]
    made.equations["l"] = made.one_of(*losses)
    loss: Any = "l"
    if draw(st.booleans()):
        made.equations["e"] = "beta*sum(tanh(h[t]))"
        made.constants.append("beta")
        loss = ["l", "e"]
    used = " ".join(made.equations.values())
    data = ((), ("x",)) if "x[1]" not in used and "x[T]" not in used else ((),)
    return Network(
        name="everything",
        equations=made.equations,
        parameters=tuple(made.parameters),
        constants=tuple(made.constants),
        inputs=tuple(made.inputs),
        targets=("target",) if "target" in used else (),
        loss=loss,
        loss_at=draw(st.sampled_from(("every", "every", "last", (1,), (1, 2)))),
        reduction=draw(st.sampled_from(("sum", "mean"))),
        initial={name: value for name, value in made.initial.items() if f"{name}[t-" in used or f"{name}[t+" in used},
        trainable_initial=("h",) if "h[t-" in used and draw(st.booleans()) else (),
        by=draw(st.sampled_from(data)),
        penalty=draw(st.sampled_from(("", "", f"sum({made.parameters[0]}**2)/2"))),
        shapes={name: shape for name, shape in made.shapes.items() if name != "target" or "target" in used},
        broadcast=True,
        functions=OWN,
    )
