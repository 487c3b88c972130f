"""The chapter on truncation: its numbers are those of the mathematics."""

from __future__ import annotations

from dataclasses import replace

import pytest
from chapter_documents import about, handout, table
from fixed_steps import FIXED
from reading import number

from derive.derivation import derive
from derive.numbers.truncated import truncated_gradient
from derive.report.options import Options
from derive.report.publish import made


@pytest.mark.parametrize(
    ("network", "steps", "window"), [("elman", 8, (4, 2)), ("narx", 6, (3, 1)), ("lstm-scalar", 3, (2, 1))]
)
def test_truncated_and_bias_are_the_gradient(network: str, steps: int, window: tuple[int, int]) -> None:
    """The printed truncated gradient and bias are those of the truncation, and add up to the gradient."""
    derivation, evaluation = about(network, steps).derivation, about(network, steps).evaluation
    truncation = derivation.truncation(*window)
    document = handout("en", network, steps, window if network == "elman" else None)
    kept, numbers = table(document, "tab-kept"), table(document, "tab-truncated")
    for target, counts, row in zip(derivation.targets, kept, numbers, strict=True):
        assert list(map(int, counts[1:])) == [
            truncation.kept(target) + truncation.dropped(target),
            truncation.kept(target),
            truncation.dropped(target),
        ]
        truncated, bias, full = map(number, row[1:])
        both = truncated_gradient(truncation, evaluation, target)
        assert truncated == pytest.approx(float(both.gradient), abs=5.1e-5)
        assert bias == pytest.approx(float(both.bias), abs=5.1e-5)
        assert truncated + bias == pytest.approx(full, abs=1.6e-4)
        assert full == pytest.approx(float(evaluation.gradient(target)), abs=5.1e-5)


@pytest.mark.parametrize(
    ("locale", "cut", "handed"),
    [
        ("en", "so a pass that is made on the way would need the future", "so there is no state vector"),
        ("zh", "中途做一次反向计算，要用到的却在将来", "所以没有一个状态向量能把后面各步所要的全都由一步传给下一步"),
    ],
)
def test_what_is_read_before_it_is_computed_is_not_truncated(locale: str, cut: str, handed: str) -> None:
    """Where steps read what is computed after them, the chapters on truncation and lags say that they do not apply."""
    pair = FIXED["read at the last step"]
    network = replace(pair.network(), loss_at="every")
    options = Options(locale=locale, formats=["md"], chapters=["lags", "truncation"], values=pair.values(2, 1))
    text = next(iter(made(derive(network, 2), options).files.values())).decode()
    assert cut in text
    assert handed in text


def test_a_state_that_is_kept_has_its_row() -> None:
    """Where a state of one step is read from others, its truncated adjoints, and the state vector with it, are printed."""
    pair = FIXED["second layer told the first state"]
    options = Options(formats=["md"], chapters=["lags", "truncation"], truncate=(2, 1), values=pair.values(4, 1))
    text = next(iter(made(derive(pair.network(), 4), options).files.values())).decode()
    assert r"\gamma_{1}^{h,(m)} &= \sum_{s = 1}^{m}" in text
    assert r"z_{t} &= (h_{t} , r_{t} , h_{1})" in text
    assert "from then on it is handed on as it is, with the entry 1" in text
