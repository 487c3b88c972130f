"""Costs: what each way of accumulating a network's path sum costs, in multiplications and additions."""

from derive.costs.ledger import Ledger, Method
from derive.costs.operations import Cost, Monomial, Operations, Tally
from derive.costs.orders import Best
from derive.costs.polynomials import Formula

__all__ = ["Best", "Cost", "Formula", "Ledger", "Method", "Monomial", "Operations", "Tally"]
