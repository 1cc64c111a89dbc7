"""Tickets, and the people who ask for them, as the tests of decisions make them."""

from dataclasses import fields, replace

from hypothesis import strategies as st

from bot.coaching.notes import Note
from bot.github.webhooks import IssueText, Person, Where
from bot.ledger import LedgerRow
from bot.ticket.actions import RunCommand
from bot.ticket.commands import Command
from bot.ticket.model import Approval, Proposal, RemoteState, Ticket
from bot.ticket.progress import EndedTask, Progress, Round
from bot.ticket.stages import Stage

WHERE = Where("octocat/bank", 7, "https://github.com/octocat/bank.git", "main")
MONA = Person(42, "mona")
STRANGER = Person(43, "stranger")
US = Person(44, "bricklayer[bot]", bot=True)
ISSUE = IssueText(12, "withdraw adds", "It must subtract.", STRANGER, (), "open", "", is_pull=False)
HEAD = "1a2b3c4d5e" * 4
ORIGIN = "https://github.com/octocat/bank/pull/13#discussion_r345"
PLAN = """\
---
title: Withdraw must subtract
checks: [test]
---
It adds.

## Phase: Implement

### Task: fix
- file: bank.py
- check: test

Subtract.
"""


def ticket(stage: Stage = Stage.BUILDING, **more: object) -> Ticket:
    """On its way: its plan is on a branch with a pull request."""
    made = Ticket(
        WHERE,
        ISSUE.number,
        asker=MONA,
        title=ISSUE.title,
        body=ISSUE.body,
        stage=stage,
        remote=RemoteState("0" * 40, "bricklayer/12-withdraw", HEAD, HEAD, pull=13),
        progress=Progress(Round("plan", PLAN, HEAD)),
    )
    return amend(made, **more)


GROUPS = {"approval": Approval, "progress": Progress, "remote": RemoteState}


def amend(ticket: Ticket, **more: object) -> Ticket:
    """With other fields; those of its groups by their own names, but `approval_key`."""
    if "approval_key" in more:
        more["key"] = more.pop("approval_key")
    for group, kind in GROUPS.items():
        inner = {one.name: more.pop(one.name) for one in fields(kind) if one.name in more}
        if inner:
            more[group] = replace(getattr(ticket, group), **inner)
    return replace(ticket, **more)  # type: ignore[arg-type]


def order(name: str, *args: str, text: str = "", mark: str = "comment:1:0") -> RunCommand:
    return RunCommand(Command(name, args, text), MONA, ORIGIN, mark, ISSUE)


def proposal(lesson: str = "Amounts are cents.", state: str = "proposed") -> Proposal:
    note = Note(lesson, ("*.py",), ORIGIN, "mona", "1a2b3c4")
    return Proposal(note, state, "mona")  # type: ignore[arg-type]


MARK_OF_PLAN = ticket().plan_key
LINE = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=80)
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=400)
PROPOSALS = st.builds(
    lambda lesson, state: proposal(f"{lesson}.", state),
    st.text("abc <>-`*[]|", min_size=1, max_size=60),
    st.sampled_from(("proposed", "accepted", "landed")),
)
TICKETS = st.builds(
    ticket,
    st.sampled_from(Stage),
    paused=st.booleans(),
    why=TEXT,
    reply=TEXT,
    answer=TEXT,
    approval_key=st.sampled_from(("", "text", ticket().plan_key)),
    granted_key=st.sampled_from(("", ticket().plan_key)),
    pushed_head=st.sampled_from(("", "f" * 40)),
    round=st.sampled_from((None, ticket().progress.round)),
    wake_at=st.sampled_from((0.0, 1e12)),
    choices=st.dictionaries(st.sampled_from(("local", "senior")), st.just("big")),
    accepted_content=st.lists(LINE, max_size=3).map(tuple),
    notes=st.lists(PROPOSALS, max_size=4, unique_by=lambda one: one.id).map(tuple),
    tasks=st.lists(st.builds(EndedTask, LINE, LINE, LINE), max_size=3).map(tuple),
    rows=st.lists(st.builds(LedgerRow, LINE, st.just(1), st.just("local"), LINE), max_size=3).map(
        tuple
    ),
    handled=st.lists(
        st.from_regex(r"comment:[0-9]{1,4}:0", fullmatch=True), max_size=5, unique=True
    ).map(tuple),
)
COMMANDS = (
    order("approve"),
    order("approve", ticket(approval_key=ticket().plan_key).approval.code),
    order("retry"),
    order("retry", "fix"),
    order("cancel"),
    order("pause"),
    order("resume"),
    order("status"),
    order("explain"),
    order("update"),
    order("tier", "local=huge"),
    order("note", text="Name the rule."),
)
