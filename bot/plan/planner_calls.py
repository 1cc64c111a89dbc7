"""The names of what the planner is asked while a job is built: no task can have one of them."""

_REPLAN, _EPOCH = "replan ", "epoch "
REPLACED = "replaced by "
"""How it begins why a task was not done, where others do its work."""


def name_replan(count: int) -> str:
    """How its calls stand in the ledger."""
    return f"{_REPLAN}{count}"


def is_replan(task: str) -> bool:
    return task.startswith(_REPLAN)


def name_epoch(number: int, epoch: int) -> str:
    """How an epoch's calls stand in the ledger."""
    return f"{_EPOCH}{number + 1}.{epoch}"


def is_planner_call(task: str) -> bool:
    """Whether it is no task, but a call that wrote some."""
    return task.startswith((_REPLAN, _EPOCH))
