"""One job with whatever in it: the pages show it, and all the others."""

import re
import time
from dataclasses import replace

import pytest
from support.site import Site
from support.tickets import WHERE, amend
from support.tickets import ticket as make_ticket

from bot.storage.evidence import EvidenceStore
from bot.storage.jobs import JobRow, open_store
from bot.storage.overview import Visible
from bot.storage.tables import TICKETS
from bot.ticket.model import Ticket
from bot.ticket.progress import EndedTask, Progress, Round
from bot.ticket.stages import Stage
from runners.dashboard.find_job import find_ticket_job

pytestmark = pytest.mark.slow

PAGES = ("/", "/jobs", "/morning", "/weeks", "/coaching")
GOOD = "a job like any other"
HOSTILE = (
    "</title><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raise %}",
    "\x1b[2J\x1b]0;x\x07\r\n",
    "\u202etxet\u2066\u200b",
    "\ufffe\uffff\U0010ffff",
    "<svg onload=alert(1)>&#x3c;",
    "../../etc/passwd#1",
    "%2f%00%0d%0a",
    "x" * 65_536,
    "\u0300" * 5_000,
)


def add(site: Site, issue: int, stage: Stage = Stage.BLOCKED, **more: object) -> Ticket:
    made = replace(make_ticket(stage, labelled_at=time.time(), **more), issue=issue)
    site.tickets.add_ticket(made)
    return made


def plan_of(text: str) -> str:
    return f"---\ntitle: {text}\nchecks: [test]\n---\n\n## Phase: {text}\n\n### Task: {text}\n- file: {text}\n"


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:12]))
def test_no_text_makes_a_page_fail_or_acts_in_it(site: Site, text: str) -> None:
    site.sign_in()
    add(site, 1, title=GOOD)
    tasks = (EndedTask(text, "blocked", why=text), EndedTask("fix", text, why=text))
    bad = add(
        site,
        2,
        title=text,
        why=text,
        progress=Progress(Round("plan", plan_of(text), "0" * 40), tasks=tasks),
    )
    for path in (*PAGES, f"/jobs/{bad.where.repo}/2"):
        answer = site.browser.get(path)
        assert answer.status_code == 200, path
        assert not re.search(r"<script>|<img|<svg onload|href=.javascript|\x1b|\u202e", answer.text)
    assert GOOD in site.browser.get("/jobs").text


@pytest.mark.parametrize("body", ["", "{", "[]", '{"stage": "dreaming"}', "[" * 5_000])
def test_a_job_that_this_release_cannot_read_hides_no_other(site: Site, body: str) -> None:
    """Of a later release, or damaged."""
    site.sign_in()
    add(site, 1, title=GOOD, why="too large")
    bad = add(site, 2, title="the other")
    with site.tickets.engine.begin() as db:
        db.execute(TICKETS.update().where(TICKETS.c.key == bad.key).values(body=body))
    for path in PAGES:
        assert site.browser.get(path).status_code == 200, path
    front = site.browser.get("/").text
    assert GOOD in front
    assert "the other" in front
    answer = site.browser.get(f"/jobs/{bad.where.repo}/2")
    assert answer.status_code == 404
    assert "another release" in answer.text


@pytest.mark.parametrize("stage", ["dreaming", "approval"])
def test_words_of_a_later_release_are_shown_as_they_are(site: Site, stage: str) -> None:
    site.sign_in()
    add(site, 1, title=GOOD)
    bad = add(site, 2)
    later = {"stage": stage, "situation": "dozing", "attention": "pillow"}
    with site.tickets.engine.begin() as db:
        db.execute(TICKETS.update().where(TICKETS.c.key == bad.key).values(**later))
    for path in PAGES:
        assert site.browser.get(path).status_code == 200, path
    assert "pillow" in site.browser.get("/").text


def test_a_repository_made_anew_under_an_old_name_is_another(site: Site) -> None:
    """Who reads the new one sees its job, and never the old one's of the same number."""
    old = add(site, 1, title="of the old one")
    new = replace(amend(old, title="of the new one"), where=replace(WHERE, repo_id=8))
    site.tickets.add_ticket(new)
    history = site.dashboard.data.history
    for changed in (old, new):  # whichever was changed last
        with site.tickets.engine.begin() as db:
            now = {"changed": time.time() + 10}
            db.execute(TICKETS.update().where(TICKETS.c.key == changed.key).values(**now))
        for number, title in ((7, "of the old one"), (8, "of the new one")):
            seen = Visible(frozenset({str(number)}))
            job = find_ticket_job(history, seen, WHERE.repo, 1)
            assert job
            assert job.ticket.title == title


def test_an_attempt_of_another_job_is_not_under_this_ones_address(site: Site) -> None:
    site.sign_in()
    one, other = add(site, 1), add(site, 2)
    store, texts = open_store(str(site.tickets.engine.url)), EvidenceStore(site.tickets.engine)
    for build, ticket in (("aaaaaaaaaaaa", one), ("bbbbbbbbbbbb", other)):
        store.save_job(JobRow(build, "/r", "b", "0" * 40, "", 1.0, ticket=ticket.key))
        texts.keep(build, 1, "fix-1", "===== reply =====\nhi")
    own = f"/jobs/{one.where.repo}/1/attempts"
    assert site.browser.get(f"{own}/aaaaaaaaaaaa/1/fix/1").status_code == 200
    for path in (f"{own}/bbbbbbbbbbbb/1/fix/1", f"{own}/bbbbbbbbbbbb/1/fix/1/parts/0"):
        assert site.browser.get(path).status_code == 404
