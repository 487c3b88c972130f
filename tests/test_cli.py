"""The command line, run as a program: what it writes, what it says, and its exit codes."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import time
import webbrowser
from pathlib import Path

import pytest

from derive import __main__ as main
from derive import progress


def derive(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder of its own, without a terminal."""
    command = [sys.executable, "-m", "derive", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, encoding="utf-8")


def test_report_writes_the_files_and_says_where(tmp_path: Path) -> None:
    """A report names every file it wrote, and the engine of the PDF; a pipe gets no progress."""
    done = derive("report", "--steps", "2", "--engine", "typst", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    *files, engine = done.stdout.splitlines()
    assert engine == "PDF engine: typst"
    assert {"output/elman-T2.en.pdf", "output/elman-T2.en.tex", "output/elman-T2.en.md"} <= set(files)
    assert all((tmp_path / file).stat().st_size for file in files)


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    """Two runs write the same bytes in every format."""
    for folder in ("one", "two"):
        derive("report", "--steps", "2", "--engine", "typst", "--locale", "zh", "--output", folder, cwd=tmp_path)
    first, second = (
        sorted(file for file in (tmp_path / folder).rglob("*") if file.is_file()) for folder in ("one", "two")
    )
    assert [file.name for file in first] == [file.name for file in second]
    assert all(one.read_bytes() == other.read_bytes() for one, other in zip(first, second, strict=True))


def test_values_can_be_set(tmp_path: Path) -> None:
    """Values from a file and from --set reach the worked example, the latter over the former."""
    (tmp_path / "values.toml").write_text("w_h = 0.25\nx = [1, 0]\n")
    arguments = ("show", "--steps", "2", "--values", "values.toml", "--set", "w_h=-0.5", "--set", "yhat=1,0.125")
    shown = derive(*arguments, cwd=tmp_path).stdout
    assert "w_h = −0.5" in shown
    assert "0.125" in shown
    assert "0.25" not in shown.split("Forwards")[0]


def test_matrices_and_cycles_can_be_set(tmp_path: Path) -> None:
    """On the command line a value may stand as in a file: a matrix, with fractions, or a list that begins again."""
    matrix = ("--set", 'W_h=[[1, 2], ["1/2", 4]]', "--set", "h_0=[0.25, 3]")
    shown = derive("show", "-n", "elman-vector", "-T", "2", *matrix, cwd=tmp_path)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "(0.25, 3)" in shown.stdout


def test_limits_are_raised_with_commas_between(tmp_path: Path) -> None:
    """Several limits stand in one word, as make passes them on, or in several; what is none is told how to write it."""
    asked = ("show", "-T", "1", "--limit", "work=36,digits=31", "--limit", "paths=60")
    assert derive(*asked, "--digits", "31", "--max-paths", "60", cwd=tmp_path).returncode == 0
    for command in (("code",), ("paths", "w_h")):
        done = derive(*command, "--limit", "equations=500", "--limit", "names=300,lag=200", cwd=tmp_path)
        assert (done.returncode, done.stderr) == (0, "")
    said = derive("show", "--limit", "work=5,paths=60", cwd=tmp_path).stderr
    assert "27 numbers that equations look at over all T steps, and the limit is 5; --limit work=27 raises it" in said
    said = derive("show", "--limit", "work=5,paths", cwd=tmp_path).stderr
    assert "write a name and a number, such as equations=500, not 'work=5,paths'" in said


def test_what_has_no_meaning_is_said_beside_the_files(tmp_path: Path) -> None:
    """Where truncation was asked for and has no meaning, a line says why; the handout is there, and its chapter says so."""
    asked = ("report", "-n", "bidirectional", "-T", "2", "--truncate", "1", "--format", "md")
    done = derive(*asked, cwd=tmp_path)
    said = "g runs backwards in time; truncation is for states that run forwards; the chapter on it says so"
    assert (done.returncode, done.stderr) == (0, f"derive: bidirectional.toml: {said}\n")
    assert "so what would have to be cut off lies in the future" in (tmp_path / done.stdout.splitlines()[0]).read_text()


def test_show_prints_the_derivation(tmp_path: Path) -> None:
    """The terminal shows the recurrence and the guaranteed gradient."""
    shown = derive("show", "--steps", "3", cwd=tmp_path).stdout
    assert "δ_t = (y_t − ŷ_t) w_y + δ_{t+1} (1 − h_{t+1}²) w_h" in shown
    assert "0.1577" in shown


def test_paths_are_counted_and_added_up(tmp_path: Path) -> None:
    """Of an LSTM's paths over 20 steps the command prints how many there are, in groups, and what they add up to."""
    shown = derive("paths", "w_hf", "--network", "lstm-scalar", "--steps", "20", cwd=tmp_path).stdout
    assert "dL/dw_{hf} = −0.2337" in shown
    assert "14\u202f166\u202f632\u202f180\u202f785" in shown
    for words in ("by their lag", "by step", "through c_t alone", "largest paths"):
        assert words in shown


def test_paths_to_a_node_at_a_step(tmp_path: Path) -> None:
    """A variable stands with its step; a node that nothing leads to has no paths; both languages."""
    assert "dL/dh_2 = 1.0242" in derive("paths", "h[2]", "-T", "4", cwd=tmp_path).stdout
    shown = derive("paths", "c[0]", "-n", "lstm-scalar", "-T", "2", "--locale", "zh", cwd=tmp_path).stdout
    assert "从L到c_0的路径" in shown
    (tmp_path / "idle.toml").write_text(
        'parameters = ["w", "idle"]\ninputs = ["x"]\nloss = "l"\nvalues = { w = 1, idle = 1, x = 1 }\n'
        '[equations]\nh = "w*x[t]"\naside = "idle*x[t]"\nl = "h[t]**2"\n'
    )
    assert "there is no path" in derive("paths", "idle", "-n", "idle.toml", cwd=tmp_path).stdout


@pytest.mark.parametrize(
    ("node", "complaint"),
    [
        ("h", "h needs a step from 0 to 3"),
        ("h[9]", "h needs a step from 0 to 3"),
        ("w_h[1]", "w_h has no step"),
        ("w_hh", "there is no w_hh; did you mean w_h?"),
        ("h 2", "'h 2' names no node; write a parameter, such as w_h, or a variable with its step, h[2]"),
        ("L", "every path begins at L"),
    ],
)
def test_a_node_that_there_is_not(tmp_path: Path, node: str, complaint: str) -> None:
    """One message says what is wrong with a node, and the exit code is 2."""
    done = derive("paths", node, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert complaint in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_networks_lists_each_in_a_line(tmp_path: Path) -> None:
    """Every ready-made network has a line with its name and title."""
    lines = derive("networks", cwd=tmp_path).stdout.splitlines()
    assert any(line.startswith("elman ") and "Elman" in line for line in lines)
    assert all(len(line.split(maxsplit=1)) == 2 for line in lines)


def test_help_does_not_load_the_mathematics(tmp_path: Path) -> None:
    """``derive --help`` answers without importing SymPy."""
    probe = "import sys\nfrom derive.__main__ import cli\nassert 'sympy' not in sys.modules, 'sympy was imported'"
    done = subprocess.run([sys.executable, "-c", probe], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


BAD = [
    (("report", "--steps", "0"), "whole number from 1 on"),
    (("report", "--steps", "two"), "whole number from 1 on"),
    (("report", "--network", "elmann"), "did you mean elman?"),
    (("report", "--network", "missing.toml"), "missing.toml: cannot be read"),
    (("report", "--set", "w_hh=1"), "did you mean w_h?"),
    (("report", "--set", "w_h"), "write a name and a value"),
    (
        ("report", "--set", "w_h=[[1/2, 0]]"),
        "--set w_h=[[1/2, 0]]: write the value as in a file, such as [[1, 2], [3, 4]]",
    ),
    (("report", "--set", "x=1,-1"), "for a list that begins again (--set 'x={ cycle = [1, -1] }')"),
    (("show", "elman"), "write -n elman: a network is given with --network"),
    (("report", "own.toml"), "write -n own.toml"),
    (("paths", "w_h", "3"), "“3” is one thing too many; options begin with --"),
    (("report", "--set", "w_h=fast"), "has to be a number"),
    (("report", "--set", "x=1,0"), "x has 2 values, but there are T = 3 steps"),
    (("report", "--values", "missing.toml"), "missing.toml: cannot be read"),
    (("report", "--format", "pdf,docx"), "there is no format docx"),
    (("report", "--engine", "word"), "there is no engine word"),
    (("report", "--locale", "de"), "there is no language de"),
    (("report", "--templates", "missing"), "missing is not a folder"),
    (("report", "--output", "taken"), "taken"),
    (("report", "--network", "bad.toml"), 'equation a = "w*h[t-1] + os.system(1)"'),
    (("report", "--network", "circle.toml"), "circular definition within a step"),
    (("rport",), "Did you mean 'report'?"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD, ids=[" ".join(arguments) for arguments, _ in BAD])
def test_bad_input_is_one_message_and_exit_code_2(arguments: tuple[str, ...], message: str, tmp_path: Path) -> None:
    """Whatever is wrong with the input, there is one line that says what, no traceback, and nothing is written."""
    (tmp_path / "taken").write_text("a file where the folder should be")
    head = 'parameters = ["w"]\nloss = "l"\n[initial]\nh = 0\n[equations]\n'
    (tmp_path / "bad.toml").write_text(head + 'a = "w*h[t-1] + os.system(1)"\nh = "a[t]"\nl = "h[t]"\n')
    (tmp_path / "circle.toml").write_text(head + 'a = "w*h[t]"\nh = "a[t] + h[t-1]"\nl = "h[t]"\n')
    before = sorted(tmp_path.rglob("*"))
    done = derive(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.startswith("derive: ")
    assert len(done.stderr.splitlines()) == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_what_is_advised_for_too_few_values_is_what_set_takes(tmp_path: Path) -> None:
    """The advice of the message, put on the command line as it stands there, is no advice of another message."""
    refused = derive("show", "--set", "x=1,-1", cwd=tmp_path)
    assert refused.returncode == 2
    advice = refused.stderr[refused.stderr.index("(--set ") + 1 : refused.stderr.rindex(")")]
    done = derive("show", *shlex.split(advice), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_size_is_taken_from_the_values_of_the_file(tmp_path: Path) -> None:
    """One number for all of a matrix has the size of the file's own; without that it is said what is missing."""
    (tmp_path / "own.toml").write_text(
        'parameters = ["W"]\ninputs = ["x"]\nloss = "l"\ninitial = { h = 0 }\n'
        'shapes = { W = "n, n", h = "n", x = "n" }\n[equations]\nh = "W@h[t-1] + x[t]"\nl = "h[t]@h[t]"\n'
        "[values]\nW = [[1, 2], [3, 4]]\nx = [[1, 0], [0, 1]]\n"
    )
    single = ("show", "-n", "own.toml", "-T", "2", "--set", "W=1", "--set", "x=2")
    done = derive(*single, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    text = (tmp_path / "own.toml").read_text()
    (tmp_path / "own.toml").write_text(text.partition("[values]")[0])
    refused = derive(*single, cwd=tmp_path)
    assert refused.returncode == 2
    said, _, example = refused.stderr.rstrip().partition(", such as ")
    assert "the size n is not known; give at least one value of that size as a list" in said
    done = derive(*single, "--set", example.replace(" = ", "="), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_template_with_an_undefined_name_names_its_line(tmp_path: Path) -> None:
    """A reader's own template that uses an unknown name is reported with its file and line; old output stays."""
    english = tmp_path / "mine" / "en"
    english.mkdir(parents=True)
    (english / "handout.md.j2").write_text(
        '{% extends "base/en/handout.md.j2" %}\n{% block idea %}\n{{ hiden_state }}\n{% endblock %}\n'
    )
    output = tmp_path / "output"
    output.mkdir()
    (output / "elman-T3.en.md").write_text("what stood here")
    done = derive("report", "--format", "md", "--templates", "mine", cwd=tmp_path)
    assert done.returncode == 2
    assert "en/handout.md.j2, line 3" in done.stderr
    assert "hiden_state" in done.stderr
    assert (output / "elman-T3.en.md").read_text() == "what stood here"


def test_a_disagreeing_check_is_exit_code_1(tmp_path: Path) -> None:
    """If a route disagrees with the recurrence, nothing is written and the exit code is 1."""
    probe = (
        "from derive.checks import routes, verify\n"
        "def wrong(derived, evaluation): return {node: evaluation.gradient(node) + 1 for node in derived.targets}\n"
        "verify.ROUTES = (routes.Numeric('path sum', 'rules', routes.beside(wrong), lambda _derived, _evaluation: ''),)\n"
        "import sys\nsys.argv = ['derive', 'report', '--format', 'md']\n"
        "from derive.__main__ import main\nmain()\n"
    )
    command = [sys.executable, "-c", probe]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, encoding="utf-8")
    assert done.returncode == 1
    assert "these checks disagree with the recurrence: path sum" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "output").exists()


def test_a_gradient_from_elsewhere_is_compared(tmp_path: Path) -> None:
    """A gradient that agrees ends with 0, one that differs with 1 and the mistake in either language, bad input with 2."""
    right = derive("compare", "--gradient", "w_h=0.1577", cwd=tmp_path)
    assert (right.returncode, right.stderr) == (0, "")
    (tmp_path / "came.json").write_text('{"w_x": 1.1131771, "w_h": 0.3154756}')
    chinese = derive("compare", "--gradients", "came.json", "--locale", "zh", "--json", cwd=tmp_path)
    assert (chinese.returncode, chinese.stderr) == (1, "")
    found = json.loads(chinese.stdout)["explanations"][0]["mistakes"][0]
    assert (found["kind"], found["sentence"]) == ("scaled", "这恰好是正确梯度的 2 倍。")
    bad = derive("compare", "--gradient", "w=1", cwd=tmp_path)
    assert (bad.returncode, bad.stdout) == (2, "")
    assert bad.stderr == "derive: elman.toml: there is no gradient by w; known are w_x, w_h, w_y\n"


@pytest.mark.parametrize(("formats", "opened"), [("md,html,tex", ".html"), ("md,tex", ".tex")])
def test_what_was_made_is_opened(
    formats: str, opened: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The web page before all else, by its address on this machine; where nothing opens it that is said, and all is well."""
    asked: list[str] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(webbrowser, "open", asked.append)  # which is None, as of a browser that is not there
    main.cli.main(["report", "-T", "1", "--format", formats, "--open"], standalone_mode=False)
    assert asked == [(tmp_path / f"output/elman-T1.en{opened}").as_uri()]
    assert capsys.readouterr().err == f"derive: nothing here opens output/elman-T1.en{opened}\n"


def test_a_terminal_is_told_what_takes_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And only that: what is done within the time says nothing, and neither does anything in a pipe."""
    monkeypatch.setattr(progress, "PATIENCE", 0.05)
    with progress.progress() as tell:
        tell("waiting")
        time.sleep(0.2)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress.progress() as tell:
        tell("hurrying")
    assert capsys.readouterr().err == ""
    with progress.progress() as tell:
        tell("waiting")
        time.sleep(0.5)
        tell("still waiting")
    assert "waiting" in capsys.readouterr().err
