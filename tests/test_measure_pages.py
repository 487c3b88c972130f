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
    """The text goes from 15 mm to 281 mm; what stands above and below does not count. A gap has ink below it."""
    seen = runpy.run_path(str(SCRIPT))["page"]

    def fill(*inked: int) -> tuple[float, float]:
        found = seen(page(*inked))
        return found.fill * 266, found.gap * 266

    assert fill() == (0, 0)
    assert fill(10) == (0, 0)
    assert fill(30, 285) == pytest.approx((16, 15))
    assert fill(60, 147) == pytest.approx((133, 86))
    assert fill(15, 280) == pytest.approx((266, 264))
