"""Code for PyTorch and JAX: what differentiates by itself is handed our gradients, and agrees with its own."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from emitted import agrees, example, in_order, module
from matrix_networks import MATRICES
from networks import ZOO, derivation

from derive import derive, ready_made
from derive.network.network import Network
from derive.network.toml import load

OFTEN = ("elman", "bidirectional", "linear-attention")
needs_torch = pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed")
needs_jax = pytest.mark.skipif(find_spec("jax") is None, reason="jax is not installed")


def in_torch(network: Network, steps: tuple[int, ...]) -> None:
    """Hold what the file of a network computes in PyTorch against the balls."""
    import torch  # noqa: PLC0415

    files = [module(derivation(network, max(steps)).code("torch", plain=plain)) for plain in (True, False)]
    for count in steps:
        given, loss, gradients = example(network, count)
        for file in files:
            tensors = [torch.tensor(value, dtype=torch.float64) for value in in_order(network, given)]
            by = dict(zip(names(network), tensors, strict=True))
            for label in gradients:
                by[label].requires_grad_()
            found = file["loss"](*([] if network.data else [count]), *tensors)
            found.backward()
            agrees((found.detach(), {label: by[label].grad.numpy() for label in gradients}), loss, gradients)


def in_jax(network: Network, steps: tuple[int, ...], *, plain: tuple[bool, ...] = (False,)) -> None:
    """The same in JAX."""
    import jax  # noqa: PLC0415

    with jax.enable_x64(new_val=True):
        files = [module(derivation(network, max(steps)).code("jax", plain=each)) for each in plain]
        for count in steps:
            given, loss, gradients = example(network, count)
            arguments = [*([] if network.data else [count]), *map(np.array, in_order(network, given))]
            places = tuple(names(network).index(label) + (not network.data) for label in gradients)
            for file in files:
                found, by = differentiated(jax, file["loss"], places, network)(*arguments)
                agrees((found, dict(zip(gradients, by, strict=True))), loss, gradients)


def differentiated(jax: Any, loss: Any, places: tuple[int, ...], network: Network) -> Any:
    """The loss and its gradients as one compiled function, which is compiled sooner than each of its operations by itself."""
    return jax.jit(jax.value_and_grad(loss, places), static_argnums=() if network.data else (0,))


def names(network: Network) -> list[str]:
    """The names of the arguments in the order of the files."""
    labels = [label for sides in network.outside.values() for side in sides for label in side]
    return [*network.timeless, *network.data, *labels]


@needs_torch
@pytest.mark.parametrize("name", ready_made())
def test_torch_of_every_ready_made_network(name: str) -> None:
    """The backward pass of the autograd.Function is right to 12 digits, hoisted and plain."""
    in_torch(load(name), (3,))


@needs_torch
@pytest.mark.slow
@pytest.mark.parametrize("name", [*ZOO, *MATRICES])
def test_torch_of_differently_shaped_networks(name: str) -> None:
    """Long lags, states that run backwards, matrices, masks, rows."""
    in_torch((ZOO | MATRICES)[name], (1, 2, 3, 6))


@needs_jax
@pytest.mark.parametrize("name", OFTEN)
def test_jax_of_some_ready_made_networks(name: str) -> None:
    """The backward rule of the custom_vjp is right to 12 digits."""
    in_jax(load(name), (2,))


@needs_jax
@pytest.mark.slow
@pytest.mark.parametrize("name", [*ready_made(), *ZOO, *MATRICES])
def test_jax_of_all_networks(name: str) -> None:
    """All networks, hoisted and plain, one step too."""
    known = ZOO | MATRICES
    in_jax(known[name] if name in known else load(name), (1, 3), plain=(True, False))


@pytest.mark.parametrize(
    "target", [pytest.param("torch", marks=needs_torch), pytest.param("jax", marks=[needs_jax, pytest.mark.slow])]
)
def test_their_own_check_agrees(target: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A file is checked by gradcheck, or check_grads, at its end."""
    file: dict[str, Any] = module(derive("elman-vector", 1).code(target))
    if target == "jax":
        import jax  # noqa: PLC0415

        with jax.enable_x64(new_val=True):
            file["check"]()
    else:
        file["check"]()
    assert capsys.readouterr().out == "agrees with differences of L\n"


@pytest.mark.skipif(find_spec("ruff") is None, reason="ruff is not installed")
def test_they_are_as_a_linter_leaves_them(tmp_path: Path) -> None:
    """Ruff, as it comes, has nothing to say, and nothing to change."""
    for name in ready_made():
        for target in ("torch", "jax"):
            (tmp_path / f"{name.replace('-', '_')}_{target}.py").write_text(derive(name, 1).code(target), "utf-8")
    (tmp_path / "lags.py").write_text(derivation(ZOO["two lags"], 1).code("jax"), "utf-8")
    for command in (("check",), ("format", "--diff")):
        call = [sys.executable, "-m", "ruff", *command, "--isolated", "--no-cache", str(tmp_path)]
        found = subprocess.run(call, capture_output=True, text=True, check=False)
        assert found.returncode == 0, found.stdout


@needs_jax
def test_jax_reads_one_step_of_what_a_scan_runs_over() -> None:
    """Inside a scan the value of its step does not stand in the way of that of another, which is the same for all."""
    in_jax(ZOO["one step for all"], (2,), plain=(True,))


@needs_jax
def test_jax_carries_sums_along_where_it_is_plain() -> None:
    """The textbook loop adds gradients up in its scan, which may keep nothing else."""
    in_jax(load("elman"), (2,), plain=(True,))
