"""What this job has done so far, a line a task: read from its commits, so that a replay agrees."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from bot.git.objects import Commit
from bot.ledger import made_by_job, parse_trailers, strip_to_line
from bot.models.token_estimate import truncate_text
from bot.text.invisible import make_printable

Changed: TypeAlias = Mapping[str, tuple[int, int]]
"""Path -> lines added, lines removed."""
MAX_FINISHED_TASKS = 4
MAX_LINE_TOKENS = 90
"""Tasks that are remembered, and tokens of a line on one."""
MAX_FILES = 3


def describe_finished_tasks(
    commits: Sequence[Commit], job: str, changed: Callable[[str], Changed]
) -> tuple[str, ...]:
    """The last finished tasks, the oldest first. `changed` tells the files of a commit."""
    ours = [one for one in commits if made_by_job(one.message, job)]
    return tuple(
        truncate_text(_describe_commit(one, changed(one.sha)), MAX_LINE_TOKENS)
        for one in ours[-MAX_FINISHED_TASKS:]
    )


def _describe_commit(commit: Commit, files: Changed) -> str:
    """The check stands before what was wanted, so that a cut leaves it."""
    trailers = parse_trailers(commit.message)
    task = strip_to_line(trailers.get("Bricklayer-Task", ""))
    changes = [
        f"{make_printable(path, 80)} +{more} -{less}"
        for path, (more, less) in sorted(files.items())
    ]
    names = ", ".join([*changes[:MAX_FILES], *(["..."] if changes[MAX_FILES:] else [])])
    check = strip_to_line(trailers.get("Bricklayer-Check", ""))
    wanted = strip_to_line(commit.message.split("\n", 1)[0]).removeprefix(f"{task}: ")
    return f"{task}: {names or 'no file'}; passed {check or 'its check'}; {wanted}"
