"""What is printed is evaluated: every formula of a handout, read as it stands, is true at values nobody chose."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import functioned
import networks
import pytest
import samples
from declared import DECLARED
from everything import SIZES, everything
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from matrix_networks import MATRICES

from derive.__main__ import main
from derive.api import derive as lesson
from derive.derivation import derive
from derive.network.network import Given, Network
from derive.network.toml import ready_made
from derive.notation.express import Notation
from derive.notation.formula import (
    Formula,
    Line,
    Number,
    Sign,
    Symbol,
    Words,
    grouped,
    negated,
    plus,
    relation,
    row,
    transposed,
)
from derive.notation.items import spelled
from derive.notation.linear import ZERO, Blocks, MisfitError, Value, added, is_zero, matrix, multiplied
from derive.report import publish
from derive.report.document import Block, Callout, Display, Document, Items, Table, plain
from derive.report.options import Options
from derive.report.printed.proofread import Found, proofread
from derive.report.printed.reading import expected, noted, reading
from derive.report.printed.statements import statements
from derive.report.publish import subject
from derive.report.subject import Subject

DEFINED = re.compile(
    r"L|T|[a-zα-ω]_[tT](\^.*)?|[A-Z]_t(\^.*)?|[kκ]_[12]|[δλ]_.*|γ_[T\d]+\^.*|[a-z]_(0|\{.*\})(\^.*)?|[a-z]\d?"
)
"""What a handout may define: letters of its chapters, k₁ and k₂, sizes, and what lies outside 1 … T."""


@dataclass(frozen=True)
class Told:
    """A handout with all its chapters, and what it is about."""

    subject: Subject
    document: Document

    def read(self) -> tuple[Found, ...]:
        """What a reader finds about each of its statements."""
        return proofread(self.subject, self.document)


def told(
    network: str | Network, steps: int, values: dict[str, Given] | None = None, locale: str = "en", window: int = 0
) -> Told:
    """Return a handout; ``window`` is k₂ = k₁ for truncation, if it is not the usual one."""
    truncate = (window, window) if window else None
    about = subject(derive(network, steps), Options(locale, values=values or {}, chapters=["all"], truncate=truncate))
    return Told(about, publish.told(about))


@cache
def four_steps(name: str) -> Told:
    """A ready-made network over four steps."""
    return told(name, 4)


def assert_true(handout: Told) -> None:
    """Assert that every statement can be read and is true, and that nothing is taken for a definition that is none."""
    found = handout.read()
    assert any(one.verdict == "holds" for one in found)
    assert [
        f"{one.statement} ({one.verdict}, {one.statement.place}): {one.why}" for one in found if not one.is_sound
    ] == []
    defined = [str(one.statement) for one in found if one.verdict == "defines"]
    assert [one for one in defined if not DEFINED.fullmatch(one.split(" = ")[0])] == []


@pytest.mark.parametrize("name", MATRICES)
def test_every_formula_of_a_network_of_matrices_is_true(name: str) -> None:
    """Products from both sides, ⊙ of matrices, sums over rows and columns, rows in place of columns."""
    network = MATRICES[name]
    assert_true(told(network, 3, samples.random_values(network, 3, 1, dict.fromkeys("ndkqm", 2))))


# -- every network ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ready_made())
def test_every_formula_of_a_ready_made_network_is_true(name: str) -> None:
    """Each equation, rule, gradient, closed form, local derivative, path, stage and count, at T = 4."""
    assert_true(four_steps(name))


@pytest.mark.slow
@pytest.mark.parametrize("locale", ["en", "zh"])
@pytest.mark.parametrize("steps", [1, 2, 7])
@pytest.mark.parametrize("name", ready_made())
def test_they_are_true_at_other_numbers_of_steps_and_in_every_language(name: str, steps: int, locale: str) -> None:
    """A single step, where most terms do not exist, and sums that are printed with their middle left out."""
    assert_true(told(name, steps, locale=locale))


@pytest.mark.parametrize("name", networks.ZOO)
def test_every_formula_of_a_strange_network_is_true(name: str) -> None:
    """Long lags, states that run backwards, losses at the last step, a loss that is a state."""
    assert_true(told(networks.ZOO[name], 2))


@pytest.mark.parametrize("name", DECLARED)
def test_every_formula_of_what_can_be_declared_is_true(name: str) -> None:
    """Constants, means, losses at some steps, several losses, a loss called L."""
    assert_true(told(DECLARED[name], 4))


@pytest.mark.parametrize("window", [2, 3])
def test_truncation_with_rarer_passes_is_true(window: int) -> None:
    """A pass every second or third step: the last loss that is seen is a whole part."""
    assert_true(told("elman", 7, window=window))


ROUGH = settings(
    max_examples=int(os.environ.get("DERIVE_EXAMPLES", "6")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
"""A network takes half a second, so what fails is not made smaller."""


@ROUGH
@given(networks.networks(), st.sampled_from([1, 2, 4]))
def test_every_formula_of_a_random_scalar_network_is_true(network: Network, steps: int) -> None:
    """Up to three variables with lags 1 and 2, each a function of a sum of products."""
    assert_true(told(network, steps))


@ROUGH
@given(samples.networks(vectors=False), st.sampled_from([1, 2, 4]))
def test_every_formula_of_random_states_is_true(network: Network, steps: int) -> None:
    """Up to three states that feed one another, with trained initial values."""
    assert_true(told(network, steps, samples.random_values(network, steps, 1)))


@ROUGH
@given(samples.networks(vectors=True), st.sampled_from([1, 2, 4]))
def test_every_formula_of_random_vectors_is_true(network: Network, steps: int) -> None:
    """The same with vectors, each of its own size, and losses over vectors."""
    assert_true(told(network, steps, samples.random_values(network, steps, 1, _sizes(network))))


@pytest.mark.slow
@ROUGH
@given(everything(), st.sampled_from([2, 3]))
def test_every_formula_of_whatever_is_declared_is_true(network: Network, steps: int) -> None:
    """Joined inputs, cut gates, masks, batches, memories, several losses, penalties, put together at random."""
    assert_true(told(network, steps, samples.random_values(network, steps, 1, SIZES)))


@ROUGH
@given(samples.equation(), st.sampled_from([1, 2, 3]))
def test_every_formula_of_a_random_equation_is_true(network: Network, steps: int) -> None:
    """Anything that the grammar allows: sums of components, inner products, transposes, quotients, softmax."""
    assert_true(told(network, steps, samples.random_values(network, steps, 1, _sizes(network))))


def _sizes(network: Network) -> dict[str, int]:
    """A different size for each name of one."""
    names = dict.fromkeys(size for shape in network.shapes.values() for size in shape)
    return {name: 2 + place for place, name in enumerate(names)}


MIXED = Network(
    name="mixed",
    equations={
        "a": "softmax(W@h[t-1] + u)",
        "h": "h[t-1]/2 - tanh(W.T@(a[t]*x[t]))*k",
        "s": "sum(k*h[t])/3 + sqrt(2 + h[t]@h[t]) + (3 + u@u)**(-0.5)",
        "g": "relu(0.3*s[t] - k) - (g[t-1] + k*s[t-1])/0.8 - (s[t] + k)",
        "l": "-log(sum(a[t]*a[t])) + (g[t]*s[t] - k)**3/2 + 0.00123456789012*k",
    },
    parameters=("W", "u", "k"),
    inputs=("x",),
    loss="l",
    initial={"h": 0, "g": 0, "s": 0},
    trainable_initial=("h",),
    shapes={"W": ("m", "n"), "u": ("m",), "a": ("m",), "x": ("m",), "h": ("n",)},
    broadcast=True,
)
"""Softmax within, numbers that multiply vectors and their sums, a root, a kink, decimals, and a unit matrix beside another."""


@pytest.mark.parametrize("steps", [1, 3])
def test_every_formula_of_mixed_vectors_and_numbers_is_true(steps: int) -> None:
    """What no ready-made network has."""
    assert_true(told(MIXED, steps, samples.random_values(MIXED, steps, 1, _sizes(MIXED))))


OF_ONE = {
    "a readout": {"o": "W_y@h[t]", "l": "sum((o[t] - y[t])**2)/2"},
    "a gate": {"o": "sigmoid(W_y@h[t])*(V@h[t]) + b*o[t-1]", "l": "(o[t] - y[t])@(o[t] - y[t])"},
    "a probability": {"o": "sigmoid(W_y@h[t] + b)", "l": "sum(-y[t]*log(o[t]) - (1 - y[t])*log(1 - o[t]))"},
}
"""What a vector of one component, said as such, may be."""


@pytest.mark.parametrize("kind", OF_ONE)
def test_every_formula_about_a_vector_of_one_component_is_true(kind: str) -> None:
    """A matrix of one row times a vector is a number, and stands beside vectors of one component."""
    shapes = {"W": ("n", "n"), "h": ("n",), "x": ("n",), "y": ("1",), "o": ("1",)}
    shapes |= {"W_y": ("1", "n"), "V": ("1", "n"), "b": ("1",)}
    text = " ".join(OF_ONE[kind].values())
    parameters = tuple(name for name in ("W", "W_y", "V", "b") if name == "W" or re.search(rf"\b{name}\b", text))
    network = Network(
        name="one",
        equations={"h": "tanh(W@h[t-1] + x[t])", **OF_ONE[kind]},
        parameters=parameters,
        inputs=("x",),
        targets=("y",),
        loss="l",
        initial={"h": 0} | ({"o": 0} if "o[t-1]" in text else {}),
        shapes={name: shape for name, shape in shapes.items() if name in {"h", "x", "y", "o", *parameters}},
        penalty="sum(W_y**2)/2",
    )
    values = samples.random_values(network, 2, 1, {"n": 2})
    assert_true(told(network, 2, {**values, "y": {"cycle": [["0.75"], ["0.25"]]}}))


def test_a_parameter_may_be_called_e() -> None:
    """Then the exponential function is written exp: a power of e would be one of the parameter."""
    network = Network(
        name="efficiency",
        equations={"h": "tanh(e*h[t-1]) + exp(e*x[t])", "l": "h[t]**2"},
        parameters=("e",),
        inputs=("x",),
        loss="l",
        initial={"h": 0},
    )
    handout = told(network, 2, samples.random_values(network, 2, 1, {}))
    assert_true(handout)
    assert "h_t = tanh(e h_{t−1}) + exp(e x_t)" in [str(found.statement) for found in handout.read()]


def test_every_formula_is_true_where_the_network_has_a_delta_of_its_own() -> None:
    """Then adjoints have another letter, in every chapter, and δ is what the author says it is."""
    network = Network(
        name="selective",
        equations={
            "delta": "softplus(w*x[t])",
            "h": "exp(-delta[t])*h[t-1] + delta[t]*x[t]",
            "l": "(h[t] - y[t])**2",
        },
        parameters=("w",),
        inputs=("x",),
        targets=("y",),
        loss="l",
        initial={"h": 0},
    )
    handout = told(network, 3, samples.random_values(network, 3, 1, {}))
    assert_true(handout)
    said = [str(found.statement) for found in handout.read()]
    assert "λ_{T+1} = 0" in said
    assert "δ_{T+1} = 0" not in said


@pytest.mark.parametrize("shapes", [{}, {"W": ("n", "n"), "h": ("n",), "I": ("n",)}], ids=["numbers", "vectors"])
def test_a_variable_may_be_called_as_the_unit_matrix_is(shapes: dict[str, tuple[str, ...]]) -> None:
    """I_t is the current, or how many are infected, and I_n the unit matrix: every formula with either is read."""
    product = "W@I[t]" if shapes else "W*I[t]"
    network = Network(
        name="current",
        equations={"h": f"h[t-1] + ({product} - h[t-1])/3", "l": "sum(h[t]**2)" if shapes else "h[t]**2"},
        parameters=("W",),
        inputs=("I",),
        loss="l",
        initial={"h": 0},
        trainable_initial=("h",),
        shapes=shapes,
    )
    assert_true(told(network, 2, samples.random_values(network, 2, 1, {"n": 2})))


KINDS = Path(__file__).parents[1] / "faults" / "networks"


@pytest.mark.slow
@pytest.mark.parametrize(("name", "steps"), [("mixed", 3), ("mixed-vector", 2)])
def test_every_formula_of_a_network_with_every_kind_of_partial_is_true(name: str, steps: int) -> None:
    """Each kind of local partial, of numbers and of vectors, within a step and from step to step."""
    about = subject(derive(KINDS / f"{name}.toml", steps), Options("en"))
    assert_true(Told(about, publish.told(about)))


def test_given_data_that_repeat_are_told_truly() -> None:
    """x_t = x_{t−2} for t > 2."""
    assert_true(told(networks.ZOO["tanh"], 5, {"x": {"cycle": ["0.5", "-1.25"]}, "y": {"cycle": [1, 2]}}))


@pytest.mark.parametrize("activation", functioned.OF_A_NUMBER)
def test_every_formula_about_a_function_of_a_number_is_true(activation: str) -> None:
    """Its value, what it is made of, and its slope, a rule among them."""
    network = functioned.scalar(activation)
    assert_true(told(network, 2, samples.random_values(network, 2, 1)))


@pytest.mark.parametrize(
    ("activation", "loss"),
    [*((activation, functioned.LOSSES[0]) for activation in functioned.OF_A_VECTOR)]
    + [("tanh({a})", loss) for loss in functioned.LOSSES[1:]],
)
def test_every_formula_about_a_function_of_a_vector_is_true(activation: str, loss: str) -> None:
    """Of each component and of the whole, targets adding up to anything."""
    network = functioned.vector(activation, loss)
    assert_true(told(network, 2, samples.random_values(network, 2, 1, _sizes(network)), locale="zh"))


LOOKING = {
    "back, at every step": ("every", "(h[t] - h[t-1] - x[t])**2/2"),
    "back, at the last step": ("last", "(h[t] - h[t-1]*h[t-2] - x[t])**2/2"),
    "ahead": ("every", "(h[t] - x[t+1])**2/2 + b[t+1]**2"),
}


@pytest.mark.parametrize("where", LOOKING)
@pytest.mark.parametrize("steps", [1, 2, 4])
def test_a_loss_that_looks_at_other_steps_is_told_truly(where: str, steps: int) -> None:
    """What comes from such a loss does not exist at every t, and the rule says so."""
    loss_at, loss = LOOKING[where]
    network = Network(
        name="looking",
        equations={"h": "tanh(w*h[t-1] + x[t])", "b": "sin(v*b[t+1] + x[t])", "l": loss},
        parameters=("w", "v"),
        inputs=("x",),
        loss="l",
        loss_at=loss_at,
        initial={"h": 0, "b": 0} | ({"x": 0} if "x[t+1]" in loss else {}),
    )
    assert_true(told(network, steps, {"w": "0.5", "v": "0.25", "x": "0.75"}))


@pytest.mark.parametrize("steps", [1, 2])
def test_a_gradient_of_which_only_the_penalty_is_left_is_true_here(steps: int) -> None:
    """In one step nothing that w does reaches the loss, so dL/dw is 2 w/T; with more steps there is more."""
    network = Network(
        name="late",
        equations={"g": "w*x[t] + g[t-1]", "h": "tanh(v*g[t-1] + x[t])", "l": "h[t]**2/2"},
        parameters=("w", "v"),
        inputs=("x",),
        loss="l",
        penalty="w**2/T",
        main="w",
        initial={"g": 0.5},
    )
    assert_true(told(network, steps, {"w": "0.5", "v": "0.25", "x": "0.75"}))


def test_zeros_in_a_column_have_the_room_that_is_left() -> None:
    """[a; 0] + [b; c] is a sum of columns, whatever sizes 0 and 0 have."""
    a, b = column([1.0, 2.0]), column([1.0, 1.0, 1.0, 3.0])
    found = added(Blocks(((a,), (ZERO,), (ZERO,))), b)
    assert [float(entry) for entry in found.flat] == [2.0, 3.0, 1.0, 3.0]


def test_a_column_of_zeros_is_as_long_as_it_has_to_be() -> None:
    """W [0; 0; 0] with blocks of two entries each: at the last step nothing comes back, whatever the sizes."""
    wide, zeros = matrix([[1.0] * 6, [2.0] * 6]), matrix([[ZERO], [ZERO], [ZERO]])
    assert is_zero(multiplied([wide, zeros]))
    assert added(zeros, column([1.0, 2.0])).tolist() == [[1.0], [2.0]]
    with pytest.raises(MisfitError):
        multiplied([wide, column([1.0, 2.0, 3.0])])


def column(entries: list[float]) -> Value:
    """Numbers under one another."""
    return matrix([[entry] for entry in entries])


# -- nothing is passed over ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ready_made())
def test_every_display_is_read_whole(name: str) -> None:
    """All that a display shows is part of some statement; only the two definitions of the idea are set aside."""
    document = four_steps(name).document
    read = Counter(item for one in statements(document) for side in (*one.sides, one.when) for item in side)
    for display in displays(document.blocks):
        shown = Counter(item for line in display.lines for item in items(line) if not isinstance(item, Words | Sign))
        assert shown - read == Counter(), display


def items(line: Line) -> Iterator[Formula]:
    """What a line shows, from left to right, without remarks."""
    if line.left is not None:
        yield from spelled(line.left)
    for item in spelled(line.right):
        if isinstance(item, Words) and item.text.strip():
            return
        yield item


def displays(blocks: Iterable[Block]) -> Iterator[Display]:
    """Every display."""
    for block in blocks:
        match block:
            case Display():
                yield block
            case Callout(blocks=inner):
                yield from displays(inner)
            case Items(entries):
                for entry in entries:
                    yield from displays(entry)


@pytest.mark.parametrize("name", ready_made())
def test_a_letter_that_a_handout_defines_stands_for_nothing_else(name: str) -> None:
    """Closed forms and chapters take letters that differ from the network's and from each other."""
    about = four_steps(name).subject
    network = about.derivation.network
    given = {about.notation.name(one).letter for one in (*network.variables, *network.data, *network.parameters)}
    chapters = [about.fresh(what).letter for what in ("state", "sensitivity", "end", "jacobian", "contribution")]
    defined = [left.letter for _, (_, *meant) in about.closed_forms for left, _ in meant if isinstance(left, Symbol)]
    forms = list(dict.fromkeys(defined))
    assert len({*chapters, *forms}) == len(chapters) + len(forms)
    assert not given & {*chapters, *forms}


def test_only_what_leaves_something_out_is_not_evaluated() -> None:
    """Of a network with few paths that is Bauer's formula alone; of many paths, long sums and products as well."""
    elided = [one.statement for one in four_steps("elman").read() if one.verdict == "elided"]
    assert next(map(str, elided)).startswith("dL/du = Σ_{L→⋯→u}")
    assert {one.place for one in elided} <= {"1  The idea", "7  Folding the sum"}
    assert all(one.is_elided for one in elided)


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("elman", "δ_t = (y_t − ŷ_t) w_y + δ_{t+1} (1 − h_{t+1}²) w_h"),
        ("elman", "dL/dw_h = Σ_{t=1}^T δ_t (1 − h_t²) h_{t−1}"),
        ("elman", "δ_t = Σ_{s=t}^T (y_s − ŷ_s) w_y Π_{j=t+1}^s (1 − h_j²) w_h"),
        ("elman", "∂⁺h_t/∂a_t = 1 − h_t²"),
        ("elman", "L = l_1 + l_2 + l_3 + l_4"),
        ("elman", "δ_t^{(m)} = (y_t − ŷ_t) w_y + δ_{t+1}^{(m)} (1 − h_{t+1}²) w_h"),
        ("elman", "dh_t/dh_{t−1} = (1 − h_t²) w_h"),
        ("lstm-scalar", "∂c_t/∂c_{t−1} = f_t"),
        ("elman-vector", "W_hᵀ δ_t^a"),
        ("many-to-one", "δ_t = (p_T − ŷ_T) w_y Π_{j=t+1}^T (1 − h_j²) w_h"),
    ],
)
def test_what_a_handout_says_is_among_the_statements(name: str, statement: str) -> None:
    """The statements that a reader puts to the test are those on the page."""
    holding = [str(one.statement) for one in four_steps(name).read() if one.verdict == "holds"]
    assert statement in holding


# -- what is not true is found ------------------------------------------------------------------------------------------


def test_a_false_formula_is_refused_with_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A handout with a wrong formula in it is not written, and the message shows the formula."""
    express_as = Notation.formula

    def wrong(self: Notation, expr: object, *rest: object) -> Formula:
        formula = express_as(self, expr, *rest)  # type: ignore[arg-type]
        return formula.body if formula == transposed(self.name("W_h")) else formula  # type: ignore[union-attr]

    monkeypatch.setattr(Notation, "formula", wrong)
    monkeypatch.setattr("sys.argv", ["derive", "report", "--network", "elman-vector", "--output", str(tmp_path)])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 1
    assert "is not true" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_table_of_checks_says_how_many_formulas_were_read() -> None:
    """Of an ordinary handout all: rules, gradients, local maps, paths; what leaves something out, and numbers, do not count."""
    handout = four_steps("elman-vector")
    found = reading(handout.subject, handout.document, expected(handout.document))
    assert found == expected(handout.document)
    assert found.formulas > 30
    (table,) = (
        block
        for block in noted(handout.subject, handout.document, found).blocks
        if isinstance(block, Table) and block.label == "tab-checks"
    )
    assert plain(table.rows[-1][-1]) == f"{found.read} of {found.formulas} read, true"


def test_a_formula_that_cannot_be_read_is_counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What a reader can make nothing of is printed, but the table of checks does not claim it."""
    express_as = Notation.formula

    def unheard_of(self: Notation, expr: object, *rest: object) -> Formula:
        formula = express_as(self, expr, *rest)  # type: ignore[arg-type]
        return Symbol("Ω") if formula == transposed(self.name("W_h")) else formula

    monkeypatch.setattr(Notation, "formula", unheard_of)
    lesson("elman-vector", 2).report(tmp_path, formats=["md"])
    said = re.search(r"(\d+) of (\d+) read, true", (tmp_path / "elman-vector-T2.en.md").read_text(encoding="utf-8"))
    assert said is not None
    assert 10 < int(said[1]) < int(said[2])


def test_a_formula_whose_sizes_do_not_fit_is_not_true() -> None:
    """A column before a matrix is no product, and no matrix of that size a sum with one: not unread, but wrong."""
    h, w, x = Symbol("h", subs=(Symbol("t"),)), Symbol("W", subs=(Symbol("h"),)), Symbol("x", subs=(Symbol("t"),))
    unheard_of = Symbol("Ω", subs=(Symbol("t"),))
    lines = tuple(Line(side, "=", side) for side in (row(h, w), plus(h, transposed(x)), row(unheard_of, h), row(w, h)))
    found = proofread(four_steps("elman-vector").subject, Document("en", (), (), (Display(lines),)))
    assert [one.verdict for one in found] == ["differs", "differs", "unreadable", "holds"]


def test_a_formula_is_read_at_every_step_and_in_every_case() -> None:
    """What is true at the first step only is false, and so is what is said under a condition and not true there."""
    t, one = Symbol("t"), Number("1")
    h, before = Symbol("h", subs=(t,)), Symbol("h", subs=(plus(t, negated(one)),))
    later = row(before, Words(" "), grouped(relation(t, (">", one))))
    lines = (Line(h, "=", Symbol("h", subs=(one,))), Line(h, "=", later), Line(h, "=", h))
    found = proofread(four_steps("elman").subject, Document("en", (), (), (Display(lines),)))
    assert [one.verdict for one in found] == ["differs", "differs", "holds"]


def test_the_numbers_of_the_example_are_read_too() -> None:
    """A wrong digit in a table of the worked example differs from the example."""
    handout = four_steps("elman")
    found = [one for one in handout.read() if one.statement.place == "tab-forward"]
    assert len(found) >= 20
    assert {one.verdict for one in found} == {"holds"}


def test_a_statement_reads_as_plain_text() -> None:
    """A message shows the formula as the terminal would."""
    said = [str(one.statement) for one in four_steps("elman-vector").read()]
    assert "δ_t = W_yᵀ (y_t − ŷ_t) + W_hᵀ ((1 − h_{t+1}²) ⊙ δ_{t+1})" in said


def test_a_column_of_blocks_that_are_all_0_has_any_size() -> None:
    """At the last step nothing comes back to a state that others see a step later: [0; 0] beside a matrix of blocks."""
    network = Network(
        name="blocks",
        equations={
            "g": "tanh(A@x[t] + B@h[t-1])",
            "h": "tanh(C@x[t] + D@h[t-2])",
            "f": "tanh(E@g[t] + F@x[t])",
            "l": "sum((G@f[t] - p[t])**2)/2",
        },
        parameters=tuple("ABCDEFG"),
        loss="l",
        inputs=("x",),
        targets=("p",),
        initial={"h": 0},
        shapes={
            "x": ("d",),
            "g": ("m",),
            "h": ("n",),
            "f": ("k",),
            "p": ("q",),
            "A": ("m", "d"),
            "B": ("m", "n"),
            "C": ("n", "d"),
            "D": ("n", "n"),
            "E": ("k", "m"),
            "F": ("k", "d"),
            "G": ("q", "k"),
        },
    )
    assert_true(told(network, 2, samples.random_values(network, 2, 1)))
