"""Groups: the sums over groups of paths of a worked example, its largest paths, and what crosses from step to step."""

from derive.groups.groups import Accounts, Group
from derive.groups.largest import Ranked, largest_paths
from derive.groups.spelled import Spelled
from derive.groups.transfer import Transfer, size

__all__ = ["Accounts", "Group", "Ranked", "Spelled", "Transfer", "largest_paths", "size"]
