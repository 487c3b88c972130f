"""Load: TOML becomes a network, and whatever is wrong with a file gets one message that names it."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.errors import DeriveError, NetworkError, ValuesError
from derive.network.network import Network
from derive.network.toml import KEYS, from_toml, load, load_values, ready_made

GOOD = """
parameters = ["w"]
inputs = ["x"]
targets = ["y"]
loss = "l"

[equations]
h = "tanh(w*h[t-1] + x[t])"
l = "(h[t] - y[t])**2"

[initial]
h = 0
"""


def write(folder: Path, text: str | bytes, name: str = "own.toml") -> Path:
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refused(path: str | Path) -> str:
    """The message with which a network is refused."""
    with pytest.raises(DeriveError) as caught:
        load(path)
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_file_becomes_a_network(tmp_path: Path) -> None:
    """Equations keep their order, the name is that of the file, and messages will name its path."""
    path = write(tmp_path, GOOD)
    network = load(path)
    assert network.variables == ("h", "l")
    assert network.name == "own"
    assert network.origin == str(path)
    assert load(str(path)) == network
    assert load(network) is network


def test_everything_a_file_may_say_arrives() -> None:
    """Every key has its place in the network."""
    text = f"""
        name = "mine"
        source = "a paper"
        loss_at = "last"
        broadcast = true
        adjoints = ["h"]
        trainable_initial = ["h"]
        {GOOD}
        [tex]
        w = 'w_{{hh}}'
        [shapes]
        [title]
        en = "Mine"
        [about]
        zh = "我的"
        [values]
        w = 0.1
        x = [1, 2.50]
    """
    network = from_toml(text, "own", "own.toml")
    assert (network.name, network.source, network.loss_at, network.broadcast) == ("mine", "a paper", "last", True)
    assert (network.adjoints, network.trainable_initial) == (("h",), ("h",))
    assert (network.tex, network.title, network.about) == ({"w": "w_{hh}"}, {"en": "Mine"}, {"zh": "我的"})
    assert network.values == {"w": Decimal("0.1"), "x": [1, Decimal("2.50")]}
    assert network.shapes == {}
    assert {*KEYS} >= {"name", "source", "loss_at", "broadcast", "adjoints"}


def test_shapes_are_lists_of_size_names() -> None:
    """``"n, d"`` is a matrix, ``"n"`` a vector, an empty text a scalar."""
    text = """
        parameters = ["W"]
        inputs = ["x"]
        loss = "l"
        equations = { h = "W @ x[t]", l = "sum(h[t])" }
        shapes = { W = "n, d", x = "d", h = "n", l = "" }
    """
    assert from_toml(text, "own", "own.toml").shapes == {"W": ("n", "d"), "x": ("d",), "h": ("n",), "l": ()}


@pytest.mark.parametrize("name", ready_made())
def test_every_ready_made_network_loads_by_its_name(name: str) -> None:
    """The names are those of files that load, and each network is called like its file."""
    network = load(name)
    assert network.name == name
    assert network.where == f"{name}.toml: "


BROKEN: list[tuple[str, str, str]] = [
    # what is replaced, by what, and what the message says after the path
    ("", "\nx =", "not a TOML file: "),
    (GOOD, "a = 1\na = 2", "not a TOML file: "),
    ("", "\n[values]\nw = " + "9" * 5_000, "not a TOML file: it holds too large a number, or nests too deeply"),
    ("", "\n[values]\nw = 1e9999999999999999999999", "not a TOML file: it holds too large a number"),
    ("", "\n[values]\nw = " + "[" * 5_000, "not a TOML file: it holds too large a number, or nests too deeply"),
    ('parameters = ["w"]', "", "parameters is missing; see the example in docs/writing-a-network.md"),
    ('loss = "l"', "", "loss is missing; see"),
    (GOOD, 'parameters = []\nloss = "l"', "equations is missing; see"),
    ("parameters", "parametres", "unknown key parametres; did you mean parameters?"),
    ("[initial]", "[inital]", "unknown key inital; did you mean initial?"),
    ("[initial]", "[zzz]", "unknown key zzz; known are loss, "),
    ('["w"]', '"w"', 'parameters has to be a list of names, such as ["w_x", "w_h"]'),
    ('["x"]', "[1]", "inputs has to be a list of names"),
    ('["y"]', '{ y = "y" }', "targets has to be a list of names"),
    ('loss = "l"', "loss = 1", "loss has to be a text in quotation marks"),
    ('loss = "l"', 'loss = "l"\nloss_at = 3', "loss_at has to be a text in quotation marks, or a list such as [2, 4]"),
    (
        'loss = "l"',
        'loss = "l"\nloss_at = "end"',
        'loss_at has to be "every", "last" or a list of steps such as [2, 4], not \'end\'; step T is "last"',
    ),
    ('loss = "l"', 'loss = "l"\nbroadcast = 1', "broadcast has to be true or false"),
    ('loss = "l"', 'loss = "l"\ntitle = "Mine"', "[title] has to be a table with one entry per line"),
    ('loss = "l"', 'loss = "l"\ntitle.en = 1', "[title] en has to be a text in quotation marks"),
    ('loss = "l"', 'loss = "l"\nname = "../own"', "the name '../own' has to be one for files"),
    ('"tanh(w*h[t-1] + x[t])"', "1", "[equations] h has to be a text in quotation marks"),
    ('h = "tanh(w*h[t-1] + x[t])"', 'h.a = "w"', "[equations] h has to be a text in quotation marks"),
    (
        GOOD,
        "initial = 0\n" + GOOD.replace("[initial]\nh = 0", ""),
        "[initial] has to be a table with one entry per line",
    ),
    ("[initial]", "[shapes]\nh = 1\n[initial]", "[shapes] h has to be a text in quotation marks"),
    ("[initial]", '[shapes]\nh = "n d"\n[initial]', '[shapes] h: a shape is one or two size names, such as "n"'),
    ("[initial]", '[shapes]\nh = "n,"\n[initial]', '[shapes] h: a shape is one or two size names, such as "n"'),
    ("[initial]", '[shapes]\nw = "n, d, k"\n[initial]', "[shapes] w: a shape is one or two size names"),
    ("[initial]", '[shapes]\nh = "n"\n[initial]', 'equation h = "tanh(w*h[t-1] + x[t])": cannot'),
    ("[initial]", "[tex]\nw = 1\n[initial]", "[tex] w has to be a text in quotation marks"),
    ("h = 0", "", "h[t-1] looks at h_0, but h has no initial value; write h = 0 under [initial]"),
    ("h = 0", "h = 0\nl = 0", "l has an initial value, but no equation looks at l[t-1]; leave it out"),
    ("h = 0", "h = 0\n[values]\nww = 1", "[values] names ww, which is unknown; did you mean w?"),
    ("tanh(w*", "tnah(w*", 'equation h = "tnah(w*h[t-1] + x[t])": unknown function tnah (did you mean tanh?)'),
    ("tanh(w*", "tanh(v*", "equation h: unknown name v; known are w (declare it under parameters"),
    ("h[t-1]", "h[t]", "circular definition within a step: h → h (→ reads “needs”)"),
    ("h[t-1]", "h.real", 'equation h = "tanh(w*h.real + x[t])": “h.real” is not allowed; use names'),
    ('inputs = ["x"]', 'inputs = ["x", "z"]', "z is declared, but no equation uses it"),
]


@pytest.mark.parametrize(("old", "new", "expected"), BROKEN)
def test_a_broken_file_gets_one_message_with_its_path_and_place(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    """The message begins with the path, names the key or equation, and says what would be right."""
    path = write(tmp_path, GOOD.replace(old, new, 1) if old else GOOD + new)
    assert re.sub(r": line \d+: ", ": ", refused(path), count=1).startswith(f"{path}: {expected}")


def test_what_is_no_readable_file_is_said_so(tmp_path: Path) -> None:
    """A directory, bytes that are no UTF-8, a file that is not there, and a path that cannot be."""
    assert refused(tmp_path) == f"{tmp_path}: cannot be read (Is a directory)"
    (tmp_path / "folder.toml").mkdir()
    assert refused(tmp_path / "folder.toml").endswith("cannot be read (Is a directory)")
    binary = write(tmp_path, b"\xff\xfe\x00", "binary.toml")
    assert refused(binary) == f"{binary}: not a UTF-8 text file"
    missing = tmp_path / "missing.toml"
    assert refused(missing) == f"{missing}: cannot be read (No such file or directory)"
    assert "cannot be read" in refused("nul\0.toml")


def test_a_file_without_permission_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the operating system says is passed on."""

    def deny(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    path = write(tmp_path, GOOD)
    monkeypatch.setattr("derive.contents.os.open", deny)
    assert refused(path) == f"{path}: cannot be read (Permission denied)"


@pytest.mark.parametrize(
    ("name", "hint"),
    [("elmann", "; did you mean elman?"), ("zzz", "; known are "), ("lstm_scalar", "; did you mean lstm-scalar?")],
)
def test_an_unknown_network_is_answered_with_those_that_are_known(name: str, hint: str) -> None:
    """A misspelt name gets a suggestion, and the way to one's own file."""
    message = refused(name)
    assert message.startswith(f"there is no ready-made network {name}{hint}")
    assert message.endswith("your own is a path to a .toml file")


def test_values_are_read_from_the_top_or_from_their_table(tmp_path: Path) -> None:
    """A file of values may be a plain table, or have one; decimals stay exact."""
    expected = {"w": Decimal("0.10"), "x": [1, 2]}
    assert load_values(write(tmp_path, "w = 0.10\nx = [1, 2]")) == expected
    assert load_values(write(tmp_path, "[values]\nw = 0.10\nx = [1, 2]")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"w = ", "not a TOML file: "),
        (b"values = 1", "[values] has to be a table, such as w_x = 0.5"),
        (b"\xff", "not a UTF-8 text file"),
    ],
)
def test_a_broken_file_of_values_is_an_error_of_values(tmp_path: Path, text: bytes, expected: str) -> None:
    """The message names the file, and the error is one of values."""
    path = write(tmp_path, text)
    with pytest.raises(ValuesError) as caught:
        load_values(path)
    assert str(caught.value).startswith(f"{path}: {expected}")
    with pytest.raises(ValuesError, match="cannot be read"):
        load_values(tmp_path / "missing.toml")


KEYS_AND_JUNK = (*KEYS, "h", "zz", "'a b'")
VALUES = (
    "1",
    "true",
    "[]",
    "{}",
    "''",
    "'w'",
    "['w']",
    "[1]",
    "{ h = 'w*h[t-1]' }",
    "{ h = 0 }",
    "1979-05-27",
    "inf",
    "[[]]",
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS_AND_JUNK), st.sampled_from(VALUES), max_size=8))
def test_any_toml_is_a_network_or_an_error_that_names_the_file(table: dict[str, str]) -> None:
    """No combination of keys and types ends in anything else."""
    text = "\n".join(f"{key} = {value}" for key, value in table.items())
    try:
        assert isinstance(from_toml(text, "own", "own.toml"), Network)
    except DeriveError as error:
        assert str(error).startswith("own.toml: ")  # noqa: PT017 - one of two outcomes


def test_the_error_of_a_file_is_an_error_of_networks(tmp_path: Path) -> None:
    """A file that cannot be read is told apart from an equation that cannot."""
    with pytest.raises(NetworkError):
        load(tmp_path / "missing.toml")
