"""The status comment of a job: its text, and what the bot reads out of it again."""

import re
from collections.abc import Iterator, Sequence

from bot.text.escape import close_fence, inline_text, link_to, quote_lines
from bot.ticket import messages_commands
from bot.ticket.given_text import fold_given_text
from bot.ticket.hidden_line import MARK, render_hidden_line
from bot.ticket.machine_owner import mention
from bot.ticket.messages import HALTED, WRITER
from bot.ticket.messages_branch import MERGED_UNBUILT
from bot.ticket.messages_outage import describe_outage, describe_owed
from bot.ticket.model import DIFF_KEY, Proposal, Ticket
from bot.ticket.planned_anew import describe_planned_anew
from bot.ticket.reopen import has_built_pull
from bot.ticket.shown_plan import EMPTY_PLAN, ShownPlan, inline_code, list_what_is_planned
from bot.ticket.stages import Stage
from bot.ticket.status_tables import FOLD_END, describe_cost, fold_ledger, fold_tasks
from bot.ticket.waiting_diff import WaitingDiff, render_waiting_diff

# GitHub takes 65,536: https://github.com/orgs/community/discussions/27190
MAX_COMMENT_CHARS = 60_000
# A click on the box edits the comment's source:
# https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/about-task-lists
# Either letter ticks (https://github.github.com/gfm/#task-list-items-extension-), and a browser's
# form sends its lines with CRLF: https://html.spec.whatwg.org/multipage/form-control-infrastructure.html
_TICKED = re.compile(r"^- \[[xX]\] .*<!-- note:([0-9a-f]{8}) -->\s*$", re.MULTILINE)
NOTES_HEADING = "#### Coaching notes"
_HEADLINES = {
    Stage.PLANNING: "a plan is being written",
    Stage.APPROVAL: "approval required for the plan",
    Stage.BUILDING: "building",
    Stage.PUBLISHING: "publishing",
    Stage.CI: "waiting for CI",
    Stage.REVIEW: "ready for review",
    Stage.BLOCKED: "blocked",
    Stage.ANSWERED: "answered",
    Stage.SETTLED: "nothing is left to do",
    Stage.MERGED: "merged",
    Stage.CLOSED: "closed",
    Stage.CANCELLED: "cancelled",
}
_APPROVAL_HEADLINES = {
    Stage.PLANNING: "approval required for the issue's text",
    Stage.PUBLISHING: "approval required for the diff",
}
_TO_APPROVE = {
    Stage.PLANNING: "to have this text planned",
    Stage.APPROVAL: "to have this plan built",
    Stage.PUBLISHING: "to have exactly this diff pushed",
}
_NEXT = {
    Stage.PLANNING: "the plan arrives as a draft pull request.",
    Stage.BUILDING: "each task that passes its check is one commit.",
    Stage.PUBLISHING: "the branch is pushed, and CI runs.",
    Stage.CI: "where it passes, the review; where it fails, a build round that fixes it.",
    Stage.MERGED: "nothing; the job is done.",
    Stage.REVIEW: "a person reviews; requested changes are built here, and a merge ends the job.",
    Stage.CLOSED: (
        "nothing is lost. Reopen what was closed, and the job continues where it was. If its branch"
        f" was deleted, {WRITER} comments `/retry`, which brings both back."
    ),
    Stage.CANCELLED: f"nothing is lost; {WRITER} comments `/retry` to continue.",
    Stage.ANSWERED: f"nothing; to ask again, {WRITER} removes the label and sets it again.",
    Stage.SETTLED: f"if it is so, close the issue; else {WRITER} comments `/retry`: it is planned.",
}
LESSONS_NEXT = "What is ticked below becomes a pull request with the lessons."
PLAN_ANEW = (
    " Where the plan or `.bricklayer.toml` was wrong: say on the issue what is to be different, or"
    " correct the file on the default branch; then take the label off and set it again, and the job"
    " is planned anew with that."
)
_RETRY = f"{WRITER} comments `/retry`"


def render_comment(
    ticket: Ticket,
    plan: ShownPlan = EMPTY_PLAN,
    diff: WaitingDiff | None = None,
    secrets: Sequence[str] = (),
) -> str:
    """`diff` is what waits for approval, shown without `secrets`.

    Nothing in it changes while the ticket does not.
    """
    parts = [
        f"{MARK}{render_hidden_line(ticket)} -->",
        f"### Bricklayer: {format_headline(ticket)}",
        describe_outage(ticket),
        ticket.why,
        ticket.answer,
        quote_lines(ticket.reply),
        describe_owed(ticket),
        _planned(ticket, plan),
        describe_planned_anew(ticket.progress),
        fold_given_text(ticket, secrets),
        "" if ticket.stage is Stage.APPROVAL else fold_ledger(ticket.progress),
        _links(ticket, plan.url),
        describe_next_step(ticket),
        "\n".join(_note_lines(ticket.notes)),
        f"<sub>Commands: {messages_commands.COMMANDS}</sub>",
    ]
    parts = _shorten([part for part in parts if part])
    if diff is not None:
        room = MAX_COMMENT_CHARS - sum(len(part) + 2 for part in parts)
        # Beside why it is asked for, and above the words to type.
        parts.insert(min(3, len(parts)), render_waiting_diff(diff, secrets, room))
    return "\n\n".join(parts) + "\n"


def _shorten(parts: list[str]) -> list[str]:
    """The longest parts give way, but for the hidden line."""
    while len("\n\n".join(parts)) > MAX_COMMENT_CHARS:
        at = max(range(1, len(parts)), key=lambda n: len(parts[n]))
        parts[at] = _halve(parts[at])
    return parts


def _halve(part: str) -> str:
    """Always shorter. Without its end all that follows would be folded away, or code."""
    end = f"\n{FOLD_END}" if part.startswith("<details>") else ""
    inner = part.removesuffix(FOLD_END).removesuffix("\n...\n")
    halved = f"{close_fence(inner[: len(inner) // 2].rstrip())}\n...{end}"
    return halved if len(halved) < len(part) else "..."


def format_headline(ticket: Ticket) -> str:
    """In a few words where the job is."""
    if ticket.paused:
        return "paused"
    if _waits_for_operator(ticket):
        return "halted"
    if ticket.question_open and ticket.stage is Stage.PLANNING:
        return "the planner has a question"
    if ticket.waits_for and ticket.stage is Stage.PLANNING:
        return "waiting for another issue"
    asking = _APPROVAL_HEADLINES.get(ticket.stage) if ticket.approval.key else None
    return asking or _HEADLINES[ticket.stage]


def _waits_for_operator(ticket: Ticket) -> bool:
    """Whether only the halt keeps it: what waits for a person on GitHub says that first."""
    asks = ticket.approval.key or ticket.question_open or ticket.stage is Stage.BLOCKED
    return ticket.why == HALTED and not asks


def describe_next_step(ticket: Ticket) -> str:
    then = _NEXT.get(ticket.stage, "")
    if ticket.paused:
        then = f"{WRITER} comments `/resume`."
    elif _waits_for_operator(ticket):
        then = "nothing to do here; the job goes on by itself once the operator lifts the halt."
    elif ticket.stage is Stage.BLOCKED:
        then = _next_after_blocked(ticket)
    elif ticket.stage is Stage.MERGED and ticket.why.startswith(MERGED_UNBUILT):
        then = (
            f"{WRITER} deletes that file there. To have the issue done, reopen it, remove the label"
            " and set it again."
        )
    elif ticket.stage is Stage.MERGED and any(n.state == "proposed" for n in ticket.notes):
        then = f"the job is done. {LESSONS_NEXT}"
    elif ticket.stage is Stage.MERGED and (pulls := _lesson_pulls(ticket)):
        then = f"nothing; the job is done. The lessons are proposed in {pulls}, for you to merge."
    elif ticket.approval.key and ticket.stage in _TO_APPROVE:
        what = _TO_APPROVE[ticket.stage]
        change = ", `/plan` and what to change in it" if ticket.stage is Stage.APPROVAL else ""
        approve = f"`/approve {ticket.approval.code}` {what}"
        then = f"{WRITER} comments {approve}{change}, or `/cancel`."
    return f"**Next:** {then}" if then else ""


def _lesson_pulls(ticket: Ticket) -> str:
    landed = {note.pull for note in ticket.notes if note.state == "landed" and note.pull}
    return ", ".join(f"#{pull}" for pull in sorted(landed))


def _next_after_blocked(ticket: Ticket) -> str:
    one_task = (
        ", or `/retry TASK` for only that task; what passed is kept"
        if ticket.progress.tasks
        else ""
    )
    by_hand = " Or a person finishes the work on the branch." if ticket.remote.branch else ""
    # A job keeps the plan and the settings it began with until something of it was built.
    anew = PLAN_ANEW if ticket.remote.pull and not has_built_pull(ticket) else ""
    once = "" if ticket.progress.round else "once what is said above is put right, "
    return f"{once}{_RETRY}{one_task}.{anew}{by_hand}"


def _links(ticket: Ticket, url: str) -> str:
    """Where it can be looked at; no hash that nobody has to type."""
    pull = f"Pull request #{ticket.remote.pull}" if ticket.remote.pull else ""
    branch = f"branch `{ticket.remote.branch}`" if ticket.remote.branch else ""
    plan = f"[plan]({url})" if url and ticket.progress.round else ""
    by, granted = ticket.approval.granted_by, ticket.approval.granted_key
    what = "the diff" if granted.startswith(DIFF_KEY) else "the plan"
    approval = f"{mention(by)} approved {what}" if by and granted else ""
    links = ", ".join(filter(None, (pull, branch, plan, _round_name(ticket), approval)))
    return f"{links}." if links else ""


def _round_name(ticket: Ticket) -> str:
    """A later round builds something else than the plan that was approved."""
    round_ = ticket.progress.round
    if not round_ or round_.kind == "plan":
        return ""
    name = {"ci": "CI round", "merge": "update"}.get(round_.kind, round_.kind)
    return f"{name} {round_.number}"


def _planned(ticket: Ticket, plan: ShownPlan) -> str:
    """At the plan's gate what is to be approved; elsewhere the tasks and what they cost."""
    if ticket.stage is Stage.APPROVAL and ticket.approval.key:
        cost = describe_cost(ticket.progress.rows)
        return "\n\n".join(filter(None, (list_what_is_planned(plan), cost)))
    return fold_tasks(ticket.progress, plan.tasks)


def _note_lines(notes: Sequence[Proposal]) -> Iterator[str]:
    open_ = [proposal for proposal in notes if proposal.state == "proposed"]
    decided = [proposal for proposal in notes if proposal.state != "proposed"]
    if notes:
        yield NOTES_HEADING
    if open_:
        yield "Tick what every later job should know; ticks count by people with write access.\n"
    for proposal in open_:
        yield f"- [ ] {_note_line(proposal)} <!-- note:{proposal.id} -->"
        yield from (f"  - a model said: {inline_text(quote)}" for quote in proposal.quotes)
    for proposal in decided:
        yield f"- [x] {_note_line(proposal)} ({_note_place(proposal)})"


def _note_place(proposal: Proposal) -> str:
    if proposal.state != "landed":
        return f"by @{proposal.by}"
    return f"proposed in #{proposal.pull}" if proposal.pull else "in `.bricklayer/coaching.md`"


def _note_line(proposal: Proposal) -> str:
    scope = ", ".join(map(inline_code, proposal.note.scope))
    return (
        f"{inline_text(proposal.note.lesson)} — {scope} ({link_to('from', proposal.note.origin)})"
    )


def find_ticked_notes(body: str) -> tuple[str, ...]:
    """Ids of the proposed notes that somebody ticked.

    Only below the last of their headings: further up may stand a check's output, or an answer.
    """
    _, found, section = body.rpartition(f"\n{NOTES_HEADING}")
    return tuple(dict.fromkeys(_TICKED.findall(section))) if found else ()
