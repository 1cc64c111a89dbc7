"""Who does a task in the place of a model that answers a prompt: an agent, with files of its own.

An executor is one step of the workflow, as asking is: given the run and the attempt, it gives the
record with the tree it left, which is judged as any other (`judge_attempt.apply_and_check`).
"""

from collections.abc import Callable

from bot.ledger import LedgerRow
from bot.models.agent_cli.agent_model import AgentModel
from runners.build.attempt_records import Attempt, AttemptRecord
from runners.build.context import JobContext
from runners.build.lanes import OpenLane
from runners.build.task_run import TaskRun
from runners.sandbox.agent_box import open_agent_box

Executor = Callable[[TaskRun, Attempt, LedgerRow], AttemptRecord]


def find_executor(run: TaskRun, attempt: Attempt) -> Executor | None:
    """None where the attempt's tier answers prompts."""
    if not _has_agents(run.lane, attempt.tier):
        return None
    from runners.build.cli_executor import execute_by_cli  # noqa: PLC0415  # httpx: 0.05 s

    return execute_by_cli


def require_executor(context: JobContext, lane: OpenLane, tier: str) -> None:
    """Raises UserError where the tier's agents could not work here, for want of their sandbox."""
    if _has_agents(lane, tier):
        open_agent_box(context.settings, context.config)


def _has_agents(lane: OpenLane, tier: str) -> bool:
    return any(isinstance(model, AgentModel) for model in lane.open_chain(tier).models)
