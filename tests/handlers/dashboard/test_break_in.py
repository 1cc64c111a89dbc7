"""What a stranger, or who has left, sends to the pages: none of it opens or breaks anything."""

import re
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from support.site import Site, open_site

from bot.config.machine import Settings
from handlers.dashboard.routes import add_dashboard
from handlers.dashboard.spent_names import SPENT_FILE, SpentNames

OPEN = {
    "/sign-in": 401,
    "/sign-in/github": 401,
    "/sign-in/github/back": 401,
    "/sign-out": 303,
    "/static/{name}": 404,
}
"""What answers without a session, and how: none of it shows anything."""
LONG = "9" * 5000


def list_routes(site: Site) -> list[tuple[str, str]]:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    add_dashboard(app, site.dashboard)
    found = [each for route in app.routes for each in _inner_routes(route)]
    return [(method, route.path) for route in found for method in sorted(route.methods)]


def _inner_routes(route: object) -> list[APIRoute]:
    """FastAPI keeps an included router as one."""
    inner = getattr(route, "original_router", None)
    return [each for each in ([route] if inner is None else inner.routes) if _is_api(each)]


def _is_api(route: object) -> bool:
    assert isinstance(route, APIRoute), route
    return True


def fill_path(path: str) -> str:
    return re.sub(r"{(\w+)(:number)?}", lambda hit: "1" if hit[2] else "name", path)


def test_no_address_but_those_named_answers_without_a_session(site: Site) -> None:
    routes = list_routes(site)
    assert len(routes) > 15
    assert set(OPEN) <= {path for _, path in routes}
    for method, path in routes:
        answer = site.browser.request(method, fill_path(path), follow_redirects=False)
        assert answer.status_code == OPEN.get(path, 401), path
        assert "data-live" not in answer.text


NO_PAGES = [
    f"/jobs/a/b/{LONG}",
    "/jobs/a/b/99999999999999999999",
    "/jobs/a/b/-1",
    f"/jobs/x/attempts/b/{LONG}/t/1",
    f"/jobs/a/b/1/attempts/b/1/t/1/parts/{LONG}",
    "/jobs/%00",
    "/jobs/a%00/b/1",
    "/jobs?text=%00",
    "/jobs?text=%2500%00",
    "/jobs/..%2f..%2fetc%2fpasswd",
    "/static/..%2froutes.py",
    "/static/%2e%2e/routes.py",
]


def test_no_number_or_name_makes_an_error_of_the_server(site: Site) -> None:
    """Neither for who has signed in nor for a stranger."""
    for path in NO_PAGES:
        assert site.browser.get(path).status_code in {401, 404}, path
    site.sign_in()
    for path in NO_PAGES:
        assert site.browser.get(path).status_code == 404, path


TIMES = ["nan", "-nan", "inf", "-inf", "1e400", "-1", "1_0", "x", ""]


def test_a_list_goes_on_from_any_time(site: Site) -> None:
    site.sign_in()
    for before in TIMES:
        assert site.browser.get("/jobs", params={"before": before}).status_code == 200


HOSTS = [
    "127.0.0.1/evil",
    "127.0.0.1#evil.example",
    "evil.example@127.0.0.1",
    "127.0.0.1:80:80",
    "evil.example",
    "127.0.0.1.evil.example",
    "[::1",
    "",
]


def test_only_a_name_of_this_server_leads_here(site: Site) -> None:
    for host in HOSTS:
        assert site.browser.get("/sign-in", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("header", ["x-forwarded-host", "forwarded", "x-original-url"])
def test_what_a_proxy_might_say_changes_no_address(site: Site, header: str) -> None:
    answer = site.browser.get("/jobs/", headers={header: "evil.example"}, follow_redirects=False)
    assert "evil.example" not in answer.headers.get("location", "")


def sign_out(site: Site) -> None:
    found = re.search(r'name="csrf" value="([^"]+)"', site.browser.get("/").text)
    assert found
    assert site.browser.post("/sign-out", data={"csrf": found[1]}).status_code == 401


def test_a_copied_session_ends_with_the_sign_out_and_stays_ended(tmp_path: Path) -> None:
    """Also after a restart."""
    settings = Settings(state_dir=str(tmp_path))
    with open_site(settings) as site:
        site.sign_in()
        copied = httpx.Cookies(site.browser.cookies)
        sign_out(site)
        site.browser.cookies = copied
        assert site.browser.get("/").status_code == 401
    with open_site(settings) as site:
        site.browser.cookies = copied
        assert site.browser.get("/").status_code == 401


def test_a_used_link_stays_used_after_a_restart(tmp_path: Path) -> None:
    settings = Settings(state_dir=str(tmp_path))
    with open_site(settings) as site:
        code = site.dashboard.sign_in.links.make_code()
        assert site.browser.get("/sign-in", params={"code": code}).status_code == 200
    with open_site(settings) as site:
        assert site.browser.get("/sign-in", params={"code": code}).status_code == 401


def test_names_that_have_run_out_take_no_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.dashboard.spent_names.MAX_KEPT", 3)
    now = [0.0]
    spent = SpentNames(tmp_path / SPENT_FILE, lambda: now[0])
    for name in "abc":
        assert spent.spend(name, 10)
    now[0] = 20.0
    assert spent.spend("d", 10)
    assert not spent.spend("d", 10)
    assert (tmp_path / SPENT_FILE).read_text() == "30 d\n"
    assert "d" in SpentNames(tmp_path / SPENT_FILE)


def test_a_line_that_was_cut_off_hides_none_before_it(tmp_path: Path) -> None:
    (tmp_path / SPENT_FILE).write_bytes(b"99999999999 a\n12")
    spent = SpentNames(tmp_path / SPENT_FILE)
    assert "a" in spent
    assert spent.spend("b", 10)
    assert "b" in SpentNames(tmp_path / SPENT_FILE)
