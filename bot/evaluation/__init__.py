"""How well which model does which kind of task, measured by doing finished tasks again."""

from bot.evaluation.result import Configuration, DoingTier, ReplayResult
from bot.evaluation.table import MIN_RUNS, Group, TableRow, find_cheapest, tabulate
from bot.evaluation.task_class import FileSize, TaskClass, find_file_size, find_task_class
from bot.evaluation.task_kind import WorkKind, classify_task

__all__ = [
    "MIN_RUNS",
    "Configuration",
    "DoingTier",
    "FileSize",
    "Group",
    "ReplayResult",
    "TableRow",
    "TaskClass",
    "WorkKind",
    "classify_task",
    "find_cheapest",
    "find_file_size",
    "find_task_class",
    "tabulate",
]
