"""Functions as people have them, audited: what they do besides is recognized, and what they return is told if it is nothing.

- gist.github.com/karpathy/d4dee566867f8291f086, the minimal character model: every gradient is clipped.
- github.com/qixianbiao/RNN/issues/2: the states are a list of T, and at the first step ``h[t - 1]`` is the last of them.
- pytorch.org, `torch.nn.MSELoss`: the mean over steps and components, for a sum of halves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from derive import Network, derive
from derive.errors import ValuesError
from derive.report.document import Paragraph, plain
from derive.report.options import Options
from derive.report.review import reviewed
from derive.review import Audit, audit, here

CHARACTERS = Network(
    name="characters",
    equations={
        "h": "tanh(Wxh@x[t] + Whh@h[t-1] + bh)",
        "y": "Why@h[t] + by",
        "l": "cross_entropy(y[t], target[t])",
    },
    parameters=("Wxh", "Whh", "Why", "bh", "by"),
    inputs=("x",),
    targets=("target",),
    loss="l",
    initial={"h": 0},
    shapes={
        "Wxh": "n, v",
        "Whh": "n, n",
        "Why": "v, n",
        "bh": "n",
        "by": "v",
        "x": "v",
        "target": "v",
        "h": "n",
        "y": "v",
    },
)


def characters(after: Callable[[list[Any]], None], counts: Callable[[Any], float]) -> Callable[..., Any]:
    """The minimal character model, which does something with its gradients at the end."""

    def loss_of(inputs: Any, targets: Any, hprev: Any, Wxh: Any, Whh: Any, Why: Any, bh: Any, by: Any) -> Any:  # noqa: N803
        hs, ps, loss = {-1: hprev}, {}, 0.0
        for t in range(len(inputs)):
            hs[t] = np.tanh(Wxh @ inputs[t] + Whh @ hs[t - 1] + bh)
            y = Why @ hs[t] + by
            ps[t] = np.exp(y) / np.exp(y).sum()
            loss -= (targets[t] * np.log(ps[t])).sum()
        found = [np.zeros_like(each) for each in (Wxh, Whh, Why, bh, by)]
        dhnext = np.zeros_like(hprev)
        for t in reversed(range(len(inputs))):
            dy = counts(targets[t]) * ps[t] - targets[t]
            draw = (1 - hs[t] ** 2) * (Why.T @ dy + dhnext)
            terms = (np.outer(draw, inputs[t]), np.outer(draw, hs[t - 1]), np.outer(dy, hs[t]), draw, dy)
            for each, term in zip(found, terms, strict=True):
                np.add(each, term, out=each)
            dhnext = Whh.T @ draw
        after(found)
        return loss, *found

    return loss_of


def clipped(gradients: list[Any]) -> None:
    """As the gist does it, with a bound that random values reach."""
    for each in gradients:
        np.clip(each, -0.5, 0.5, out=each)


def shortened(gradients: list[Any]) -> None:
    """All together, to the norm 1."""
    norm = np.sqrt(sum((each**2).sum() for each in gradients))
    for each in gradients:
        np.multiply(each, min(1.0, 1.0 / norm), out=each)


def shortened_by_pytorch(gradients: list[Any]) -> None:
    """As ``torch.nn.utils.clip_grad_norm_`` does it, which adds 1e-6 to the norm."""
    norm = np.sqrt(sum((each**2).sum() for each in gradients))
    for each in gradients:
        np.multiply(each, min(1.0, 1.0 / (norm + 1e-6)), out=each)


def told(found: Audit) -> str:
    """The paragraphs of a report."""
    document = reviewed(found.comparison.recurrence.graph.network, Options(), found).document
    return "\n".join(plain(block.inlines) for block in document.blocks if isinstance(block, Paragraph))


@pytest.mark.parametrize(
    ("after", "sentence"),
    [
        (clipped, "Every entry is clipped to ±0.5, so it is no gradient any more."),
        (shortened, "All gradients are scaled down together, to the norm 1 (clipping by norm)."),
        (
            shortened_by_pytorch,
            (
                "All gradients are scaled down together, by 1/(norm + 0.000001) "
                "(clipping by norm, as PyTorch’s clip_grad_norm_ does it)."
            ),
        ),
    ],
)
def test_clipped_gradients_are_recognized(after: Callable[[list[Any]], None], sentence: str) -> None:
    """A bound that came more than once, or a norm at several values, explains all of them; without it the model is right."""
    found = audit(derive(CHARACTERS, 3).recurrence, here(characters(after, np.sum)), (4, 6))
    assert sentence in told(found)
    assert len(found.comparison.explanations) == 1
    assert audit(derive(CHARACTERS, 3).recurrence, here(characters(lambda _: None, np.sum)), (4,)).agrees


def test_a_right_gradient_that_is_scaled_is_not_clipped() -> None:
    """Half of everything has no norm that stays the same."""

    def halved(gradients: list[Any]) -> None:
        for each in gradients:
            np.multiply(each, 0.5, out=each)

    found = audit(derive(CHARACTERS, 3).recurrence, here(characters(halved, np.sum)), (4, 6))
    assert [(each.kind, each.by) for each in found.comparison.explanations[0].mistakes] == [("scaled", "1/2")]  # type: ignore[union-attr]


def test_code_for_targets_that_add_up_to_1_is_told_what_to_declare() -> None:
    """``p - target`` is right for a distribution; of any target that is said, with the line to write, and then it agrees."""
    function = here(characters(lambda _: None, lambda _: 1.0))
    found = audit(derive(CHARACTERS, 3).recurrence, function, (4,))
    assert 'If target_t adds up to 1, there is no mistake: say so in the network, distributions = ["target"].' in told(
        found
    )


def test_a_list_of_states_has_its_last_before_its_first() -> None:
    """``h[t - 1]`` at the first step is the last state, and the initial one is in no list."""

    def backward(x: Any, yhat: Any, W_x: Any, W_h: Any, b_h: Any, W_y: Any, b_y: Any, h_0: Any) -> Any:  # noqa: N803
        h: list[Any] = []
        for step in x:
            h.append(np.tanh(W_x @ step + W_h @ (h[-1] if h else h_0) + b_h))
        y = [W_y @ each + b_y for each in h]
        loss = sum(((one - target) ** 2).sum() / 2 for one, target in zip(y, yhat, strict=True))
        found = [np.zeros_like(each) for each in (W_x, W_h, b_h, W_y, b_y)]
        later = np.zeros_like(h_0)
        for t in range(len(x) - 1, -1, -1):
            dy = y[t] - yhat[t]
            da = (1 - h[t] ** 2) * (W_y.T @ dy + later)
            terms = np.outer(da, x[t]), np.outer(da, h[t - 1]), da, np.outer(dy, h[t]), dy
            for each, term in zip(found, terms, strict=True):
                np.add(each, term, out=each)
            later = W_h.T @ da
        return loss, found

    found = audit(derive("elman-vector", 3).recurrence, here(backward))
    assert found.comparison.differing == ("W_h",)
    assert "h_4 stands for h_0: in an array of T rows, index −1 is the last." in told(found)


def test_a_mean_over_steps_and_components_is_told_as_that() -> None:
    """`MSELoss` is 2/(m T) times the sum of halves, and its gradient too."""
    scope: dict[str, Any] = {"__name__": "emitted"}
    lesson = derive("elman-vector", 3)
    exec(lesson.code("numpy"), scope)  # noqa: S102 - our own code

    def mean(W_x: Any, W_h: Any, b_h: Any, W_y: Any, b_y: Any, x: Any, yhat: Any, h_0: Any) -> Any:  # noqa: N803
        loss, found = scope["loss_and_gradients"](W_x, W_h, b_h, W_y, b_y, x, yhat, h_0)
        return 2 / yhat.size * loss, {name: 2 / yhat.size * value for name, value in found.items()}

    found = audit(lesson.recurrence, here(mean))
    assert found.loss is not None
    assert "This is 2/(m T) times the right gradient." in told(found)


def test_what_a_function_leaves_behind_is_told_as_that() -> None:
    """A name that the loop gives a new value at each step is known at its end only: that is said, and not that it is first."""

    def wrong(w_x: float, w_h: float, w_y: float, x: Any, yhat: Any, h_0: float) -> Any:
        h, loss, found = {-1: h_0}, 0.0, [0.0, 0.0, 0.0]
        for t in range(len(x)):
            h[t] = np.tanh(w_x * x[t] + w_h * h[t - 1])
            loss += (w_y * h[t] - yhat[t]) ** 2 / 2
        later = 0.0
        for t in reversed(range(len(x))):
            dy = w_y * h[t] - yhat[t]
            dh = w_y * dy - later
            da = (1 - h[t] ** 2) * dh
            found = [one + term for one, term in zip(found, (da * x[t], da * h[t - 1], dy * h[t]), strict=True)]
            later = w_h * da
        return loss, found

    said = told(audit(derive("elman", 3).recurrence, here(wrong)))
    assert "When the function returned, “dh” stood for dL/dh_1: it was" in said
    assert "The first adjoint" not in said


def test_a_gradient_that_is_none_is_told() -> None:
    """What is no leaf has no ``.grad``."""

    def none(w_x: float, w_h: float, w_y: float, x: Any, yhat: Any, h_0: float) -> Any:  # noqa: ARG001
        return 0.0, {"w_x": None, "w_h": 0.0, "w_y": 0.0}

    with pytest.raises(ValuesError, match="the gradient of w_x is None"):
        audit(derive("elman", 3).recurrence, here(none))
