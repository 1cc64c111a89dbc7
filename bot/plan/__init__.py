"""A job and its plan, `job.md`: what is to be built, in which order, and what proves it."""

from bot.plan.model import Block, BlockKind, Check, CheckKind, Job, Phase, Task, TaskKind, grown
from bot.plan.parser import LARGEST, parse, peek
from bot.plan.paths import path_fault
from bot.plan.renderer import check_text, render
from bot.plan.task_graph import bitten, explicit, in_order, ready, waits_for, writes
from bot.plan.validate import load, plan_hash, validate
from bot.plan.validate_paths import Tracked

__all__ = [
    "LARGEST",
    "Block",
    "BlockKind",
    "Check",
    "CheckKind",
    "Job",
    "Phase",
    "Task",
    "TaskKind",
    "Tracked",
    "bitten",
    "check_text",
    "explicit",
    "grown",
    "in_order",
    "load",
    "parse",
    "path_fault",
    "peek",
    "plan_hash",
    "ready",
    "render",
    "validate",
    "waits_for",
    "writes",
]
