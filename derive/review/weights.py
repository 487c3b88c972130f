"""Weights: parameters from where people have them: modules of PyTorch, layers of Keras, files of arrays.

Libraries keep the g gates of a cell in one matrix, in an order of their own, and some keep two biases per gate:

    PyTorch   weight_ih (g n, d), weight_hh (g n, n), bias_ih, bias_hh     LSTM: i f g o     GRU: r z n
    Keras     kernel (d, g n), recurrent_kernel (n, g n), bias             LSTM: i f g o     GRU: z r n, bias (2, g n)

A GRU of PyTorch multiplies by its reset gate after the matrix; one of Keras too, unless it says ``reset_after=False``.

Which parameter of a network is which, its own equations say (`derive.review.gates`). Names that a file has for a network's own
are taken as they are. (Documentation of torch.nn, and of keras.layers.)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from derive.equations import Var
from derive.errors import ValuesError
from derive.graph import Graph
from derive.network import Network
from derive.numbers import Array
from derive.review.files import MOST_BYTES, MOST_WRITTEN, content_of, read_arrays
from derive.review.gates import Block, blocks, summands

ORDERS = {
    ("torch", 4): "ifgo",
    ("torch", 3): "rzn",
    ("torch", 1): "a",
    ("keras", 4): "ifgo",
    ("keras", 3): "zrn",
    ("keras", 1): "a",
}
"""The gates as they are stacked, by the library and their number."""
KERAS = ("kernel", "recurrent_kernel", "bias")
TORCH = re.compile(r"(?:.*\.)?(weight|bias)_(ih|hh)_l(\d{1,4})(_reverse)?")
DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4"}
SUFFIXES = (".pt", ".pth", ".safetensors", ".npz")


def values_from(graph: Graph, source: Any) -> dict[str, Any]:
    """Return the values of parameters that a module, a layer, a dictionary of arrays or the path of a file holds.

    Raises `ValuesError` for what cannot be read, or has no place in the network.
    """
    if isinstance(source, str | Path):
        return _named(graph, load_weights(source))
    if hasattr(source, "get_weights"):  # a layer of Keras over PyTorch is a module, too
        weights = dict(zip(KERAS, source.get_weights(), strict=False))
        return _named(graph, weights, reset_after=getattr(source, "reset_after", None))
    if hasattr(source, "state_dict"):
        return _named(graph, {name: value.detach().cpu().numpy() for name, value in source.state_dict().items()})
    if isinstance(source, Mapping):
        return _named(graph, {str(name): np.asarray(value) for name, value in source.items()})
    raise ValuesError(
        f"values are taken from a module of PyTorch, a layer of Keras or arrays by name, not {type(source).__name__}"
    )


def load_weights(path: str | Path) -> dict[str, Array]:
    """Return the arrays of a file by name. It is data: nothing in it is run."""
    path = Path(path)
    match path.suffix:
        case ".npz":
            return read_arrays(path)
        case ".safetensors":
            return _safetensors(path, content_of(path))
        case ".pt" | ".pth":
            return _torch(path)
        case other:
            raise ValuesError(
                f"{path}: weights are read from {', '.join(SUFFIXES)}, not from {other or 'a file without ending'}"
            )


def _torch(path: Path) -> dict[str, Array]:
    try:
        import torch  # noqa: PLC0415 - large, and only for its own files
    except ImportError:
        raise ValuesError(
            f"{path}: PyTorch reads this, and it is not installed; save the arrays as .npz or .safetensors"
        ) from None
    content = content_of(path)
    try:
        found = torch.load(BytesIO(content), map_location="cpu", weights_only=True)
        tensors = {str(name): value for name, value in dict(found).items() if isinstance(value, torch.Tensor)}
        if sum(value.numel() * value.element_size() for value in tensors.values()) <= MOST_BYTES:
            return {name: value.detach().numpy() for name, value in tensors.items()}
    except Exception as error:  # noqa: BLE001 - PyTorch raises what it likes
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValuesError(
            f"{path}: holds more than tensors, which could run code when read, or is no file of PyTorch ({reason[:80]}); "
            "save the state_dict"
        ) from None
    raise ValuesError(f"{path}: holds more than {MOST_BYTES:,} bytes")


def _safetensors(path: Path, content: bytes) -> dict[str, Array]:
    """Eight bytes of length, a JSON table, and the numbers."""
    length = int.from_bytes(content[:8], "little")
    if length > MOST_WRITTEN:
        raise ValuesError(f"{path}: is no safetensors file: its table would have {length:,} bytes")
    try:
        table = dict(json.loads(content[8 : 8 + length]))
        data = content[8 + length :]
        return {
            name: np.frombuffer(data[slice(*entry["data_offsets"])], dtype=DTYPES[entry["dtype"]]).reshape(
                entry["shape"]
            )
            for name, entry in table.items()
            if name != "__metadata__"
        }
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise ValuesError(f"{path}: is no safetensors file of real numbers ({error})") from None


# -- by name, or by what they are -------------------------------------------------------------------------------------------


def _named(graph: Graph, arrays: Mapping[str, Array], *, reset_after: bool | None = None) -> dict[str, Any]:
    """Give each parameter its array: by its own name, else as a library keeps it.

    ``reset_after``: whether a layer says that it multiplies by its reset gate after the matrix.
    """
    network = graph.network
    labels = {label for sides in network.outside.values() for side in sides for label in side}
    known = {*network.parameters, *network.constants, *network.data, *labels}
    found = {name: array for name, array in arrays.items() if name in known}
    rest = {name: array for name, array in arrays.items() if name not in known}
    found |= _cells(graph, rest, reset_after=reset_after)
    found |= _linear(network, {name: array for name, array in rest.items() if _last(name) not in KERAS}, found)
    lacking = [name for name in network.parameters if name not in found]
    if rest and len(lacking) == len(network.parameters):
        raise ValuesError(
            f"{network.where}none of {', '.join(rest)} has a place in the network; "
            f"name the arrays as its parameters: {', '.join(lacking)}"
        )
    return {name: _fitting(network, name, np.asarray(array)) for name, array in found.items()}


def _fitting(network: Network, name: str, array: Array) -> Any:
    """An array in the shape that a name has: of a number one entry. It is as large as it may be before it is looked into."""
    if name in network.data:
        network.limits.hold("work", array.size, f"{network.where}{name}: ")
        return array
    network.limits.hold("components", max(array.shape, default=1), f"{network.where}{name}: ")
    if not network.shape(name) and array.size == 1:
        return array.reshape(()).tolist() if array.dtype.itemsize == 8 else str(array.reshape(())[()])
    if array.ndim != len(network.shape(name)):
        raise ValuesError(
            f"{network.where}{name} has {len(network.shape(name))} sizes, and the array for it {array.ndim}"
        )
    return array


def _last(name: str) -> str:
    """What a weight of Keras is called in its layer."""
    return name.rpartition("/")[2].partition(":")[0]


def _cells(graph: Graph, arrays: Mapping[str, Array], *, reset_after: bool | None) -> dict[str, Array]:
    """The parameters of recurrent cells, taken out of the stacked matrices of a library."""
    stacks = dict(_stacks(arrays))
    if not stacks:
        return {}
    every = list(blocks(graph))
    cells = list(dict.fromkeys(block.cell for block in every))
    where = graph.network.where
    if len(cells) != len(stacks):
        raise ValuesError(f"{where}the weights are of {len(stacks)} recurrent layers, and the network has {len(cells)}")
    found: dict[str, Array] = {}
    for cell, (library, stack) in zip(cells, stacks.values(), strict=True):
        own = [block for block in every if block.cell == cell]
        order = ORDERS.get((library, len(own)))
        if not _is_whole(stack):
            raise ValuesError(f"{where}the weights and biases of a layer of {library} do not go together")
        rows, columns = stack["hh"].shape
        if order is None or rows != len(own) * columns or sorted(block.role for block in own) != sorted(order):
            roles = ", ".join(block.role for block in own)
            raise ValuesError(f"{where}the gates of {cell} ({roles}) are not those of a cell of {library}")
        after = _resets_after(library, stack) if reset_after is None else reset_after
        for block in own:
            if block.role == "n" and after is not None and after != block.reset_after:
                order_of = ("before", "after") if after else ("after", "before")
                raise ValuesError(
                    f"{where}the network multiplies by the reset gate {order_of[0]} the matrix, and the layer {order_of[1]} it"
                )
        for block in own:
            found |= _unstacked(graph.network, block, library, order.index(block.role), len(order), stack)
    return found


def _is_whole(stack: Mapping[str, Array]) -> bool:
    """Whether a layer has both its matrices, with as many rows, and each of its biases an entry for each of these."""
    ranks = {"ih": 2, "hh": 2, "b_ih": 1, "b_hh": 1}
    ranked = {"ih", "hh"} <= set(stack) and all(array.ndim == ranks[kind] for kind, array in stack.items())
    return ranked and len({len(array) for array in stack.values()}) == 1


def _stacks(arrays: Mapping[str, Array]) -> Iterator[tuple[str, tuple[str, dict[str, Array]]]]:
    """The stacked matrices of each layer: PyTorch's forward layers first, then those that run backwards; Keras's one."""
    layers: dict[tuple[bool, int], dict[str, Array]] = {}
    for name, array in arrays.items():
        if match := TORCH.fullmatch(name):
            kind = f"b_{match[2]}" if match[1] == "bias" else match[2]
            layers.setdefault((bool(match[4]), int(match[3])), {})[kind] = np.asarray(array)
    for key in sorted(layers):
        yield f"torch {key}", ("torch", layers[key])
    keras = {_last(name): np.asarray(array) for name, array in arrays.items()}
    if {"kernel", "recurrent_kernel"} <= set(keras):
        stack = {"ih": keras["kernel"].T, "hh": keras["recurrent_kernel"].T}
        if "bias" in keras:
            both = keras["bias"]
            stack |= {"b_ih": both[0], "b_hh": both[1]} if both.shape[:-1] == (2,) else {"b_ih": both}
        yield "keras", ("keras", stack)


def _resets_after(library: str, stack: Mapping[str, Array]) -> bool | None:
    """Whether a cell multiplies by its reset gate after the matrix; None if its weights do not tell."""
    if library == "torch" or "b_hh" in stack:
        return True
    return False if "b_ih" in stack else None


def _unstacked(
    network: Network, block: Block, library: str, place: int, gates: int, stack: Mapping[str, Array]
) -> Iterator[tuple[str, Array]]:
    """The arrays of one gate; one bias of a network is the sum of two."""
    parts = {kind: np.split(array, gates)[place] for kind, array in stack.items()}
    biases = [parts[kind] for kind in ("b_ih", "b_hh") if kind in parts]
    split = "b_hh" in block.weights
    if biases and not split and "b_ih" in block.weights:
        if block.reset_after and len(biases) > 1 and np.any(biases[1]):
            raise ValuesError(
                f"{network.where}{library} multiplies the recurrent bias of the candidate by the reset gate; "
                f"{block.weights['b_ih']} is one bias outside of it"
            )
        parts["b_ih"] = np.sum(np.stack(biases), axis=0, dtype=biases[0].dtype)
    for kind, name in block.weights.items():
        part = parts.get(kind)
        if part is None:
            part = np.zeros(len(parts["hh"]))
        yield name, part.T if part.ndim > 1 and network.in_rows else part


def _linear(network: Network, arrays: Mapping[str, Array], found: Mapping[str, Array]) -> dict[str, Array]:
    """What is left for a layer that is only linear: one matrix, and one vector, where the network has one of each left."""
    lacking = [name for name in network.parameters if name not in found]
    given: dict[str, Array] = {}
    for rank, ending in ((2, "weight"), (1, "bias")):
        ours = [name for name in lacking if len(network.shape(name)) == rank or network.is_scalar]
        ours = [name for name in ours if _is_matrix(network, name) == (rank == 2)]
        theirs = [array for name, array in arrays.items() if name.rpartition(".")[2] == ending]
        if len(ours) == len(theirs) == 1:
            given[ours[0]] = theirs[0].T if rank == 2 and network.in_rows else theirs[0]
    return given


def _is_matrix(network: Network, name: str) -> bool:
    """Whether a parameter multiplies something, and is not added by itself."""
    return not any(Var(name) in summands(rule) for rule in network.rules.values())
