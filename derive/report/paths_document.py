"""Paths document: the paths to one node as a document of tables — listed, and in groups — without a story around them."""

from __future__ import annotations

from derive.graph import Node, read_node
from derive.notation.formula import Number, Symbol, relation
from derive.report.chapters import groups
from derive.report.document import Block, Document, Paragraph
from derive.report.exhibits import paths
from derive.report.subject import Subject


def sorted_paths(subject: Subject, text: str) -> Document:
    """Return the paths to a node, given as ``w_h`` or ``h[2]``: listed, of many the first and last, and in groups.

    Raises `NetworkError` for a node that there is not, and for L.
    """
    target = _node(subject, text)
    found = groups.SortedPaths(subject, target)
    here = relation(Symbol("T"), ("=", Number(str(subject.steps))))
    title = subject.sentence("paths_title", target=subject.node(target))
    about = subject.sentence("paths_about", network=subject.derivation.network.name, here=here)
    if not subject.derivation.paths(*target):
        nothing = subject.sentence("paths_none", target=subject.node(target))
        return Document(subject.options.locale, title, about, (Paragraph(nothing),))
    blocks: list[Block] = [
        subject.display((subject.derivative(target), "=", found.gradient)),
        paths.path_table(subject, target, "tab-paths"),
        paths.lag_table(subject, target, "tab-lags"),
        groups.step_table(found, "tab-groups-steps"),
    ]
    if len(found.states) > 1:
        blocks.append(groups.state_table(found, "tab-groups-ways"))
    if found.long_lags:
        blocks.append(groups.crossing_table(found, "tab-groups-crossings"))
    if found.scalar:
        blocks.append(groups.largest_table(found, "tab-largest"))
    return Document(subject.options.locale, title, about, tuple(blocks))


def _node(subject: Subject, text: str) -> Node:
    """The node that a text names, if paths lead to such nodes."""
    node = read_node(text)
    subject.derivation.paths(*node)
    return subject.derivation.node(*node)
