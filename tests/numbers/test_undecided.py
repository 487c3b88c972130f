"""Numbers that no ball decides: exact zeros, kinks and ties, in whole examples."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from threading import Barrier

import flint
import pytest

from derive import Network, derive
from derive.errors import ValuesError
from derive.graph.unrolled import Node
from derive.network.toml import from_toml
from derive.numbers.example import Evaluation, decided, precision

CANCELS = """
    parameters = ["w", "v", "u"]
    inputs = ["x"]
    loss = "l"
    initial = { h = 0 }
    values = { w = 0.7, v = 0.5, u = 2, x = { cycle = [1, 0.3, -1] } }
    [equations]
    h = "tanh(w*x[t] + v*h[t-1])"
    g = "tanh(w*x[t])"
    l = "(h[t] - g[t])*u + h[t]"
"""
AVERAGE = """
    parameters = ["w"]
    inputs = ["x"]
    targets = ["yhat"]
    loss = "l"
    [equations]
    k = "w*x[t]"
    a = "a[t-1] + exp(k[t])*x[t]"
    b = "b[t-1] + exp(k[t])"
    o = "a[t]/b[t]"
    l = "(o[t] - yhat[t])**2/2"
    [initial]
    a = 0
    b = 0
    [values]
    w = 0.8
    x = { cycle = [1, 0.5] }
    yhat = 1
"""
THRESHOLD = """
    parameters = ["w"]
    inputs = ["x"]
    loss = "l"
    [equations]
    u = "u[t-1] + w*x[t]"
    s = "relu(u[t] - 0.3)"
    l = "s[t]**2/2 + u[t]"
    [initial]
    u = 0
    [values]
    w = 0.1
    x = 1
"""
VECTOR_THRESHOLD = """
    parameters = ["W"]
    inputs = ["x"]
    loss = "l"
    [equations]
    u = "u[t-1] + W@x[t]"
    s = "relu(u[t] - 0.3)"
    l = "sum(s[t]**2)/2 + sum(u[t])"
    [initial]
    u = 0
    [shapes]
    W = "n, d"
    x = "d"
    u = "n"
    s = "n"
    [values]
    W = [[0.1, 0], [0, 0.3], [0.7, -0.6]]
    x = 1
"""


def shown(example: Evaluation, number: object) -> str:
    """A number as a handout prints it."""
    return str(example.show(number))


def test_a_difference_of_equal_values_of_functions_is_zero() -> None:
    """At t = 1 the memory is 0, so that h_1 = g_1: what that step adds to dL/du is 0, the rest is not."""
    example = derive(from_toml(CANCELS, "cancel", "cancel.toml"), 3).evaluate()
    assert shown(example, example.contributions(Node("u"))[1]) == "0"
    h, total = 0.0, flint.arb(0)
    with precision(200):
        for x in ("1", "0.3", "-1"):
            drive = flint.arb("0.7") * flint.arb(x)
            h = (drive + flint.arb("0.5") * h).tanh()
            total += h - drive.tanh()
        assert abs(example.gradient(Node("u")) - total) < 1e-30


def test_a_running_average_of_one_is_that_one() -> None:
    """At t = 1 the average is x_1 = ŷ, so that loss and adjoints there are 0, and so is the whole gradient for T = 1."""
    network = from_toml(AVERAGE, "average", "average.toml")
    example = derive(network, 3).evaluate()
    assert [shown(example, example.value(Node(name, 1))) for name in ("o", "l")] == ["1.0000", "0"]
    assert shown(example, example.adjoint(Node("o", 1))) == "0"
    single = derive(network, 1).evaluate()
    assert [shown(single, single.adjoint(node)) for node in (Node("w"), Node("a", 1), Node("x", 1))] == ["0", "0", "0"]
    assert all(check.passed is not False for check in derive(network, 3).checks())


def test_relu_is_flat_where_its_argument_is_exactly_zero() -> None:
    """The sum u reaches the threshold 0.3 in three steps of a tenth: dL/dw = 1 + 2 + 3 + 4 + 0.1·4, L = 0.1²/2 + 1."""
    lesson = derive(from_toml(THRESHOLD, "threshold", "threshold.toml"), 4)
    example = lesson.evaluate()
    assert shown(example, example.gradient(Node("w"))) == "10.4000"
    assert shown(example, example.loss) == "1.0050"
    assert [shown(example, example.value(Node("s", t))) for t in (1, 2, 3, 4)] == ["0", "0", "0", "0.1000"]
    assert all(check.passed is not False for check in lesson.checks())


def test_relu_of_a_vector_is_flat_in_the_component_that_is_exactly_zero() -> None:
    """The components of u_t are t/10, 3t/10 and t/10: at T = 3 only the second ever exceeds 0.3, by 0.3 and 0.6."""
    lesson = derive(from_toml(VECTOR_THRESHOLD, "threshold", "threshold.toml"), 3)
    example = lesson.evaluate()
    assert shown(example, example.gradient(Node("W"))) == "[[6.0000, 6.0000], [8.4000, 8.4000], [6.0000, 6.0000]]"
    assert all(check.passed is not False for check in lesson.checks())


def test_a_number_just_below_a_tie_goes_down() -> None:
    """tanh(1.2345·10⁻²⁵) is smaller than its argument, by 6·10⁻⁷⁶; the argument itself is a tie."""
    example = derive("elman", 1).evaluate({"w_x": "1.2345e-25"})
    assert shown(example, example.value(Node("a", 1))) == "1.235e-25"
    assert shown(example, example.value(Node("h", 1))) == "1.234e-25"


@pytest.mark.parametrize(("w", "printed"), [("0.12344" + 45 * "9", "0.1234"), ("0.12345", "0.1235")])
def test_nines_are_no_tie(w: str, printed: str) -> None:
    """However many there are."""
    example = derive("elman", 1).evaluate({"w_x": w})
    assert shown(example, example.value(Node("a", 1))) == printed


def test_a_tie_by_cancellation_is_a_tie() -> None:
    """The quotient x e^k / e^k is x, exactly halfway between 0.1234 and 0.1235."""
    example = derive(from_toml(AVERAGE, "average", "average.toml"), 1).evaluate({"x": "0.12345"})
    assert shown(example, example.value(Node("o", 1))) == "0.1235"


def test_a_pole_that_more_bits_resolve_is_none() -> None:
    """1/(w − v) with w − v = 10⁻⁶⁰ needs more than the first 144 bits; with w = v it has no value, and is refused."""
    network = Network(
        name="pole.toml",
        equations={"h": "1/(w - v)", "l": "h[t]"},
        parameters=("w", "v"),
        loss="l",
        values={"w": "0." + 59 * "3" + "4", "v": "0." + 60 * "3"},
    )
    example = derive(network, 1).evaluate()
    assert shown(example, example.loss) == "1.000e60"
    with pytest.raises(ValuesError, match=r"^pole\.toml: h at step 1 has no value with these numbers \(a pole"):
        derive(network, 1).evaluate({"w": "0.1", "v": "0.1"})


def test_what_is_asked_of_an_example_is_decided_with_as_many_bits_as_it_takes() -> None:
    """Also sums that the example itself does not hold: dL/dw − 10.4, exactly 0."""
    example = derive(from_toml(THRESHOLD, "threshold", "threshold.toml"), 4).evaluate()
    found = decided(example, lambda finer: shown(finer, finer.gradient(Node("w")) - Fraction(52, 5)))
    assert found == "0"


def test_threads_make_the_bytes_that_one_makes() -> None:
    """Flint's precision is one for the process: eight evaluations at once, of different precision, as one by one."""
    cases = [("elman", 40, 4), ("lstm", 8, 60), ("gru", 6, 30), ("elman", 3, 200)]
    barrier = Barrier(2 * len(cases))

    def numbers(case: tuple[str, int, int], *, together: bool) -> list[str]:
        name, steps, places = case
        lesson = derive(name, steps)
        if together:
            barrier.wait(60)
        example = lesson.evaluate(places=places)
        checks = [f"{check.route} {check.distance}" for check in lesson.verification(example).checks()]
        return [shown(example, example.gradient(target)) for target in lesson.targets] + checks

    alone = [numbers(case, together=False) for case in cases]
    with ThreadPoolExecutor(2 * len(cases)) as pool:
        together = list(pool.map(lambda case: numbers(case, together=True), 2 * cases))
    assert together == 2 * alone
    assert flint.ctx.prec == 53
