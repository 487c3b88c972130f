"""Writing: all files or none."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from derive.report.claims import claimed
from derive.report.write import OutputError, write


def tree(folder: Path) -> dict[str, bytes]:
    """All files below a folder with what is in them, and folders with nothing."""
    return {
        str(path.relative_to(folder)): b"" if path.is_dir() else path.read_bytes() for path in sorted(folder.rglob("*"))
    }


def test_files_are_written_where_asked(tmp_path: Path) -> None:
    """Folders are made, files are whole, nothing else is left, and the paths come back in order."""
    places = write({"b.pdf": b"B", "pictures/a.svg": b"A"}, tmp_path / "new" / "output")
    assert places == (tmp_path / "new/output/b.pdf", tmp_path / "new/output/pictures/a.svg")
    assert tree(tmp_path / "new/output") == {"b.pdf": b"B", "pictures": b"", "pictures/a.svg": b"A"}


def test_old_files_are_replaced(tmp_path: Path) -> None:
    """A second run replaces what the first one wrote, and touches nothing else."""
    write({"a": b"old", "b": b"old"}, tmp_path)
    write({"a": b"new"}, tmp_path)
    assert tree(tmp_path) == {"a": b"new", "b": b"old"}


def test_a_new_file_can_be_read_by_others(tmp_path: Path) -> None:
    """A file gets the permissions any new file gets."""
    (place,) = write({"a": b"a"}, tmp_path)
    (tmp_path / "usual").touch()
    assert place.stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    """Where a link stands, the new file takes its place; what the link led to stays."""
    (tmp_path / "kept").write_bytes(b"kept")
    (tmp_path / "a").symlink_to("kept")
    write({"a": b"new"}, tmp_path)
    assert tree(tmp_path) == {"a": b"new", "kept": b"kept"}
    assert not (tmp_path / "a").is_symlink()


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    """The message names the file that stands in the way, and nothing is changed."""
    (tmp_path / "output").write_bytes(b"mine")
    with pytest.raises(OutputError, match=r"cannot write .*a\.pdf: .*output is not a folder"):
        write({"a.pdf": b"A"}, tmp_path / "output")
    assert tree(tmp_path) == {"output": b"mine"}


def test_a_folder_where_a_file_should_be(tmp_path: Path) -> None:
    """If the last file cannot be put in place, those before it are taken back."""
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "z").mkdir()
    with pytest.raises(OutputError, match=r"cannot write .*z: a folder of that name stands there"):
        write({"a": b"new", "b/c": b"new", "z": b"new"}, tmp_path)
    assert tree(tmp_path) == {"a": b"old", "z": b""}


def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the second file cannot be written to the end, nothing is changed, and no part of it is left."""
    (tmp_path / "a").write_bytes(b"old")
    synced = os.fsync

    def full(descriptor: int) -> None:
        if os.fstat(descriptor).st_size == 3:
            raise OSError(28, "No space left on device")
        synced(descriptor)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match=r"cannot write .*b: No space left on device"):
        write({"a": b"newer", "b": b"new"}, tmp_path)
    assert tree(tmp_path) == {"a": b"old"}


def test_an_interruption(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C between two files puts the first one back."""
    write({"a": b"old", "b": b"old"}, tmp_path)
    replace = os.replace

    def interrupted(path: str, target: str, **folders: Any) -> None:
        if Path(target).name == "b" and path.endswith(".new"):
            raise KeyboardInterrupt
        replace(path, target, **folders)

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write({"a": b"new", "b": b"new"}, tmp_path)
    assert tree(tmp_path) == {"a": b"old", "b": b"old"}


def test_a_disk_without_second_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a file cannot have two names, a copy does."""
    (tmp_path / "a").write_bytes(b"old")
    monkeypatch.delattr(os, "link")
    monkeypatch.setattr(os, "link", _no_links, raising=False)
    (tmp_path / "z").mkdir()
    with pytest.raises(OutputError):
        write({"a": b"new", "z": b"new"}, tmp_path)
    write({"b": b"new", "a": b"new"}, tmp_path)
    assert tree(tmp_path) == {"a": b"new", "b": b"new", "z": b""}


def _no_links(*_: object, **__: object) -> None:
    raise OSError(95, "Operation not supported")


@pytest.mark.parametrize("name", ["../a", "/a", "", "b/../../a", "."])
def test_a_name_does_not_lead_out_of_the_folder(name: str, tmp_path: Path) -> None:
    """Files are written inside the folder or not at all."""
    with pytest.raises(OutputError, match="not the name of a file inside the folder"):
        write({name: b"A"}, tmp_path / "output")
    assert tree(tmp_path) == {}


def test_a_linked_folder_inside_is_not_followed(tmp_path: Path) -> None:
    """Files are not written through a link that stands inside the folder; the folder itself may be one."""
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "a.svg").write_bytes(b"kept")
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "pictures").symlink_to(tmp_path / "kept")
    with pytest.raises(OutputError, match=r"pictures is a link, which is not followed; remove it"):
        write({"a.md": b"new", "pictures/a.svg": b"new"}, tmp_path / "output")
    assert tree(tmp_path / "kept") == {"a.svg": b"kept"}
    assert not (tmp_path / "output" / "a.md").exists()
    (tmp_path / "link").symlink_to(tmp_path / "kept")
    write({"a.svg": b"new"}, tmp_path / "link")
    assert tree(tmp_path / "kept") == {"a.svg": b"new"}


@pytest.mark.skipif(os.open not in os.supports_dir_fd, reason="a folder cannot be held open here")
@pytest.mark.parametrize("swapped", ["output", "output/pictures"])
def test_a_link_that_takes_the_place_of_a_folder_leads_nothing_away(
    swapped: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever swaps a folder for a link while files are written gets none of them elsewhere; they go where they belong."""
    write({"a.md": b"old", "pictures/a.svg": b"old"}, tmp_path / "output")
    (tmp_path / "kept/pictures").mkdir(parents=True)
    for name in ("a.md", "a.svg", "pictures/a.svg"):
        (tmp_path / "kept" / name).write_bytes(b"kept")
    kept, fsync = tree(tmp_path / "kept"), os.fsync

    def swap(descriptor: int) -> None:
        fsync(descriptor)
        if not (tmp_path / swapped).is_symlink():
            (tmp_path / swapped).rename(tmp_path / "moved")
            (tmp_path / swapped).symlink_to(tmp_path / "kept")

    monkeypatch.setattr(os, "fsync", swap)
    monkeypatch.setattr("derive.report.write._AT_ONCE", 1)
    write({"a.md": b"new", "pictures/a.svg": b"new"}, tmp_path / "output")
    assert tree(tmp_path / "kept") == kept
    moved = tree(tmp_path / "moved")
    assert moved == (
        {"a.md": b"new", "pictures": b"", "pictures/a.svg": b"new"} if swapped == "output" else {"a.svg": b"new"}
    )


def test_what_a_killed_run_left_is_removed(tmp_path: Path) -> None:
    """Hidden files of a run that was killed go with the next; any other file stays, however it is called."""
    left = [f"{place}.derive-0123456789abcdef.{ending}" for place in ("", "pictures/") for ending in ("new", "old")]
    others = [".derive-0123456789abcdef.new.txt", "a.new", ".a.old", ".derive-notes.old"]
    write(dict.fromkeys([*left, *others], b""), tmp_path)
    write({"a": b"a", "pictures/b": b"b"}, tmp_path)
    assert set(tree(tmp_path)) == {"a", "pictures", "pictures/b", *others}


def test_a_run_that_lives_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another process writes to a folder its hidden files stay, and one that hangs is not waited for for ever."""
    monkeypatch.setattr("derive.report.write._PATIENCE", 0.1)
    with claimed(tmp_path) as other:
        assert other
        (tmp_path / ".derive-0123456789abcdef.new").touch()
        write({"a": b"a"}, tmp_path)
    assert set(tree(tmp_path)) == {"a", ".derive-0123456789abcdef.new"}
