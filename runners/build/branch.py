"""A passed attempt as exactly one commit, and the job's branch, which nobody else may move."""

import itertools
from collections.abc import Sequence

from bot.commit_trailers import format_trailers
from bot.errors import UserError
from bot.git.checkout import is_checked_out
from bot.git.commit_message import format_title
from bot.git.commits import commit_tree, is_ancestor
from bot.git.references import delete_branch, move_branch
from bot.git.repo import Repo
from bot.ledger import LedgerRow
from bot.ledger_sums import total_row
from bot.plan import Task
from bot.text.escape import commit_safe
from runners.build.context import JobContext
from runners.build.foreign_commits import foreign_commits_error
from runners.build.task_run import TaskRun
from runners.build.tries import anchor_passed, find_passed, hold_written
from runners.progress import ProgressEvent, Report

# As wide as `git log --oneline` shows in 80 columns, beside an id of 7 digits and a blank.
MAX_SUBJECT_CHARS = 72


def commit_attempt(run: TaskRun, earlier: Sequence[LedgerRow] = ()) -> str:
    """Make what passed a commit on what the task started from, and return it.

    `earlier` is what runs before this one spent on the task: its trailers tell of all, but for
    candidates that come behind the one that passed. The commit waits there until it lands;
    killed before that was recorded, it is found again.
    """
    context, task, tree = run.context, run.task, run.attempts[-1].result.tree
    message = _commit_message(context, task, [*earlier, *_list_needed(run)])
    found = find_passed(context, task)
    if (
        found
        and (found.tree, found.parents) == (tree, (run.base.commit,))
        and found.message.startswith(message.rstrip())
    ):
        return found.sha
    by = context.request.by
    return hold_written(
        lambda: commit_tree(context.repo, tree, run.base.commit, message, by),
        lambda sha: anchor_passed(context, task.id, sha),
    )


def _list_needed(run: TaskRun) -> list[LedgerRow]:
    """Without the candidates behind the one that passed: when they were stopped is chance.

    The ledger has them; what is committed depends on no clock.
    """
    *before, passed = run.rows_of_task
    beside = [
        row for row in before if row.round == passed.round and row.candidate > passed.candidate
    ]
    return [*(row for row in before if row not in beside), passed]


def move_job_branch(context: JobContext, new: str, old: str) -> None:
    """Only if it still is at `old`, so that no other commit is lost.

    https://git-scm.com/docs/git-update-ref
    """
    require_free(context.repo, context.branch)
    if new != old and not move_branch(context.repo, context.branch, new, old):
        raise foreign_commits_error(context)


def open_branch(context: JobContext) -> None:
    """Make the branch at the base, or find it as this job left it.

    One that holds nothing beyond the base, an empty one of an earlier base, is taken along to it.
    """
    require_free(context.repo, context.branch)
    head = context.repo.branch_head(context.branch)
    behind = head != context.base and (not head or is_ancestor(context.repo, head, context.base))
    if behind and not move_branch(context.repo, context.branch, context.base, head):
        raise foreign_commits_error(context)
    require_ours(context)


def require_free(repo: Repo, branch: str) -> None:
    """Raise UserError where a worktree has the branch checked out.

    Its files and index would stay as they were, and the next commit there would undo ours.
    https://git-scm.com/docs/git-worktree
    """
    if is_checked_out(repo, branch):
        hint = "Switch that checkout to another branch, or name one with --branch."
        raise UserError(f"branch {branch} is checked out somewhere", hint=hint)


def set_aside(repo: Repo, branch: str, base: str, report: Report) -> None:
    """Give what the branch holds another name, so that the job can begin anew under its own.

    One that holds nothing beyond `base` stays: there is nothing to keep.
    """
    head = repo.branch_head(branch)
    if not head:
        return
    require_free(repo, branch)
    if is_ancestor(repo, head, base):
        return
    names = (f"{branch}.{number}" for number in itertools.count(1))
    # An empty old value: the branch must not exist yet (https://git-scm.com/docs/git-update-ref).
    # After a kill before the branch was deleted, the next run finds the copy by its commit.
    kept = next(
        name
        for name in names
        if repo.branch_head(name) == head or move_branch(repo, name, head, "")
    )
    delete_branch(repo, branch, head)
    report(ProgressEvent("job", f"what {branch} held is kept as {kept}"))


def require_ours(context: JobContext) -> str:
    """Head of the branch, after making sure that only this job has committed on it."""
    head = context.repo.branch_head(context.branch)
    if not head:
        hint = "Bring it back (`git reflog` knows its commits), or start anew with --branch NAME."
        raise UserError(
            f"branch {context.branch}, where this job was building, is gone",
            hint=hint,
            comment_hint="Remove the label and set it again to begin anew.",
        )
    found = context.log.read(head)
    if not (found.on_base and all(context.is_ours(c.message) for c in found.commits)):
        raise foreign_commits_error(context)
    return head


def _commit_message(context: JobContext, task: Task, rows: Sequence[LedgerRow]) -> str:
    check = ", ".join(c.label for c in task.checks)
    aim = context.request.aim
    words = f"{aim} {task.file}" if aim else task.text
    trailers = format_trailers(total_row(rows), context.job_id, check, context.find_key(task))
    form = context.config.commits.title
    text = _in_form(form, context.job.issue, words) if form else _subject_and_body(task.id, words)
    return f"{text}\n\n{trailers}"


def _in_form(form: str, issue: str, words: str) -> str:
    """In the repository's form, without the task's id: a trailer has that."""
    text = commit_safe(words.strip())
    line = " ".join(text.split()) or "change it"
    subject = format_title(form, line, issue.rpartition("#")[2], MAX_SUBJECT_CHARS)
    return subject if line in subject and line == text else f"{subject}\n\n{text}"


def _subject_and_body(name: str, words: str) -> str:
    """Subject, and a body where the words are more than it holds."""
    text = commit_safe(words.strip())
    line = " ".join(text.split())
    subject = f"{name}: {line}" if line else name
    if len(subject) <= MAX_SUBJECT_CHARS and line == text:
        return subject
    if len(subject) > MAX_SUBJECT_CHARS:
        subject = f"{subject[: MAX_SUBJECT_CHARS - 3].rsplit(' ', 1)[0]}..."
    # A blank line parts subject and body: https://git-scm.com/docs/git-commit#_discussion
    return f"{subject}\n\n{text}"
