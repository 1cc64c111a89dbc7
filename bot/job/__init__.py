"""A job and its plan, `job.md`: what is to be built, in which order, and what proves it."""

from bot.job.graph import bitten, explicit, in_order, ready, waits_for, writes
from bot.job.growth import grown
from bot.job.parse import LARGEST, parse, peek
from bot.job.parts import Block, BlockKind, Check, CheckKind, Job, Phase, Task, TaskKind
from bot.job.paths import path_fault
from bot.job.render import check_text, render
from bot.job.targets import Tracked
from bot.job.validate import load, plan_hash, validate

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
