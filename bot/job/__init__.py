"""A job and its plan, `job.md`: what is to be built, in which order, and what proves it."""

from bot.job.parts import Block, BlockKind, Check, CheckKind, Job, Phase, Task, TaskKind

__all__ = ["Block", "BlockKind", "Check", "CheckKind", "Job", "Phase", "Task", "TaskKind"]
