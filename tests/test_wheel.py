"""The wheel: installed in an empty environment, away from the checkout, it makes the same report.

The new environment borrows the dependencies from the one that runs the tests, by a line in a `.pth` file: Python adds
that folder to its path but reads no `.pth` file in it, so an editable installation of derive is not borrowed along.
"""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path) -> str:
    """Run a program as a user would, without the variables that could lead it back to the checkout; it must succeed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=environment | {"PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, f"{command} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new virtual environment that has the wheel and its dependencies, and nothing of the checkout."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel, cwd=folder)
    own = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip())
    borrowed = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (own / "dependencies.pth").write_text("\n".join(sorted(borrowed)), encoding="utf-8")
    return folder


def test_the_wheel_holds_what_a_report_needs(wheel: Path) -> None:
    """Templates, networks and fonts are inside; tests and other folders of the checkout are not."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for folder, pattern in {
        "templates": "*",
        "derive/network/ready_made": "*.toml",
        "derive/report/engines/fonts": "*",
        "derive/report/engines/empty": "*",
    }.items():
        found = (path for path in (ROOT / folder).rglob(pattern) if "__pycache__" not in path.parts)
        files = [path.relative_to(ROOT).as_posix() for path in found if path.is_file()]
        assert files, f"{folder} is empty"
        assert {name.replace("templates/", "derive/_templates/", 1) for name in files} <= names
    assert not any("__pycache__" in name for name in names)
    assert {name.split("/")[0].split("-")[0] for name in names} == {"derive", "derive_bptt"}


def test_derive_is_imported_from_the_new_environment(environment: Path, tmp_path: Path) -> None:
    """Nothing leads back to the checkout, so the other tests here try the wheel and nothing else."""
    path = run(environment / "bin" / "python", "-c", "import derive; print(derive.__file__)", cwd=tmp_path).strip()
    assert Path(path).is_relative_to(environment)


def test_the_wheel_writes_a_report(environment: Path, tmp_path: Path) -> None:
    """PDF, LaTeX and Markdown come out whole."""
    output = tmp_path / "output"
    options = ("--steps", "2", "--format", "pdf,tex,md,html", "--engine", "typst", "--output", output)
    run(environment / "bin" / "python", "-m", "derive", "report", *options, cwd=tmp_path)
    assert {path.name for path in output.iterdir()} >= {
        f"elman-T2.en.{ending}" for ending in ("pdf", "tex", "md", "html")
    }
    assert (output / "elman-T2.en.pdf").read_bytes().startswith(b"%PDF-")


def test_the_wheel_writes_chinese(environment: Path, tmp_path: Path) -> None:
    """The Chinese PDF embeds the fonts that the wheel brought."""
    options = ("--steps", "2", "--locale", "zh", "--format", "pdf", "--engine", "typst", "--output", tmp_path)
    run(environment / "bin" / "python", "-m", "derive", "report", *options, cwd=tmp_path)
    assert b"NotoSerifSC-Regular" in (tmp_path / "elman-T2.zh.pdf").read_bytes()


def test_the_command_is_installed(environment: Path, tmp_path: Path) -> None:
    """`derive` stands beside the interpreter and knows the ready-made networks."""
    assert "elman" in run(environment / "bin" / "derive", "networks", cwd=tmp_path)
