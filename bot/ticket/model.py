"""A ticket: all that the bot knows of one issue on its way to a merged pull request.

It is a cache: branch, commits, pull request and the hidden line of the status comment hold what
matters, and `runners/tickets/restore.py` makes a ticket again from them.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.coaching.notes import Note
from bot.github.webhooks import NOBODY, Person, Where
from bot.ledger import LedgerRow
from bot.ticket.findings import Finding, Reading
from bot.ticket.keys import HandledKey, comment_ids, comment_key, is_comment
from bot.ticket.places import PendingAnswer, Request
from bot.ticket.progress import SHORT_HASH_CHARS, Progress
from bot.ticket.stages import Stage, is_over, move_stage

NoteState = Literal["proposed", "accepted", "landed"]
OutageKind = Literal["", "account", "limited", "unreachable", "gone", "models", "disk", "machine"]
"""What keeps GitHub from answering: this account is not let in, it asks too much, no answer.

`gone`: the repository or the issue is not there, or no longer for us.
"""
ISSUE_TEXT = "text"
"""The approval key of an issue's text that was edited after the label was set."""
DIFF_KEY = "diff:"
"""Begins the approval key of a built diff; the commit follows."""
MAX_HANDLED = 500
FOREVER = 1e12
"""Seconds since 1970: only an event or a command wakes what waits until then."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A coaching note on its way into git: `accepted` by a writer, `landed` in a commit.

    `pull` is the pull request that proposes that commit; 0 where the file has the note already.
    `quotes` are models' own words on it, for the person who ticks it; no note has them.
    """

    note: Note
    state: NoteState = "proposed"
    by: str = ""
    pull: int = 0
    quotes: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        content = f"{self.note.lesson}\0{self.note.origin}"
        return hashlib.sha256(content.encode()).hexdigest()[:8]


@dataclass(frozen=True, slots=True)
class Approval:
    """What a writer's approval is asked for, and what was approved.

    `key` is `ISSUE_TEXT` or a `Ticket.plan_key`, empty where nothing is asked; `asked_at` is when
    that was first asked, in seconds since 1970 by GitHub's clock; `shown_text_hash` is of the
    text shown then. `granted_key` is the plan key that `granted_by` approved. `risks` are why it
    is asked. `accepted_content` are fingerprints of the changes that were approved: content, not
    paths. `first_code` is the code of the first question that this job asked.
    """

    key: str = ""
    asked_at: float = 0.0
    shown_text_hash: str = ""
    granted_key: str = ""
    granted_by: str = ""
    risks: tuple[str, ...] = ()
    accepted_content: tuple[str, ...] = ()
    first_code: str = ""

    def grant_to(self, by: str) -> "Approval":
        """What is asked for now is approved by the login `by`."""
        return replace(self, key="", granted_key=self.key, granted_by=by)

    def accept_content(self, content: Iterable[str]) -> "Approval":
        """These changes, by their fingerprints, need no further approval."""
        accepted = tuple(dict.fromkeys((*self.accepted_content, *content)))
        return replace(self, accepted_content=accepted)

    @property
    def is_of_diff(self) -> bool:
        """Whether a built diff is what is asked for, whatever stage the job is in by now."""
        return self.key.startswith(DIFF_KEY)

    @property
    def is_first(self) -> bool:
        """Whether no other question was asked before: a plain `/approve` can mean only this one."""
        return self.first_code in {"", self.code}

    @property
    def code(self) -> str:
        """What a person types to approve just what is asked for: this text, or this plan."""
        if self.key == ISSUE_TEXT:
            return self.shown_text_hash[:SHORT_HASH_CHARS]
        digest = hashlib.sha256(self.key.encode()).hexdigest() if self.key else ""
        return digest[:SHORT_HASH_CHARS]


@dataclass(frozen=True, slots=True)
class RemoteState:
    """What there is of the job on GitHub: commits by SHA, pull requests and comments by number.

    `base` is the commit the plan was made against, `plan_commit` the one that holds the plan,
    `head` the branch's head as the bot left it at `pushed_at`, in seconds since 1970.
    `pushed_head` is the head that somebody else pushed; with `adopt_pushed` the bot goes on from
    there. `previous_pull` is an open pull request of an earlier job of this issue. `update_asked`:
    a person wants the base merged in.
    """

    base: str = ""
    branch: str = ""
    plan_commit: str = ""
    head: str = ""
    pushed_at: float = 0.0
    pull: int = 0
    status_comment: int = 0
    pushed_head: str = ""
    adopt_pushed: bool = False
    previous_pull: int = 0
    update_asked: bool = False


@dataclass(frozen=True, slots=True)
class Ticket:
    """`title` and `body` are as they were when `asker` set the label; nothing newer is trusted.

    `why` says what it waits for or why it ended. `reply` answers the latest command, `answer` a
    question that was no job. `ended_in` is the stage in which it was closed or cancelled,
    `ended_paused` whether it was paused when it was closed.
    `wake_at` is when to look again, `labelled_at` when the label was
    set, both in seconds since 1970. `outage` is why GitHub could not be asked, `outage_since` when
    that began. `choices` are the models a person chose, by tier.
    `handled` names what was dealt with once and for all; of comments up to the id
    `ignore_comments_up_to` no more is known than that they were. `requests` are words that wait to
    be worked in, `outbox` what is still to be posted where somebody spoke. `question_comment` is
    the id of the comment with the planner's question: only later ones answer it. `works` are the
    ids of work that workers do for it or are to do, `work_number` and
    `question_number` are how much was done and asked before. `findings` are the reviewer tier's,
    `reading` is what it has read.
    """

    where: Where
    issue: int
    asker: Person = NOBODY
    title: str = ""
    body: str = ""
    stage: Stage = Stage.PLANNING
    paused: bool = False
    labelled_at: float = 0.0
    choices: dict[str, str] | None = None
    why: str = ""
    reply: str = ""
    answer: str = ""
    wake_at: float = 0.0
    approval: Approval = field(default_factory=Approval)
    progress: Progress = field(default_factory=Progress)
    remote: RemoteState = field(default_factory=RemoteState)
    notes: tuple[Proposal, ...] = ()
    handled: tuple[HandledKey, ...] = ()
    ignore_comments_up_to: int = 0
    ended_in: Stage | None = None
    ended_paused: bool = False
    requests: tuple[Request, ...] = ()
    outbox: tuple[PendingAnswer, ...] = ()
    outage: OutageKind = ""
    outage_since: float = 0.0
    waits_for: tuple[str, ...] = ()
    question: str = ""
    question_open: bool = False
    question_comment: int = 0
    works: tuple[str, ...] = ()
    work_number: int = 0
    question_number: int = 0
    findings: tuple[Finding, ...] = ()
    reading: Reading = field(default_factory=Reading)

    @property
    def key(self) -> str:
        return ticket_key(self.where, self.issue)

    @property
    def name(self) -> str:
        """As people write it; another one once the repository is renamed."""
        return f"{self.where.repo}#{self.issue}"

    @property
    def plan_key(self) -> str:
        """What approving the plan names: the hash of its text, and the head it stands on."""
        head = self.remote.head[:SHORT_HASH_CHARS]
        return f"{self.progress.round_hash}:{head}" if self.progress.round else ""

    def move_to(self, stage: Stage, why: str = "", reply: str | None = None) -> "Ticket":
        """Raises IllegalMoveError. Without `wake_at` the loop looks at the new stage at once.

        A reply was about the stage before, so without a new one it is dropped; only one that
        was given while planning is kept for the next stage.
        """
        kept = self.reply if self.stage is Stage.PLANNING else ""
        reply = kept if reply is None else reply
        ends = stage in {Stage.CLOSED, Stage.CANCELLED} and not is_over(self.stage)
        return replace(
            self,
            stage=move_stage(self.stage, stage),
            why=why,
            wake_at=0.0,
            reply=reply,
            ended_in=self.stage if ends else self.ended_in,
        )

    def with_rows(self, rows: Sequence[LedgerRow]) -> "Ticket":
        """With more rows in its ledger."""
        progress = replace(self.progress, rows=(*self.progress.rows, *rows))
        return replace(self, progress=progress)

    def was_handled(self, key: HandledKey) -> bool:
        return key in self.handled

    def has_heard(self, comment: int) -> bool:
        # Comments are numbered as they come, and listed by that number:
        # https://docs.github.com/en/rest/issues/comments#list-issue-comments
        return comment <= self.ignore_comments_up_to or self.was_handled(comment_key(comment))

    @property
    def newest_comment(self) -> int:
        """The id of the newest comment that was dealt with."""
        return max([self.ignore_comments_up_to, *comment_ids(self.handled)])

    def with_handled(self, *keys: HandledKey) -> "Ticket":
        """Remembers the last 500 comments, which anybody can make, and 500 of all else."""
        known = dict.fromkeys((*self.handled, *keys))
        # Two bounds: strangers' comments must not push out what else was handled.
        comments = [key for key in known if is_comment(key)]
        others = [key for key in known if not is_comment(key)]
        kept = {*comments[-MAX_HANDLED:], *others[-MAX_HANDLED:]}
        return replace(self, handled=tuple(key for key in known if key in kept))


def ticket_key(where: Where, issue: int) -> str:
    return f"{repo_key(where)}#{issue}"


def repo_key(where: Where) -> str:
    """By its id: a name changes when the repository is renamed or transferred."""
    # https://docs.github.com/en/repositories/creating-and-managing-repositories/renaming-a-repository
    # Names of owners and repositories are not case sensitive: https://docs.github.com/en/rest/repos/repos
    return str(where.repo_id or where.repo.lower())


def hash_text(title: str, body: str) -> str:
    # JSON may carry half of a surrogate pair, which UTF-8 cannot:
    # https://datatracker.ietf.org/doc/html/rfc8259#section-8.2
    return hashlib.sha256(f"{title}\0{body}".encode(errors="replace")).hexdigest()[:32]
