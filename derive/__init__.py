"""Backpropagation through time, derived: forward equations in, a complete and checked derivation out."""

from derive.api import Derivation, derive
from derive.derivation import Gradient
from derive.errors import DeriveError
from derive.load import load, ready_made
from derive.network import Network

__all__ = ["Derivation", "DeriveError", "Gradient", "Network", "derive", "load", "ready_made"]
__version__ = "0.1.0"
