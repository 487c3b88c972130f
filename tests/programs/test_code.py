"""Code: the files that are written compute what the worked example says, and are as a formatter leaves them."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import hypothesis
import numpy as np
import pytest
from emitted import C_FLAGS, agrees, example, in_order, module, tool
from everything import everything
from matrix_networks import MATRICES
from networks import ZOO, derivation

from derive import derive, ready_made
from derive.equations.lengths import terms
from derive.errors import DeriveError, ValuesError
from derive.network.network import Network
from derive.network.toml import load
from derive.programs.code import TARGETS
from derive.programs.program import Program

STEPS = (1, 2, 5)
EXAMPLES = int(os.environ.get("DERIVE_EXAMPLES", "3"))


def run(text: str, network: Network, given: dict[str, Any], steps: int) -> tuple[Any, dict[str, Any]]:
    """What a file of Python computes."""
    arguments = in_order(network, given)
    found: tuple[Any, dict[str, Any]] = module(text)["loss_and_gradients"](
        *(arguments if network.data else (steps, *arguments))
    )
    return found


def everywhere(network: Network, steps: tuple[int, ...], folder: Path, *, plain: bool = False) -> None:
    """Hold what the files of a network compute in every language against the balls."""
    lesson = derivation(network, max(steps))
    lists, javascript, c = (lesson.code(target, plain=plain) for target in ("python", "javascript", "c"))
    found = [example(network, count) for count in steps]
    in_numpy(network, steps, found)
    for count, (given, loss, gradients) in zip(steps, found, strict=True):
        as_lists = {name: np.array(value).tolist() for name, value in given.items()}
        agrees(run(lists, network, as_lists, count), loss, gradients)
    for (_, loss, gradients), result in zip(found, in_node(javascript, network, steps, found, folder), strict=True):
        agrees(result, loss, gradients)
    for (_, loss, gradients), result in zip(found, in_c(c, network, steps, found, folder), strict=True):
        agrees(result, loss, gradients)


def in_numpy(network: Network, steps: tuple[int, ...], found: list[Any]) -> None:
    """Hold what NumPy files compute, plain and not, against the balls."""
    lesson = derivation(network, max(steps))
    for text in (lesson.code("numpy", plain=plain) for plain in (True, False)):
        for count, (given, loss, gradients) in zip(steps, found, strict=True):
            agrees(run(text, network, given, count), loss, gradients)


def in_node(
    text: str, network: Network, steps: tuple[int, ...], examples: list[Any], folder: Path
) -> list[tuple[Any, dict[str, Any]]]:
    """What a file of JavaScript computes for some examples; nothing where there is no Node."""
    node = tool("node", "nodejs")
    if node is None:
        return [(loss, gradients) for _, loss, gradients in examples]
    file = folder / "emitted.js"
    file.write_text(text, encoding="utf-8")
    calls = [
        [*([] if network.data else [count]), *(np.array(value).tolist() for value in in_order(network, given))]
        for count, (given, _, _) in zip(steps, examples, strict=True)
    ]
    program = (
        f"const {{ lossAndGradients }} = require({str(file)!r});"
        "const calls = JSON.parse(require('fs').readFileSync(0));"
        "console.log(JSON.stringify(calls.map((call) => lossAndGradients(...call))))"
    )
    told = subprocess.run([node, "-e", program], input=json.dumps(calls), capture_output=True, text=True, check=True)
    return [(found["L"], found["gradients"]) for found in json.loads(told.stdout)]


def in_c(
    text: str, network: Network, steps: tuple[int, ...], examples: list[Any], folder: Path
) -> list[tuple[Any, dict[str, Any]]]:
    """What a file of C computes for some examples; nothing where there is no compiler."""
    compiler = tool("gcc", "cc")
    if compiler is None:
        return [(loss, gradients) for _, loss, gradients in examples]
    file, library = folder / "emitted.c", folder / f"{network.name}.so"
    file.write_text(text, encoding="utf-8")
    subprocess.run([compiler, *C_FLAGS, "-shared", "-fPIC", "-o", library, file, "-lm"], check=True)
    function = ctypes.CDLL(str(library)).loss_and_gradients
    function.restype = ctypes.c_double
    results = []
    for count, (given, _, gradients) in zip(steps, examples, strict=True):
        values = [np.array(value, dtype=float) for value in in_order(network, given)]
        outputs = {label: np.full(gradient.shape, np.nan) for label, gradient in gradients.items()}
        sizes = [ctypes.c_int(size) for size in (count, *sizes_of(network, values))]
        loss = function(*sizes, *map(passed, values), *map(address, outputs.values()))
        results.append((loss, outputs))
    return results


def sizes_of(network: Network, values: list[np.ndarray]) -> list[int]:
    """The sizes of a network's shapes in the order in which they occur, read off its arguments."""
    labels = {label: name for name, sides in network.outside.items() for side in sides for label in side}
    found: dict[str, int] = {}
    for name, value in zip((*network.timeless, *network.data, *labels), values, strict=True):
        shape = network.shape(labels.get(name, name))
        found |= dict(zip(shape, value.shape[len(value.shape) - len(shape) :], strict=True))
    sizes = dict.fromkeys(size for shape in network.shapes.values() for size in shape)
    return [found[name] for name in dict.fromkeys(name for size in sizes for name in terms(size)) if name]


def passed(value: np.ndarray) -> Any:
    """An argument as C takes it."""
    return ctypes.c_double(float(value)) if value.ndim == 0 else address(value)


def address(value: np.ndarray) -> Any:
    """Where an array lies."""
    return value.ctypes.data_as(ctypes.c_void_p)


@pytest.mark.parametrize("name", ready_made())
def test_code_of_every_ready_made_network(name: str, tmp_path: Path) -> None:
    """In every language the file is right to 12 digits for several T and random values; C compiles without a warning."""
    everywhere(load(name), STEPS, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*ZOO, *MATRICES])
def test_code_of_differently_shaped_networks(name: str, tmp_path: Path) -> None:
    """Long lags, states that run backwards, losses at some steps, matrices, masks, rows, joined vectors and their parts."""
    everywhere((ZOO | MATRICES)[name], (1, 2, 3, 6), tmp_path)


@pytest.mark.parametrize(
    "name",
    [
        "two lags",
        "last by two ways",
        "running loss",
        "masked batch",
        "memory in rows",
        "gates in one",
        "joined batch",
        "joined directions",
        "classifier in columns",
        "attention in rows",
    ],
)
def test_code_of_some_of_them(name: str, tmp_path: Path) -> None:
    """A sample of these."""
    everywhere((ZOO | MATRICES)[name], (1, 3), tmp_path)


@hypothesis.settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(hypothesis.HealthCheck), derandomize=True
)
@hypothesis.given(everything())
def test_code_of_random_networks(network: Network) -> None:
    """Whatever can be declared is code in every language, and refused by none."""
    least = network.loss_at[-1] if isinstance(network.loss_at, tuple) else 1
    try:
        with TemporaryDirectory() as folder:
            everywhere(network, (least, 3), Path(folder))
    except ValuesError as refused:  # with values at which something is 0, and nobody can prove it
        if "nothing shows that it is 0" not in str(refused):
            raise
        hypothesis.reject()


def test_the_textbook_loop_in_languages_of_numbers(tmp_path: Path) -> None:
    """There nothing is moved out of the step it belongs to, and the numbers are the same."""
    everywhere(load("elman-vector"), (1, 3), tmp_path, plain=True)
    assert "dW_y[i][j] += dy[i] * h[t][j];" in derive("elman-vector", 1).code("c", plain=True)


def test_python_holds_what_a_step_looks_at_more_than_once() -> None:
    """A loop of numbers is as one writes it by hand: no second look into a list, none of losses or of what one step needs."""
    text = derive("elman", 1).code("python")
    assert "        h[t] = h_t = tanh(w_x * x[t] + w_h * h_t)" in text.splitlines()
    assert "        da = (dy_t * w_y + da * w_h) * (1.0 - h_t * h_t)" in text.splitlines()
    assert "        L += dy_t * dy_t" in text.splitlines()  # and what is divided by 2 is their sum
    assert "    L /= 2.0" in text.splitlines()
    assert "da[t]" not in text
    assert "da[t]" in derive("elman", 1).code("python", plain=True)


@pytest.mark.slow
def test_the_same_network_gives_the_same_bytes_in_every_process() -> None:
    """What is kept in sets is in an order of its own before it is written."""
    says = "from derive import derive; print(*map(derive('seq-bidirectional-lstm', 1).code, ('python', 'numpy', 'c')))"
    runs = (
        subprocess.run(
            [sys.executable, "-c", says], capture_output=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed}
        )
        for seed in "1234"
    )
    assert len({run.stdout for run in runs}) == 1


def test_nothing_is_computed_twice_for_all_steps() -> None:
    """What several lines look at has a name: a sum over components, a slope, the state of the step before."""
    attention = derive("linear-attention", 1).code("numpy")
    assert attention.count("(z[:T] * q).sum(1)") == 1
    assert attention.count('np.einsum("tij,tj->ti", S[:T], q)') == 1
    lstm = derive("lstm", 1).code("numpy")
    assert lstm.count("np.tanh(c[") == lstm.count("np.roll(h, 1, 0)[:T]") == 1
    assert "    dW_ho = dobar[:T].T @ h_before" in lstm.splitlines()
    assert "np.roll" not in derive("lstm", 1).code("numpy", plain=True)


@pytest.mark.parametrize(
    ("loss", "factor"), [("2*(y[t] - yhat[t])**2/3", "2/3"), ("0.3*y[t]*yhat[t]", "3/10"), ("y[t]*yhat[t]/7", "1/7")]
)
def test_what_every_loss_is_multiplied_by_waits_for_their_sum(loss: str, factor: str) -> None:
    """Python does it once, says so, and both its file and the compiled program have the loss and gradients of the balls."""
    network = replace(load("elman"), equations=load("elman").equations | {"l": loss}, reduction="mean")
    given, expected, gradients = example(network, 3)
    text = derivation(network, 3).code("python")
    assert f"for now without {factor}" in text
    agrees(
        run(text, network, {name: np.array(value).tolist() for name, value in given.items()}, 3), expected, gradients
    )
    agrees(Program(derivation(network, 3).recurrence)(3, given), expected, gradients)


def test_products_in_c_over_more_steps_than_a_block(tmp_path: Path) -> None:
    """Gradients by matrices are added up some steps at a time, the last of them fewer."""
    network = load("elman-vector")
    found = example(network, 35)
    for result in in_c(derivation(network, 35).code("c"), network, (35,), [found], tmp_path):
        agrees(result, *found[1:])


def test_gradients_by_data_are_there_at_every_step(tmp_path: Path) -> None:
    """Data that are asked for have a row for each step."""
    everywhere(replace(load("elman-vector"), by=("x", "h_0")), (1, 4), tmp_path)


def test_a_function_of_a_vector_within_a_sum(tmp_path: Path) -> None:
    """The softmax in the slope of a cross-entropy whose targets need not add up to 1."""
    network = load("elman-vector")
    network = replace(network, equations=network.equations | {"l": "cross_entropy(y[t], yhat[t])"})
    everywhere(network, (1, 3), tmp_path)


OFTEN = ("lstm-peephole", "linear-attention")


@pytest.mark.skipif(find_spec("ruff") is None, reason="ruff is not installed")
@pytest.mark.parametrize(
    "names", [pytest.param(OFTEN, id="some"), pytest.param(tuple(ready_made()), id="all", marks=pytest.mark.slow)]
)
def test_python_is_as_a_formatter_and_a_linter_leave_it(names: tuple[str, ...], tmp_path: Path) -> None:
    """Ruff, as it comes, finds nothing to change and nothing to say, whatever library is written for."""
    for name in names:
        for target in ("numpy", "python", "torch", "jax"):
            for plain in (True, False):
                file = tmp_path / f"{name.replace('-', '_')}_{target}_{plain}.py"
                file.write_text(derive(name, 1).code(target, plain=plain), encoding="utf-8")
    for command in (["check"], ["format", "--diff"]):
        call = [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", str(tmp_path)]
        found = subprocess.run(call, capture_output=True, text=True, check=False)
        assert found.returncode == 0, found.stdout


STYLE = (
    "{BasedOnStyle: LLVM, IndentWidth: 4, ColumnLimit: 0, BreakBeforeBraces: Linux, AlignAfterOpenBracket: DontAlign, "
    "AlignOperands: DontAlign, BreakBeforeBinaryOperators: NonAssignment}"
)


@pytest.mark.parametrize("target", TARGETS)
def test_a_comment_says_its_formula_in_lines_that_one_can_read(target: str) -> None:
    """Long sums are broken at their signs; an axis is said as NumPy says it, and the number of components by its sizes."""
    text = derivation(MATRICES["attention in rows"], 1).code(target)
    assert "sum(S_t ⊙ X_t, axis=0)/k" in text
    assert "components" not in text
    assert max(map(len, text.splitlines())) < 2 * 80


ELSEWHERE = set(MATRICES) - {"functions of matrices", "products of weights"}
"""Where a product of a few factors fills more than a line, JavaScript leaves it long."""


def formatter(name: str) -> str:
    """The formatter of this name: beside Python, or wherever programs are; it may be missing."""
    places = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    return shutil.which(name, path=places) or pytest.skip(f"{name} is not installed")


def written(target: str, names: Iterable[str], folder: Path, ending: str) -> list[str]:
    """Files of some networks in a language, as they are and plain."""
    for name in names:
        lesson = derivation(MATRICES[name], 1) if name in MATRICES else derive(name, 1)
        for plain in (True, False):
            file = folder / f"{name}{' plain' if plain else ''}.{ending}"
            file.write_text(lesson.code(target, plain=plain), encoding="utf-8")
    return [str(file) for file in folder.iterdir()]


@pytest.mark.parametrize(
    "names",
    [pytest.param(OFTEN, id="some"), pytest.param((*ready_made(), *MATRICES), id="all", marks=pytest.mark.slow)],
)
def test_c_is_as_a_formatter_leaves_it(names: tuple[str, ...], tmp_path: Path) -> None:
    """Clang-format finds nothing to change, in LLVM's style with braces as in Linux and lines as long as they are."""
    call = [formatter("clang-format"), f"--style={STYLE}", "--dry-run", "--Werror", *written("c", names, tmp_path, "c")]
    assert subprocess.run(call, capture_output=True, text=True, check=False).stderr == ""


@pytest.mark.parametrize(
    "names",
    [pytest.param(OFTEN, id="some"), pytest.param((*ready_made(), *ELSEWHERE), id="all", marks=pytest.mark.slow)],
)
def test_javascript_is_as_a_formatter_leaves_it(names: tuple[str, ...], tmp_path: Path) -> None:
    """Prettier, as it comes, finds nothing to change."""
    call = [formatter("prettier"), "--no-config", "--check", *written("javascript", names, tmp_path, "js")]
    found = subprocess.run(call, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr


@pytest.mark.parametrize("target", ["numpy", "python"])
def test_targets_of_a_file_need_not_add_up_to_one(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A handout leaves their sum out where they are declared to; a file is called with any, its own check among others."""
    module(derivation(MATRICES["classifier in rows"], 1).code(target))["check"]()
    assert "DISAGREES" not in capsys.readouterr().out


def test_where_a_rule_stands_in_place_of_a_slope_it_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Differences of the loss do not show a surrogate gradient."""
    module(derive("lif", 1).code("numpy"))["check"]()
    assert "A rule stands in place of a slope: stop_gradient, spike." in capsys.readouterr().out


def test_code_is_the_same_every_time() -> None:
    """The same network gives the same bytes, whatever the order of hashes."""
    code = (
        f"from derive.derivation import derive; lesson = derive('lstm-scalar', 1); print(*map(lesson.code, {TARGETS}))"
    )
    environment = {"PYTHONHASHSEED": "1", "PYTHONIOENCODING": "utf-8"}
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, env=environment, cwd=ROOT)
    assert found.stdout.decode() == " ".join(map(derive("lstm-scalar", 1).code, TARGETS)) + "\n"


ROOT = Path(__file__).resolve().parent.parent.parent


def awkward() -> Network:
    """A network whose names are words of Python, of NumPy and of our files, and whose title would end a text."""
    return Network(
        name="awkward",
        equations={
            "lambda": "len(W@x[t] + np*lambda[t-1])",
            "range": "lambda[t]*d[t-1] + dx[t]",
            "dx": "x[t]**2",
            "d": "tanh(range[t])",
            "l": "sum(d[t]**2)",
        },
        parameters=("W", "np"),
        inputs=("x",),
        loss="l",
        initial={"lambda": 0, "d": 0},
        functions={"len": {"of": "math", "value": "math/(1 + math**2)"}},
        shapes={"W": ("t", "t"), "np": ("t",), "x": ("t",)} | dict.fromkeys(("lambda", "range", "dx", "d"), ("t",)),
        by=("x",),
        title={"en": 'A "title" that ends """ and \\ goes */ on'},
    )


def test_a_name_may_mean_something_in_the_language(tmp_path: Path) -> None:
    """A name that is a word of the language, or one of ours, gets a sign of its own; a title ends no text."""
    everywhere(awkward(), (1, 3), tmp_path)


def test_a_target_that_there_is_not_is_told() -> None:
    """One message that says which there are."""
    with pytest.raises(DeriveError, match="there is no target fortran; known are numpy"):
        derive("elman", 1).code("fortran")
