"""Who has not signed in sees nothing, and who has sees pages that load and show nothing foreign."""

import time
from pathlib import Path

import pytest
from support.site import Site
from support.tickets import ticket as make_ticket

from bot.ticket.stages import Stage
from handlers.dashboard.sessions import KEY_FILE, OwnerLinks

HOSTILE = "<script>alert(1)</script> \N{RIGHT-TO-LEFT OVERRIDE}txet\N{ZERO WIDTH SPACE}"


@pytest.mark.parametrize("path", ["/", "/jobs", "/morning", "/weeks", "/coaching", "/events"])
def test_nothing_is_shown_without_signing_in(site: Site, path: str) -> None:
    answer = site.browser.get(path)
    assert answer.status_code == 401
    assert "data-live" not in answer.text


def test_a_link_signs_its_owner_in_once(site: Site) -> None:
    code = site.dashboard.sign_in.links.make_code()
    assert "Needs you" in site.browser.get("/sign-in", params={"code": code}).text
    site.browser.cookies.clear()
    assert site.browser.get("/sign-in", params={"code": code}).status_code == 401


@pytest.mark.parametrize("code", ["", "x", "x" * 60_000, "a.b.c", "\N{SNOWMAN}"])
def test_no_other_code_does(site: Site, code: str) -> None:
    assert site.browser.get("/sign-in", params={"code": code}).status_code == 401


def test_a_code_of_another_machine_does_not(site: Site) -> None:
    code = OwnerLinks("another key").make_code()
    assert site.browser.get("/sign-in", params={"code": code}).status_code == 401


def test_the_key_is_the_accounts_alone(site: Site) -> None:
    assert (Path(site.settings.state_dir) / KEY_FILE).stat().st_mode & 0o077 == 0


def test_another_sites_name_leads_nowhere(site: Site) -> None:
    site.sign_in()
    assert site.browser.get("/", headers={"host": "evil.example:8471"}).status_code == 421


def test_what_a_stranger_wrote_is_text_and_seen(site: Site) -> None:
    site.sign_in()
    ticket = make_ticket(Stage.BLOCKED, title=HOSTILE, labelled_at=time.time())
    site.tickets.add_ticket(ticket)
    for path in ("/", "/jobs"):
        page = site.browser.get(path).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt; \ufffdtxet\ufffd" in page


def test_pages_load_from_this_server_alone(site: Site) -> None:
    policy = site.browser.get("/").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "path", ["/", "/jobs", "/morning", "/weeks", "/weeks?weeks=52", "/coaching"]
)
def test_each_page_says_so_where_nothing_was_done_yet(site: Site, path: str) -> None:
    site.sign_in()
    answer = site.browser.get(path)
    assert answer.status_code == 200
    assert "data-live" in answer.text
