"""Contents: a file that a stranger named is read if it is one, and no more of it than may be."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from derive import derive, load
from derive.contents import below, contents, contents_inside
from derive.errors import DeriveError
from derive.network import load_values
from derive.report.heading import read_heading
from derive.review import load_given, load_gradients
from derive.watch import Watched

DOORS: dict[str, tuple[str, Callable[[Path], Any]]] = {
    "network": ("a.toml", load),
    "values": ("a.toml", load_values),
    "gradients": ("a.json", load_gradients),
    "archive": ("a.npz", load_gradients),
    "also": ("a.toml", load_given),
    "weights": ("a.safetensors", lambda path: derive("elman", 1).values_from(path)),
    "heading": ("a.toml", read_heading),
}


@pytest.mark.parametrize("door", DOORS)
def test_what_is_no_file_is_told(door: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe from which nothing comes, a device without end, a socket, and a folder are each one message, at once."""
    name, read = DOORS[door]
    monkeypatch.chdir(tmp_path)  # the name of a socket is short
    place = Path(name)
    with socket.socket(socket.AF_UNIX) as bound:
        for make in (
            os.mkfifo,
            Path.mkdir,
            lambda path: path.symlink_to("/dev/zero"),
            lambda path: bound.bind(str(path)),
        ):
            make(place)
            with pytest.raises(DeriveError, match=rf"{name}:? (?:.*)cannot be read"):
                read(place)
            place.rmdir() if place.is_dir() else place.unlink()


def test_a_link_below_a_folder_is_not_followed(tmp_path: Path) -> None:
    """Neither a file nor a folder may have become a link since somebody looked; by real folders a file is reached."""
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "own" / "deep").mkdir(parents=True)
    (tmp_path / "own" / "deep" / "real").write_text("real")
    (tmp_path / "own" / "file").symlink_to(tmp_path / "secret")
    (tmp_path / "own" / "folder").symlink_to(tmp_path)
    before = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0
    assert contents_inside(tmp_path / "own", Path("deep/real"), 100) == b"real"
    for name in ("file", "folder/secret"):
        with pytest.raises(OSError, match=r"oo many|Not a directory"):
            contents_inside(tmp_path / "own", Path(name), 100)
    assert not before or len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_folder_is_looked_through_however_deep_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders within folders are no recursion, links are not followed, and no more is looked at than may be."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "out").symlink_to("/proc/self")
    (tmp_path / "b").write_text("")
    assert [str(place.relative_to(tmp_path)) for place in below(tmp_path, 9)] == ["a", "b", "a/out"]
    assert len(list(below(tmp_path, 2))) == 2
    assert list(below(tmp_path / "missing", 9)) == []
    monkeypatch.chdir(tmp_path / "a")
    deep = range(1_200)
    for _ in deep:
        Path("d").mkdir()
        os.chdir("d")
    try:
        assert len(list(below(tmp_path, 10_000))) > 1_000
        assert len(Watched((tmp_path,)).stamp()) == 1_000
    finally:  # what removes it otherwise would be a recursion
        for _ in deep:
            os.chdir("..")
            Path("d").rmdir()


def test_more_than_may_be_is_not_read() -> None:
    """One byte more than there may be is what says that there are too many."""
    assert len(contents(Path(__file__), 10)) == 11
