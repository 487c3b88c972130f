"""Sums of weights of any kind."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from derive.paths.ring import add_all, add_to, total


@given(st.lists(st.text(max_size=2), min_size=1))
def test_a_sum_begins_with_its_first_term(terms: list[str]) -> None:
    """Nothing but + is asked of the terms, which are added in their order."""
    assert total(iter(terms)) == "".join(terms)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.text(max_size=2))))
def test_sums_by_key(pairs: list[tuple[str, str]]) -> None:
    """Each key has the sum of its values, in the order in which they came; a key without any is absent."""
    sums: dict[str, str] = {}
    for key, value in pairs:
        add_to(sums, key, value)
    keys = {key for key, _ in pairs}
    assert sums == {key: "".join(value for other, value in pairs if other == key) for key in keys}
    both = dict(sums)
    add_all(both, sums)
    assert both == {key: value * 2 for key, value in sums.items()}
