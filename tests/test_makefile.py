"""The Makefile: what it runs, when it installs, and what it says where it cannot.

Each test copies the Makefile into an empty folder and gives it interpreters that are small shell scripts, so nothing is
installed and nothing is downloaded.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SETTING_UP = "Setting up .venv (once) …"

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")

# Stands for the interpreter of a finished .venv: says on its standard output what it was called with.
RECORDER = """\
#!/bin/sh
for argument in "$@"; do printf '<%s>' "$argument"; done
echo
"""

# Stands for a good Python of the system: passes every check, makes a .venv that holds the recorder.
MAKER = """\
#!/bin/sh
[ "$1" = -m ] || exit 0
mkdir -p "$3/bin" && cp recorder "$3/bin/python" && : >"$3/pyvenv.cfg"
"""


def script(path: Path, text: str) -> Path:
    """Write a program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


def python_that_begins_with(path: Path, module: str, code: str) -> Path:
    """A real Python into which `code` is slipped as the module of that name."""
    modules = path.parent / f"{path.name}-modules"
    modules.mkdir()
    (modules / f"{module}.py").write_text(code, encoding="utf-8")
    return script(path, f"#!/bin/sh\nPYTHONPATH='{modules}' exec '{sys.executable}' \"$@\"\n")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder as after `git clone`, as far as the Makefile looks; its name has a space."""
    folder = tmp_path / "a clone"
    folder.mkdir()
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    script(folder / "recorder", RECORDER)
    return folder


@pytest.fixture
def ready(clone: Path) -> Path:
    """The same after an earlier `make report`."""
    script(clone / ".venv" / "bin" / "python", RECORDER)
    for name in ("pyvenv.cfg", "installed", "installed-test", "installed-dev"):
        (clone / ".venv" / name).touch()
    return clone


def make(folder: Path, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run make as from a fresh shell: nothing of the make that may run these tests reaches it."""
    return subprocess.run(
        ["make", *map(str, arguments)],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_report_passes_on_what_is_given(ready: Path) -> None:
    """Each variable of make becomes the option of the command that it stands for."""
    done = make(ready, "-n", "report", "T=3", "NETWORK=lstm", "LOCALE=zh", "FORMAT=pdf,md", "ENGINE=typst", "DIGITS=6",
                "TRUNCATE=4,2", "FULL_TABLES=1", "BRIEF=1", "LIMIT=work=9,paths=8")  # fmt: skip
    assert done.stdout.split() == [
        ".venv/bin/python", "-m", "derive", "report", "--steps", "'3'", "--network", "'lstm'", "--locale", "'zh'",
        "--format", "'pdf,md'", "--engine", "'typst'", "--digits", "'6'", "--truncate", "'4,2'", "--full-tables", "--brief",
        "--limit", "'work=9,paths=8'", "--output", "output",
    ]  # fmt: skip


def test_report_leaves_the_rest_to_the_command(ready: Path) -> None:
    """Without variables only the folder is said, so that defaults live in one place, the command."""
    assert make(ready, "-n", "report").stdout == ".venv/bin/python -m derive report --output output\n"


@pytest.mark.parametrize("value", ["", "0", "no"])
def test_a_flag_is_off_where_its_value_says_so(ready: Path, value: str) -> None:
    """FULL_TABLES=0 asks for no tables."""
    assert (
        make(ready, "-n", "report", f"FULL_TABLES={value}").stdout
        == ".venv/bin/python -m derive report --output output\n"
    )


def test_values_reach_the_command_whole(ready: Path) -> None:
    """Spaces, quotes, dollars and stars of a file name arrive as they were typed; so does an empty value."""
    odd = """my  "odd" numbers' $HOME $(T) *.toml"""
    done = make(ready, "report", "T=", f"VALUES={odd}", "OUTPUT=/tmp/a b")
    assert done.stdout == f"<-m><derive><report><--steps><><--values><{odd}><--output></tmp/a b>\n"


def test_code_is_printed_or_put_into_a_file(ready: Path) -> None:
    """Its variables are options of the command; OUTPUT is a file, and those of a report are unknown."""
    told = "<-m><derive><code><--network><my net.toml><--target><c><--plain>\n"
    asked = ("code", "NETWORK=my net.toml", "TARGET=c", "PLAIN=1")
    assert make(ready, *asked).stdout == told
    assert make(ready, *asked, "OUTPUT=a $(T) 'file'.c").stdout == ""
    assert (ready / "a $(T) 'file'.c").read_text(encoding="utf-8") == told
    done = make(ready, "code", "T=3")
    assert done.returncode == 2
    assert "there is no variable T; known are NETWORK TARGET PLAIN LIMIT OUTPUT PYTHON" in done.stderr


def test_the_environment_is_not_taken_for_the_command_line(ready: Path) -> None:
    """A LOCALE or FORMAT that the shell exports for something else changes nothing, and make says so."""
    done = make(ready, "report", LOCALE="de_DE", FORMAT="json")
    assert done.stdout == "<-m><derive><report><--output><output>\n"
    assert "Not used: LOCALE FORMAT in the environment." in done.stderr


@pytest.mark.parametrize("name", ["OUTPUT", "T", "FULL_TABLES", "PYTHON", "V"])
@pytest.mark.parametrize("goal", ["report", "test", "help"])
def test_what_is_typed_is_not_run(ready: Path, name: str, goal: str) -> None:
    """A value is data: make's own functions and the shell's commands in it do not run, whatever is made."""
    for value in ("$(shell touch ran)", "${shell touch ran}", "`touch ran`", "';touch ran;'", "$$(touch ran)"):
        assert make(ready, goal, f"{name}={value}").returncode == 0
    assert not (ready / "ran").exists()


@pytest.mark.parametrize("name", ["OUTPUT", "TARGET", "PLAIN", "NETWORK"])
def test_what_is_typed_for_code_is_not_run(ready: Path, name: str) -> None:
    """Nor are the values of the variables of `make code`."""
    for value in ("$(shell touch ran)", "${shell touch ran}", "`touch ran`", "';touch ran;'", "$$(touch ran)"):
        assert make(ready, "code", f"{name}={value}").returncode == 0
    assert not (ready / "ran").exists()


def test_a_named_python_is_not_run_by_make(clone: Path) -> None:
    """PYTHON is a file name also where .venv is made."""
    for value in ("$(shell touch ran)", "`touch ran`", "';touch ran;'"):
        assert "none was found as" in make(clone, "report", f"PYTHON={value}").stderr
        assert "none was found as" in make(clone, "report", PYTHON=value).stderr
    assert not (clone / "ran").exists()


@pytest.mark.parametrize("name", ["t", "FORMATS", "GIVEN", "UNKNOWN", "OPTIONS", "VENV", "PY"])
@pytest.mark.parametrize("value", ["", "5", "$(shell touch ran)"])
def test_an_unknown_variable_is_an_error(ready: Path, name: str, value: str) -> None:
    """A misspelt variable is named, with those that there are, before anything is made; no name of the Makefile is spared."""
    done = make(ready, "report", f"{name}={value}")
    assert (done.returncode, done.stdout) == (2, "")
    (message,) = done.stderr.splitlines()
    known = "T NETWORK LOCALE FORMAT ENGINE MARKDOWN PAPER HEADING VALUES SEED DIGITS WITH"
    assert f"there is no variable {name}; known are {known}" in message
    assert not (ready / "ran").exists()


def test_variables_of_make_and_of_the_environment_are_none_of_ours(ready: Path) -> None:
    """What make itself reads, and what the environment holds for other programs, is not taken for a mistake."""
    for given in ({"CC": "clang", "t": "5", "V": "1"}, {"MAKEFLAGS": "s"}, {"MAKEFLAGS": " -- V=1"}):
        assert make(ready, "report", "T=3", **given).returncode == 0
    assert make(ready, "-e", "report", "V=1", "SHELL=/bin/sh", "MAKEFLAGS=k", CC="clang").returncode == 0


def test_a_value_of_two_lines_is_an_error(ready: Path) -> None:
    """What the shell would see the half of is refused in one message."""
    done = make(ready, "report", "NETWORK=a\ntouch ran\n", "T=3")
    assert (done.returncode, done.stdout) == (2, "")
    (message,) = done.stderr.splitlines()
    assert "a value has to stand in one line, unlike that of NETWORK" in message


@pytest.mark.parametrize("code", [1, 2])
def test_make_fails_when_the_command_fails(ready: Path, code: int) -> None:
    """What the command says stays on the screen, make adds its one line, and the exit code is not 0."""
    script(ready / ".venv" / "bin" / "python", f"#!/bin/sh\necho 'T has to be at least 1' >&2; exit {code}\n")
    done = make(ready, "report", "T=0")
    assert done.returncode != 0
    assert done.stdout == ""
    message, noise = done.stderr.splitlines()
    assert message == "T has to be at least 1"
    assert noise.endswith(f"Error {code}")


def test_a_second_call_installs_nothing(clone: Path) -> None:
    """The first call makes .venv and installs derive in place; the second goes straight to the command."""
    python = script(clone.parent / "python3", MAKER)
    first = make(clone, "report", "T=3", f"PYTHON={python}")
    assert first.returncode == 0, first.stderr
    said, installed, ran = first.stdout.splitlines()
    assert said == SETTING_UP
    assert installed == "<-m><pip><install><--quiet><--disable-pip-version-check><--editable><.>"
    second = make(clone, "report", "T=3")
    assert second.stdout.splitlines() == [ran]


def test_the_tests_bring_their_own_dependencies(clone: Path) -> None:
    """`make test` alone sets everything up, and a `make report` after it has nothing left to do."""
    python = script(clone.parent / "python3", MAKER)
    said, installed, ran = make(clone, "test", f"PYTHON={python}").stdout.splitlines()
    assert said == SETTING_UP
    assert installed.endswith("<--editable><.[test]>")
    assert ran == "<-m><pytest><-n><logical><--maxprocesses><4><--dist><loadfile>"
    assert make(clone, "report").stdout.splitlines() == ["<-m><derive><report><--output><output>"]


def test_a_newer_pyproject_is_installed_again(ready: Path) -> None:
    """Changed dependencies reach a .venv that is already there."""
    newer = (ready / ".venv" / "installed").stat().st_mtime + 10
    os.utime(ready / "pyproject.toml", (newer, newer))
    assert "--editable" in make(ready, "-n", "report").stdout


def test_a_failed_installation_is_tried_again(clone: Path) -> None:
    """When pip fails, make says what to do, and the next call does not take .venv for finished."""
    script(clone / "recorder", '#!/bin/sh\n[ "$3" != install ]\n')
    python = script(clone.parent / "python3", MAKER)
    for _ in range(2):
        done = make(clone, "report", f"PYTHON={python}")
        assert done.returncode != 0
        assert "could not be installed" in done.stderr
        assert done.stdout.splitlines() == [SETTING_UP]


def test_a_python_without_ensurepip_gets_a_message(clone: Path) -> None:
    """Debian packs ensurepip apart: make names the package to install and leaves no half-made .venv."""
    python = python_that_begins_with(clone.parent / "python3.11", "ensurepip", "raise ImportError")
    done = make(clone, "report", "T=3", f"PYTHON={python}")
    assert done.returncode != 0
    assert f"{python} cannot make virtual environments" in done.stderr
    assert "apt-get install python3.11-venv" in done.stderr
    assert not (clone / ".venv").exists()


def test_an_old_python_gets_a_message(clone: Path) -> None:
    """A Python before 3.11 is refused before anything is made."""
    python = python_that_begins_with(
        clone.parent / "python3", "sitecustomize", "import sys; sys.version_info = (3, 10, 4)"
    )
    done = make(clone, "test", f"PYTHON={python}")
    assert done.returncode != 0
    assert f"derive needs Python 3.11 or newer; {python} is older." in done.stderr
    assert not (clone / ".venv").exists()


def test_no_python_at_all_gets_a_message(clone: Path) -> None:
    """A path that leads nowhere is named in the message."""
    done = make(clone, "report", "PYTHON=/nowhere/python3")
    assert done.returncode != 0
    assert "none was found as /nowhere/python3" in done.stderr
    assert not (clone / ".venv").exists()


def test_the_first_python_that_will_do_is_taken(clone: Path) -> None:
    """A newer interpreter that cannot make environments does not stand in the way of an older one that can."""
    programs = clone.parent / "programs"
    script(programs / "python3.13", "#!/bin/sh\nexit 127\n")
    script(programs / "python3.12", "#!/bin/sh\nexit 1\n")
    script(programs / "python3.11", MAKER)
    done = make(clone, "report", PATH=f"{programs}{os.pathsep}{os.environ['PATH']}")
    assert done.returncode == 0, done.stderr
    assert (clone / ".venv" / "installed").exists()


def test_a_failing_venv_leaves_nothing_behind(clone: Path) -> None:
    """When the making itself fails, what it left is removed."""
    python = script(clone.parent / "python3", '#!/bin/sh\n[ "$1" = -m ] || exit 0\nmkdir -p "$3/bin"; exit 1\n')
    done = make(clone, "report", f"PYTHON={python}")
    assert done.returncode != 0
    assert "could not make the virtual environment" in done.stderr
    assert not (clone / ".venv").exists()


def test_an_interrupted_venv_is_made_anew(clone: Path) -> None:
    """What a set-up left that was stopped in the middle does not confuse the next call."""
    script(clone / ".venv" / "bin" / "python", "#!/bin/sh\nexit 1\n")
    (clone / ".venv" / "unfinished").touch()
    done = make(clone, "report", f"PYTHON={script(clone.parent / 'python3', MAKER)}")
    assert done.returncode == 0, done.stderr
    assert not (clone / ".venv" / "unfinished").exists()


def test_a_venv_whose_python_has_gone_is_made_anew(ready: Path) -> None:
    """After an upgrade of the system the interpreter of .venv may lead nowhere; then .venv is made again."""
    (ready / ".venv" / "bin" / "python").unlink()
    (ready / ".venv" / "bin" / "python").symlink_to("/nowhere/python3")
    done = make(ready, "report", f"PYTHON={script(ready.parent / 'python3', MAKER)}")
    assert done.returncode == 0, done.stderr
    assert SETTING_UP in done.stdout


def test_a_folder_that_is_not_ours_is_not_touched(clone: Path) -> None:
    """A .venv without pip, from another tool, is neither used nor deleted: the message says what to do."""
    script(clone / ".venv" / "bin" / "python", "#!/bin/sh\nexit 1\n")
    done = make(clone, "report")
    assert done.returncode != 0
    assert "Remove it (rm -rf .venv) and call make again." in done.stderr
    assert (clone / ".venv" / "bin" / "python").exists()


def test_make_alone_prints_the_targets(clone: Path) -> None:
    """Without a target make says what there is, and makes nothing."""
    done = make(clone)
    assert done.returncode == 0
    assert "make report T=3" in done.stdout
    assert not (clone / ".venv").exists()


def test_clean_keeps_the_folder_and_the_environment(ready: Path) -> None:
    """`make clean` empties output/ but for the file that keeps it in the repository, and leaves .venv alone."""
    for folder in ("derive", "tests", "output/figures"):
        (ready / folder).mkdir(parents=True)
    for name in ("output/.gitignore", "output/elman-T3.en.pdf", "output/figures/unrolled.svg"):
        (ready / name).touch()
    assert make(ready, "clean").returncode == 0
    assert [path.name for path in (ready / "output").rglob("*") if path.is_file()] == [".gitignore"]
    assert (ready / ".venv" / "installed").exists()


def test_fuzz_passes_on_how_many_and_which(ready: Path) -> None:
    """INPUTS, SEED and RECORD of `make fuzz` reach the fuzzer as they are typed."""
    odd = "'; $(shell touch here) $HOME"
    done = make(ready, "fuzz", "INPUTS=5", f"SEED={odd}", "RECORD=1")
    assert done.stdout == f"<-m><fuzz><--inputs><5><--seed><{odd}><--record>\n"
    assert not (ready / "here").exists()
