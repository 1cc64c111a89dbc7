"""How well which model does which kind of task, measured by doing finished tasks again."""

from bot.config.tiers import DoingTier
from bot.evaluation.result import Configuration, ReplayResult
from bot.evaluation.table import MIN_RUNS, Group, TableRow, find_cheapest, tabulate
from bot.evaluation.task_class import FileSize, TaskClass, find_file_size, find_task_class
from bot.evaluation.task_kind import classify_task

__all__ = [
    "MIN_RUNS",
    "Configuration",
    "DoingTier",
    "FileSize",
    "Group",
    "ReplayResult",
    "TableRow",
    "TaskClass",
    "classify_task",
    "find_cheapest",
    "find_file_size",
    "find_task_class",
    "tabulate",
]
