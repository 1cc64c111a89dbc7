"""From one attempt the others at its task are a link away, and a stall is called a stall."""

import re
import time

from support.site import Site

from bot.ledger import LedgerRow
from bot.storage.evidence import EvidenceStore
from bot.storage.jobs import JobRow, Store
from handlers.dashboard.pages import describe_outcome, strip_fences
from runners.evidence import format_evidence
from runners.stalls import STALL_SENTENCES

JOB = "0123456789ab"
OUTCOMES = ("check failed", "same-edit", "passed")


def keep_three_attempts(site: Site) -> None:
    store = Store(site.tickets.engine)
    store.save_job(JobRow(JOB, "/repo", "branch", "0" * 40, "", time.time()))
    for number, outcome in enumerate(OUTCOMES, 1):
        row = LedgerRow("fix", number, "local", "model", 10, 10, 0, 1.0, outcome)
        store.save_attempt(JOB, 1, row)
        text = format_evidence((("outcome", outcome), ("reply", "a reply")))
        EvidenceStore(store.engine).keep(JOB, 1, f"fix-{number}", text)


def test_the_other_attempts_at_a_task_are_linked(site: Site) -> None:
    keep_three_attempts(site)
    site.sign_in()
    base = f"/jobs/{JOB}/attempts/{JOB}/1/fix"
    page = site.browser.get(f"{base}/2").text
    assert [n for n in (1, 2, 3) if f'href="{base}/{n}"' in page] == [1, 2, 3]
    assert re.findall(r'href="([^"]+)" aria-current="page"', page) == [f"{base}/2"]


def test_a_stall_is_told_in_words_on_both_pages(site: Site) -> None:
    keep_three_attempts(site)
    site.sign_in()
    for path in (f"/jobs/{JOB}", f"/jobs/{JOB}/attempts/{JOB}/1/fix/2"):
        assert "stalled: the same edit as before" in site.browser.get(path).text


def test_every_stall_is_called_one_and_nothing_else_is() -> None:
    assert all(describe_outcome(name).startswith("stalled: ") for name in STALL_SENTENCES)
    assert describe_outcome("check failed") == "check failed"


def test_a_reason_has_no_fences_around_it() -> None:
    assert strip_fences("Blocked:\n\n```text\nfix: it failed\n```") == "Blocked:\n\nfix: it failed"


def test_checks_before_anything_was_done_are_no_attempt(site: Site) -> None:
    keep_three_attempts(site)
    text = format_evidence((("outcome", "red"),))
    EvidenceStore(site.tickets.engine).keep(JOB, 1, "fix-0", text)
    site.sign_in()
    page = site.browser.get(f"/jobs/{JOB}").text
    assert "checks before anything was done" in page
    assert "3 attempts" in page
