"""Limits: just within each of them there is an answer, one above it a message that says how it is raised."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from large import CASES, NETWORKS, Case, fault

from benchmarks.child import Taken, taken
from derive import DeriveError, Network, derive, load
from derive.errors import LimitError, TooManyPathsError
from derive.limits import DEFAULT, Limits
from derive.report.options import Options
from derive.report.publish import subject, tell

SMALL = """
source = "a book"
parameters = ["W"]
inputs = ["signal"]
loss = "l"
equations = { h = "tanh(W@signal[t] + W@h[t-2])", l = "h[t]@h[t]" }
initial = { h = 0 }
shapes = { W = "n, n", signal = "n", h = "n" }
values = { W = [[0.5, 0], [0.25, 1]], signal = { cycle = [[1, 2]] } }
"""
EXACT = {
    "file": len(SMALL),
    "text": len("a book"),
    "name": len("signal"),
    "print": 3,  # six letters of half an em each, nearly
    "equation": len("tanh(W@signal[t] + W@h[t-2])"),
    "equations": 2,
    "references": 3 + 1,  # W, signal, h two steps before; h
    "names": 2,
    "lag": 2,
    "components": 2,
    "digits": 5,
    "steps": 3,
    "work": 3 * ((4 + 2 + 4 + 2) + (2 + 2)),  # W signal, W h; h h
    "jacobians": 3 * (2 * 4 + 2 * 2 + 2 * 2 + 2),  # h by W, signal and h; l by h
    "paths": 9,
}
"""How much of everything there is in the network above over three steps, counted by hand."""


def told(folder: Path, limits: Limits) -> None:
    """The handout of the small network over three steps, as far as its document."""
    path = folder / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    tell(subject(derive(path, 3, limits), Options(digits=5, most_paths=9)))


def test_what_is_exactly_as_large_as_the_limits_is_derived(tmp_path: Path) -> None:
    """With every limit at what there is, there is a handout; no limit has been left out here."""
    assert EXACT.keys() == {each.name for each in fields(Limits)}
    told(tmp_path, DEFAULT.raised(EXACT))


@pytest.mark.parametrize("name", EXACT)
def test_one_above_a_limit_is_refused_with_the_option_that_raises_it(name: str, tmp_path: Path) -> None:
    """The message has the number that was found, the limit and the option; with that option it works."""
    limit = EXACT[name] - 1
    with pytest.raises(LimitError) as caught:
        told(tmp_path, DEFAULT.raised({name: limit}))
    message = str(caught.value)
    assert f"the limit is {limit:,}; --limit {name}=" in message
    assert "small.toml: " in message
    if name != "file":  # which is not read to its end
        assert f"--limit {name}={EXACT[name]} raises it" in message


def test_limits_are_raised_by_their_names() -> None:
    """A misspelt limit, or one that is no number, is told what would be right."""
    assert DEFAULT.raised({"paths": 7}) == Limits(paths=7)
    for wrong, message in (
        ({"equaton": 1}, "there is no limit equaton; did you mean equation?"),
        ({"size": 1}, "there is no limit size; known are file, text"),
        ({"paths": 0}, "the limit paths has to be a whole number from 1 on, not 0"),
        ({"paths": 1.5}, "from 1 on, not 1.5"),
    ):
        with pytest.raises(DeriveError, match=message.replace("?", r"\?")):
            DEFAULT.raised(wrong)  # type: ignore[arg-type]


def test_a_network_in_python_has_limits_too() -> None:
    """What was declared in Python is bounded alike, and its limits are raised where it is derived."""
    equations = {f"h{place}": "x[t]" for place in range(DEFAULT.equations)} | {"l": "x[t]"}
    declared = {"name": "many", "equations": equations, "parameters": (), "inputs": ("x",), "loss": "l"}
    with pytest.raises(LimitError, match="many: 101 equations, and the limit is 100; --limit equations=101 raises it"):
        Network(**declared)
    assert len(Network(**declared, limits=DEFAULT.raised({"equations": 101})).equations) == 101
    lesson = derive(load("elman"), 3, limits={"paths": 5})
    with pytest.raises(TooManyPathsError, match=r"at most 5 are written out; .* --limit paths=6$"):
        _ = lesson.gradients["w_h"].steps
    assert derive("elman", 3).gradients["w_h"].steps


def test_a_file_cannot_raise_a_limit(tmp_path: Path) -> None:
    """Limits are for who runs derive, not for what is read."""
    path = tmp_path / "own.toml"
    path.write_text(f"limits = {{ equations = 5000 }}\n{SMALL}", encoding="utf-8")
    with pytest.raises(DeriveError, match="unknown key limits"):
        load(path)


@pytest.mark.parametrize(
    "words",
    [
        ("show", "-n", "/dev/zero"),
        ("show", "-T", "100000"),
        ("show", "-T", "1112", "--with", "lags"),
        ("report", "-T", "1112", "--full-tables"),
        ("paths", "w_h", "-T", "100000"),
        ("compare", "--gradient", "w_h=1", "-T", "11112"),
        ("audit", "backward.py", "-T", "11112"),
        ("compare", "-n", "lstm-scalar", "--gradient", "w_hf=1", "-T", "368"),
        ("report", "--digits", "31"),
        ("show", "--max-paths", "5001"),
        ("report", "-n", "long.toml"),
        ("show", "--values", "deep.toml"),
    ],
)
def test_what_is_too_large_is_refused_before_the_work(words: tuple[str, ...], tmp_path: Path) -> None:
    """Endless files, a hundred thousand steps, an integer of a megabyte: one message, in seconds, with little memory."""
    (tmp_path / "long.toml").write_text("w = " + "9" * 2_000_000)
    (tmp_path / "deep.toml").write_text(".".join("a" * 100_000) + " = 1")
    found = taken(words, tmp_path)
    assert found.code == 2
    assert any(why in found.said for why in ("raises it", "line 1: it nests too deeply", "it is not a file"))
    assert "Traceback" not in found.said
    assert found.seconds < 10
    assert found.megabytes < 200


def chained(length: int) -> str:
    """So many equations, each put into the next."""
    lines = [f'a{place} = "sin(a{place - 1}[t])"' for place in range(1, length - 1)]
    last = f"a{length - 2}"
    head = ['parameters = ["w", "v"]', 'inputs = ["x"]', 'loss = "l"', f"initial = {{ {last} = 0 }}"]
    first = ["values = { w = 0.5, v = 0.5, x = 1 }", "[equations]", f'a0 = "tanh(w*x[t] + v*{last}[t-1])"']
    return "\n".join([*head, *first, *lines, f'l = "{last}[t]**2"'])


def squared(length: int) -> str:
    """So many equations, each the square of the one before: written out, a product of 2ⁿ factors."""
    lines = [f'a{place} = "a{place - 1}[t]*a{place - 1}[t]"' for place in range(1, length - 1)]
    head = ['parameters = ["w"]', 'inputs = ["x"]', 'loss = "l"', "values = { w = 0.5, x = 1 }", "[equations]"]
    return "\n".join([*head, 'a0 = "w*x[t]"', *lines, f'l = "a{length - 2}[t]"'])


def named(length: int) -> str:
    """A network whose names are words of so many letters."""
    h, w, x, loss = (letter * length for letter in "huxl")
    return f"""
        parameters = ["{w}"]
        inputs = ["{x}"]
        loss = "{loss}"
        initial = {{ {h} = 0 }}
        values = {{ {w} = 0.5, {x} = 1 }}
        equations = {{ {h} = "tanh({w}*{h}[t-1] + {x}[t])", {loss} = "{h}[t]**2" }}
    """


def wide(size: int) -> str:
    """An Elman network of so many units, without an output of its own."""
    row = [round(0.01 * (place % 7 - 3), 2) for place in range(size)]
    return f"""
        parameters = ["W"]
        inputs = ["x"]
        loss = "l"
        equations = {{ h = "tanh(W@h[t-1] + x[t])", l = "h[t]@h[t]/2" }}
        initial = {{ h = 0 }}
        shapes = {{ W = "n, n", h = "n", x = "n" }}
        values = {{ W = {[row] * size}, x = {{ cycle = {[row]} }} }}
    """


@pytest.mark.parametrize(
    "text",
    [chained(20), squared(24), named(16), wide(10), pytest.param(wide(DEFAULT.components), marks=pytest.mark.slow)],
    ids=["20 in a row", "24 squares", "long names", "10 units", "100 units"],
)
def test_what_would_be_long_if_written_out_is_answered(text: str, tmp_path: Path) -> None:
    """Sixty functions inside one another, numbers with millions of zeros, long names, large matrices stop no format."""
    (tmp_path / "own.toml").write_text(text)
    found = taken(("report", "-n", "own.toml", "--engine", "typst"), tmp_path)
    assert (found.code, found.said) == (0, "")
    assert found.seconds < 30


SAMPLE = "20 parts of a vector: report -T 3 --with all"
"""The case that is told in every run of the tests."""


@pytest.mark.parametrize(
    "case", [pytest.param(case, marks=() if str(case) == SAMPLE else pytest.mark.slow, id=str(case)) for case in CASES]
)
def test_within_the_limits_everything_takes_a_minute_and_a_gigabyte_at_most(case: Case, tmp_path: Path) -> None:
    """What is as large as the limits allow is answered with what they promise: the table of docs/limits.md, row by row."""
    case.prepare(tmp_path)
    assert fault(case, taken(case.words, tmp_path)) == ""


def test_what_takes_too_much_is_told(tmp_path: Path) -> None:
    """A command that ends otherwise, takes too long or too much memory is a fault; what it starts counts, too."""
    case = Case("a", None, ("networks",), 0)
    assert fault(case, taken(case.words, tmp_path)) == ""
    assert "exit code 2" in fault(case, taken(("nothing",), tmp_path))
    assert fault(case, taken(case.words, tmp_path, 0.01)).startswith("exit code -1: not done after 0.01 s")
    assert fault(case, Taken(0, "", 61, 1)) == "too much: 61 s, 1 MB"
    assert fault(case, Taken(0, "", 1, 1001)) == "too much: 1 s, 1001 MB"


def test_the_large_networks_are_within_the_limits(tmp_path: Path) -> None:
    """Each network that is measured is one that may be told: it is read, and no limit has to be raised."""
    assert len({str(case) for case in CASES}) == len(CASES)
    for what, text in NETWORKS.items():
        path = tmp_path / "large.toml"
        path.write_text(text(), encoding="utf-8")
        network = load(path)
        assert len(network.equations) <= DEFAULT.equations, what
