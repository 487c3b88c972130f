"""Rows of values: tables and ranges are read as they are written, and what is wrong with one is told with its line."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from derive import load
from derive.errors import DeriveError
from derive.report.rows import Row, rows_of

RANGES = """
rows = {rows}
[values]
w_y = 2
[ranges]
w_h = {{ from = -1, to = 1, step = 0.1 }}
x = {{ from = -1, to = 1, step = 1 }}
{more}
"""


def rows(tmp_path: Path, text: str, ending: str = "csv", seed: int = 0) -> tuple[Row, ...] | None:
    """The rows of a file for the Elman network at T = 3; messages begin with the bare name of the file."""
    file = tmp_path / f"class.{ending}"
    file.write_text(text, encoding="utf-8")
    return rows_of(file, load("elman"), 3, seed)


@pytest.mark.parametrize(
    "text", ['name,w_h,x\nanna,0.5,"1,0,-1"\n\nbo,-1/2,\n', "\ufeffname;w_h;x\nanna;0.5;1,0,-1\nbo;-1/2;\n"]
)
def test_a_table(text: str, tmp_path: Path) -> None:
    """A line is a row, written as after --set, with commas or semicolons; an empty cell leaves the network's value."""
    found = rows(tmp_path, text.replace("x\n", "x\n", 1))
    assert found is not None
    assert [(row.name, row.values) for row in found] == [
        ("anna", {"w_h": "0.5", "x": ["1", "0", "-1"]}),
        ("bo", {"w_h": "-1/2"}),
    ]


def test_rows_without_names_are_numbered(tmp_path: Path) -> None:
    """A table without a column of names numbers its rows."""
    found = rows(tmp_path, "w_h\n1\n2\n")
    assert found is not None
    assert [row.name for row in found] == ["1", "2"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "class.csv: line 1: it has to name the values, each once, such as name,w_h,x; a column has no name"),
        (
            "name,w_h,w_h\na,1,2\n",
            "class.csv: line 1: it has to name the values, each once, such as name,w_h,x; w_h stands there twice",
        ),
        ("# one\n# two\nname,\n", "class.csv: line 3: it has to name the values"),
        ("name,w_h\n", "class.csv: it has no rows; under the names of the values write one for each handout"),
        (
            "name,x\na,1,0,-1\n",
            'class.csv: line 2: it has 4 cells, and the first line 2; a list stands in quotes, "1,0,-1"',
        ),
        ("name,w_h\na,1\nA,2\n", "class.csv: line 3: there is a row A already; every handout needs a name of its own"),
        ("name,w_h\n../a,1\n", "class.csv: line 2: the name '../a' has to be one for files"),
        ("name,w_h\n.a,1\n", "class.csv: line 2: the name '.a' has to be one for files"),
        ('name,w_h\na,"1\n', "class.csv: line 2: it is no CSV (unexpected end of data)"),
        ('name,w_h\na,"[1"\n', "--set w_h=[1: write the value as in a file"),
    ],
)
def test_what_is_wrong_with_a_table(text: str, said: str, tmp_path: Path) -> None:
    """One message says the line and what would be right."""
    with pytest.raises(DeriveError) as caught:
        rows(tmp_path, text)
    assert str(caught.value).replace(f"{tmp_path}/", "").startswith(said)


def test_ranges(tmp_path: Path) -> None:
    """Each value is drawn from its range, on its grid, in its shape; those that all have are the same in each row."""
    found = rows(tmp_path, RANGES.format(rows=30, more=""), "toml")
    assert found is not None
    assert [row.name for row in found] == [f"{number:02}" for number in range(1, 31)]
    for row in found:
        assert row.values["w_y"] == 2
        assert row.values["w_h"] in [Decimal(tenth) / 10 for tenth in range(-10, 11)]
        assert isinstance(drawn := row.values["x"], list)
        assert len(drawn) == 3
        assert set(drawn) <= {-1, 0, 1}
    assert len({str(row.values) for row in found}) == 30


def test_what_is_drawn_stays(tmp_path: Path) -> None:
    """The same seed draws the same; more rows and further ranges leave the others as they are, another seed does not."""
    few = rows(tmp_path, RANGES.format(rows=9, more=""), "toml")
    more = rows(tmp_path, RANGES.format(rows=10, more="w_x = { from = 0, to = 9, step = 1 }"), "toml")
    other = rows(tmp_path, RANGES.format(rows=9, more=""), "toml", seed=1)
    assert few is not None
    assert more is not None
    assert other is not None
    assert [row.values["w_h"] for row in few] == [row.values["w_h"] for row in more[:9]]
    assert [row.values for row in few] != [row.values for row in other]


def test_vectors_are_drawn_entry_by_entry(tmp_path: Path) -> None:
    """A matrix is drawn in the shape that the network's values have, data once more for every step."""
    file = tmp_path / "class.toml"
    file.write_text(
        "rows = 2\n[ranges]\nW_h = { from = 0, to = 9, step = 1 }\nx = { from = 0, to = 9, step = 1 }\n"
        "h_0 = { from = 0, to = 9, step = 1 }\n"
    )
    network = load("elman-vector")
    found = rows_of(file, network, 3)
    assert found
    values = found[0].values
    assert [len(row) for row in values["W_h"]] == [2, 2]  # type: ignore[union-attr, arg-type]
    assert len(values["x"]) == 3  # type: ignore[arg-type]
    assert len(values["h_0"]) == 2  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "[ranges]\nw_h = { from = 0, to = 1, step = 1 }\n",
            "class.toml: rows has to be how many handouts there are to be",
        ),
        ("rows = 0\n[ranges]\nw_h = { from = 0, to = 1, step = 1 }\n", "class.toml: rows has to be how many"),
        ("rows = 1\n[ranges]\n", "class.toml: it has rows, [values] and [ranges], such as w_h = { from = -1"),
        (
            "rows = 1\nw_x = 1\n[ranges]\nw_h = { from = 0, to = 1, step = 1 }\n",
            "class.toml: it has rows, [values] and [ranges]",
        ),
        ("rows = 1\n[ranges]\nw_h = [0, 1]\n", "class.toml: ranges.w_h has to say from where to where"),
        ("rows = 1\n[ranges]\nw_h = { from = 1, to = 0, step = 1 }\n", "class.toml: ranges.w_h has to go upwards"),
        ("rows = 1\n[ranges]\nw_h = { from = 0, to = 1, step = 0 }\n", "class.toml: ranges.w_h has to go upwards"),
        ('rows = 1\n[ranges]\nw_h = { from = "a", to = 1, step = 1 }\n', "class.toml: ranges.w_h has to be of numbers"),
        ("rows = 1\n[ranges]\nw_q = { from = 0, to = 1, step = 1 }\n", "elman: there is no value named w_q"),
    ],
)
def test_what_is_wrong_with_ranges(text: str, said: str, tmp_path: Path) -> None:
    """One message says where and what would be right."""
    with pytest.raises(DeriveError) as caught:
        rows(tmp_path, text, "toml")
    message = str(caught.value).replace(f"{tmp_path}/", "").replace("elman.toml", "elman")
    assert message.startswith(said)


def test_the_values_of_one_handout_are_no_rows(tmp_path: Path) -> None:
    """A file of values, or of weights, is for one handout."""
    assert rows(tmp_path, "w_h = 1\n", "toml") is None
    assert rows_of(tmp_path / "model.pt", load("elman"), 3) is None
