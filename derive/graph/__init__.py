"""Graph: a network's equations become the linearized computational graph, rolled (`Graph`) and over T steps (`Unrolled`)."""

from derive.graph.located import located
from derive.graph.loss import Loss
from derive.graph.partials import (
    Chain,
    Column,
    Gather,
    LinearMap,
    LocalPartial,
    Matrix,
    RowOuter,
    Scale,
    Softmax,
    Spread,
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
    "Gather",
    "Graph",
    "LinearMap",
    "LocalPartial",
    "Loss",
    "Matrix",
    "Node",
    "RowOuter",
    "Scale",
    "Softmax",
    "Spread",
    "Unrolled",
    "leading",
    "located",
    "targets",
]
