"""When a person is needed, which is told once by a comment of its own: an edit notifies nobody.

https://docs.github.com/en/account-and-profile/managing-subscriptions-and-notifications-on-github/setting-up-notifications/about-notifications
"""

import hashlib
from dataclasses import dataclass

from bot.github.webhooks import Person
from bot.ticket.authorship import BOT_MARK
from bot.ticket.keys import REVIEW_REQUESTED, HandledKey, needed_key
from bot.ticket.messages import AFTER_ROUNDS, AT_CAP
from bot.ticket.model import ISSUE_TEXT, Ticket
from bot.ticket.stages import Stage

_ASKING = frozenset({Stage.PLANNING, Stage.APPROVAL, Stage.PUBLISHING})
_TEXTS = {
    "text": "the issue's text was edited after the label was set. Is it right as it reads now?",
    "plan": "a plan waits for approval before it is built.",
    "diff": "what was built waits for approval before it is pushed.",
    "blocked": "the job is blocked and goes on only when somebody helps.",
    "faulty plan": "the plan on the branch cannot be built as it reads now; a push corrects it.",
    "rounds": "the job has had many rounds of rework, so it is paused.",
    "cap": "a cap on what models may cost is reached, so the job is paused.",
    "paused": "somebody else pushed to the branch, so the job is paused.",
}


@dataclass(frozen=True, slots=True)
class PersonNeeded:
    """`what` is a key of the texts; `code` is of what is asked, so that each is told once.

    `where` is the issue or the pull request on which people look.
    """

    what: str
    code: str
    where: int

    @property
    def handled_key(self) -> HandledKey:
        return needed_key(self.code)

    @property
    def mark(self) -> str:
        """By it the comment is found, if it was posted just before a kill."""
        return f"{BOT_MARK}needs {self.code} -->"


def find_person_needed(ticket: Ticket) -> PersonNeeded | None:
    """What a person has to do now for the job to go on; None where nobody has to."""
    what, content = _find_what(ticket)
    if not what:
        return None
    # A new label and a retry begin anew: the same trouble after them is told again.
    parts = (what, content, str(int(ticket.labelled_at)), str(ticket.progress.retries))
    code = hashlib.sha256("\0".join(parts).encode(errors="replace")).hexdigest()[:12]
    reviewed = ticket.remote.pull and ticket.was_handled(REVIEW_REQUESTED)
    return PersonNeeded(what, code, ticket.remote.pull if reviewed else ticket.issue)


def _find_what(ticket: Ticket) -> tuple[str, str]:
    """A word, and what it is about."""
    if ticket.paused:
        return _find_what_paused(ticket)
    if ticket.stage is Stage.BLOCKED:
        return "blocked", f"{ticket.why}\0{ticket.remote.head}"
    if not ticket.approval.key or ticket.stage not in _ASKING:
        return "", ""
    if ticket.approval.key == ISSUE_TEXT:
        return "text", ticket.approval.code
    return ("diff" if ticket.stage is Stage.PUBLISHING else "plan"), ticket.approval.code


def _find_what_paused(ticket: Ticket) -> tuple[str, str]:
    """Once for what the bot has left, however often is pushed on top of it meanwhile."""
    if ticket.why.startswith(AT_CAP):
        return "cap", ""
    if ticket.why.startswith(AFTER_ROUNDS):
        return "rounds", ticket.why
    remote = ticket.remote
    if not remote.pushed_head:
        return "", ""  # whoever said `/pause` knows
    # A plan that was edited is taken up as the head, also where it cannot be built.
    if ticket.stage is Stage.APPROVAL and remote.pushed_head == remote.head:
        return "faulty plan", remote.plan_commit
    return "paused", remote.head


def render_person_needed(needed: PersonNeeded, person: Person | None, url: str) -> str:
    """Short, and without the words to type: those stand beside what they are for."""
    whom = f"@{person.login}" if person else "Somebody with write access is needed"
    joint = ", " if person else ": "
    read = f"[Read what it is, and what to do]({url})."
    return f"{whom}{joint}{_TEXTS[needed.what]} {read}\n{needed.mark}"
