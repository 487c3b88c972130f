"""Notebooks: they are valid, their cells give what is kept in them, and whatever a network says stays text."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat
import pytest
from markdown_it import MarkdownIt

from derive import Network, derive, from_toml
from derive.errors import NetworkError
from derive.notebook import show_in
from derive.report.options import Options
from derive.report.publish import made

OWN = r"""# ''' is no end of it
title = { en = 'Mine <script>alert(1)</script> & $x$ \begin{x} | _a_ *b* <!-- [c](javascript:d)' }
parameters = ["w", "v"]
inputs = ["x"]
targets = ["yhat"]
loss = "l"
initial = { h = 0 }
values = { w = 0.5, v = 2, x = { cycle = [1, 0, -1] }, yhat = 1 }
[equations]
h = "tanh(x[t] + w*h[t-1])"
y = "v*h[t]"
l = "(y[t] - yhat[t])**2/2"
"""


@pytest.fixture(autouse=True)
def as_usual() -> Iterator[None]:
    """What a notebook says of the language does not outlive its test."""
    yield
    show_in()


def written(network: str | Network, steps: int, **options: Any) -> tuple[str, Any]:
    """A notebook as text, and read."""
    (content,) = made(derive(network, steps), Options(formats=["ipynb"], **options)).files.values()
    return content.decode(), json.loads(content)


def cells(notebook: Mapping[str, Any], kind: str) -> list[Any]:
    """The cells of a kind."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == kind]


def run(notebook: Mapping[str, Any]) -> Iterator[tuple[object, Mapping[str, list[str]]]]:
    """Run the cells of code one after the other; with what each shows, what is kept of it."""
    space: dict[str, object] = {}
    for cell in cells(notebook, "code"):
        body = ast.parse("".join(cell["source"])).body
        last = body.pop() if cell["outputs"] else None
        exec(compile(ast.Module(body, []), "cell", "exec"), space)  # noqa: S102 - the cells are ours
        if isinstance(last, ast.Expr):
            found = eval(compile(ast.Expression(last.value), "cell", "eval"), space)  # noqa: S307 - as above
            yield found, cell["outputs"][0]["data"]


@pytest.mark.parametrize(
    ("network", "options"),
    [
        ("elman", {"chapters": ("lags",)}),
        ("elman-vector", {"locale": "zh", "zoom": "equations", "most_paths": 2}),
        ("own", {"values": {"w": "1/3", "x": [1, 2]}, "digits": 6}),
    ],
)
def test_cells_give_what_is_kept_in_them(network: str, options: Mapping[str, Any]) -> None:
    """Every table of the handout comes out of its cell as it stands in the notebook, also of one's own network."""
    source: str | Network = from_toml(OWN, "mine") if network == "own" else network
    _, notebook = written(source, 2, **options)
    nbformat.validate(nbformat.from_dict(notebook))
    found = list(run(notebook))
    assert len(found) > 6
    for value, kept in found:
        assert value._repr_markdown_() == "".join(kept["text/markdown"])  # type: ignore[attr-defined]
        assert repr(value) == "".join(kept["text/plain"])


def test_the_network_is_in_the_first_cell() -> None:
    """It runs where the file is not, and what is in it is the file."""
    _, notebook = written(from_toml(OWN, "mine"), 2)
    first = "".join(cells(notebook, "code")[0]["source"])
    space: dict[str, Any] = {}
    exec(first, space)  # noqa: S102 - the cell is ours
    assert space["network"] == from_toml(OWN, "mine")


def test_the_same_input_gives_the_same_bytes() -> None:
    """Cells have the same names too, and each its own."""
    first, notebook = written("elman", 2)
    assert first == written("elman", 2)[0]
    names = [cell["id"] for cell in notebook["cells"]]
    assert len(set(names)) == len(names)


def test_whatever_a_network_says_stays_text() -> None:
    """A title with markup of HTML, Markdown and TeX shows its signs, and nothing in a text cell is markup but ours."""
    _, notebook = written(from_toml(OWN, "mine"), 2)
    title = "".join(cells(notebook, "markdown")[0]["source"]).splitlines()[0]
    assert not set(title) & set("<>$\\{}*_[]|")
    (heading,) = MarkdownIt("commonmark").parse(title)[1:2]
    assert "".join(token.content for token in heading.children or ()).endswith("*b* <!-- [c](javascript:d)")


def test_what_is_not_seen_is_written_out_in_code() -> None:
    """A mark of direction in a comment of the network cannot show the cell as another one."""
    text = OWN.replace("is no end", "\u202eis no end")
    _, notebook = written(from_toml(text, "mine"), 2)
    first = "".join(cells(notebook, "code")[0]["source"])
    assert "\u202e" not in first
    assert "\\u202e" in first


def test_a_network_made_in_python_is_refused_with_the_remedy() -> None:
    """Nothing could make it again in a notebook."""
    network = Network(
        name="net", equations={"l": "(w*x[t])**2"}, parameters=("w",), inputs=("x",), loss="l", values={"w": 1, "x": 2}
    )
    with pytest.raises(NetworkError, match=r"net: a notebook holds its network as text.*derive\.from_toml"):
        written(network, 2)


def test_a_notebook_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    """From Python, too; without being asked for none is."""
    (place,) = derive("elman", 1).report(tmp_path, formats=["ipynb"])
    assert place.name == "elman-T1.en.ipynb"
    assert "ipynb" not in Options().formats
