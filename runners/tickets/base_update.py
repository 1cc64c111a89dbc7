"""Merges the base into a pull request's branch: on a conflict, where rules want it, or on demand.

A merge commit of two parents on top of the branch: never a rebase, never a forced push. Its checks
run before it is pushed. What git cannot merge becomes a task for each file, or is left to a person.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.errors import GitError
from bot.git.commits import is_ancestor
from bot.git.merge import CONTENT_CONFLICT, Conflict, Merge, commit_merge, merge_commits
from bot.git.references import move_branch
from bot.git.repo import Repo
from bot.git.write_tree import write_tree
from bot.github.webhooks import Pull
from bot.machine_faults import find_machine_fault
from bot.plan import path_fault, peek_job
from bot.plan.conflict_plan import MAX_PIECE_CHARACTERS, FileConflict, plan_conflict
from bot.text.conflict_markers import read_places
from bot.text.plain_text import decode_text, is_binary
from bot.ticket import messages_branch
from bot.ticket.base_state import (
    MAX_MERGEABLE_SECONDS,
    MAX_UPDATES,
    MERGEABLE_POLL_SECONDS,
    BaseNeed,
    judge_base,
)
from bot.ticket.ci_verdict import Colour
from bot.ticket.keys import mergeable_mark
from bot.ticket.model import Ticket
from bot.ticket.progress import Round
from bot.ticket.stages import Stage
from runners.tickets.plan_file import plan_text
from runners.tickets.services import Services

MAX_CONFLICT_FILES = 8
"""Files of one round; with more of them a person is quicker."""
MAX_FILE_BYTES = 200_000


@dataclass(frozen=True, slots=True)
class _Side:
    """Our version of a conflicting file, with all of theirs that did not conflict."""

    text: str
    conflict: FileConflict


def update_from_base(services: Services, ticket: Ticket, *, ready: bool) -> Ticket | None:
    """The ticket on its way to have the base in its branch, or waiting for GitHub to say.

    None where the branch can be merged as it stands. `ready`: nothing else holds it back, so rules
    that want it up to date are asked for as well.
    """
    if not ticket.remote.pull or not ticket.progress.round:
        return None
    pull = services.repository(ticket).read_pull(ticket.remote.pull)
    need = _find_need(services, ticket, pull, ready=ready)
    if need == "none":
        _forget_wait(services, ticket)
        return None
    if need == "unknown" and (waiting := _wait_for_github(services, ticket)):
        return waiting
    return _merge_base(services, ticket, pull, need)


def update_in_ci(
    services: Services, ticket: Ticket, colour: Colour, *, silent: bool
) -> Ticket | None:
    """On its way to have the base merged in, where that is needed or asked for; else None.

    On a conflict GitHub starts no workflows for a pull request: where nothing runs, and not all
    has reported that must, that may be why.
    https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#pull_request
    """
    ready = colour in {"green", "none", "unbegun"}
    if ready or silent or colour == "blocked" or ticket.remote.update_asked:
        return update_from_base(services, ticket, ready=ready)
    return None


def _find_need(services: Services, ticket: Ticket, pull: Pull, *, ready: bool) -> BaseNeed:
    if ticket.remote.update_asked:
        return "behind"
    need = judge_base(pull)
    if need != "none" or not ready:
        return need
    remote = services.open_mirror(ticket)
    remote.fetch()
    tip = remote.fetched_head(pull.base_ref)
    # Only of a branch that is not up to date are the rules asked.
    if not tip or is_ancestor(remote.repo, tip, ticket.remote.head):
        return "none"
    strict = services.repository(ticket).read_branch_rules(pull.base_ref).strict
    return judge_base(pull, strict=strict)


def _wait_for_github(services: Services, ticket: Ticket) -> Ticket | None:
    """Look again in a moment, for half a minute; then git decides, which has the same commits."""
    now, mark = services.now(), mergeable_mark(ticket.key)
    since, _, head = services.tickets.read_mark(mark).partition(" ")
    if head != ticket.remote.head:
        services.tickets.write_mark(mark, f"{now} {ticket.remote.head}")
        since = str(now)
    if now - float(since) > MAX_MERGEABLE_SECONDS:
        return None
    why = ticket.why or messages_branch.MERGEABLE_UNKNOWN
    return replace(ticket, why=why, wake_at=now + MERGEABLE_POLL_SECONDS)


def _forget_wait(services: Services, ticket: Ticket) -> None:
    mark = mergeable_mark(ticket.key)
    if services.tickets.read_mark(mark):
        services.tickets.write_mark(mark, "")


def _merge_base(services: Services, ticket: Ticket, pull: Pull, need: BaseNeed) -> Ticket | None:
    remote = services.open_mirror(ticket)
    remote.fetch()
    repo, head = remote.repo, ticket.remote.head
    tip = remote.fetched_head(pull.base_ref)
    if not tip or is_ancestor(repo, tip, head):
        return _up_to_date(services, ticket, pull, need)
    try:
        merge = merge_commits(repo, head, tip)
    except GitError as exc:
        if find_machine_fault(exc):
            raise
        return _refuse(ticket, messages_branch.no_merge(pull.base_ref, exc.stderr))
    if need == "unknown" and not merge.conflicts:
        return None
    if not ticket.remote.update_asked and ticket.progress.update_rounds >= MAX_UPDATES:
        said = messages_branch.base_moves_on(pull.base_ref, MAX_UPDATES)
        return _refuse(ticket, said) if merge.conflicts else None
    _follow_head(repo, ticket)
    began = _begin_update(services, ticket, pull, merge)
    remote_state = replace(began.remote, update_asked=False)
    if began.stage is Stage.BUILDING:
        # From now on the rules are those of the base that is merged in.
        remote_state = replace(remote_state, base=tip)
    return replace(began, remote=remote_state)


def _up_to_date(services: Services, ticket: Ticket, pull: Pull, need: BaseNeed) -> Ticket | None:
    """The branch has all of the base: what GitHub says of a conflict is from before."""
    if ticket.remote.update_asked:
        reply = messages_branch.up_to_date(pull.base_ref)
        asked = replace(ticket.remote, update_asked=False)
        return replace(ticket, remote=asked, reply=reply, wake_at=0.0)
    return _wait_for_github(services, ticket) if need == "conflict" else None


def _refuse(ticket: Ticket, why: str) -> Ticket:
    asked = replace(ticket.remote, update_asked=False)
    return replace(ticket, remote=asked).move_to(Stage.BLOCKED, why)


def _follow_head(repo: Repo, ticket: Ticket) -> None:
    """Our branch as it was pushed: what an earlier, failed merge left there is not built on."""
    local, head = repo.branch_head(ticket.remote.branch), ticket.remote.head
    if local != head and not move_branch(repo, ticket.remote.branch, head, local):
        raise GitError(("update-ref", ticket.remote.branch), 1, "the branch moved meanwhile")


def _begin_update(services: Services, ticket: Ticket, pull: Pull, merge: Merge) -> Ticket:
    """A round that checks the merge, or one with a task for each file that conflicts."""
    repo, number = services.open_mirror(ticket).repo, ticket.progress.update_rounds + 1
    text = ticket.progress.round.text if ticket.progress.round else ""
    sides = [_read_side(services, ticket, merge, conflict) for conflict in merge.conflicts]
    left = [c for c, side in zip(merge.conflicts, sides, strict=True) if side is None]
    fit = [side for side in sides if side is not None]
    if left or len(fit) > MAX_CONFLICT_FILES:
        told = [(each.path, name_conflict(each)) for each in left or merge.conflicts]
        return _refuse(ticket, messages_branch.conflict_left(pull.base_ref, told))
    tree = write_tree(repo, merge.tree, {s.conflict.path: s.text.encode() for s in fit})
    subject = f"Merge branch '{pull.base_ref}' into {ticket.remote.branch}"
    form = services.read_config(ticket).commits.title
    message = f"{services.format_subject(ticket, subject) if form else subject}\n"
    commit = commit_merge(
        repo, tree, (merge.ours, merge.theirs), message, services.commit_signature(ticket)
    )
    if fit:
        conflicts = [side.conflict for side in fit]
        text = plan_conflict(peek_job(text), conflicts, pull.base_ref, number)
    round_ = Round("conflict" if fit else "merge", text, commit, number)
    why = messages_branch.update_began(pull.base_ref, [side.conflict.path for side in fit])
    progress = replace(ticket.progress, round=round_, update_rounds=number, retry_task="")
    return replace(ticket, progress=progress).move_to(Stage.BUILDING, why)


def _read_side(
    services: Services, ticket: Ticket, merge: Merge, conflict: Conflict
) -> _Side | None:
    """What a model can be shown of a conflict; None where only a person can settle it."""
    repo, path = services.open_mirror(ticket).repo, conflict.path
    ours, theirs = conflict.ours, conflict.theirs
    is_text = conflict.kinds == (CONTENT_CONFLICT,) and not path_fault(path)
    if not ours or not theirs or not is_text or ours.mode != theirs.mode or ours.kind != "file":
        return None
    sizes = repo.read_sizes((ours.sha, theirs.sha))
    body = repo.read_file(merge.tree, path) or b""
    text = None if is_binary(body) else decode_text(body)
    if text is None or max(sizes.values(), default=MAX_FILE_BYTES) >= MAX_FILE_BYTES:
        return None
    mine, places = read_places(text, merge.ours, merge.theirs)
    pieces = [piece for place in places for piece in (place.ours, place.base, place.theirs)]
    if not places or max(map(len, pieces)) > MAX_PIECE_CHARACTERS:
        return None
    words = "\n\n".join(_find_words(plan_text(repo, ticket), path))
    return _Side(mine, FileConflict(path, places, words))


def name_conflict(conflict: Conflict) -> messages_branch.ConflictName:
    """What kind of conflict it is, for a person; the first that fits."""
    kinds = " ".join(conflict.kinds)
    sides = {each.kind for each in (conflict.ours, conflict.theirs) if each}
    if "submodule" in sides:
        return "submodule"
    if "symlink" in sides:
        return "symlink"
    if "modify/delete" in kinds or not (conflict.ours and conflict.theirs):
        return "deleted"
    if "binary" in kinds:
        return "binary"
    return "large" if conflict.kinds == (CONTENT_CONFLICT,) else "renamed"


def _find_words(plan: str, path: str) -> Iterator[str]:
    """What the plan's own tasks for a file say."""
    tasks = peek_job(plan).tasks if plan else ()
    return (task.text for task in tasks if task.file == path and task.text)


def list_conflict_paths(round_: Round) -> Sequence[str]:
    return tuple(task.file for task in peek_job(round_.text).tasks)
