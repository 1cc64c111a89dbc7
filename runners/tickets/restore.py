"""Restores a ticket from GitHub and git where the database, which is a cache, has lost it.

Only what our own account wrote is read: the hidden line of the status comment, and the commits
between the plan's commit and the head that the comment names.
"""

import logging
import re
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from bot.commit_trailers import parse_row, parse_trailers
from bot.config.repository import GitHubConfig
from bot.git.commits import is_ancestor, list_commits
from bot.git.references import move_branch
from bot.git.repo import Repo
from bot.github.mirror import Remote
from bot.github.repository import Repository
from bot.github.webhooks import IssueText, Person, Where
from bot.github.webhooks.objects import LOGIN, SHA
from bot.job_states import TaskState
from bot.ledger import LedgerRow
from bot.plan import peek_job
from bot.plan.followup_plans import drop_done_tasks, round_title
from bot.ticket import messages
from bot.ticket.hidden_line import HIDDEN_KEYS, MARK, parse_hidden_line
from bot.ticket.machine_owner import OWNER
from bot.ticket.model import DIFF_KEY, FOREVER, ISSUE_TEXT, Approval, RemoteState, Ticket, hash_text
from bot.ticket.progress import EndedTask, Progress, Round
from bot.ticket.stages import Stage
from bot.ticket.stored_form import from_stored
from runners.project import load_repo_config
from runners.tickets.diff_approval import diff_key
from runners.tickets.drop_progress import note_progress
from runners.tickets.plan_file import plan_path
from runners.tickets.plan_removal import find_removal
from runners.tickets.services import Services
from runners.tickets.take_up_progress import follow_progress, is_built_by
from runners.tickets.writers import is_writer

_BUILT_HERE = frozenset({Stage.BUILDING, Stage.PUBLISHING, Stage.BLOCKED})
"""Stages in which commits may be on no public branch."""
log = logging.getLogger("bricklayer")


def restore_ticket(services: Services, where: Where, issue: IssueText) -> Ticket | None:
    """The ticket of an issue, as the bot's own comment tells it; None where it has none."""
    repository = services.account.open_repository(where.repo, where.installation)
    me = repository.own_account().id
    comments = repository.list_comments(issue.number)
    # The first is the status comment: they are listed by ascending id, and the bot posts one only.
    # https://docs.github.com/en/rest/issues/comments#list-issue-comments
    ours = [c for c in comments if c.author.id == me and c.body.startswith(MARK)]
    stored = parse_hidden_line(ours[0].body) if ours else {}
    if not stored:
        return None
    try:
        ticket = _read_ticket(where, issue, stored, ours[0].id)
    except (ValidationError, ValueError, TypeError, LookupError) as exc:
        log.warning("%s#%s: its status comment cannot be read: %s", where.repo, issue.number, exc)
        return None
    ticket = take_up_branch(services, ticket) if ticket.remote.plan_commit else ticket
    return ticket if _is_edited_by_writer(repository, ours[0].id) else _distrusted(services, ticket)


def _is_edited_by_writer(repository: Repository, comment: int) -> bool:
    """Whether our comment is as we wrote it, or was edited last by somebody who can write."""
    # Who may write, and an App, may edit anybody's comment, whose author stays the same:
    # https://docs.github.com/en/communities/moderating-comments-and-conversations/managing-disruptive-comments
    editor, at = repository.find_comment_editor(comment)
    if editor is None:
        return not at
    return editor.id == repository.own_account().id or is_writer(repository, editor)


def _distrusted(services: Services, ticket: Ticket) -> Ticket:
    """Without what the edit may have forged: approvals, notes, choices, text, whose rules hold."""
    # The plan was committed on the base: that is its first parent, whatever the comment says.
    # https://git-scm.com/docs/gitrevisions
    base = (
        services.open_mirror(ticket).repo.resolve_rev(f"{ticket.remote.plan_commit}^")
        if ticket.progress.round
        else ""
    )
    known = ticket.remote
    bare = Ticket(
        ticket.where,
        ticket.issue,
        ticket.asker,
        paused=True,
        why=messages.STATUS_EDITED,
        remote=RemoteState(status_comment=known.status_comment),
        ignore_comments_up_to=ticket.ignore_comments_up_to,
        labelled_at=ticket.labelled_at,
    )
    if not base:
        return replace(bare, approval=Approval(key=ISSUE_TEXT))
    remote = replace(
        bare.remote,
        base=base,
        branch=known.branch,
        plan_commit=known.plan_commit,
        head=known.head,
        pull=known.pull,
    )
    progress = Progress(round=ticket.progress.round)
    return replace(bare, stage=Stage.APPROVAL, remote=remote, progress=progress)


def _read_ticket(where: Where, issue: IssueText, stored: dict[str, Any], comment: int) -> Ticket:
    """Raises ValueError, TypeError or LookupError for what our comment would not say."""
    same = stored.get("text", "") == hash_text(issue.title, issue.body)
    number, login = stored["asker"]
    ticket = from_stored(
        {
            **{name: stored[name] for name in HIDDEN_KEYS if name in stored},
            "where": where,
            "issue": issue.number,
            "asker": Person(int(number), str(login)),
            "comment": comment,
            "title": issue.title if same else "",
            "body": issue.body if same else "",
        }
    )
    _require_shapes(ticket)
    if not same and ticket.stage is Stage.PLANNING:
        return replace(ticket, approval=replace(ticket.approval, key=ISSUE_TEXT), wake_at=FOREVER)
    return ticket


def _require_shapes(ticket: Ticket) -> None:
    # They become arguments of git, where a word that begins with a dash would be an option:
    # https://git-scm.com/docs/gitcli
    shas = (
        ticket.remote.base,
        ticket.remote.plan_commit,
        ticket.remote.head,
        ticket.remote.pushed_head,
    )
    granted_by = ticket.approval.granted_by
    logins = (granted_by if granted_by != OWNER.login else "", ticket.asker.login)
    # Whether its beginning is the repository's own is asked once its settings are there.
    branch = rf"[A-Za-z0-9_][A-Za-z0-9_./-]{{0,39}}(?<=[/-]){ticket.issue}-[a-z0-9-]{{1,80}}"
    good = (
        all(not sha or SHA.fullmatch(sha) for sha in shas)
        and all(not login or LOGIN.fullmatch(login) for login in logins)
        and (not ticket.remote.branch or bool(re.fullmatch(branch, ticket.remote.branch)))
    )
    if not good:
        raise ValueError("a branch, a commit or a name in it is none")


def take_up_branch(services: Services, ticket: Ticket) -> Ticket:
    """Plan, tasks and ledger from the branch; what is done of the plan is not done again."""
    remote = services.open_mirror(ticket)
    remote.fetch()
    repo = remote.repo
    if not _is_own_branch(remote, ticket):
        return replace(ticket, remote=replace(ticket.remote, plan_commit="", branch="", head=""))
    raw = (
        repo.read_file(ticket.remote.plan_commit, plan_path(ticket.remote.branch))
        if repo.resolve_rev(ticket.remote.plan_commit)
        else None
    )
    if raw is None:
        return replace(ticket, remote=replace(ticket.remote, plan_commit="", branch="", head=""))
    text = raw.decode(errors="replace")
    if ticket.stage in _BUILT_HERE:
        follow_progress(remote, ticket)
    if remote.seen_progress(ticket.issue):
        note_progress(services, ticket)
    follow_remote(remote, ticket.remote.branch, ticket.remote.head)
    head = repo.branch_head(ticket.remote.branch)
    done, rows = _passed_tasks(repo, ticket, head)
    round_ = Round("plan", text, ticket.remote.plan_commit)
    ticket = _with_built(ticket, remote, is_left=bool(_list_left(text, done)))
    if ticket.stage is Stage.BUILDING and done:
        left = drop_done_tasks(text, peek_job(text), frozenset(task.id for task in done))
        same = _find_same_round(services, ticket, text, head)
        round_ = same or Round("plan", left, head)
        if not _list_left(text, done):
            # What was built was a later round, which is lost: CI and the threads tell what is left.
            ticket = replace(ticket, stage=Stage.PUBLISHING)
    log.info("%s: restored from its comment and branch, at %s", ticket.name, head[:12])
    return replace(ticket, progress=replace(ticket.progress, round=round_, tasks=done, rows=rows))


def _find_same_round(services: Services, ticket: Ticket, text: str, head: str) -> Round | None:
    """The round of the whole plan, where all that was built is of its job: the job goes on.

    It knows its own commits, and those of tasks that passed and have not landed.
    """
    repo, plan_commit = services.open_mirror(ticket).repo, ticket.remote.plan_commit
    base = find_removal(repo, plan_commit, head) or plan_commit
    round_ = Round("plan", text, base)
    asked = replace(ticket, progress=replace(ticket.progress, round=round_))
    return round_ if is_built_by(repo, services.build_request(asked), head) else None


def _list_left(text: str, done: tuple[EndedTask, ...]) -> set[str]:
    return {task.id for task in peek_job(text).tasks} - {task.id for task in done}


def _with_built(ticket: Ticket, remote: Remote, *, is_left: bool) -> Ticket:
    """What was built and not pushed is here, or waits on the server, or has to be built again."""
    if ticket.stage is not Stage.PUBLISHING:
        return ticket
    asked = ticket.approval.key or ticket.approval.granted_key
    waits = asked.startswith(DIFF_KEY) and asked != diff_key(ticket.remote.head)
    waiting = remote.fetch_waiting(ticket.issue) if waits else ""
    if waiting and is_ancestor(remote.repo, ticket.remote.head, waiting):
        follow_remote(remote, ticket.remote.branch, waiting)
        return ticket
    is_here = remote.repo.branch_head(ticket.remote.branch) != ticket.remote.head
    if is_here and not waits and not is_left:
        return ticket
    approval = replace(ticket.approval, key="", risks=())
    again = waits or is_left
    return replace(ticket, stage=Stage.BUILDING, approval=approval, why="") if again else ticket


def _is_own_branch(remote: Remote, ticket: Ticket) -> bool:
    """Whether it begins as the bot's branches do: nobody's comment leads us to another."""
    prefixes = {GitHubConfig().branch_prefix}
    if tip := remote.fetched_head(ticket.where.default_branch):
        prefixes.add(load_repo_config(remote.repo, remote.repo.git_dir, tip).github.branch_prefix)
    names = (ticket.remote.branch.removeprefix(prefix) for prefix in prefixes)
    return any(re.fullmatch(rf"{ticket.issue}-[a-z0-9-]{{1,80}}", name) for name in names)


def follow_remote(remote: Remote, branch: str, head: str) -> None:
    """Move our branch to the pushed head, unless it has that and more already.

    A merge that was not pushed may be half settled, and what it lacks is lost with the records.
    """
    repo, local = remote.repo, remote.repo.branch_head(branch)
    if not repo.resolve_rev(head):
        return
    is_ahead = bool(local) and is_ancestor(repo, head, local)
    merges = repo.read_output("rev-list", "--merges", f"{head}..{local}") if is_ahead else ""
    if not is_ahead or merges:
        move_branch(repo, branch, head, local)


def _passed_tasks(
    repo: Repo, ticket: Ticket, head: str
) -> tuple[tuple[EndedTask, ...], tuple[LedgerRow, ...]]:
    """Those that stand on the branch as it was pushed, and on what was in progress on it."""
    if not head:
        return (), ()
    commits = list_commits(repo, ticket.remote.plan_commit, head)
    # Each commit of the engine names its task in a trailer: https://git-scm.com/docs/git-interpret-trailers
    named = [(parse_trailers(c.message).get("Bricklayer-Task", ""), c) for c in commits]
    done = tuple(
        EndedTask(name, TaskState.PASSED, commit=c.sha, phase=round_title(name))
        for name, c in named
        if name
    )
    return done, tuple(row for c in commits if (row := parse_row(c.message)))
