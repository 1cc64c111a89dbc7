"""A job's page has room for whatever job there is, and says what it leaves out."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.site import Site, open_site

from bot.config.machine import Settings
from bot.ledger import LedgerRow
from bot.storage.jobs import JobRow, Store
from runners.dashboard.job_page import MAX_LISTED, MAX_TASKS

JOB = "0123456789ab"
MOST_BYTES = 200_000


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with open_site(Settings(state_dir=str(tmp_path))) as made:
        made.sign_in()
        yield made


def save(site: Site, tasks: int, attempts: int, line: str = "Subtract.") -> None:
    plan = "---\ntitle: Large\n---\n## Phase: Build\n" + "".join(
        f"### Task: t{n}\n- file: a.py\n\n{line}\n" for n in range(tasks)
    )
    store = Store(site.tickets.engine)
    store.save_job(JobRow(JOB, "/r", "b", "0" * 40, plan, 1.0, state="blocked", title="Large"))
    for n in range(attempts):
        row = LedgerRow(f"t{n % tasks}", n // tasks + 1, "local", "m", outcome="check failed")
        store.save_attempt(JOB, 1, row)


@pytest.mark.slow
def test_each_task_has_its_newest_attempts_and_the_rest_is_told(site: Site) -> None:
    save(site, 3, 300)
    page = site.browser.get(f"/jobs/{JOB}").text
    assert page.count("<td>check failed</td>") <= MAX_LISTED
    assert page.count("<td>100</td>") == 3
    assert page.count("100 attempts") == 3
    assert page.count("older attempts are not listed") == 3


@pytest.mark.slow
@pytest.mark.parametrize("line", ["Subtract.", "\N{PILE OF POO}" * 30, "'" * 60])
def test_a_thousand_tasks_have_room_and_the_rest_is_told(site: Site, line: str) -> None:
    save(site, 1_000, 20, line)
    answer = site.browser.get(f"/jobs/{JOB}")
    assert f"{1_000 - MAX_TASKS} more tasks are not listed" in answer.text
    assert "It is cut off here" in answer.text
    assert len(answer.content) < MOST_BYTES


def test_a_job_with_room_leaves_nothing_out(site: Site) -> None:
    save(site, 2, 6)
    page = site.browser.get(f"/jobs/{JOB}").text
    assert page.count("<td>check failed</td>") == 6
    assert "not listed" not in page
    assert "cut off" not in page
