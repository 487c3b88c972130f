"""The last steps of the backward pass are reckoned out with numbers, and a reader who checks them finds what they say."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from unicodedata import combining

import mpmath
import pytest

from derive.derivation import derive
from derive.network import Network, from_toml, load
from derive.notation.formula import Formula, Number, Row
from derive.notation.text import text_lines
from derive.report.document import Block, Display, Document
from derive.report.exhibits.worked_steps import is_about, worked_gradient, worked_steps
from derive.report.options import Options
from derive.report.printed.proofread import proofread
from derive.report.publish import made, subject, tell
from derive.report.subject import Call, Subject

SCALAR = ("narx", "jordan", "bidirectional", "stacked", "gru-scalar")
NUMBER = re.compile(r"\d+(\.\d+)?")


def about(network: str, steps: int = 3, **given: object) -> Subject:
    """A handout's subject."""
    return subject(derive(network, steps), Options("en", values=given or {}))


def chains(of: Subject, show: Call = worked_steps) -> list[list[str]]:
    """What each adjoint, or the gradient, equals, and the signs between: left, sign, side, sign and so on."""
    (shown,) = show(of)
    assert isinstance(shown, Display)
    text = close(" ".join(text_lines(shown.lines).split("\n")))
    starts = [found.start() for found in re.finditer(r"(δ_|dL/d)\S+ = ", text)]
    return [re.split(r" ([=≈]) ", text[a:b].strip()) for a, b in pairwise([*starts, len(text)])]


def close(text: str) -> str:
    """A text without the spaces that put its parts into columns."""
    return re.sub(r"(?<=[(]) | (?=[)])", "", " ".join(text.split()))


def exactly(side: str) -> Fraction:
    """What a side of numbers comes to, in exact arithmetic."""
    python = NUMBER.sub(lambda found: f"F('{found[0]}')", side.replace("·", "*").replace("−", "-"))
    found: Fraction = eval(python, {"F": Fraction})  # noqa: S307 - the text is our own
    return found


def to_four(value: Fraction) -> Fraction:
    """Rounded to four places, a half away from 0."""
    size = Fraction(int(abs(value) * 10**4 + Fraction(1, 2)), 10**4)
    return -size if value < 0 else size


@pytest.mark.parametrize("name", SCALAR)
def test_a_sign_of_equality_says_what_a_pocket_calculator_says(name: str) -> None:
    """Behind = stands what the printed numbers give when rounded; behind ≈ what they do not give."""
    of = about(name)
    for chain in (*chains(of), *chains(of, worked_gradient)):
        numbers = [(sign, side) for sign, side in zip(chain[1::2], chain[2::2], strict=True) if "_" not in side]
        for (_, before), (sign, after) in pairwise(numbers):
            ours, printed = map(by_term, (before, after)) if term_wise(after) else ([exactly(before)], [exactly(after)])
            assert (sign == "=") == (list(map(to_four, ours)) == printed), (chain[0], before, sign, after)


def term_wise(side: str) -> bool:
    """Whether a side is a sum that has terms to be compared one by one."""
    return bool(re.search(r"\d [+−] ", side))


def by_term(side: str) -> list[Fraction]:
    """What each term of a sum comes to."""
    depth, parts = 0, [""]
    for piece in re.split(r"( [+−] |[()])", side):
        depth += (piece == "(") - (piece == ")")
        if piece in (" + ", " − ") and not depth:
            parts.append("-" if piece == " − " else "")
        else:
            parts[-1] += piece
    return [exactly(part) for part in parts]


def test_the_numbers_are_those_of_the_network() -> None:
    """An Elman network, forwards and backwards in fifty digits by hand: every printed number is the true one, rounded."""
    x, target = [0.5, -1, 2], [1, 0.25, -0.5]
    with mpmath.workdps(50):
        w_x, w_h, w_y = map(mpmath.mpf, ("0.7", "0.6", "1.5"))
        h = [mpmath.mpf(0)]
        for given in x:
            h.append(mpmath.tanh(w_x * given + w_h * h[-1]))
        error = [w_y * state - wanted for state, wanted in zip(h[1:], target, strict=True)]
        third = error[2] * w_y
        slope = 1 - h[3] ** 2
        second = error[1] * w_y + third * slope * w_h
    last, before = chains(about("elman", x=x, yhat=target, w_x=0.7, w_h=0.6, w_y=1.5))
    assert last[-1] == printed(third, 4)
    assert before[4].endswith(f"{printed(third, 4)} · {printed(slope, 5)} · 0.6")
    assert before[6] == f"{printed(error[1] * w_y, 4)} + {printed(third * slope * w_h, 4)}"
    assert before[-1] == printed(second, 4)


def printed(value: mpmath.mpf, places: int) -> str:
    """A number as it is printed."""
    return f"{float(value):.{places}f}".replace("-", "−")


def test_every_adjoint_is_reckoned_out_at_its_last_two_steps() -> None:
    """Of two adjoints at five steps each the last two stand there, the later step first, and no other."""
    assert [chain[0] for chain in chains(about("narx", 5))] == ["δ_5^y", "δ_5^a", "δ_4^y", "δ_4^a"]
    assert [chain[0] for chain in chains(about("bidirectional", 5))][:2] == ["δ_1^g", "δ_2^g"]
    assert [chain[0] for chain in chains(about("elman", 1))] == ["δ_1"]


def test_the_gradient_is_the_sum_of_what_each_use_adds() -> None:
    """The mock-up's line: three uses, the last step first, with their numbers, what each adds, and the gradient."""
    ((left, *sides),) = chains(about("elman"), worked_gradient)
    assert [left, *sides[1::2]] == [
        "dL/dw_h",
        "δ_3 · (1 − h_3²) · h_2 + δ_2 · (1 − h_2²) · h_1 + δ_1 · (1 − h_1²) · h_0",
        "0.9597 · 0.07889 · 0.9427 + 1.0184 · 0.11135 · 0.7616 + 0.8750 · 0.41997 · 0",
        "0.0714 + 0.0864 + 0",
        "0.1577",
    ]
    assert sides[::2] == ["=", "=", "=", "≈"]


@pytest.mark.parametrize("name", ["elman", *SCALAR, "lstm-scalar", "elman-vector", "linear-attention"])
@pytest.mark.parametrize("show", [worked_steps, worked_gradient])
def test_each_number_stands_in_the_column_of_its_symbol(name: str, show: Call) -> None:
    """Symbols and signs above, their numbers and the same signs beneath: in a terminal each sign is right under its own."""
    for above, beneath in in_pairs(about(name), show):
        signs = [found.start() for found in re.finditer(r" [·+−⊙] ", beneath)]
        assert signs
        assert [above[at : at + 3] for at in signs] == [beneath[at : at + 3] for at in signs], (above, beneath)


@pytest.mark.tex  # for poppler
@pytest.mark.parametrize("engine", ["typst", "latex"])
def test_the_columns_are_those_of_the_page(engine: str, tmp_path: Path) -> None:
    """In a PDF each sign is right under its own, to within a tenth of a point."""
    found = made(derive("elman", 3), Options("en", formats=["pdf"], engine=engine)).files
    (tmp_path / "elman.pdf").write_bytes(next(content for name, content in found.items() if name.endswith(".pdf")))
    boxes = subprocess.run(["pdftotext", "-bbox", "elman.pdf", "-"], cwd=tmp_path, capture_output=True, check=True)
    words = re.findall(r'xMin="([\d.]+)" yMin="([\d.]+)".*?>(.*?)</word>', boxes.stdout.decode())
    places = [place for place, (*_, word) in enumerate(words) if word == "0.07889" and words[place - 1][2] in "·⋅"]
    assert len(places) == 2
    for place in places:
        (line,) = {words[place - 1][1]}
        dots = [float(x) for x, y, word in words if y == line and word in "·⋅"]
        heights = sorted({float(y) for _, y, word in words if word in "·⋅" and float(y) < float(line)})
        above = [float(x) for x, y, word in words if float(y) == heights[-1] and word in "·⋅"]
        assert above == pytest.approx(dots, abs=0.1)


def in_pairs(of: Subject, show: Call) -> list[tuple[str, str]]:
    """The lines of symbols, as a terminal has them, each with the numbers beneath it, as far as the next sign of equality."""
    lines = [line for block in show(of) if isinstance(block, Display) for line in text_lines(block.lines).split("\n")]
    bare = ["".join(char for char in line if not combining(char)) for line in lines]
    return [(one, re.split(r"(?<=[^ ]) +[=≈] ", other)[0]) for one, other in pairwise(bare) if "_" in one]


def test_what_has_no_room_in_columns_stands_close() -> None:
    """The symbols of a sum of five products of matrices stand as they do elsewhere, and the numbers as close as they fit."""
    (shown,) = worked_steps(about("lstm"))
    assert isinstance(shown, Display)
    assert "W_{hi}ᵀ δ_3^ī + W_{hf}ᵀ δ_3^{f̄}" in text_lines(shown.lines)


def test_a_number_below_0_is_in_brackets_where_something_stands_before_it() -> None:
    """−0.35 · 0.8 + (−0.01) · 0.49: as whoever puts in numbers writes them; at the start of a line or of brackets as it is."""
    beneath = [chain[4] for chain in chains(about("gru-scalar"))]
    assert beneath[0] == "(−0.0137 − 0.5) · 2"
    assert beneath[2] == "−1.0274 · (0.3453 − (−0.7185)) · 0.6690 · 0.33102"
    assert beneath[4].startswith("(0.6906 − 1) · 2 + (−0.0103) · (−0.4) + ")


def test_gradients_by_matrices_and_of_many_uses_are_not_reckoned_out() -> None:
    """Of a network of vectors no gradient is shown, nor one of many uses."""
    assert (worked_gradient(about("elman-vector", 2)), worked_gradient(about("elman", 5))) == ((), ())


@pytest.mark.parametrize(("name", "steps", "said"), [("elman", 2, False), ("narx", 3, True)])
def test_the_sign_is_explained_where_it_stands(name: str, steps: int, said: bool) -> None:  # noqa: FBT001
    """The handout says what ≈ means if some line has it, and else does not."""
    of = about(name, steps)
    assert is_about(of) is said
    assert ("another last digit" in str(tell(of))) is said


def test_one_digit_more_is_said_where_a_factor_has_it() -> None:
    """The slope of tanh has one digit more; where rules multiply names only, nothing of the kind is said."""
    text = """
        parameters = ["w", "v"]
        inputs = ["x"]
        loss = "l"
        initial = { h = 0.3 }
        values = { w = 0.37, v = 0.91, x = 0.7777 }
        equations = { h = "w*h[t-1] + v*x[t]", l = "h[t]*x[t]*w" }
    """
    for network, said in ((load("narx"), True), (from_toml(text), False)):
        of = subject(derive(network, 3), Options("en"))
        assert is_about(of)
        assert ("one digit more" in str(tell(of))) is said


def test_a_wrong_digit_is_found() -> None:
    """A reader who checks a handout checks these numbers to the last digit printed, and the symbols above by themselves."""
    of = about("elman")
    document = tell(of)
    found = [one.statement for one in proofread(of, document) if str(one.statement).endswith("= 1.0184")]
    assert [len(one.sides) for one in found if "·" in str(one)] == [4]
    wrong = _with(document, "1.0184", "1.0188")
    assert any(str(one.statement).endswith("= 1.0188") for one in proofread(of, wrong) if not one.is_sound)


def _with(document: Document, digits: str, others: str) -> Document:
    """A document with other digits in the numbers of its displays."""

    def changed(formula: Formula) -> Formula:
        if isinstance(formula, Number) and formula.text == digits:
            return Number(others)
        return Row(tuple(map(changed, formula.items))) if isinstance(formula, Row) else formula

    def block(of: Block) -> Block:
        if not isinstance(of, Display):
            return of
        return replace(of, lines=tuple(replace(line, right=changed(line.right)) for line in of.lines))

    return replace(document, blocks=tuple(map(block, document.blocks)))


def test_a_number_among_the_terms_leaves_every_factor_its_own() -> None:
    """δ = s [u > 0.3] + 1 + δ: the condition is a factor with a value, also where a term beside it is a plain number."""
    network = Network(
        name="threshold",
        equations={"u": "u[t-1] + w*x[t]", "s": "relu(u[t] - 0.3)", "l": "s[t]**2/2 + u[t]"},
        parameters=("w",),
        inputs=("x",),
        loss="l",
        initial={"u": 0},
        values={"w": "0.25", "x": 1},
    )
    last, *_, before = chains(subject(derive(network, 2), Options("en")))
    assert last[4:] == ["0.2000 · 1.00000 + 1", "=", "0.2000 + 1.0000", "=", "1.2000"]
    assert before[-5:] == ["0 · 0 + 1 + 1.2000", "=", "0 + 1.0000 + 1.2000", "=", "2.2000"]
