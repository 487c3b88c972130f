"""The script that measures pages finds how far down they are filled, and does not take a footer for text."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parent.parent / "scripts" / "measure_pages.py"
HIGH = 297


def page(*inked: int) -> bytes:
    """A page of A4, one row of dots per millimetre, as PGM; these rows have ink."""
    rows = [b"\xff\x00\xff" if y in inked else b"\xff\xff\xff" for y in range(HIGH)]
    return b"P5\n3 %d\n255\n" % HIGH + b"".join(rows)


def test_the_lowest_ink_above_the_footer_counts() -> None:
    """The text goes from 23 mm to 272 mm; what stands above and below it does not count."""
    fill = runpy.run_path(str(SCRIPT))["fill"]
    assert fill(page()) == 0
    assert fill(page(10)) == 0
    assert fill(page(30, 285)) == pytest.approx(8 / 249)
    assert fill(page(60, 147)) == pytest.approx(125 / 249)
    assert fill(page(30, 271)) == 1
