"""Faults: every deliberate fault in ``tests/faults`` is noticed, by the checks of a handout or by a test."""

from __future__ import annotations

from collections import Counter

import pytest
from faulty import HANDOUTS, ROOT, Fault, Workshop, faults, handout

FAULTS = faults()


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """Return a copy of the package to put faults into."""
    return Workshop(tmp_path_factory.mktemp("faults"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Take the sample of the faults, or with ``--all-faults`` all of them."""
    if "fault" in metafunc.fixturenames:
        every = metafunc.config.getoption("--all-faults")
        chosen = [fault for fault in FAULTS if every or fault.sample]
        metafunc.parametrize("fault", chosen, ids=[f"{fault.room}: {fault.name}" for fault in chosen])


def test_the_list_is_large_and_covers_the_house() -> None:
    """There are more than 600 faults, 200 of them in what is printed, and some in every room."""
    rooms = Counter(fault.room for fault in FAULTS)
    assert len(FAULTS) > 600
    assert rooms["notation"] + rooms["report"] >= 200
    assert all(rooms[path.parent.name] >= 10 for path in (ROOT / "derive").glob("*/__init__.py"))


def test_every_fault_is_still_possible() -> None:
    """What a fault replaces stands in its file once, so that the list does not rot as the code changes."""
    assert [fault.name for fault in FAULTS if fault.source.count(fault.old) != 1 or fault.old == fault.new] == []


def test_every_fault_says_what_catches_it() -> None:
    """A fault has a name of its own, and either a handout that is refused or a test that there is."""
    assert [name for name, times in Counter(fault.name for fault in FAULTS).items() if times > 1] == []
    assert [fault.name for fault in FAULTS if bool(fault.refused) == bool(fault.test)] == []
    assert {fault.refused for fault in FAULTS} <= {"", *HANDOUTS}
    assert [fault.name for fault in FAULTS if fault.test and not _exists(fault)] == []


def _exists(fault: Fault) -> bool:
    """Whether the test that a fault names is there: a test of a file, or an example in the docstring of a module."""
    file, _, name = fault.test.partition("::")
    place = ROOT / file
    wanted = name.partition("[")[0].split(".")[-1]
    return place.is_file() and wanted in place.read_text(encoding="utf-8")


def test_without_a_fault_all_is_well(workshop: Workshop) -> None:
    """The copy as it stands makes its handouts, or no refusal would mean anything."""
    assert workshop.ask(handout, "elman")[0] == "written"


def test_a_fault_is_caught(workshop: Workshop, fault: Fault) -> None:
    """With the fault in place, the handout that is named is refused, or the test that is named fails."""
    assert workshop.catches(fault), f"{fault.name}: {fault.refused or fault.test} does not notice"
