"""Words: sets of paths as polynomials in letters that do not commute."""

from __future__ import annotations

from derive.paths.words import Words


def test_words_do_not_commute_but_add_in_any_order() -> None:
    """Multiplication joins paths in their order; addition collects them, with multiplicity."""
    first, second, third = (Words({((place, 1),): 1}) for place in range(3))
    assert first * second != second * first
    assert first + second == second + first
    assert (first + second) * third == first * third + second * third
    assert (first * second) * third == first * (second * third)
    assert (first + first).terms == {((0, 1),): 2}


def test_nothing_and_the_empty_path() -> None:
    """No path at all adds nothing and continues nothing; the empty path continues everything."""
    first, nothing, empty = Words({((0, 1),): 1}), Words(), Words.of([()])
    assert first + nothing == nothing + first == first
    assert first * nothing == nothing * first == nothing
    assert first * empty == empty * first == first


def test_a_path_that_is_given_twice_counts_twice() -> None:
    """Words are collected with multiplicity."""
    assert Words.of([((0, 1),), ((0, 1),), ()]).terms == {((0, 1),): 2, (): 1}


def test_multiplicities_multiply() -> None:
    """A path taken twice, continued by one taken three times, is taken six times."""
    first, second = (Words({((place, 1),): 1}) for place in range(2))
    assert ((first + first) * (second + second + second)).terms == {((0, 1), (1, 1)): 6}
    assert ((first + second) * (first + second)).terms == dict.fromkeys(
        [((0, 1), (0, 1)), ((0, 1), (1, 1)), ((1, 1), (0, 1)), ((1, 1), (1, 1))], 1
    )
    one, other = Words({((0, 1), (0, 1)): 1, ((0, 1),): 1}), Words({((0, 1),): 1, ((0, 1), (0, 1)): 1})
    assert (one * other).terms[(0, 1), (0, 1), (0, 1)] == 2
