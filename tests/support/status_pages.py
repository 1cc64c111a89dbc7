"""The bot's status comment and calls in every stage, of one job: `docs/status-comment.md`.

`PYTHONPATH=tests python -m support.status_pages` writes the page anew.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from bot.ledger import LedgerRow
from bot.ticket import messages, messages_checks, messages_commands, messages_lost
from bot.ticket.model import ISSUE_TEXT, Ticket
from bot.ticket.person_needed import find_person_needed, render_person_needed
from bot.ticket.progress import EndedTask
from bot.ticket.shown_plan import ShownPlan, list_gate, show_tasks
from bot.ticket.stages import Stage
from bot.ticket.status_comment import render_comment
from bot.ticket.waiting_diff import FileDiff, WaitingDiff
from support.tickets import HEAD, MONA, PLAN, amend, proposal, ticket

PAGE = Path(__file__).parents[2] / "docs" / "status-comment.md"
URL = "https://github.com/octocat/bank/blob/1a2b3c4/.bricklayer/jobs/12-withdraw.md"
COMPARE = "https://github.com/octocat/bank/compare/000000000000...1a2b3c4d5e1a"
COMMENT = "https://github.com/octocat/bank/issues/12#issuecomment-77"
DIFF = """\
diff --git a/test_bank.py b/test_bank.py
@@ -4,3 +4,4 @@
 class Withdraw(unittest.TestCase):
+    @unittest.skip("later")
     def test_subtracts(self):
"""
PLANNED = LedgerRow("plan", 1, "planner", "claude", 12_000, 900, cost=0.0412)
BUILT = LedgerRow("fix", 1, "local", "qwen", 3_000, 400, seconds=21.0, outcome="passed")
RISK = "test_bank.py: `@unittest.skip` may keep tests from being run"
INTRO = """\
# The status comment, stage by stage

The bot has one comment on the issue and edits it. This is what stands in it, without the hidden first line that
the bot reads its own state from. The page is written by `tests/support/status_pages.py`, and a test holds it.
"""


def stages() -> Iterator[tuple[str, Ticket, WaitingDiff | None]]:
    """Each page with its heading."""
    built = {"rows": (PLANNED, BUILT), "tasks": (EndedTask("fix", "passed", commit=HEAD),)}
    approved = {"granted_key": ticket().plan_key, "granted_by": "mona"}
    text = ticket(Stage.PLANNING, approval_key=ISSUE_TEXT, shown_text_hash="a1b2c3d4e5f6" * 2)
    text = amend(text, round=None, pull=0, branch="")
    plan = ticket(Stage.APPROVAL, approval_key=ticket().plan_key, rows=(PLANNED,))
    diff = amend(ticket(Stage.PUBLISHING, approval_key=f"diff:{HEAD}"), **built, **approved)
    yield "A plan is being written", amend(text, key="", why=messages.PLANNING), None
    why = messages.text_changed(text.approval.code)
    yield "The text was edited after the label was set", replace(text, why=why), None
    why = messages.approval_required(["pyproject.toml: it says what is installed or built"])
    yield "The plan waits for approval", replace(plan, why=why), None
    yield "Building", amend(ticket(Stage.BUILDING, rows=(PLANNED,)), **approved), None
    shown = WaitingDiff(
        (FileDiff("test_bank.py", DIFF, 1, 0),), COMPARE, "refs/bricklayer/waiting/12"
    )
    yield (
        "The diff waits for approval",
        replace(diff, why=messages.diff_approval_required([RISK])),
        shown,
    )
    ci = amend(ticket(Stage.CI, why=messages_checks.ci_waiting(1, 3, ())), **built, **approved)
    yield "Waiting for CI", ci, None
    review = amend(ticket(Stage.REVIEW, why=messages.REVIEW, notes=(proposal(),)), **built)
    yield "Ready for review", review, None
    failed = (EndedTask("fix", "blocked", "test: 10 != 3"),)
    why = messages.quote_error("Task fix: none of 6 attempts passed. The last failure:\n10 != 3")
    yield "Blocked", ticket(Stage.BLOCKED, why=why, tasks=failed, rows=(PLANNED, BUILT)), None
    pushed = ticket(Stage.CI, paused=True, pushed_head="f" * 40, why=messages.PUSHED_BY_A_PERSON)
    yield "Paused, as somebody else pushed", pushed, None
    yield "Cancelled", ticket(Stage.CANCELLED, why=messages_commands.job_cancelled(MONA)), None
    yield "Closed", ticket(Stage.CLOSED, why=messages.closed_on_github("pull request")), None
    yield "Merged", amend(ticket(Stage.MERGED, why=messages.MERGED), **built), None
    answered = amend(ticket(Stage.ANSWERED, answer="Amounts are cents, see `bank.py`."), round=None)
    yield "Answered: the issue was a question", amend(answered, pull=0, branch=""), None
    proof = f"`test tests/test_bank.py` passes on `{'1f' * 5}`: 4 tests"
    shown = messages_lost.settled("solved", (proof,), "Since the last release it subtracts.")
    settled = amend(ticket(Stage.SETTLED, answer=shown), round=None)
    yield "Nothing is left to do", amend(settled, pull=0, branch=""), None


def render_page() -> str:
    parts = [INTRO]
    for heading, one, diff in stages():
        plan = show_tasks(PLAN) if one.progress.round else ()
        shown = ShownPlan(plan, list_gate(PLAN), URL if plan else "")
        body = render_comment(one, shown, diff).partition("\n")[2].strip()
        # A heading of the comment is one within the page's section.
        parts.append(f"## {heading}\n\n{body.replace('### ', '#### ', 1)}")
        if needed := find_person_needed(one):
            call = render_person_needed(needed, MONA, COMMENT).partition("\n")[0]
            parts.append(f"And once, as a comment of its own:\n\n> {call}")
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    PAGE.write_text(render_page(), encoding="utf-8")
