"""Characters that are not seen: shown in messages, gone from documents, refused in names."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from unicodedata import category

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from own_templates import put

from derive import Network, __main__, derive
from derive.characters import lines, one_line, visible
from derive.errors import DeriveError, NetworkError
from derive.network.file_name import LONGEST, file_name
from derive.network.toml import from_toml, load
from derive.report.narrative.languages import typesetting, words
from derive.report.narrative.shells import shell
from derive.report.narrative.templates import environment

SEEN = {0x200C, 0x200D, *range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
"""Format characters that join letters, or are signs of their own."""
UNSEEN = frozenset(
    chr(point)
    for point in range(sys.maxunicode + 1)
    if category(chr(point)) in {"Cc", "Cf", "Zl", "Zp", "Co"} and point not in SEEN
)
SAMPLE = "\0\t\n\v\r\x1b\x7f\x85\x9b\u00ad\u061c\u200b\u200e\u2028\u2029\u202e\u2066\u2069\ufeff\ue000\ue001\U000e0041"


def test_what_is_not_seen_is_known_character_by_character() -> None:
    """All control, format, separating and private characters of Unicode are shown in messages, and gone from documents."""
    everything = "".join(sorted(UNSEEN))
    assert not set(visible(everything)) - set("\\0123456789abcdefUtunrx")
    assert set(one_line(everything)) == {" "}
    assert not {sign for sign in lines(everything) if category(sign) != "Co"} - {"\n", "\t"}


@given(st.text())
def test_what_is_seen_stays(given: str) -> None:
    """Letters, marks, signs and spaces of every script pass, and cleaning twice is cleaning once."""
    seen = "".join(sign for sign in given if sign not in UNSEEN and category(sign) not in {"Cs", "Cn"})
    assert visible(seen) == one_line(seen) == lines(seen) == seen
    assert one_line(one_line(given)) == one_line(given)
    assert lines(lines(given)) == lines(given)
    assert visible(visible(given)) == visible(given)


def test_every_error_of_a_user_shows_what_is_not_seen() -> None:
    """The family of errors cleans its messages, whoever raises them."""
    assert str(DeriveError("a\x1b[31mb\u202ec")) == "a\\x1b[31mb\\u202ec"
    assert str(DeriveError("a\ud800b")) == "a\\ud800b"
    with pytest.raises(NetworkError) as told:
        from_toml('"\\u001b[2J" = 1', "x", "evil\x1b[31m.toml")
    assert UNSEEN.isdisjoint(str(told.value))


# -- the command -------------------------------------------------------------------------------------------------------

FILE = """
name = "net"
title = {{ en = {title} }}
about = {{ en = {about} }}
source = {source}
parameters = ["w"]
loss = "l"
[equations]
h = "w*h[t-1] + 1"
l = "h[t]**2"
[initial]
h = 0
[values]
w = "1/2"
"""
BROKEN = ("name", "loss", "parameters", "h", "w", "equations", "1/2", "h[t]**2", "l")
"""Pieces of that file that may be replaced by anything."""
some = st.text(st.one_of(st.sampled_from(SAMPLE), st.sampled_from("ab #-*>`=1.|[](){}_<&~“格")), max_size=12)


def toml(text: str) -> str:
    """A text as TOML has it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def said(*arguments: str) -> tuple[int, str, str]:
    """Run the command in this process; return its exit code, and what it printed where."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2)]
    before, sys.argv = sys.argv, ["derive", *arguments]
    try:
        with redirect_stdout(streams[0]), redirect_stderr(streams[1]):
            code = __main__._code()
    finally:
        sys.argv = before
    output, errors = (stream.buffer.getvalue().decode() for stream in streams)  # type: ignore[attr-defined]
    return code, output, errors


@settings(max_examples=6, deadline=None)
@given(some, some, some)
@example("a\x1b[31mb", "one\u2028# two\r\r- three\x85# four", "\u202eevil\u2066")
def test_texts_of_a_file_speak_to_no_terminal_and_make_no_heading(title: str, about: str, source: str) -> None:
    """Whatever its texts hold, a handout is shown and written without it, and with the headings it has anyway."""
    with TemporaryDirectory() as name:
        file = Path(name) / "net.toml"
        texts = {"title": title, "about": about, "source": source}
        file.write_text(FILE.format(**{key: toml(text) for key, text in texts.items()}), encoding="utf-8")
        code, output, errors = said("show", "-n", str(file), "-T", "1")
        assert (code, errors) == (0, "")
        assert UNSEEN.isdisjoint(output.replace("\n", ""))
        made = said("report", "-n", str(file), "-T", "1", "--format", "md,tex", "--output", name)
        assert (made[0], made[2]) == (0, "")
        for ending in ("md", "tex"):
            text = (Path(name) / f"net-T1.en.{ending}").read_bytes().decode()
            assert UNSEEN.isdisjoint(text.replace("\n", ""))
        headings = re.findall(r"^#+ ", (Path(name) / "net-T1.en.md").read_text(encoding="utf-8"), re.MULTILINE)
        assert len(headings) == plain_headings()


@cache
def plain_headings() -> int:
    """How many headings the handout of that network has with plain texts."""
    network = from_toml(FILE.format(title='"T"', about='"A"', source='"S"'), "net", "net.toml")
    with TemporaryDirectory() as name:
        file = Path(name) / "net-T1.en.md"
        assert file in derive(network, 1).report(name, formats=["md"])
        return len(re.findall(r"^#+ ", file.read_text(encoding="utf-8"), re.MULTILINE))


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(BROKEN), some, st.sampled_from((lambda text: toml(text)[1:-1], str)))
@example("h", "\x1b]0;title\x07", lambda text: toml(text)[1:-1])
def test_messages_speak_to_no_terminal(piece: str, put: str, written: Callable[[str], str]) -> None:
    """A file that is wrong, however it is, is answered in one line without what is not seen; so is its name."""
    text = FILE.format(title='"T"', about='"A"', source='"S"').replace(piece, written(put), 1)
    with TemporaryDirectory() as name:
        file = Path(name) / f"x{put.replace(chr(0), '').replace('/', '')}.toml"
        file.write_text(text, encoding="utf-8", newline="")
        code, output, errors = said("paths", "w", "-n", str(file), "-T", "1")
    assert code in {0, 2}
    assert UNSEEN.isdisjoint((output + errors).replace("\n", ""))
    assert errors.count("\n") == (code == 2)


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(("-n", "-T", "--set", "--values", "--locale", "--format", "--with", "--digits", "--engine")), some
)
def test_command_lines_speak_to_no_terminal(option: str, given: str) -> None:
    """What is typed comes back in messages, without what is not seen."""
    assume("\0" not in given)
    code, output, errors = said("report", "-T", "1", option, f"x{given}", "--output", "/dev/null/none")
    assert code == 2
    assert UNSEEN.isdisjoint((output + errors).replace("\n", ""))


def test_words_and_looks_of_a_language_are_clean(tmp_path: Path) -> None:
    """What a reader's own templates say, words and shells included, holds nothing unseen either."""
    own = put(tmp_path, "en/words.toml", 'path = "wa\\u001by\\u2028# no heading"')
    put(tmp_path, "shell/typesetting.toml", 'latex_typefaces = "\\u009b% x\\ny"')
    put(tmp_path, "shell/typst.typ.j2", "// a\x1b\u202eb\x0c\u2028c\r\nd")
    assert words(environment(own), "en")["path"] == "way # no heading"
    assert typesetting(environment(own), "en")["latex_typefaces"] == "% x\ny"
    assert shell(environment(own), "typst.typ", "en") == "// ab\n\nc\nd"


# -- names of networks -------------------------------------------------------------------------------------------------


def named(name: str) -> Network:
    """A network of that name."""
    return Network(name=name, equations={"h": "w*h[t-1]", "l": "h[t]"}, parameters=("w",), loss="l", initial={"h": 1})


@pytest.mark.parametrize(
    "name", ["my-net", "a", "Elman_2.b", "格子", "réseau", "नेट", "x" * LONGEST, "console", "com10"]
)
def test_a_name_of_letters_is_a_name(name: str) -> None:
    """Letters of every script, with their marks, digits and three signs make a name."""
    assert named(name).name == name


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", ".hidden", "-rf", "a b", "a/b", "a\\b", "a\0b", "a\nb", "a`b", "a\ue000b", "\ue0000\ue001"),
        *("a:b", "a*b", "a\u202eb", "x" * (LONGEST + 1), "x" * 100_000, "con", "NUL", "nul.x", "COM1", "lpt9.tar.gz"),
        *("a<b>", "[a](b)", "$a", "½"),
    ],
)
def test_a_name_is_one_for_files(name: str) -> None:
    """What is no name of a file everywhere is refused, in one short message that says what would be right."""
    with pytest.raises(NetworkError, match=r"has to be one for files: .*; such as my-network$") as told:
        named(name)
    assert len(str(told.value)) < 1_000


@given(st.text(min_size=1))
@example("con")
@example("my network (2)")
def test_the_name_of_a_file_gives_the_name_of_a_network(stem: str) -> None:
    """A network without a name is called by its file, in the letters that a name has."""
    assert named(file_name(stem)).name == file_name(stem)
    assert file_name(file_name(stem)) == file_name(stem)


def test_a_file_with_an_odd_name_is_a_network(tmp_path: Path) -> None:
    """Spaces and brackets in the name of a file need no thought."""
    file = tmp_path / "my network (2).toml"
    file.write_text(FILE.format(title='"T"', about='"A"', source='"S"').replace('name = "net"', ""), encoding="utf-8")
    assert load(file).name == "my-network-2"
