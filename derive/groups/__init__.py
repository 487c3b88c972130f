"""Groups: the sums over groups of paths of a worked example, its largest paths, and what crosses from step to step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.lazily import lazily

if TYPE_CHECKING:
    from derive.groups.groups import Accounts, Group
    from derive.groups.largest import Ranked, largest_paths
    from derive.groups.spelled import Spelled
    from derive.groups.transfer import Transfer, size

__all__ = ["Accounts", "Group", "Ranked", "Spelled", "Transfer", "largest_paths", "size"]

__getattr__ = lazily(
    __name__,
    {
        "derive.groups.groups": ("Accounts", "Group"),
        "derive.groups.largest": ("Ranked", "largest_paths"),
        "derive.groups.spelled": ("Spelled",),
        "derive.groups.transfer": ("Transfer", "size"),
    },
)
