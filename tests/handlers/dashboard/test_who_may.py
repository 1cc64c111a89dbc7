"""What each may see and do: a stranger, a reader, a writer of another repository, a writer, the owner."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fake_github.people import User
from fake_github.world import GitHub
from support.in_process import Inside, inside
from support.machine import bank
from support.site import Site, open_site
from support.tickets import amend

from bot.config.machine import Settings
from bot.github.webhooks import Person
from bot.storage.evidence import EvidenceStore
from bot.storage.jobs import JobRow, open_store
from bot.ticket.stages import Stage
from handlers.owner_commands import DONE, NO_WRITER, make_person_command, run_owner_command
from handlers.worker import OWNER_EVENT
from runners.evidence import keep_evidence

SECRET = "app-client"  # noqa: S105
JOB = "/jobs/octocat/bank/1"
LOCAL = "/jobs/0123456789ab"
WHO = ("nobody", "stranger", "reader", "elsewhere", "writer", "owner")
SEES = {"reader", "writer", "owner"}
ACTS = {"writer", "owner"}


@pytest.fixture
def bot(github: GitHub, tmp_path: Path) -> Iterator[Inside]:
    with inside(tmp_path, github) as made:
        yield made


@pytest.fixture
def site(github: GitHub, bot: Inside, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """With a job of an issue that is blocked, and one of the command line."""
    monkeypatch.setenv("BRICKLAYER_CLIENT_SECRET", SECRET)
    begin_job(github, bot)
    settings = bot.services.settings
    dashboard = settings.dashboard.model_copy(update={"client_id": github.app().client_id})
    store = open_store(str(bot.services.tickets.engine.url))
    store.save_job(JobRow("0123456789ab", "/r", "b", "0" * 40, "", 1.0, state="blocked"))
    with open_site(
        settings.model_copy(update={"dashboard": dashboard}), bot.services.tickets
    ) as made:
        yield made


def begin_job(github: GitHub, bot: Inside) -> None:
    issue = bank(github)
    issue.label("bricklayer", by=github.person("mona"))
    ticket = bot.ticket
    blocked = amend(ticket, stage=Stage.BLOCKED, why="a task is blocked")
    bot.services.tickets.change_ticket(ticket.key, lambda _: blocked)


def make_person(github: GitHub, who: str) -> User:
    """`elsewhere` writes in another repository of the same installation."""
    github.repo("octocat/other")
    if who == "elsewhere":
        return github.person(who, permission="write", repo="octocat/other")
    role = {"reader": "read", "writer": "write"}.get(who, "")
    return github.person(who, permission=role, repo="octocat/bank") if role else github.person(who)


def sign_in(site: Site, github: GitHub, who: str) -> None:
    if who == "owner":
        site.sign_in()
    elif who != "nobody":
        site.sign_in_on(github, make_person(github, who))


def hear(bot: Inside) -> list[str]:
    """What the loop made of the commands that wait."""
    store = bot.services.tickets
    outcomes = {
        each.id: run_owner_command(bot.services, each)
        for each in store.list_waiting()
        if each.event == OWNER_EVENT
    }
    store.settle_deliveries(outcomes)
    return list(outcomes.values())


@pytest.mark.parametrize("who", WHO)
def test_who_sees_an_issues_job(site: Site, github: GitHub, who: str) -> None:
    sign_in(site, github, who)
    status = 200 if who in SEES else 401 if who == "nobody" else 404
    assert site.browser.get(JOB).status_code == status
    assert ("withdraw adds" in site.browser.get("/jobs").text) == (who in SEES)
    assert ("withdraw adds" in site.browser.get("/").text) == (who in SEES)


@pytest.mark.parametrize("who", WHO)
def test_who_sees_a_job_of_the_command_line(site: Site, github: GitHub, who: str) -> None:
    sign_in(site, github, who)
    status = 200 if who == "owner" else 401 if who == "nobody" else 404
    assert site.browser.get(LOCAL).status_code == status
    assert ("0123456789ab" in site.browser.get("/jobs").text) == (who == "owner")


@pytest.mark.parametrize("who", WHO)
def test_who_sees_buttons_and_whose_command_counts(
    site: Site, github: GitHub, bot: Inside, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    monkeypatch.setattr("handlers.dashboard.commands.HEARD_SECONDS", 0.0)
    sign_in(site, github, who)
    assert ("Try again" in site.browser.get(JOB).text) == (who in ACTS)
    site.give(JOB, "/retry")
    assert len(hear(bot)) == (who in ACTS)
    assert (bot.ticket.stage is not Stage.BLOCKED) == (who in ACTS)


def test_who_may_is_asked_of_github_when_the_command_is_heard(
    site: Site, github: GitHub, bot: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.dashboard.commands.HEARD_SECONDS", 0.0)
    sign_in(site, github, "writer")
    site.give(JOB, "/retry")
    github.person("writer", permission="read", repo="octocat/bank")
    assert hear(bot) == [f"{DONE}{NO_WRITER}"]
    assert bot.ticket.stage is Stage.BLOCKED


def test_a_login_that_was_taken_over_is_another_person(
    github: GitHub, bot: Inside, site: Site
) -> None:
    """Only the id is the person."""
    assert site
    mona = github.person("mona")
    known = make_person_command(bot.ticket.key, "/retry", person=as_person(mona))
    body = json.dumps({**json.loads(known.body), "id": mona.id + 1}).encode()
    bot.services.tickets.receive_deliveries([type(known)(known.id, known.event, body, known.at)])
    assert hear(bot) == [f"{DONE}{NO_WRITER}"]


def as_person(user: User) -> Person:
    return Person(user.id, user.login)


@pytest.mark.parametrize("csrf", ["", "x", "\N{SNOWMAN}"])
def test_a_form_of_another_site_does_nothing(
    site: Site, github: GitHub, bot: Inside, csrf: str
) -> None:
    sign_in(site, github, "writer")
    sent = {"csrf": csrf, "command": "/retry"}
    assert site.browser.post(f"{JOB}/commands", data=sent).status_code == 403
    origin = {"origin": "https://evil.example"}
    page = site.browser.get(JOB).text
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    sent["csrf"] = found[1]
    assert site.browser.post(f"{JOB}/commands", data=sent, headers=origin).status_code == 403
    assert hear(bot) == []


@pytest.mark.parametrize(
    "line",
    ["", "/merge", "/retry; rm -rf /", "/approve", "/approve " + "0" * 13, "/retry\n/cancel"],
)
def test_no_other_command_is_taken(site: Site, github: GitHub, bot: Inside, line: str) -> None:
    sign_in(site, github, "writer")
    assert "nothing was done" in site.give(JOB, line).text
    assert hear(bot) == []


def test_who_comes_back_without_having_left_is_not_signed_in(site: Site, github: GitHub) -> None:
    """A link of somebody else's sign-in, opened in this browser."""
    make_person(github, "writer")
    github.somebody = github.person("writer")
    there = site.browser.get("/sign-in/github", follow_redirects=False).headers["location"]
    back = httpx.get(there).headers["location"]
    site.browser.cookies.clear()
    assert site.browser.get(back).status_code == 401
    assert site.browser.get("/").status_code == 401


def test_a_role_that_was_taken_away_is_seen_after_a_while(
    site: Site, github: GitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(site, github, "reader")
    github.repo("octocat/bank").roles.pop("reader")
    assert site.browser.get(JOB).status_code == 200
    monkeypatch.setattr("handlers.dashboard.accounts.REACH_SECONDS", 0.0)
    assert site.browser.get(JOB).status_code == 404


def test_signing_out_ends_it(site: Site, github: GitHub) -> None:
    sign_in(site, github, "writer")
    found = re.search(r'name="csrf" value="([^"]+)"', site.browser.get("/").text)
    assert found
    site.browser.post("/sign-out", data={"csrf": found[1]})
    assert site.browser.get("/").status_code == 401


def test_no_token_and_no_secret_stands_in_a_page_or_cookie(site: Site, github: GitHub) -> None:
    sign_in(site, github, "writer")
    seen = "".join(site.browser.get(path).text for path in ("/", "/jobs", JOB))
    seen += str(dict(site.browser.cookies))
    assert not re.search("ghu_|ghs_", seen)
    assert SECRET not in seen


def test_without_a_client_id_nobody_is_sent_to_github(tmp_path: Path) -> None:
    with open_site(Settings(state_dir=str(tmp_path))) as site:
        assert "GitHub" not in site.browser.get("/").text
        assert site.browser.get("/sign-in/github").status_code == 401


def test_files_of_the_machine_are_shown_to_its_owner_alone(site: Site, github: GitHub) -> None:
    """From what others see its credentials were struck; files have all that was printed."""
    ticket = site.tickets.list_tickets()[0]
    store = open_store(str(site.tickets.engine.url))
    build = "abcdefabcdef"
    row = JobRow(build, "/r", ticket.remote.branch, "0" * 40, "", 1.0, ticket=ticket.key)
    store.save_job(row)
    folder = Path(site.settings.state_dir) / "jobs" / build / "evidence" / "run-1"
    keep_evidence(folder, "fix-1", [("reply", "the key is hunter2hunter2")])
    EvidenceStore(site.tickets.engine).keep(
        build, 1, "fix-1", "===== reply =====\nthe key is [***]"
    )
    page = f"{JOB}/attempts/{build}/1/fix/1"
    sign_in(site, github, "reader")
    for path in (page, f"{page}/parts/0"):
        assert "the key is [***]" in site.browser.get(path).text
        assert "hunter2" not in site.browser.get(path).text
    site.sign_in()
    assert "hunter2hunter2" in site.browser.get(page).text


def test_cookies_of_the_public_address_go_over_tls_alone(tmp_path: Path) -> None:
    settings = Settings(state_dir=str(tmp_path))
    public = settings.dashboard.model_copy(update={"url": "https://bricks.example.com"})
    settings = settings.model_copy(update={"dashboard": public})
    for address, secure in (("https://bricks.example.com", True), ("http://127.0.0.1:1", False)):
        with open_site(settings, base_url=address) as site:
            code = site.dashboard.sign_in.links.make_code()
            answer = site.browser.get("/sign-in", params={"code": code}, follow_redirects=False)
            cookie = answer.headers["set-cookie"]
            assert ("Secure" in cookie, "__Host-" in cookie) == (secure, secure)
            assert "HttpOnly" in cookie
            assert site.browser.get("/").status_code == 200
