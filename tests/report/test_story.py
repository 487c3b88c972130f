"""Story: the facts and calls offered to narratives are right for networks of different shapes."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from own_templates import put

from derive.derivation import derive
from derive.errors import CheckFailedError, NarrativeError
from derive.network.network import Network
from derive.network.toml import from_toml, load
from derive.notation.text import text
from derive.report.document import Display, Figure, Math, Reference, Table, Text
from derive.report.exhibits import CALLS
from derive.report.exhibits.stages import shown_forms
from derive.report.narrative.narrative import MARK
from derive.report.options import Options
from derive.report.printed.proofread import proofread
from derive.report.publish import subject, tell
from derive.report.story import Story
from derive.report.subject import Subject

# Nothing is used at a later step; one parameter leads nowhere; relu; a target without a hat.
STATELESS = """
parameters = ["w", "idle"]
inputs = ["x"]
targets = ["goal"]
loss = "l"
[equations]
h = "relu(w*x[t])"
aside = "idle*x[t]"
l = "(h[t] - goal[t])**2/2"
[values]
w = 1
idle = 3
x = 1
goal = 0
"""


# The loss looks at data only through a state, and a gradient by the data is all that is asked for.
BY_DATA = """
parameters = []
inputs = ["x"]
by = ["x"]
loss = "l"
[equations]
h = "tanh(h[t-1] + x[t])"
l = "h[t]**2/2"
[initial]
h = 0.5
[values]
x = 1
"""


@cache
def told(network: str, steps: int, language: str = "en", most_paths: int = 40) -> Story:
    """A story; ``stateless`` and ``by-data`` are the networks above."""
    own = {"stateless": STATELESS, "by-data": BY_DATA}
    declared = from_toml(own[network], network, f"{network}.toml") if network in own else network
    return Story(subject(derive(declared, steps), Options(language, most_paths=most_paths)))


def facts(network: str, steps: int, **options: Any) -> dict[str, Any]:
    """What a template for that network may name."""
    return told(network, steps, **options).context()


def shown(story: Story, marks: str) -> str:
    """What marks stand for, as plain text."""
    found = []
    for mark in MARK.finditer(marks):
        thing = story.marks.things[int(mark[1])]
        assert isinstance(thing, tuple)
        for inline in thing:
            match inline:
                case Math(formula):
                    found.append(text(formula))
                case Text(words) | Reference(words):
                    found.append(words)
    return " ".join(found)


def said(network: str, steps: int, call: str, *given: Any) -> str:
    """What a call, or a fact that is a mark or a list of them, shows."""
    story = told(network, steps)
    value = story.context()[call]
    value = value(*given) if callable(value) else value
    return shown(story, value if isinstance(value, str) else "".join(value))


def kinds(stages: list[Any]) -> list[str]:
    """The kinds of stages of a fold."""
    return [stage.kind for stage in stages]


TEXTS = ("title", "about", "source")
ALL_STAGES = ["products", "grouped", "factored", "recognised"]


# -- facts -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("network", "fact", "value"),
    [
        ("elman", "scalar", True),
        ("elman-vector", "scalar", False),
        ("elman", "last_only", False),
        ("many-to-one", "last_only", True),
        ("elman", "runs_backwards", False),
        ("bidirectional", "runs_backwards", True),
        ("elman", "relu", False),
        ("stateless", "relu", True),
        ("elman-vector", "matrices", True),
        ("elman", "matrices", False),
        ("elman", "slope_by_value", True),
        ("stateless", "slope_by_value", False),
        ("elman", "trainable", []),
        ("trainable-initial", "trainable", ["h"]),
        ("elman", "hatted_target", "yhat"),
        ("stateless", "hatted_target", None),
        ("elman", "title", "The Elman network"),
        ("stateless", "title", "stateless"),
        ("stateless", "about", ""),
        ("stateless", "source", ""),
        ("by-data", "learned", []),
        ("elman", "learned", ["w_x", "w_h", "w_y"]),
        ("ssm", "constants", ["Delta"]),
        ("linear-attention", "flipped", True),
        ("elman-vector", "flipped", False),
        ("linear-attention", "as_it_is", True),
        ("elman-vector", "as_it_is", False),
        ("elman-vector", "first_nearest", True),
        ("elman-vector", "by_itself", ""),
        ("elman-vector", "along", ""),
    ],
)
def test_facts_of_a_network(network: str, fact: str, value: object) -> None:
    """What a network is, a template is told."""
    found = facts(network, 2)[fact]
    assert (shown(told(network, 2), found) if fact in TEXTS else found) == value


@pytest.mark.parametrize(
    ("network", "states", "named"),
    [
        ("elman", ["h"], ["h"]),
        ("lstm-scalar", ["c", "h"], ["h", "c", "obar", "gbar", "fbar", "ibar"]),
        ("bidirectional", ["h", "g"], ["g", "h"]),
        ("narx", ["y"], ["y", "a"]),
        ("stacked", ["h1", "h2"], ["h2", "h1"]),
        ("stateless", [], []),
    ],
)
def test_states_and_named_adjoints(network: str, states: list[str], named: list[str]) -> None:
    """States come in the author's order, adjoints in the order in which they are computed."""
    found = facts(network, 2)
    assert found["states"] == states
    assert found["named"] == named


@pytest.mark.parametrize(
    ("network", "main", "gradients"),
    [
        ("elman", "w_h", ["w_x", "w_h", "w_y"]),
        ("trainable-initial", "w_h", ["w_x", "w_h", "b", "w_y", "h_0"]),
        ("narx", "w_1", ["w_x", "w_1", "w_2", "w_y"]),
        ("bidirectional", "w_h", ["w_x", "w_h", "w_y", "v_x", "v_g", "v_y"]),
        ("stateless", "w", ["w", "idle"]),
    ],
)
def test_the_parameter_that_is_folded(network: str, main: str, gradients: list[str]) -> None:
    """Of the parameters with most paths, the one that multiplies a state; trained initial states have gradients too."""
    found = facts(network, 3)
    assert found["main"] == main
    assert found["gradients"] == gradients


@pytest.mark.parametrize(
    ("network", "steps", "most_paths"), [("elman", 3, 40), ("elman", 3, 2), ("jordan", 2, 40), ("stateless", 2, 1)]
)
def test_each_gradient_is_listed_or_not(network: str, steps: int, most_paths: int) -> None:
    """Every gradient has a table of paths or a row in the summary, the main one always a table."""
    found = facts(network, steps, most_paths=most_paths)
    assert sorted([*found["listed"], *found["unlisted"]]) == sorted(found["gradients"])
    assert found["main"] in found["listed"]


def test_tables_of_paths_are_left_out_for_room() -> None:
    """An LSTM has too many parameters for a table of paths each."""
    assert facts("lstm-scalar", 2)["unlisted"]
    assert not facts("elman", 3)["unlisted"]


@pytest.mark.parametrize(
    ("network", "steps", "of_parameter", "of_adjoint"),
    [
        ("elman", 3, ALL_STAGES, ALL_STAGES),
        ("elman", 1, ["products", "recognised"], ["products"]),
        ("many-to-one", 3, ["products", "recognised"], ["products", "recognised"]),
        ("elman-vector", 3, ALL_STAGES, ALL_STAGES),
    ],
)
def test_the_stages_of_folding(network: str, steps: int, of_parameter: list[str], of_adjoint: list[str]) -> None:
    """Only stages that read differently from the one before are told."""
    found = facts(network, steps)
    assert kinds(found["main_stages"]) == of_parameter
    assert kinds(found["adjoint_stages"]) == of_adjoint


def test_stages_need_few_paths() -> None:
    """Where there are more paths than may be printed nothing is folded in print."""
    assert facts("elman", 3, most_paths=5)["main_stages"] == []
    assert facts("elman", 3, most_paths=6)["main_stages"] != []


def test_without_a_state_there_is_no_adjoint_to_fold() -> None:
    """A network without states has no named adjoint, no boundary, no initial value and no closed form."""
    found = facts("stateless", 2)
    for fact in ("adjoint_stages", "boundary", "boundary_values", "closed_forms", "named", "states"):
        assert found[fact] == []
    assert found["adjoint_node"] == ""


def test_long_sums_are_told_as_long() -> None:
    """A stage whose middle is left out says so."""
    assert [stage.long for stage in facts("elman", 3)["main_stages"]] == [False] * 4
    assert facts("elman", 8)["main_stages"][0].long


@pytest.mark.parametrize(
    ("network", "steps", "boundary", "outside"),
    [
        ("elman", 3, "δ_{T+1} = 0", "h_0"),
        ("elman-vector", 2, "δ_{T+1} = 0", "h_0"),
        ("bidirectional", 3, "δ_0^g = 0 δ_{T+1}^h = 0", "h_0 g_4"),
    ],
)
def test_the_boundary(network: str, steps: int, boundary: str, outside: str) -> None:
    """Adjoints beyond the last step are 0, for what runs backwards those before the first; initial values are given."""
    assert said(network, steps, "boundary") == boundary
    assert said(network, steps, "boundary_values") == outside


@pytest.mark.parametrize(
    ("network", "solved"),
    [
        ("elman", [(["h"], False)]),
        ("jordan", [(["s"], False)]),
        ("gru", [(["h"], False)]),
        ("bidirectional", [(["g"], False), (["h"], False)]),
        ("stacked", [(["h2"], False), (["h1"], False)]),
        ("narx", [(["y"], True)]),
        ("lstm", [(["h", "c"], True)]),
    ],
)
def test_closed_forms(network: str, solved: list[tuple[list[str], bool]]) -> None:
    """There is a closed form for the adjoints that come back to themselves, with a matrix where they are several or wait."""
    found = facts(network, 2)
    assert [(form.names, form.is_matrix) for form in found["closed_forms"]] == solved
    assert found["all_solved"]
    in_closed_form = {name for names, _ in solved for name in names}
    assert found["follow"] == [name for name in found["named"] if name not in in_closed_form]
    assert found["order_matters"] == (not found["scalar"] or any(matrix for _, matrix in solved))


def test_a_circle_that_is_not_solved_is_told() -> None:
    """Five steps back is more than is solved for, and the template knows."""
    network = Network(
        name="memory",
        equations={"h": "w*h[t-5]", "l": "h[t]**2"},
        parameters=("w",),
        loss="l",
        initial={"h": 1},
        values={"w": 1},
    )
    found = Story(subject(derive(network, 2), Options())).context()
    assert found["closed_forms"] == []
    assert not found["all_solved"]


@pytest.mark.parametrize("words", ["one and the same", "optimizer", "parameter stands", "Whatever a parameter"])
def test_nothing_is_said_of_parameters_where_there_are_none(words: str) -> None:
    """An initial value or a control is not the same at every step, and no optimizer updates it."""
    assert words not in repr(tell(told("by-data", 3).subject))
    assert words in repr(tell(told("elman", 3).subject))


def test_a_word_to_an_initial_state_uses_no_parameter() -> None:
    """It ends with the jump to the initial state, and has no letter U."""
    learned = replace(load("lstm-scalar"), trainable_initial=("c",), main="c_0")
    document = repr(tell(subject(derive(learned, 3), Options())))
    assert "a jump, from a state" in document
    assert "the use of the parameter" not in document
    assert "on the left the parameter is used" not in document


def test_letters_of_closed_forms_mean_nothing_else() -> None:
    """An index is no name of the network, and two closed forms do not share the letter of a matrix or of a column."""
    (form,) = shown_forms(told("jordan", 2).subject)
    assert "Σ_{r=t}^T" in text(form.equations[0][1])
    assert [form.letters for form in facts("lstm", 2)["closed_forms"]] == [["F", "q"]]
    double = Network(
        name="two",
        equations={"a": "w*a[t-2]", "b": "v*b[t-2]", "l": "a[t]*b[t]"},
        parameters=("w", "v"),
        loss="l",
        initial={"a": 1, "b": 1},
        values={"w": 1, "v": 1},
    )
    forms = Story(subject(derive(double, 2), Options())).context()["closed_forms"]
    assert [form.letters for form in forms] == [["F", "g"], ["G", "q"]]


def test_the_loss_written_out() -> None:
    """A short loss is printed whole, a long one or one of vectors is not; its size counts its symbols."""
    assert facts("elman", 1)["loss_is_short"]
    assert facts("elman", 1)["loss_size"] == "6"
    assert not facts("gru-scalar", 4)["loss_is_short"]
    assert not facts("elman-vector", 2)["loss_is_short"]


def test_what_the_picture_leaves_out() -> None:
    """A template knows whether the picture shows all steps, and the parameters."""
    assert not facts("elman", 3)["steps_left_out"]
    assert facts("elman", 30)["steps_left_out"]
    assert facts("elman", 3)["parameters_drawn"]


# -- calls in a line ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "printed"),
    [
        (("h",), "h_t"),
        (("h", "t-1"), "h_{t−1}"),
        (("h", "t+1"), "h_{t+1}"),
        (("h", "T"), "h_T"),
        (("h", 2), "h_2"),
        (("h", None), "h"),
        (("yhat",), "ŷ_t"),
        (("x", 0), "x_0"),
        (("w_h",), "w_h"),
        (("w_h", 3), "w_h"),
        (("h_0",), "h_0"),
    ],
)
def test_symbols(given: tuple[Any, ...], printed: str) -> None:
    """A network's symbol is printed at the step asked for; a parameter has none, an initial state its own."""
    assert said("trainable-initial", 2, "sym", *given) == printed


@pytest.mark.parametrize(
    ("given", "printed"),
    [
        (("T",), "T"),
        (("T=", 3), "T = 3"),
        (("1..T",), "1, …, T"),
        (("∂⁺",), "∂⁺"),
        (("⊙",), "⊙"),
        (("transposed",), "Aᵀ"),
    ],
)
def test_letters(given: tuple[Any, ...], printed: str) -> None:
    """Letters that every handout uses have short names."""
    assert said("elman", 1, "math", *given) == printed


def test_counts() -> None:
    """Paths are counted for the steps of the handout and for any other, without being enumerated."""
    found = facts("elman", 3)
    assert (found["count"]("w_h"), found["count_at"]("w_h", 10)) == (6, 55)
    assert facts("lstm-scalar", 2)["count_at"]("w_hf", 20) == 14166632180785
    assert facts("stateless", 2)["count"]("idle") == 0
    assert facts("many-to-one", 3)["count"]("w_y") == 1


@pytest.mark.parametrize(("number", "printed"), [(7, "7"), (9999, "9999"), (10000, "10\u202f000")])
def test_long_numbers_are_grouped(number: int, printed: str) -> None:
    """From five digits on, thousands are set off by narrow spaces."""
    assert facts("elman", 1)["number"](number) == printed


@pytest.mark.parametrize("call", ["target", "count", "path_table", "path_figure"])
def test_an_unknown_parameter_is_told(call: str) -> None:
    """Asking for a gradient that is not there names those that are."""
    with pytest.raises(NarrativeError, match="no gradient for 'w'; known are w_x, w_h, w_y"):
        facts("elman", 1)[call]("w")


def test_an_unknown_symbol_is_told() -> None:
    """Asking for a symbol that the network does not have names both."""
    with pytest.raises(NarrativeError, match=r"sym\('q'\): the network elman has no such name"):
        facts("elman", 1)["sym"]("q")


# -- calls for blocks --------------------------------------------------------------------------------------------------

ENDINGS = {"table": Table, "figure": Figure}
BLOCKS = {call: ENDINGS.get(call.rpartition("_")[2], Display) for call in CALLS} | {
    "gradient_values": Table,
    "by_step_values": Table,
}
"""What a call gives, for scalars: what its name ends in says it."""


def test_every_call_is_a_block_or_stands_in_a_line() -> None:
    """No call is forgotten here."""
    inline = {
        "math",
        "sym",
        "sum_of",
        "target",
        "ref",
        "number",
        "count",
        "count_at",
        "letter",
        "many",
        "beside",
        "coloured",
    }
    assert {name for name, value in facts("elman", 3).items() if callable(value)} == inline | set(BLOCKS)


@pytest.mark.parametrize("call", BLOCKS)
def test_blocks(call: str) -> None:
    """A call for a block keeps blocks of its kind, and each mark is a paragraph of its own."""
    steps = 8 if call == "cell_figure" else 3  # at 3 one step stands beside the others, in their figure
    network = {"by_step_values": "by-data", "definitions": "lif"}.get(call, "elman")
    story = Story(told(network, steps).subject)
    context = story.context()
    given = {
        "path_figure": ["w_h"],
        "folding_figure": ["w_h"],
        "path_table": ["w_h"],
        **{key: ["w_h"] for key in ("letters_table", "words_table", "triangle_table", "folding_table")},
        **{key: ["w_h"] for key in ("letters_figure", "letter_rules", "word_triangle_table")},
        "lag_table": ["w_h"],
        "folding": ["w_h"],
        "summary_table": [["w_x", "w_y"]],
        "show_stage": context["main_stages"][:1],
        "show_closed_form": context["closed_forms"],
    }.get(call, [])
    marks = context[call](*given)
    kept = [story.marks.things[int(mark[1])] for mark in MARK.finditer(marks)]
    assert kept
    assert all(isinstance(block, BLOCKS[call]) for block in kept)
    assert marks.count("\n\n") >= 2 * len(kept)


@pytest.mark.parametrize(("network", "call"), [("elman", "by_step_values"), ("by-data", "gradient_values")])
def test_gradients_that_are_not_asked_for_are_not_shown(network: str, call: str) -> None:
    """Without gradients by data, or without others, a call for their numbers gives nothing."""
    assert facts(network, 2)[call]() == ""


def test_gradients_of_vectors_are_displays() -> None:
    """The gradients of vectors do not fit a table over the steps."""
    story = Story(told("elman-vector", 2).subject)
    marks = story.context()["gradient_values"]()
    assert all(isinstance(story.marks.things[int(mark[1])], Display) for mark in MARK.finditer(marks))


def test_figures_and_tables_are_numbered_as_they_are_called_for() -> None:
    """Numbers run in the order of the calls, figures and tables each on their own."""
    story = Story(told("elman", 3).subject)
    context = story.context()
    for call in ("check_table", "unrolled_figure", "names_table"):
        context[call]()
    assert story.marks.numbers == {"tab-checks": "Table 1", "fig-unrolled": "Figure 1", "tab-names": "Table 2"}


# -- languages ---------------------------------------------------------------------------------------------------------


def test_texts_come_in_the_language() -> None:
    """A network's title and description are told in the reader's language."""
    story = told("elman", 1, "zh")
    assert shown(story, story.context()["title"]) == "Elman 网络"
    assert shown(story, story.context()["about"]).startswith("只有一个隐状态")


def test_a_network_in_one_language_is_told_in_it(tmp_path: Path) -> None:
    """Where a description is not there in the reader's language, the one that is there serves."""
    path = tmp_path / "mine.toml"
    path.write_text(f'about.en = "A line."\n{STATELESS}', encoding="utf-8")
    story = Story(subject(derive(path, 1), Options("zh")))
    assert shown(story, story.context()["about"]) == "A line."
    assert shown(story, story.context()["title"]) == "mine"


def test_an_exhibit_called_for_again_is_made_once_and_read_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stands wherever a story asks for it, and a reader looks at every one; one that is not true is refused."""
    make, made = CALLS["equations"], []

    def counted(about: Subject) -> Any:
        made.append(about)
        return make(about)

    monkeypatch.setitem(CALLS, "equations", counted)
    for times in (1, 7):
        put(tmp_path / str(times), "en/handout.md.j2", "# Title\n\nSubtitle\n\n" + "{{ equations() }}" * times)
    once, often = (subject(derive("elman", 2), Options("en", templates=tmp_path / name)) for name in "17")
    single, document = tell(once), tell(often)
    assert len(made) == 2  # for two subjects
    assert document.blocks == single.blocks * 7
    read = [proofread(about, one) for about, one in ((once, single), (often, document))]
    assert len(read[1]) == 7 * len(read[0]) > 7
    assert all(found.is_sound for found in read[1])
    halved = replace(load("elman"), equations={**load("elman").equations, "a": "w_x*x[t] + w_h*h[t-1]/2"})
    other = subject(derive(halved, 2), Options("en"))
    monkeypatch.setitem(CALLS, "equations", lambda _: make(other))
    with pytest.raises(CheckFailedError, match="is not true"):
        tell(subject(derive("elman", 2), Options("en", templates=tmp_path / "7")))
