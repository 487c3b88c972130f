"""Words: what their tables show, and what is said of their letters."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from reading import cells

from derive.derivation import derive
from derive.errors import TooManyPathsError
from derive.graph import Node
from derive.network import Network, load
from derive.notation.measure import width
from derive.paths import States
from derive.report.document import Math, Shaded, plain
from derive.report.exhibits import words
from derive.report.exhibits.cells import grouped_digits
from derive.report.exhibits.words import kinds, letters_table, triangle_table
from derive.report.options import Options
from derive.report.publish import subject
from tests.subjects import about

DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def test_a_triangle_fits_a_page() -> None:
    """With a word in each cell eight steps stand side by side, in numbers so short that they fit a page, without counts."""
    table = triangle_table(about("elman", 8), Node("w_h"), "")
    assert len(table.columns) == 9
    assert not any("(" in plain(cell) for row in table.rows for cell in row)
    columns = zip(*(row[1:] for row in table.rows), strict=True)
    widest = (
        max(width(part.formula) for cell in column for part in cell if isinstance(part, Math)) for column in columns
    )
    assert sum(wide + 1.1 for wide in widest) < 48


def test_of_many_ways_the_first_are_written(tmp_path: Path) -> None:
    """A letter that adds up millions of ways counts them all, and writes the first: an answer comes at once."""
    sums = (" + ".join(f"a{before}[t]" for before in range(place)) for place in range(1, 24))
    equations = "\n".join(f'a{place} = "{rule}"' for place, rule in enumerate(sums, 1))
    text = 'parameters = ["w"]\ninputs = ["x"]\nloss = "a23"\ninitial = { a0 = 0 }\nvalues = { w = 0.5, x = 1 }\n'
    (tmp_path / "many.toml").write_text(f'{text}[equations]\na0 = "w*x[t] + a0[t-1]"\n{equations}\n')
    table = letters_table(subject(derive(tmp_path / "many.toml", 2), Options()), Node("w"), "")
    made, ways = (plain(table.rows[0][place]) for place in (2, 3))
    assert (made.count("+"), made[-1], ways) == (words.MOST_WAYS, "⋯", grouped_digits(2**22))


def test_of_wide_ways_as_many_are_written_as_a_row_has_room_for() -> None:
    """A row of a table stands on one page: of ways that would fill one by themselves the first are written, and all counted."""
    stages = {
        f"k{place}": f"mu*(1 - (x[t-1] + k{place - 1}[t]/2)**2)*(x[t-1] + k{place - 1}[t]/2)" for place in (2, 3, 4)
    }
    network = Network(
        name="stages",
        equations={
            "k1": "mu*(1 - x[t-1]**2)*x[t-1]",
            **stages,
            "x": "x[t-1] + (k1[t] + 2*k2[t] + 2*k3[t] + k4[t])/6",
            "l": "x[t]**2",
        },
        parameters=("mu",),
        loss="l",
        initial={"x": 1},
        values={"mu": 1},
    )
    found = subject(derive(network, 2), Options())
    table = letters_table(found, Node("mu"), "")
    for row in table.rows:
        formulas = [part.formula for part in row[2] if isinstance(part, Math)]
        assert sum(map(width, formulas)) < words.WIDEST_WAYS + 30
    (jump,) = (row for row in table.rows if plain(row[0]) == "J_t")
    assert plain(jump[2]).endswith("+\u00a0⋯")
    assert plain(jump[3]) == "11"


def test_a_triangle_that_counts_its_words_shows_few_steps() -> None:
    """Where a cell stands for several paths it counts them, and of many steps the first and the last are shown."""
    table = triangle_table(about("gru-scalar", 8), Node("w_hr"), "")
    assert [plain(column.header) for column in table.columns[1:]] == ["step 1", "step 2", "⋯", "step 7", "step 8"]
    assert all("(1, " in plain(table.rows[-2][place]) for place in (1, 2, 4, 5))


def test_all_losses_add_up_under_the_triangle() -> None:
    """The last row of the triangle is what all losses together bring; sizes are measured where the parameter is used."""
    *rows, last = cells(triangle_table(about("elman", 2), Node("w_y"), ""))
    assert (rows[0][0], last[0]) == ("l_1", "all")
    table = triangle_table(about("lstm", 3), Node("W_hi"), "")
    assert cells(table)[-1] == ["all", "0.11", "0.028", "0.048"]
    assert [row[1].split()[0] for row in cells(table)[:-1]] == ["0.062", "0.046", "0.057"]
    assert "Measured at" in plain(table.caption)


def test_sizes_are_measured_at_a_general_step() -> None:
    """The step of what is measured is t, as in every equation; k is a size in a GRU."""
    table = triangle_table(about("gru", 3), Node("W_hr"), "")
    assert " Measured at r̄_t, " in plain(table.caption)


def test_the_larger_a_cell_the_darker() -> None:
    """Cells that are not 0 are shaded in the order of their sizes: in proportion, or by logarithms if they differ much."""
    for network, parameter, steps, scale in (("lstm", "W_hi", 3, "size."), ("elman", "w_h", 8, "scale.")):
        table = triangle_table(about(network, steps), Node(parameter), "")
        shades = [cell[0] for row in table.rows for cell in row if cell and isinstance(cell[0], Shaded)]
        values = [float(plain((one.inlines[0],)).replace("×10⁻", "e-").translate(DIGITS)) for one in shades]
        pairs = sorted(zip(values, (one.share for one in shades), strict=True))
        assert all(one[1] <= other[1] for one, other in pairwise(pairs))
        assert 0 < pairs[0][1] < pairs[-1][1] == 0.8
        assert plain(table.caption).endswith(scale)


@pytest.mark.parametrize(
    ("network", "parameter", "expected"),
    [
        ("elman", "w_h", {"e", "J", "U"}),
        ("lstm-scalar", "w_hi", {"e", "D", "J", "U", "ends"}),
        ("narx", "w_1", {"e", "J", "U", "long"}),
    ],
)
def test_only_letters_that_occur_are_explained(network: str, parameter: str, expected: set[str]) -> None:
    """What is said of letters is said of those that the words have: no way down with one state, no ends, no longer jump."""
    assert kinds(about(network, 3), Node(parameter)) == expected


@pytest.mark.parametrize(("network", "steps", "loss_at"), [("many-to-one", 3, "last"), ("elman", 6, (2, 4))])
def test_the_fold_begins_with_words_that_there_are(network: str, steps: int, loss_at: str | tuple[int, ...]) -> None:
    """Also where some steps have no loss: no adjoint is folded to which no word leads."""
    told = subject(derive(replace(load(network), loss_at=loss_at), steps), Options(zoom="states"))
    fold = words.folding_table(told, Node("w_h"), "tab-fold")
    assert all(row[2].strip() for row in cells(fold))


def test_a_fold_counts_few_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Over many steps words are counted to the nodes that are shown, not to all: that would take as long as T times T."""
    counted: list[int] = []
    count = States.count.fget  # type: ignore[attr-defined]
    monkeypatch.setattr(States, "count", property(lambda states: counted.append(1) or count(states)))
    words.folding_table(subject(derive("elman", 300), Options(zoom="states")), Node("w_h"), "tab-fold")
    assert len(counted) < 60


def test_a_count_that_no_cell_holds_is_given_to_two_digits() -> None:
    """Of a GRU at T = 50 the paths of a cell are a number of thirty digits: a cell says about how many."""
    shown = plain(tuple(part for row in triangle_table(about("gru", 50), Node("W_hr"), "").rows for part in row[1]))
    assert "(1, ≈ 3.2×10²⁹)" in shown


def test_a_count_of_thousands_of_digits_is_given_to_two() -> None:
    """Python writes no number of more than 4,300 digits, and nobody reads one: tables and messages say about how many."""
    assert grouped_digits(10**4_400) == "≈\u202f1.0×10⁴⁴⁰⁰"
    assert grouped_digits(12_345) == "12\u202f345"
    equations = {"a0": "w*x[t] + l[t-1]"}
    for place in range(1, 31):
        before = f"a{place - 1}[t]"
        equations |= {f"b{place}": f"sin({before})", f"a{place}": f"b{place}[t] + cos({before})"}
    network = Network(
        name="ways",
        equations=equations | {"l": "a30[t]"},
        parameters=("w",),
        inputs=("x",),
        loss="l",
        initial={"l": 0},
    )
    with pytest.raises(TooManyPathsError, match=r"ways: about 10\^4\d\d\d paths lead .*--limit paths=…$"):
        derive(network, 500).paths("w").check_few()
