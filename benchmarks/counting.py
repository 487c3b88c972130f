"""Counting the paths to an LSTM's forget gate, exactly."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.measure import Row, agree, medians, within
from derive.derivation import derive


def rows(*, quick: bool) -> Iterator[Row]:
    """The count at T = 10,000 has thousands of digits; small ones are known."""
    agree("count at T = 20", derive("lstm-scalar", 20).paths("w_hf").count, 14_166_632_180_785, relative=0)
    steps = 50 if quick else 10_000
    (taken,) = medians(lambda: derive("lstm-scalar", steps).paths("w_hf").count, repeats=1 if quick else 5)
    bits = derive("lstm-scalar", steps).paths("w_hf").count.bit_length()
    yield within(f"counting paths, lstm-scalar, T = {steps:,}", taken, 2, f"exactly: a number of {bits:,} bits")
