"""Graph: a network's equations become the linearized computational graph, rolled (`Graph`) and over T steps (`Unrolled`)."""

from derive.graph.located import located, read_node
from derive.graph.loss import Loss
from derive.graph.maps import (
    Chain,
    Column,
    Embed,
    Flip,
    Gather,
    LinearMap,
    Matrix,
    Reduce,
    Right,
    RowOuter,
    Scale,
    Select,
    Softmax,
    Spread,
    pulled_shape,
)
from derive.graph.partials import LocalPartial
from derive.graph.parts import part_of
from derive.graph.rolled import IDENTITY, Edge, Graph
from derive.graph.unrolled import LENGTH_NODE, ONCE, TOTAL, Arc, Node, Unrolled, leading, targets

__all__ = [
    "IDENTITY",
    "LENGTH_NODE",
    "ONCE",
    "TOTAL",
    "Arc",
    "Chain",
    "Column",
    "Edge",
    "Embed",
    "Flip",
    "Gather",
    "Graph",
    "LinearMap",
    "LocalPartial",
    "Loss",
    "Matrix",
    "Node",
    "Reduce",
    "Right",
    "RowOuter",
    "Scale",
    "Select",
    "Softmax",
    "Spread",
    "Unrolled",
    "leading",
    "located",
    "part_of",
    "pulled_shape",
    "read_node",
    "targets",
]
