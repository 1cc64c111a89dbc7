"""What task sets from elsewhere have in common: their configuration, and texts of strangers."""

from pathlib import Path

from bot.bounded_read import decode_utf8, read_bounded
from bot.config.repository import CheckCommand, RepoConfig, parse_repo_config
from bot.errors import GitError, UserError
from bot.machine_faults import find_machine_fault
from bot.plan.followup_plans import quote_block
from bot.text.invisible import escape_unprintable
from runners.evaluation.replay_task import FoundTasks, LeftOut

TEST = "test"
MAX_CONFIG_BYTES = 256 << 10
MAX_TEXT_CHARACTERS = 12_000
"""Of an issue or an exercise: more of it no prompt of a small model has room for."""
FIXED_DATES = {"GIT_AUTHOR_DATE": "@0 +0000", "GIT_COMMITTER_DATE": "@0 +0000"}
"""The same set is the same commits each time, so that what was measured is found again."""
NO_TASK = (UserError, GitError, OSError, ValueError)
"""What is raised where one entry of a set cannot be made a task."""
MAX_WHY_CHARACTERS = 300
_NO_CONFIG = "Write [checks.test] with `run` into a file and name it: --config FILE."


def read_set_config(path: Path) -> RepoConfig:
    raw = read_bounded(
        path,
        "the configuration",
        MAX_CONFIG_BYTES,
        absent_hint=_NO_CONFIG,
        large_hint="Shorten it.",
    )
    config = parse_repo_config(
        decode_utf8(raw, "the configuration", where=str(path)), where=str(path)
    )
    if TEST not in config.checks:
        raise UserError("it has no [checks.test]", where=str(path), hint=_NO_CONFIG)
    return config


def leave_out(name: str, exc: Exception) -> FoundTasks:
    """One entry, whatever is wrong with it: the others are read. A machine's fault is raised."""
    if find_machine_fault(exc):
        raise exc
    said = str(exc).splitlines() or [type(exc).__name__]
    why = escape_unprintable(said[0].removeprefix(f"{name}: "))
    cut = why if len(why) <= MAX_WHY_CHARACTERS else f"{why[: MAX_WHY_CHARACTERS - 3]}..."
    return FoundTasks((), (LeftOut(name, cut),))


def with_run(config: RepoConfig, name: str, run: str) -> RepoConfig:
    """The configuration with a check `name` that is like `test`, and runs this."""
    like = config.checks.get(TEST) or CheckCommand(run=run)
    check = like.model_copy(update={"run": run})
    return config.model_copy(update={"checks": {**config.checks, name: check}})


def quote_words(what: str, text: str) -> str:
    """Anybody's text for a task, of which no line can be a part of the plan.

    What is too long ends with words that say so: nothing is cut off unsaid.
    """
    cut = len(text) > MAX_TEXT_CHARACTERS
    kept = text[:MAX_TEXT_CHARACTERS]
    note = f"\n\n(Of {len(text):,} characters these are the first.)" if cut else ""
    # Wrapped and fenced it is longer than it was.
    return f"{what}\n\n{quote_block(kept, 2 * MAX_TEXT_CHARACTERS)}{note}"
