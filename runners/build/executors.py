"""Who does a task in the place of a model that answers a prompt: an agent, with files of its own.

An executor is one step of the workflow, as asking is: given the run and the attempt, it gives the
record with the tree it left, which is judged as any other (`attempt_steps.apply_and_check`).
"""

from collections.abc import Callable

from bot.ledger import LedgerRow
from bot.models.agent_cli.agent_model import AgentModel
from runners.build.cli_executor import execute_by_cli
from runners.build.results import Attempt, AttemptRecord, TaskRun

Executor = Callable[[TaskRun, Attempt, LedgerRow], AttemptRecord]


def find_executor(run: TaskRun, attempt: Attempt) -> Executor | None:
    """None where the attempt's tier answers prompts."""
    chain = run.lane.open_chain(attempt.tier)
    if any(isinstance(model, AgentModel) for model in chain.models):
        return execute_by_cli
    return None
