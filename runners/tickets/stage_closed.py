"""The stages that end a ticket: a reaction on the issue, and accepted notes proposed for git."""

from collections.abc import Sequence
from dataclasses import replace

from bot.coaching import notes as coaching
from bot.git.commits import commit_tree, is_ancestor
from bot.git.references import move_branch
from bot.git.repo import Repo
from bot.git.write_tree import write_tree
from bot.github.errors import UnavailableError
from bot.github.repository import Repository
from bot.ticket import messages, messages_lost
from bot.ticket.authorship import BOT_MARK
from bot.ticket.keys import ci_blocked_key, reacted_key, settled_key
from bot.ticket.model import FOREVER, Proposal, Ticket
from bot.ticket.stages import Stage
from runners.tickets.ci_checks import is_still_blocked
from runners.tickets.drop_progress import drop_progress
from runners.tickets.github_failures import best_effort
from runners.tickets.services import Services


def finish_merged(services: Services, ticket: Ticket) -> Ticket:
    """Land what a maintainer accepted by a small pull request of its own."""
    new = tuple(note for note in ticket.notes if note.state == "accepted")
    if new:
        pull = _land_notes(services, ticket, new)
        notes = tuple(
            replace(n, state="landed", pull=pull) if n in new else n for n in ticket.notes
        )
        ticket = replace(ticket, notes=notes)
    drop_progress(services, ticket)
    return _finish(services, ticket, "rocket")


def finish_closed(services: Services, ticket: Ticket) -> Ticket:
    drop_progress(services, ticket)
    return _finish(services, ticket, "confused")


def finish_answered(services: Services, ticket: Ticket) -> Ticket:
    drop_progress(services, ticket)
    return _finish(services, ticket, "rocket")


def finish_settled(services: Services, ticket: Ticket) -> Ticket:
    """Tell it once, by a comment: an edit of the status comment notifies nobody."""
    told = settled_key(ticket.labelled_at)
    if not ticket.was_handled(told):
        # Killed after it was posted, it is found again by its mark.
        mark = f"{BOT_MARK}settled {ticket.labelled_at:.0f} -->"
        whom = f"@{ticket.asker.login}: " if ticket.asker.login else ""
        text = f"{whom}{ticket.answer}\n\n{messages_lost.SETTLED_END}\n{mark}"
        services.repository(ticket).post_comment(ticket.issue, text, mark)
        ticket = ticket.with_handled(told)
    return _finish(services, ticket, "rocket")


def finish_blocked(services: Services, ticket: Ticket) -> Ticket:
    """One that its checks have blocked goes on by itself once they say something else."""
    by_checks = ticket.was_handled(ci_blocked_key(ticket.remote.head))
    if by_checks and not is_still_blocked(services, ticket):
        remote = replace(ticket.remote, pushed_at=services.now())
        return replace(ticket, remote=remote).move_to(Stage.CI)
    return _finish(services, ticket, "confused")


def _finish(services: Services, ticket: Ticket, reaction: str) -> Ticket:
    if not ticket.was_handled(reacted_key(reaction)):
        react = services.repository(ticket).add_reaction
        # A reaction that is there already is answered with a 200: https://docs.github.com/en/rest/reactions/reactions
        best_effort(f"{ticket.name}: reaction", lambda: react("issue", ticket.issue, reaction))
        ticket = ticket.with_handled(reacted_key(reaction))
    return replace(ticket, wake_at=FOREVER)


def _land_notes(services: Services, ticket: Ticket, new: tuple[Proposal, ...]) -> int:
    """The pull request's number, 0 where none is needed. After a kill both are found again."""
    remote, repository = services.open_mirror(ticket), services.repository(ticket)
    remote.fetch()
    prefix = services.read_config(ticket).github.branch_prefix
    branch = f"{prefix}coaching-{ticket.issue}"
    # Asked anew: it may have another name than when the label was set.
    target = repository.read_default_branch()
    main, before = remote.fetched_head(target), remote.fetched_head(branch)
    # Notes that are pushed and not merged yet stay on the branch; after a merge it starts anew.
    base = before if before and not is_ancestor(remote.repo, before, main) else main
    head = _commit_notes(services, ticket, branch, base, new)
    if head == main:
        return 0  # all of it is known there
    if not remote.push(branch, head):
        raise UnavailableError(f"{branch} moved meanwhile")
    known = {note.lesson for note in _read_notes(remote.repo, main).notes}
    lessons = [note for note in _read_notes(remote.repo, head).notes if note.lesson not in known]
    return _propose_notes(repository, ticket, (branch, target), lessons)


def _commit_notes(
    services: Services, ticket: Ticket, branch: str, base: str, new: tuple[Proposal, ...]
) -> str:
    """On `base`, which has the lessons that were ticked earlier; itself where it has all."""
    repo = services.open_mirror(ticket).repo
    book = _read_notes(repo, base)
    if not book.preface:
        book = replace(book, preface="# Coaching\n")
    known = {note.lesson for note in book.notes}
    notes = tuple(note.note for note in new if note.note.lesson not in known)
    if not notes:
        return base
    text = coaching.render_notes(replace(book, parts=(*book.parts, *notes)))
    tree = write_tree(repo, base, {coaching.COACHING_PATH: text.encode()})
    message = f"{services.format_subject(ticket, f'Coaching from #{ticket.issue}')}\n"
    head = commit_tree(repo, tree, base, message, services.commit_signature(ticket))
    # Compare and swap: a commit that another process has made meanwhile is not lost.
    # https://git-scm.com/docs/git-update-ref
    move_branch(repo, branch, head, repo.branch_head(branch))
    return head


def _read_notes(repo: Repo, commit: str) -> coaching.CoachingFile:
    raw = repo.read_file(commit, coaching.COACHING_PATH) or b""
    return coaching.parse_notes(raw.decode(errors="replace"))


def _propose_notes(
    repository: Repository, ticket: Ticket, ends: tuple[str, str], lessons: Sequence[coaching.Note]
) -> int:
    """The pull request's number; one that is open already gets the new text.

    `ends` are the branch with the notes and the one they are for.
    """
    title = f"Coaching notes from #{ticket.issue}"
    body = messages.coaching_pull(ticket, lessons)
    pull = repository.open_pull(*ends, title, body, draft=False)
    repository.edit_pull(pull, body=body)
    return pull
