"""How an attempt asks: by which strategy, at once or in turns, and on which tree it goes on."""

from typing import Literal

from bot.config.tiers import TierSettings
from bot.plan import Task, written_paths
from bot.prompts.strategies import Strategy, choose_strategy, find_strategy
from bot.prompts.tool_strategies import choose_mode, choose_tool_strategy
from runners.build.attempt_records import Attempt
from runners.build.drafts import find_best_attempt, find_shown_draft
from runners.build.task_run import TaskRun


def tier_settings(run: TaskRun, attempt: Attempt) -> TierSettings:
    """The settings of the tier that is asked; the manifest is no tier and has none."""
    settings = run.lane.settings.tiers[attempt.tier]  # type: ignore[index]
    return run.context.windows.narrow(attempt.tier, settings)


def strategy_of(attempt: Attempt) -> Strategy:
    """The one that was chosen for it; where none was, or it is no more, by its place."""
    tier: Literal["senior", "local"] = "senior" if attempt.tier == "senior" else "local"
    return find_strategy(attempt.strategy) or choose_strategy(tier, attempt.nth)


def name_strategy(run: TaskRun, attempt: Attempt) -> str:
    """Of an attempt that asks a model for code; empty for another one."""
    if attempt.tier == "manifest" or run.task.kind != "code":
        return ""
    if works_in_turns(run.task, tier_settings(run, attempt)):
        return choose_tool_strategy(attempt.nth).name
    return strategy_of(attempt).name


def works_in_turns(task: Task, tier: TierSettings) -> bool:
    """Whether its attempts by the tier are conversations with tools; a question never is."""
    return task.kind == "code" and bool(written_paths(task)) and choose_mode(tier) == "agent"


def find_turn_draft(run: TaskRun, attempt: Attempt) -> str:
    """The tree on which an attempt in turns goes on; empty for the task's clean base."""
    strategy = choose_tool_strategy(attempt.nth)
    nearest = find_shown_draft(strategy, run.attempts, run.base, run.task.file)
    return nearest.result.tree if nearest else ""


def find_draft(run: TaskRun, attempt: Attempt) -> str:
    """The tree whose file the prompt shows in the place of the task's base; empty for none."""
    strategy = strategy_of(attempt)
    nearest = find_shown_draft(strategy, run.attempts, run.base, run.task.file)
    return nearest.result.tree if nearest and strategy.draft == "instead" else ""


def choose_start_tree(run: TaskRun, attempt: Attempt) -> str:
    """Senior may go on from the best local attempt, the one with the fewest failing tests.

    An attempt in turns goes on from a draft, where one would be shown.
    """
    if works_in_turns(run.task, tier_settings(run, attempt)):
        return find_turn_draft(run, attempt) or run.base_tree
    if attempt.tier != "senior" or not run.task.carry:
        return run.base_tree
    nearest = find_best_attempt(run.attempts)
    return nearest.result.tree if nearest else run.base_tree
