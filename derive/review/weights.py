"""Weights: parameters from where people have them: modules of PyTorch, layers of Keras, files of arrays.

Libraries keep the g gates of a cell in one matrix, in an order of their own, and some keep two biases per gate:

    PyTorch   weight_ih (g n, d), weight_hh (g n, n), bias_ih, bias_hh     LSTM: i f g o     GRU: r z n
    Keras     kernel (d, g n), recurrent_kernel (n, g n), bias             LSTM: i f g o     GRU: z r n, bias (2, g n)

Which parameter of a network is which, its own graph says: a gate is the nearest function that a parameter's equation leads to;
f is what multiplies a state of the step before, g is the candidate (tanh), i multiplies the candidate, o is left; z multiplies
the state before, and r is left. Names that a file has for a network's own are taken as they are. (Documentation of torch.nn,
and of keras.layers.)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from derive.equations import Expr, Var
from derive.equations import expression as ex
from derive.errors import ValuesError
from derive.graph import Graph
from derive.network import Network
from derive.numbers import Array
from derive.review.files import MOST_BYTES, MOST_WRITTEN, content_of, read_arrays

ORDERS = {
    ("torch", 4): "ifgo",
    ("torch", 3): "rzn",
    ("torch", 1): "a",
    ("keras", 4): "ifgo",
    ("keras", 3): "zrn",
    ("keras", 1): "a",
}
"""The gates as they are stacked, by the library and their number."""
TORCH = re.compile(r"(?:.*\.)?(weight|bias)_(ih|hh)_l(\d{1,4})(_reverse)?")
DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4"}
SUFFIXES = (".pt", ".pth", ".safetensors", ".npz")


def values_from(graph: Graph, source: Any) -> dict[str, Any]:
    """Return the values of parameters that a module, a layer, a dictionary of arrays or the path of a file holds.

    Raises `ValuesError` for what cannot be read, or has no place in the network.
    """
    if isinstance(source, str | Path):
        return _named(graph, load_weights(source))
    if hasattr(source, "state_dict"):
        return _named(graph, {name: value.detach().cpu().numpy() for name, value in source.state_dict().items()})
    if hasattr(source, "get_weights"):
        names = ("kernel", "recurrent_kernel", "bias")
        return _named(graph, dict(zip(names, source.get_weights(), strict=False)))
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


@dataclass(frozen=True)
class Block:
    """The parameters of one gate: which role it has in which cell, and how each is used."""

    cell: str
    role: str
    weights: Mapping[str, str]
    """``ih``, ``hh``, and the biases ``b_ih`` and ``b_hh`` (the latter only if there are two), each with its parameter."""
    reset_after: bool = False


def _named(graph: Graph, arrays: Mapping[str, Array]) -> dict[str, Any]:
    """Give each parameter its array: by its own name, else as a library keeps it."""
    network = graph.network
    labels = {label for sides in network.outside.values() for side in sides for label in side}
    known = {*network.parameters, *network.constants, *network.data, *labels}
    found = {name: array for name, array in arrays.items() if name in known}
    rest = {name: array for name, array in arrays.items() if name not in known}
    found |= _cells(graph, rest)
    found |= _linear(network, rest, found)
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


def _cells(graph: Graph, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """The parameters of recurrent cells, taken out of the stacked matrices of a library."""
    stacks = dict(_stacks(arrays))
    if not stacks:
        return {}
    blocks = list(_blocks(graph))
    cells = list(dict.fromkeys(block.cell for block in blocks))
    where = graph.network.where
    if len(cells) != len(stacks):
        raise ValuesError(f"{where}the weights are of {len(stacks)} recurrent layers, and the network has {len(cells)}")
    found: dict[str, Array] = {}
    for cell, (library, stack) in zip(cells, stacks.values(), strict=True):
        own = [block for block in blocks if block.cell == cell]
        order = ORDERS.get((library, len(own)))
        if not _is_whole(stack):
            raise ValuesError(f"{where}the weights and biases of a layer of {library} do not go together")
        rows, columns = stack["hh"].shape
        if order is None or rows != len(own) * columns or sorted(block.role for block in own) != sorted(order):
            roles = ", ".join(block.role for block in own)
            raise ValuesError(f"{where}the gates of {cell} ({roles}) are not those of a cell of {library}")
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
    keras = {name.rpartition("/")[2].partition(":")[0]: np.asarray(array) for name, array in arrays.items()}
    if {"kernel", "recurrent_kernel"} <= set(keras):
        stack = {"ih": keras["kernel"].T, "hh": keras["recurrent_kernel"].T}
        if "bias" in keras:
            both = keras["bias"]
            stack |= {"b_ih": both[0], "b_hh": both[1]} if both.shape[:-1] == (2,) else {"b_ih": both}
        yield "keras", ("keras", stack)


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
    return not any(Var(name) in _summands(rule) for rule in network.rules.values())


# -- what a parameter is, read off the equations ------------------------------------------------------------------------------


def _blocks(graph: Graph) -> Iterator[Block]:
    """The gates of the network's cells, in the order of the equations."""
    network = graph.network
    gates: dict[str, dict[str, str]] = {}
    for name, rule in network.rules.items():
        here = [used for term in _summands(rule) if (used := _used(network, term)) is not None]
        gate = _gate(graph, name) if here else None
        if gate is None:
            continue
        own = gates.setdefault(gate, {})
        kinds = {kind for kind, _ in here}
        for kind, parameter in here:
            later = kind == "b_ih" and (kind in own or ("hh" in kinds and "ih" not in kinds))
            own["b_hh" if later else kind] = parameter
    cells = {gate: _cell(graph, gate) for gate, own in gates.items() if "hh" in own}
    for gate, cell in cells.items():
        together = [other for other in cells if cells[other] == cell]
        yield Block(cell, _role(network, gate, cell, together), gates[gate], _after(network, gates[gate]))


def _summands(rule: Expr) -> tuple[Expr, ...]:
    """What is added in an equation, also inside its function."""
    match rule:
        case ex.Call(_, argument):
            return _summands(argument)
        case ex.Add(terms):
            return terms
        case _:
            return (rule,)


def _used(network: Network, term: Expr) -> tuple[str, str] | None:
    """What a summand is of a gate: a weight of the input or of a state, or a bias; with its parameter."""
    if isinstance(term, Var) and term.name in network.parameters:
        return "b_ih", term.name
    parts = (term.left, term.right) if isinstance(term, ex.MatMul) else term.factors if isinstance(term, ex.Mul) else ()
    weights = [part.name for part in parts if isinstance(part, Var) and part.name in network.parameters]
    if len(weights) != 1:
        return None
    inside = [var for part in parts for var in ex.variables(part) if var.name != weights[0]]
    recurrent = any(var.lag for var in inside if var.name in network.rules)
    return ("hh" if recurrent else "ih"), weights[0]


def _gate(graph: Graph, name: str) -> str | None:
    """The nearest variable that is a function of something, from an equation on: itself, or one that it leads to."""
    queue, seen = [name], {name}
    while queue:
        here = queue.pop(0)
        rule = graph.network.rules[here]
        if isinstance(rule, ex.Call) and rule.function in {"sigmoid", "tanh", "relu"}:
            return here
        if any(edge.lag for edge in graph.above[here]) or isinstance(rule, ex.Total):
            return None
        later = [edge.head for edge in graph.above[here] if edge.lag == 0 and edge.head not in seen]
        seen |= {*later}
        queue += later
    return None


def _cell(graph: Graph, gate: str) -> str:
    """The state that a gate's recurrent weight reads: the cell that it belongs to."""
    network = graph.network
    for name in (gate, *(edge.tail for edge in graph.below[gate] if edge.tail in network.rules)):
        for each in (name, *(edge.tail for edge in graph.below[name] if edge.tail in network.rules and edge.lag == 0)):
            for var in ex.variables(network.rules[each]):
                if var.lag and var.name in network.states:
                    return var.name
    return gate


def _role(network: Network, gate: str, cell: str, together: list[str]) -> str:
    """Which gate it is, by what it multiplies."""
    if len(together) == 1:
        return "a"
    candidates = [
        name for name in together if isinstance(rule := network.rules[name], ex.Call) and rule.function == "tanh"
    ]
    if gate in candidates:
        return "n" if len(together) == 3 else "g"
    products = [term for rule in network.rules.values() for term in _summands(rule) if isinstance(term, ex.Mul)]
    mine = [
        {(var.name, var.lag) for var in ex.variables(product)}
        for product in products
        if Var(gate, 0) in ex.variables(product)
    ]
    kept = any(lag and name in network.states for names in mine for name, lag in names)
    with_candidate = any((name, 0) in names for names in mine for name in candidates)
    if len(together) == 3:
        return "z" if with_candidate or (kept and cell in {n for names in mine for n, _ in names}) else "r"
    return "f" if kept else "i" if with_candidate else "o"


def _after(network: Network, own: Mapping[str, str]) -> bool:
    """Whether something is multiplied with the recurrent part of a gate from outside: the reset gate, after the matrix."""
    inside = [name for name, rule in network.rules.items() if own.get("hh") in {var.name for var in ex.variables(rule)}]
    return any(
        isinstance(term, ex.Mul) and any(Var(name, 0) in term.factors for name in inside)
        for rule in network.rules.values()
        for term in _summands(rule)
    )
