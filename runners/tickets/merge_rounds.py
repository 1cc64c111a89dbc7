"""Ends a round that merged the base in: one commit of two parents, once all of it is green."""

from collections.abc import Iterator
from dataclasses import replace

from bot.approval.diff_risks import Risk, fingerprint_change
from bot.commit_trailers import parse_trailers
from bot.errors import GitError
from bot.git.merge import commit_merge, find_merge_base, merge_commits
from bot.git.objects import Change, Entry
from bot.git.references import move_branch
from bot.git.repo import Repo
from bot.text.conflict_markers import find_markers
from bot.ticket import messages, messages_branch
from bot.ticket.model import Ticket
from bot.ticket.progress import MERGE_KINDS, Round
from bot.ticket.stages import Stage
from runners.tickets.base_update import list_conflict_paths
from runners.tickets.merge_repair import end_failed_merge
from runners.tickets.services import Services
from runners.worker_process.main import WorkResult

_TRAILER = "Bricklayer-Merge"
"""Names the merge commit on which a conflict was settled."""


def is_merge(ticket: Ticket) -> bool:
    return ticket.progress.round is not None and ticket.progress.round.kind in MERGE_KINDS


def finish_merge(services: Services, ticket: Ticket) -> Ticket:
    """Ready to be published, where a process that was killed has put the merge on the branch."""
    round_, repo = ticket.progress.round, services.open_mirror(ticket).repo
    if not round_ or not is_merge(ticket):
        return ticket
    head = repo.branch_head(ticket.remote.branch)
    done = head == round_.base if round_.kind == "merge" else _settles(repo, head, round_)
    return ticket.move_to(Stage.PUBLISHING) if done else ticket


def _settles(repo: Repo, head: str, round_: Round) -> bool:
    message = repo.read_output("log", "-1", "--format=%B", head, "--") if head else ""
    return parse_trailers(message).get(_TRAILER) == round_.base


def end_merge(
    services: Services, ticket: Ticket, outcome: WorkResult, base: WorkResult | None = None
) -> Ticket:
    """`base` is how the checks ended on the base alone, where the merge failed at them."""
    round_, repo = ticket.progress.round, services.open_mirror(ticket).repo
    assert round_  # noqa: S101  # is_merge has seen it
    if outcome.is_system_error:
        return ticket.move_to(Stage.BLOCKED, messages.system_error(outcome.why))
    if round_.kind == "merge":
        if not outcome.passed:
            return end_failed_merge(services, ticket, outcome, base)
        _move_branch(repo, ticket, round_.base, ticket.remote.head)
        return ticket.move_to(Stage.PUBLISHING)
    head = repo.branch_head(ticket.remote.branch)
    why = outcome.why if not outcome.passed else "\n".join(_find_markers(repo, head, round_))
    if why:
        return ticket.move_to(Stage.BLOCKED, messages_branch.conflict_unsettled(why))
    _move_branch(repo, ticket, _join_commits(services, ticket, head, round_), head)
    return replace(ticket.move_to(Stage.PUBLISHING), reply=ticket.reply)


def _find_markers(repo: Repo, head: str, round_: Round) -> Iterator[str]:
    for path in list_conflict_paths(round_):
        text = (repo.read_file(head, path) or b"").decode(errors="replace")
        if line := find_markers(text):
            yield messages_branch.markers_left(path, line)


def _join_commits(services: Services, ticket: Ticket, head: str, round_: Round) -> str:
    """What the tasks made of the merge, as one merge commit: nobody sees it half settled."""
    repo = services.open_mirror(ticket).repo
    ours, theirs = (repo.resolve_rev(f"{round_.base}^{n}") for n in (1, 2))
    subject = repo.read_output("log", "-1", "--format=%s", round_.base, "--")
    paths = "\n".join(f"- {path}" for path in list_conflict_paths(round_))
    message = f"{subject}\n\nConflicts settled in:\n{paths}\n\n{_TRAILER}: {round_.base}\n"
    tree = repo.resolve_rev(head, "tree")
    return commit_merge(repo, tree, (ours, theirs), message, services.commit_signature(ticket))


def _move_branch(repo: Repo, ticket: Ticket, new: str, old: str) -> None:
    if not move_branch(repo, ticket.remote.branch, new, old):
        raise GitError(("update-ref", ticket.remote.branch), 1, "the branch moved meanwhile")


def find_one_sided(repo: Repo, ticket: Ticket, head: str) -> tuple[Risk, ...]:
    """Files from which one side's change was left out: a person looks at them."""
    round_ = ticket.progress.round
    if not round_ or round_.kind != "conflict":
        return ()
    ours, theirs = (repo.resolve_rev(f"{round_.base}^{n}") for n in (1, 2))
    conflicts = {each.path for each in merge_commits(repo, ours, theirs).conflicts}
    start = find_merge_base(repo, ours, theirs)
    found = []
    for path in list_conflict_paths(round_):
        # Where git met a conflict, the merge commit has our side of it.
        first = round_.base if path in conflicts else ours
        sides = ((first, theirs, "this branch"), (theirs, ours, "the base"))
        parted = repo.find_entry(start, path) if start else None
        found += [_find_lost_side(repo, head, (path, parted), each) for each in sides]
    accepted = ticket.approval.accepted_content
    return tuple(risk for risk in found if risk and not set(risk.content) <= set(accepted))


def _find_lost_side(
    repo: Repo, head: str, place: tuple[str, Entry | None], sides: tuple[str, str, str]
) -> Risk | None:
    """By content: it is as the one commit has it, and what the other one changed is not there.

    `place` is a path with what was there before both changed it.
    """
    (path, parted), (kept, lost, name) = place, sides
    now, before, other = (repo.find_entry(each, path) for each in (head, kept, lost))
    if not now or not before or now.sha != before.sha:
        return None
    if (parted and parted.sha) == (other and other.sha):
        return None
    reason = messages_branch.settled_one_sided(path, name)
    return Risk(reason, path, (fingerprint_change(Change(path, before, now), reason),))
