"""Lines: what is wrong with a file is told by its line, with what would be right there."""

from __future__ import annotations

import time
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive import derive, load, ready_made
from derive.errors import DeriveError
from derive.network.lines import lines_of
from derive.network.toml import from_toml

GOOD = """\
parameters = ["w", "v"]
inputs = ["x"]
targets = ["yhat"]
loss = "l"
[equations]
h = "w*h[t-1] + x[t]"
y = "v*h[t]"
l = "(y[t] - yhat[t])**2/2"
[initial]
h = 0
[tex]
yhat = '\\hat y'
[values]
w = 0.5
v = 2
x = { cycle = [1, 0, -1] }
yhat = 1
"""
NO_TOML = [
    (
        'h = "w*h[t-1] + x[t]"',
        "h = w*h[t-1] + x[t]",
        'line 6: a text stands in quotation marks: write h = "w*h[t-1] + x[t]"',
    ),
    (
        'h = "w*h[t-1] + x[t]"',
        'h = "w*h[t-1] + x[t]',
        'line 6: the quotation mark is not closed: write h = "w*h[t-1] + x[t]"',
    ),
    ('y = "v*h[t]"', 'y[t] = "v*h[t]"', 'line 7: the left side of an equation is the name alone: write y = "v*h[t]"'),
    ('y = "v*h[t]"', 'y: "v*h[t]"', 'line 7: a key and its value are joined by =: write y = "v*h[t]"'),
    ('y = "v*h[t]"', 'y = "v*h[t]"\ny = "h[t]"', 'line 8: “y = "h[t]"” is there already; keep one'),
    ("w = 0.5", "w = 1/2", 'line 14: a fraction stands in quotation marks: write w = "1/2"'),
    ("w = 0.5", "w = .5", "line 14: a decimal has digits on both sides of its point: write w = 0.5"),
    ("w = 0.5", "w = 1.", "write w = 1.0"),
    ("w = 0.5", "w = 0,5", "a decimal has a point, and a list stands in square brackets: write w = 0.5 or [0,5]"),
    ("w = 0.5", "w = ", "line 14: the value of w is missing"),
    ("w = 0.5", "w == 0.5", "line 14: one = is enough: write w = 0.5"),
    ("w = 0.5", "w = None", "line 14: what has no value is left out"),
    ("w = 0.5", "w 0.5", "line 14: “w 0.5” is no line of the file: each is a [table], or key = value"),
    ("x = { cycle = [1, 0, -1] }", "x = 1, 0, -1", "line 16: a list stands in square brackets: write x = [1, 0, -1]"),
    (
        "x = { cycle = [1, 0, -1] }",
        "x = [1/2, 0]",
        'line 16: a fraction stands in quotation marks: write "1/2" in “[1/2, 0]”',
    ),
    ("x = { cycle = [1, 0, -1] }", "x = [1, 0, -1", "line 16: the bracket [ of x is not closed by ]"),
    (
        "x = { cycle = [1, 0, -1] }",
        "x = { cycle: [1] }",
        "line 16: a key and its value are joined by =, not by a colon",
    ),
    ('parameters = ["w", "v"]', "parameters = [w, v]", 'line 1: a name in a list stands in quotation marks: write "w"'),
    (
        'parameters = ["w", "v"]',
        'parameters = ("w", "v")',
        'line 1: a list stands in square brackets: write parameters = ["w", "v"]',
    ),
    ('parameters = ["w", "v"]', 'parameters = ["w" "v"]', 'line 1: a comma is missing: write "w", "v"'),
    (
        "yhat = '\\hat y'",
        'yhat = "\\hat y"',
        "line 12: a text with a backslash stands in single quotation marks: write yhat = '\\hat y'",
    ),
    ('loss = "l"', "loss = “l”", 'line 4: quotation marks are straight; write "'),
    ('loss = "l"', 'loss ＝ "l"', "line 4: “＝” is a full-width character; write ="),
    (
        'loss = "l"',
        'loss = "l" // why',
        "line 4: only a comment, which begins with #, may stand behind the text of loss",
    ),
    ("[equations]", "[equations", "line 5: the bracket in “[equations” is not closed: write [equations]"),
    ("[equations]", "【equations】", "line 5: “【” is a full-width character; write ["),
]
NO_NETWORK = [
    ("[equations]", "[equation]", "line 5: unknown key equation; did you mean equations?"),
    ("h = 0", "h_0 = 0", "line 10: [initial] names h_0; a state stands there by its name alone: write h = 0"),
    ("h = 0", "h = 0\ny = 0", "line 11: y has an initial value, but no equation looks at y[t-1]"),
    ('y = "v*h[t]"', "y = 3", 'line 7: [equations] y has to be a text in quotation marks, such as y = "3"'),
    (
        'y = "v*h[t]"',
        'y = "v h[t]"',
        'line 7: equation y = "v h[t]": not a formula: “v h[t]” is two things side by side',
    ),
    ('y = "v*h[t]"', 'y = "v*h"', "line 7: equation y: h needs a step"),
    ('h = "w*h[t-1] + x[t]"', 'h = "w*y[t] + h[t-1] + x[t]"', "line 6: circular definition within a step: h → y → h"),
    ('h = "w*h[t-1] + x[t]"', 'h = "w*h[t-1] + h[t+1] + x[t]"', "line 6: h depends on itself both through earlier"),
    (
        'h = "w*h[t-1] + x[t]"',
        'h = "w*h[t-1] + x[t]*h[T]"',
        "line 6: circular definition through one step: h is needed",
    ),
    ('loss = "l"', 'loss = "loss"', "line 4: the loss loss has no equation"),
    ('loss = "l"', "", "loss is missing; see the example"),
    (
        "[equations]",
        "[equations]\ninitial = { h = 0 }",
        "line 6: initial stands below [equations], and so belongs to it",
    ),
    ("v = 2", "u = 2", "line 15: [values] names u, which is unknown"),
    ("v = 2", 'v = "two"', "line 15: the value of v has to be a number, not 'two'"),
    (
        "x = { cycle = [1, 0, -1] }",
        "x = { cycl = [1] }",
        "line 16: the value of x has to be a list such as { cycle = [1, 0] }, not a table; it has no cycl, write cycle",
    ),
    ("yhat = '\\hat y'", "zhat = 'z'", "line 12: [tex] names zhat, which is unknown; did you mean yhat?"),
    ('inputs = ["x"]', 'inputs = ["x", "u"]', "line 2: u is declared, but no equation uses it"),
    ('inputs = ["x"]', 'inputs = ["x", "tanh"]', "line 2: the name tanh is taken"),
    ("[initial]\nh = 0\n", "", "line 6: h[t-1] looks at h_0, but h has no initial value"),
    ('loss = "l"', 'loss = "l"\nreduction = "max"', "line 5: reduction has to be"),
    ('loss = "l"', 'loss = "l"\nloss_at = [2, 1]', "line 5: loss_at names the steps"),
    ('loss = "l"', 'loss = "l"\nloss_at = [9]', "line 5: loss_at names step 9, so T has to be at least 9"),
    ('loss = "l"', 'loss = ["l", "m"]', "line 4: the loss m has no equation"),
    ('loss = "l"', 'loss = "l"\nby = ["y"]', "line 5: by names y"),
    ('loss = "l"', 'loss = "l"\nname = ".x"', "line 5: the name '.x' has to be one for files"),
    ('y = "v*h[t]"', 'y = "v*h[t] + x[5]"', "line 7: an equation reads step 5, so T has to be at least 5, not 3"),
    ("[tex]", '[functions]\nq = { of = "z" }\n[tex]', "line 12: [functions] q: value is missing"),
]


def refused(old: str, new: str) -> str:
    """The message with which the file is refused after a change."""
    assert GOOD.count(old) == 1
    with pytest.raises(DeriveError) as caught:
        derive(from_toml(GOOD.replace(old, new), "own", "own.toml"), 3).evaluate()
    return str(caught.value)


@pytest.mark.parametrize(("old", "new", "message"), NO_TOML, ids=range(len(NO_TOML)))
def test_a_line_that_is_no_toml_is_told_with_what_would_be_right(old: str, new: str, message: str) -> None:
    """The message names the line, and says what is meant to stand there."""
    assert f"own.toml: not a TOML file: {message}" in refused(old, new) or message in refused(old, new)


@pytest.mark.parametrize(("old", "new", "message"), NO_NETWORK, ids=range(len(NO_NETWORK)))
def test_what_contradicts_itself_is_told_with_its_line(old: str, new: str, message: str) -> None:
    """What TOML lets through, and the network does not, has its line too."""
    assert refused(old, new).startswith(f"own.toml: {message}")


def test_a_greek_letter_is_a_key_as_it_stands() -> None:
    """TOML wants it in quotation marks; a file without them is read all the same, in inline tables too."""
    text = GOOD.replace('"w", "v"', '"ω", "v"').replace("w*h", "ω*h").replace("w = 0.5", "ω = 0.5")
    assert from_toml(text, "own", "own.toml").values["omega"] == from_toml(GOOD, "own", "own.toml").values["w"]
    inline = text.replace("[initial]\nh = 0\n", "").replace("[equations]", "initial = { ŝ = 0 }\n[equations]")
    inline = inline.replace("h = ", "ŝ = ").replace("h[", "ŝ[")
    assert from_toml(inline, "own", "own.toml").states == ("shat",)


def test_a_value_from_elsewhere_has_no_line_of_the_file() -> None:
    """What --set gave is not told with the line of the value that it replaced."""
    lesson = derive(from_toml(GOOD, "own", "own.toml"), 3)
    with pytest.raises(DeriveError, match=r"^own\.toml: the value of w has to be a number, not 'fast'$"):
        lesson.evaluate({"w": "fast"})


@pytest.mark.parametrize("name", ready_made())
def test_every_key_has_its_line(name: str) -> None:
    """The lines found are those where the keys stand."""
    network = load(name)
    for variable in network.variables:
        assert network.at("equations", variable).startswith(f"{name}.toml: line ")


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from([*"\"'[]{}=,.:#\\\n\t 0a/ωＥ（“", "h = ", "1/2", "[x]", '"""', "\n"]), max_size=25).map(
        "".join
    )
)
def test_any_text_is_a_network_or_one_message(text: str) -> None:
    """Whatever a file holds, the answer is one line."""
    with pytest.raises(DeriveError) as caught:
        from_toml(text, "own", "own.toml")
    assert "\n" not in str(caught.value)
    assert lines_of(text) is not None


def test_the_good_file_is_good() -> None:
    """What the mistakes are made in is right itself."""
    assert tomllib.loads(GOOD)
    assert derive(from_toml(GOOD, "own", "own.toml"), 3).evaluate()


@pytest.mark.parametrize(
    "line",
    ["w = (" + "," * 300_000, "w = a" + " " * 300_000 + "b", "w = 1" + " " * 300_000 + "/"],
    ids=["(,,,", "a   b", "1   /"],
)
def test_a_long_line_is_looked_at_once(line: str) -> None:
    """What is wrong with a line of hundreds of thousands of characters is said in time that grows with its length."""
    began = time.process_time()
    with pytest.raises(DeriveError, match="line 1: "):
        from_toml(line, "own", "own.toml")
    assert time.process_time() - began < 5
