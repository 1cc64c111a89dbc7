"""A job and its plan, `job.md`: what is to be built, in which order, and what proves it."""

from bot.plan.check_paths import CheckPath, list_check_paths, make_relative, read_check_path
from bot.plan.keys import MAX_PLAN_BYTES
from bot.plan.model import Block, BlockKind, Check, CheckKind, Job, Phase, Task, TaskKind, add_tasks
from bot.plan.parser import parse_job, peek_job, peek_title
from bot.plan.paths import path_fault
from bot.plan.renderer import format_check, render_job
from bot.plan.task_graph import (
    add_bite_dependencies,
    planned_paths,
    ready_tasks,
    required_tasks,
    sort_tasks,
    tasks_proved_by,
    written_paths,
)
from bot.plan.validate import hash_plan, load_job, validate_job
from bot.plan.validate_paths import Tracked

__all__ = [
    "MAX_PLAN_BYTES",
    "Block",
    "BlockKind",
    "Check",
    "CheckKind",
    "CheckPath",
    "Job",
    "Phase",
    "Task",
    "TaskKind",
    "Tracked",
    "add_bite_dependencies",
    "add_tasks",
    "format_check",
    "hash_plan",
    "list_check_paths",
    "load_job",
    "make_relative",
    "parse_job",
    "path_fault",
    "peek_job",
    "peek_title",
    "planned_paths",
    "read_check_path",
    "ready_tasks",
    "render_job",
    "required_tasks",
    "sort_tasks",
    "tasks_proved_by",
    "validate_job",
    "written_paths",
]
