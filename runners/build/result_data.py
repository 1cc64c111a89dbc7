"""How a job ended, as data for programs; docs/json.md says what each key means."""

from collections.abc import Sequence
from dataclasses import asdict

from pydantic import JsonValue

from bot.ledger import LedgerRow
from bot.ledger_sums import sum_by_tier
from runners.build.results import JobResult, TaskResult


def result_data(result: JobResult) -> dict[str, JsonValue]:
    return {
        "passed": result.passed,
        "why": result.why,
        "branch": result.branch,
        "head": result.head,
        "tasks": [_task_data(task) for task in result.tasks],
        "left": list(result.left),
        "lost_tests": list(result.lost_tests),
        "waived": list(result.waived),
        "notes": list(result.notes),
        "risks": list(result.risks),
        "evidence": result.evidence,
        "spent": {
            "run": spent_data(result.rows),
            "all": spent_data((*result.earlier_rows, *result.rows)),
        },
    }


def spent_data(rows: Sequence[LedgerRow]) -> dict[str, JsonValue]:
    """The sum, and each model's of each tier. Costs are in the currency of the tiers' prices."""
    return {
        "tokens": sum(row.tokens for row in rows),
        "cost": sum(row.cost for row in rows),
        "tiers": [asdict(total) for total in sum_by_tier(rows)],
    }


def _task_data(task: TaskResult) -> dict[str, JsonValue]:
    return {
        "id": task.task,
        "state": str(task.state),
        "why": task.why,
        "commit": task.commit,
        "answer": task.answer,
        "spent": spent_data(task.rows),
    }
