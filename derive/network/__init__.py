"""Network: what a user declares, in TOML or in Python, becomes a `Network`, which is sound if it exists."""

from derive.network.file_name import check_file_name
from derive.network.losses import LENGTH
from derive.network.network import Given, Network, outside_label, suggestion
from derive.network.order import Sweep, closure, sweeps
from derive.network.toml import from_toml, load, load_table, load_values, read, read_toml, read_value, ready_made

__all__ = [
    "LENGTH",
    "Given",
    "Network",
    "Sweep",
    "check_file_name",
    "closure",
    "from_toml",
    "load",
    "load_table",
    "load_values",
    "outside_label",
    "read",
    "read_toml",
    "read_value",
    "ready_made",
    "suggestion",
    "sweeps",
]
