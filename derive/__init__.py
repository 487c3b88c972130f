"""Backpropagation through time, derived: forward equations in, a complete and checked derivation out.

Names are imported when they are first used, so that ``derive --help`` answers before SymPy is loaded.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from derive.version import VERSION

if TYPE_CHECKING:
    from derive.api import Derivation, derive
    from derive.derivation import Gradient
    from derive.errors import DeriveError
    from derive.network import Network, from_toml, load, ready_made

__all__ = ["Derivation", "DeriveError", "Gradient", "Network", "derive", "from_toml", "load", "ready_made"]
__version__ = VERSION

_HOMES = {
    "Derivation": "derive.api",
    "DeriveError": "derive.errors",
    "Gradient": "derive.derivation",
    "Network": "derive.network",
    "derive": "derive.api",
    "from_toml": "derive.network",
    "load": "derive.network",
    "ready_made": "derive.network",
}


def __getattr__(name: str) -> Any:
    """Import a public name from where it lives."""
    if name not in _HOMES:
        raise AttributeError(f"module derive has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
