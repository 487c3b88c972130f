"""Graph: a network's equations become the linearized computational graph, rolled (`Graph`) and over T steps (`Unrolled`)."""

from derive.graph.located import located
from derive.graph.loss import Loss
from derive.graph.partials import (
    Chain,
    Column,
    Flip,
    Gather,
    LinearMap,
    LocalPartial,
    Matrix,
    Reduce,
    Right,
    RowOuter,
    Scale,
    Softmax,
    Spread,
    pulled_shape,
)
from derive.graph.rolled import IDENTITY, Edge, Graph
from derive.graph.unrolled import LENGTH_NODE, TOTAL, Arc, Node, Unrolled, leading, targets

__all__ = [
    "IDENTITY",
    "LENGTH_NODE",
    "TOTAL",
    "Arc",
    "Chain",
    "Column",
    "Edge",
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
    "Softmax",
    "Spread",
    "Unrolled",
    "leading",
    "located",
    "pulled_shape",
    "targets",
]
