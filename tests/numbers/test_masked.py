"""Masks that are 0 at a step: which paths and words lead through one, and that they are not listed."""

from __future__ import annotations

from typing import Any

import pytest

from derive import Network, derive
from derive.derivation import Derivation
from derive.graph import Node
from derive.numbers import Masks
from derive.report.document import Text
from derive.report.exhibits.lettered import word_triangle
from derive.report.exhibits.paths import path_table
from derive.report.exhibits.words import words_table
from derive.report.options import Options
from derive.report.publish import subject


def kept(mask: Any) -> Derivation:
    """A state that stays as it was where the mask is 0, where no loss is taken either."""
    network = Network(
        name="kept",
        equations={
            "n": "tanh(w*x[t] + u*h[t-1])",
            "h": "m[t]*n[t] + (1 - m[t])*h[t-1]",
            "l": "m[t]*(h[t] - y[t])**2/2",
        },
        parameters=("w", "u"),
        inputs=("x", "m"),
        targets=("y",),
        loss="l",
        initial={"h": "0.5"},
        values={"w": "0.5", "u": "-0.25", "x": [1, "0.7", -1, "0.4"], "y": "0.3", "m": mask},
    )
    return derive(network, 4)


@pytest.mark.parametrize("mask", [[1, 1, 1, 0], [0, 1, 0, 1], [1, 1, 1, 1], ["0.5", "0.25", "0.75", "0.5"]])
def test_a_path_is_masked_exactly_if_its_product_is_zero(mask: Any) -> None:
    """At values where nothing else is 0."""
    lesson = kept(mask)
    example = lesson.evaluate()
    masks = Masks(example)
    for target in ("w", "u"):
        assert [masks.path(path) for path in lesson.paths(target)] == [
            str(example.show(example.product(path))) == "0" for path in lesson.paths(target)
        ]
        states = lesson.states(target)
        open_paths = sum(not masks.path(path) for path in lesson.paths(target))
        assert sum(not masks.word(states, word) for word in states) <= open_paths
        if not {0, 1} & set(mask):
            assert open_paths == lesson.paths(target).count


def test_an_input_of_zero_is_no_mask() -> None:
    """That x is 0 at a step makes no path less one: it is a use of the weight."""
    lesson = derive("elman", 3)
    example = lesson.evaluate({"x": [1, 0, -1]})
    assert not any(Masks(example).path(path) for path in lesson.paths("w_x"))


def test_what_leads_through_a_mask_of_zero_is_not_listed_but_counted() -> None:
    """Of the paths and words to u those from l_4 and through the kept state are left out, and the caption says how many."""
    lesson = kept([1, 1, 1, 0])
    about = subject(lesson, Options())
    table = path_table(about, Node("u"), "tab-paths")
    listed = [row for row in table.rows if row[0]]
    left_out = lesson.paths("u").count - len(listed)
    assert left_out == sum(
        str(about.evaluation.show(about.evaluation.product(path))) == "0" for path in lesson.paths("u")
    )
    said = "".join(part.text for part in table.caption if isinstance(part, Text))
    assert f"Left out are {left_out} paths: a factor of theirs is given as 0 at its step." in said
    words = words_table(about, Node("u"), "tab-words")
    assert [row[0] for row in words.rows]
    assert len(words.rows) < lesson.states("u").count
    assert "Left out are" in "".join(part.text for part in words.caption if isinstance(part, Text))
    assert len(word_triangle(about, Node("u"), "tab").rows) == 3
