"""Closed form in print: δ_t = Σ_{s = t}^{T} (source of step s) Π_{j = t+1}^{s} (transfer of step j).

Of vectors a transfer is a product of matrices, the last local partial of the path first, and the source stands behind it.
What comes from the loss at the last step only is taken at T, and needs no sum.
"""

from __future__ import annotations

from derive.notation.express import LAST, Clock, Notation, T
from derive.notation.formula import Big, Formula, Number, Sum, Symbol, grouped, plus, relation, times
from derive.recurrence import ClosedForm, Tree, expression, has_start, spine


def closed_form(notation: Notation, form: ClosedForm) -> Formula:
    """The right-hand side of a closed form."""
    last_only = notation.network.loss_at == "last"
    at_end = tuple(part for part in form.sources if last_only and has_start(part))
    others = tuple(part for part in form.sources if part not in at_end)
    terms: list[Formula] = []
    if others:
        lower, upper = (Symbol("t"), LAST) if form.direction == 1 else (Number("1"), Symbol("t"))
        terms.append(Big("Σ", relation(Symbol("s"), ("=", lower)), upper, _from_step(notation, form, others, "s")))
    if at_end:
        terms.append(_from_step(notation, form, at_end, "T"))
    return plus(*terms)


def _from_step(notation: Notation, form: ClosedForm, parts: tuple[Tree, ...], origin: str) -> Formula:
    """What the source of a step adds: its terms times the product of the transfers between."""
    source = plus(*(notation.formula(expression(part), Clock(origin)) for part in parts))
    product = Big("Π", *_between(form, origin), _transfer(notation, form))
    source = grouped(source) if isinstance(source, Sum) else source
    return times(source, product) if notation.network.is_scalar else times(grouped(product), source)


def _between(form: ClosedForm, origin: str) -> tuple[Formula, Formula]:
    """The j between t and the origin: t < j ≤ s, or s ≤ j < t for a state that runs backwards."""
    if form.direction == 1:
        return relation(Symbol("j"), ("=", T.step(1))), Symbol(origin)
    return relation(Symbol("j"), ("=", Symbol(origin))), T.step(-1)


def _transfer(notation: Notation, form: ClosedForm) -> Formula:
    """The factor from δ_j to what it adds one step earlier, as a factor or a matrix, at step j."""
    if notation.network.is_scalar:
        factor = notation.formula(form.factor, Clock("j"))
        return grouped(factor) if isinstance(factor, Sum) else factor
    ways = [_matrices(notation, way) for way in form.transfers]
    return ways[0] if len(ways) == 1 else grouped(plus(*ways))


def _matrices(notation: Notation, way: Tree) -> Formula:
    """A way's transposed local partials as matrices at step j, the last one first."""
    factors: list[Formula] = []
    for arc in reversed(spine(way)[1]):
        if arc.edge is not None:
            clock = Clock("j", arc.step)
            chains = [[notation.link(link, clock) for link in reversed(chain)] for chain in arc.edge.partial.chains]
            factors += chains[0] if len(chains) == 1 else [grouped(plus(*(times(*chain) for chain in chains)))]
    return times(*factors) if factors else Symbol("I")
