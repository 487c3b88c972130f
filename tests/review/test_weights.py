"""Weights from where people have them give the network that the library has: gates and biases are told apart."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from derive import derive
from derive.errors import LimitError, ValuesError
from derive.review import load_weights

GATES = {"lstm": "ifgo", "gru": "rzn", "elman-vector": "a"}


def sigmoid(z: Any) -> Any:
    """1/(1 + e⁻ᶻ)."""
    return 1 / (1 + np.exp(-z))


def hidden(name: str, stack: dict[str, Any], xs: Any) -> Any:
    """The hidden states of a cell as PyTorch's documentation defines it, from its stacked weights."""
    n = stack["weight_hh_l0"].shape[1]
    h, c, found = np.zeros(n), np.zeros(n), []
    for x in xs:
        u = np.split(stack["weight_ih_l0"] @ x + stack["bias_ih_l0"], len(GATES[name]))
        v = np.split(stack["weight_hh_l0"] @ h + stack["bias_hh_l0"], len(GATES[name]))
        if name == "lstm":
            i, f, o = (sigmoid(u[k] + v[k]) for k in (0, 1, 3))
            c = f * c + i * np.tanh(u[2] + v[2])
            h = o * np.tanh(c)
        elif name == "gru":
            r, z = sigmoid(u[0] + v[0]), sigmoid(u[1] + v[1])
            h = (1 - z) * np.tanh(u[2] + r * v[2]) + z * h
        else:
            h = np.tanh(u[0] + v[0])
        found.append(h)
    return np.array(found)


def stacked(name: str, seed: int = 0) -> dict[str, Any]:
    """Random weights under PyTorch's names, for three units and two inputs."""
    random, g = np.random.default_rng(seed), len(GATES[name])
    shapes = {"weight_ih_l0": (3 * g, 2), "weight_hh_l0": (3 * g, 3), "bias_ih_l0": (3 * g,), "bias_hh_l0": (3 * g,)}
    return {key: np.round(random.normal(size=shape), 4) for key, shape in shapes.items()}


def states(name: str, values: dict[str, Any], xs: Any) -> Any:
    """The hidden states of our network with these values."""
    lesson = derive(name, len(xs))
    rest = {key: 0.5 for key in lesson.network.parameters if key not in values}
    zeros = {label: 0 for sides in lesson.network.outside.values() for side in sides for label in side}
    example = lesson.evaluate({**rest, **zeros, **values, "x": xs.tolist(), "yhat": [[0, 1]] * len(xs)})
    return np.array([[float(entry.mid()) for entry in example.storage["h"][t]] for t in range(1, len(xs) + 1)])


@pytest.mark.parametrize("name", GATES)
def test_stacked_gates_are_told_apart(name: str, tmp_path: Path) -> None:
    """A network with the weights of PyTorch's layout has its hidden states, from a file or from arrays."""
    stack, xs = stacked(name), np.round(np.random.default_rng(1).normal(size=(3, 2)), 3)
    np.savez(tmp_path / "w.npz", **{f"rnn.{key}": array for key, array in stack.items()})
    for source in (stack, tmp_path / "w.npz"):
        values = derive(name, 3).values_from(source)
        assert np.allclose(states(name, values, xs), hidden(name, stack, xs), atol=1e-12)


class Layer:
    """A layer of Keras, as far as its weights go."""

    def __init__(self, *weights: Any) -> None:
        self.weights = weights

    def get_weights(self) -> list[Any]:
        """The kernel, the recurrent kernel and the bias."""
        return list(self.weights)


def test_keras_has_another_order() -> None:
    """A GRU of Keras has z before r, and its matrices the other way round."""
    stack, xs = stacked("gru"), np.round(np.random.default_rng(2).normal(size=(3, 2)), 3)
    order = (1, 0, 2)
    kernel, recurrent = (
        np.concatenate([np.split(stack[key], 3)[gate] for gate in order]).T for key in ("weight_ih_l0", "weight_hh_l0")
    )
    bias = np.stack(
        [np.concatenate([np.split(stack[key], 3)[gate] for gate in order]) for key in ("bias_ih_l0", "bias_hh_l0")]
    )
    values = derive("gru", 3).values_from(Layer(kernel, recurrent, bias))
    assert np.allclose(states("gru", values, xs), hidden("gru", stack, xs), atol=1e-12)


def test_a_bias_of_keras_is_that_of_its_layer() -> None:
    """The one bias of an LSTM of Keras is no bias of the output."""
    stack = stacked("lstm")
    layer = Layer(stack["weight_ih_l0"].T, stack["weight_hh_l0"].T, stack["bias_ih_l0"])
    values = derive("lstm", 3).values_from(layer)
    assert "b_y" not in values
    xs = np.round(np.random.default_rng(3).normal(size=(3, 2)), 3)
    stack["bias_hh_l0"] *= 0
    assert np.allclose(states("lstm", values, xs), hidden("lstm", stack, xs), atol=1e-12)


@pytest.mark.parametrize(("name", "after"), [("gru", False), ("gru-reset-before", True)])
def test_a_reset_gate_on_the_other_side_is_told(name: str, *, after: bool) -> None:
    """What a layer multiplies after the matrix is none that a network multiplies before it."""
    stack = stacked("gru")
    kernels = stack["weight_ih_l0"].T, stack["weight_hh_l0"].T
    told = Layer(*kernels)
    told.reset_after = after  # type: ignore[attr-defined]
    bias = np.stack([stack["bias_ih_l0"], stack["bias_hh_l0"]]) if after else stack["bias_ih_l0"]
    for layer in (told, Layer(*kernels, bias)):
        with pytest.raises(ValuesError, match="multiplies by the reset gate"):
            derive(name, 3).values_from(layer)


KERAS = """
import sys
import keras
import numpy as np
sys.path[:0] = {path}
from derive import derive
from test_weights import states
keras.utils.set_random_seed(0)
xs = np.round(np.random.default_rng(1).normal(size=(3, 2)), 3)
before = dict(reset_after=False)
for name, kind, how in [
    ("elman-vector", "SimpleRNN", {{}}), ("lstm", "LSTM", {{}}), ("gru", "GRU", {{}}), ("gru-reset-before", "GRU", before)
]:
    for bias in (True, False):
        layer = getattr(keras.layers, kind)(
            3, use_bias=bias, bias_initializer="random_normal", dtype="float64", return_sequences=True, **how
        )
        theirs = keras.ops.convert_to_numpy(layer(xs[None]))[0]
        assert np.allclose(states(name, derive(name, 3).values_from(layer), xs), theirs, atol=1e-6), (name, bias)
print("agree")
"""


@pytest.mark.slow
@pytest.mark.skipif(find_spec("keras") is None, reason="Keras is not installed")
@pytest.mark.parametrize("backend", [name for name in ("torch", "jax") if find_spec(name)])
def test_layers_of_keras_themselves(backend: str) -> None:
    """With the weights of a layer of Keras, whatever it computes with, a network has that layer's states."""
    here = Path(__file__).resolve()
    code = KERAS.format(path=[str(here.parent), str(here.parent.parent), str(here.parent.parent.parent)])
    environment = {**os.environ, "KERAS_BACKEND": backend}
    found = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert found.stdout.endswith("agree\n"), found.stderr


def test_a_cell_of_another_kind_is_told() -> None:
    """A network of two gates is none that the library has."""
    with pytest.raises(ValuesError, match="the gates of h"):
        derive("mgu", 3).values_from(stacked("gru"))


def test_safetensors_are_read(tmp_path: Path) -> None:
    """The format is a length, a table and the numbers; nothing else is needed to read it."""
    stack = {name: array.astype(np.float32) for name, array in stacked("lstm").items()}
    data, table = b"", {}
    for name, array in stack.items():
        table[name] = {
            "dtype": "F32",
            "shape": list(array.shape),
            "data_offsets": [len(data), len(data) + array.nbytes],
        }
        data += array.tobytes()
    header = json.dumps({"__metadata__": {"made": "here"}, **table}).encode()
    (tmp_path / "w.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + data)
    found = load_weights(tmp_path / "w.safetensors")
    assert {name: array.tolist() for name, array in found.items()} == {n: a.tolist() for n, a in stack.items()}
    (tmp_path / "broken.safetensors").write_bytes(b"\xff" * 40)
    with pytest.raises(ValuesError, match="is no safetensors file"):
        load_weights(tmp_path / "broken.safetensors")


class Bad:
    """What a pickle can do."""

    def __reduce__(self) -> Any:
        """Run something."""
        return print, ("code was run",)


def test_files_that_would_run_code_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Objects in an archive of NumPy or a file of PyTorch are refused, and nothing of them is run."""
    np.savez(tmp_path / "bad.npz", W=np.array([Bad()], dtype=object))
    with pytest.raises(ValuesError, match="could run code when read"):
        load_weights(tmp_path / "bad.npz")
    torch = pytest.importorskip("torch")
    torch.save({"W": Bad()}, tmp_path / "bad.pt")
    with pytest.raises(ValuesError, match="could run code when read"):
        load_weights(tmp_path / "bad.pt")
    assert not capsys.readouterr().out


def test_a_module_of_pytorch_gives_its_own_gradients(tmp_path: Path) -> None:
    """An LSTM of PyTorch, from the module or its file, has the same states; only its own names are needed."""
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    module = torch.nn.LSTM(2, 3).double()
    xs = np.round(np.random.default_rng(1).normal(size=(3, 2)), 3)
    torch.save(module.state_dict(), tmp_path / "w.pt")
    for source in (module, tmp_path / "w.pt"):
        ours = states("lstm", derive("lstm", 3).values_from(source), xs)
        assert np.allclose(ours, module(torch.tensor(xs))[0].detach().numpy(), atol=1e-12)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (3, "not int"),
        ({"lin.A": np.ones((2, 2))}, "none of lin.A has a place in the network"),
        ({"weight_ih_l0": np.ones((3, 2)), "weight_hh_l0": np.ones((3, 3))}, "are not those of a cell of torch"),
        ({"W_xi": np.ones(3)}, "W_xi has 2 sizes, and the array for it 1"),
        ("w.txt", "weights are read from .pt, .pth, .safetensors, .npz"),
        ("absent.npz", "cannot be read"),
    ],
)
def test_what_has_no_place_is_told(source: Any, message: str) -> None:
    """What is no weight of the network is one message."""
    with pytest.raises(ValuesError) as told:
        derive("lstm", 2).values_from(source)
    assert message in str(told.value)


TABLES = {
    "list": b"[1]",
    "nested": b"[" * 100_000,
    "entry": b'{"W": 1}',
    "shape": b'{"W": {"dtype": "F64", "shape": [1000000000000], "data_offsets": [0, 8]}}',
}


@pytest.mark.parametrize("table", TABLES)
def test_a_table_that_is_none_is_told(table: str, tmp_path: Path) -> None:
    """Whatever stands where a safetensors file has its table, there is one message."""
    (tmp_path / "w.safetensors").write_bytes(len(TABLES[table]).to_bytes(8, "little") + TABLES[table] + bytes(8))
    with pytest.raises(ValuesError, match="is no safetensors file"):
        load_weights(tmp_path / "w.safetensors")
    (tmp_path / "w.safetensors").write_bytes(b"\xff" * 8 + b"{}")
    with pytest.raises(ValuesError, match="its table would have"):
        load_weights(tmp_path / "w.safetensors")


def test_an_archive_that_is_none_is_told(tmp_path: Path) -> None:
    """A member that is locked, or claims to be larger than all memory, or is nested for ever, is one message."""
    whole = tmp_path / "whole.npz"
    np.savez(whole, W=np.ones((2, 2)))
    locked = bytearray(whole.read_bytes())
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    headers = ("{'descr': '<f8', 'fortran_order': False, 'shape': (10000000000000,)}", "(" * 9_000, "-" * 9_000 + "1")
    arrays = [b"\x93NUMPY\1\0" + len(head).to_bytes(2, "little") + head.encode() for head in headers]
    for content in (bytes(locked), b"", whole.read_bytes()[:90], *map(_packed, arrays)):
        (tmp_path / "w.npz").write_bytes(content)
        with pytest.raises(ValuesError, match=r"is no NumPy archive|could run code"):
            load_weights(tmp_path / "w.npz")


def _packed(array: bytes) -> bytes:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        packed.writestr("W.npy", array)
    return content.getvalue()


@pytest.mark.parametrize(
    "arrays",
    [
        {"weight_ih_l0": np.ones((12, 2))},
        {"weight_ih_l0": np.ones(()), "weight_hh_l0": np.ones(())},
        {"weight_ih_l0": np.ones((12, 2)), "weight_hh_l0": np.ones((12, 3)), "bias_ih_l0": np.ones(5)},
        {"kernel": np.ones((2, 12)), "recurrent_kernel": np.ones((3, 12)), "bias": np.ones(())},
        {"kernel": np.ones((2, 12)), "recurrent_kernel": np.ones((3, 12)), "bias": np.ones((1, 12))},
    ],
)
def test_a_layer_with_something_missing_is_told(arrays: dict[str, Any]) -> None:
    """Matrices and biases of a layer that are not there, or do not go together, are one message."""
    with pytest.raises(ValuesError, match=r"the weights and biases of a layer of .* do not go together"):
        derive("lstm", 2).values_from(arrays)


def test_a_large_array_is_refused_before_it_is_looked_into() -> None:
    """An array of millions for a matrix of a few entries is told by its size, with the option that would raise the limit."""
    for name in ("W_xi", "x"):
        with pytest.raises(LimitError, match=f"{name}: 9,000,000 numbers|{name}: 3,000 components"):
            derive("lstm", 2).values_from({name: np.broadcast_to(1.0, (3_000, 3_000))})


def test_a_tensor_that_stands_for_more_than_its_bytes_is_told(tmp_path: Path) -> None:
    """One number can be stretched over a tensor of billions; it is not made into an array."""
    torch = pytest.importorskip("torch")
    torch.save({"W": torch.zeros(1).expand(100_000, 100_000)}, tmp_path / "w.pt")
    with pytest.raises(ValuesError, match="holds more than 200,000,000 bytes"):
        load_weights(tmp_path / "w.pt")
    torch.save({"W": torch.zeros((2, 2)).to_sparse()}, tmp_path / "w.pt")
    with pytest.raises(ValuesError, match="save the state_dict"):
        load_weights(tmp_path / "w.pt")
    torch.save([1], tmp_path / "w.pt")
    with pytest.raises(ValuesError, match="save the state_dict"):
        load_weights(tmp_path / "w.pt")
