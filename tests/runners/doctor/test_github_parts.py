"""The webhook, each right and the clock: judgements by what GitHub tells."""

import dataclasses
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.in_process import inside
from support.machine import bank

from bot.config.github_access import GitHubSettings
from bot.github.account import Account
from bot.github.app_hook import Hook, HookDelivery
from bot.github.app_permissions import NEEDED_PERMISSIONS
from runners.doctor.app_hook import judge_hook
from runners.doctor.clock import judge_clock
from runners.doctor.rights import judge_rights, judge_scopes

URL = "https://bot.example.com/webhook"
TAKEN = HookDelivery("push", 202, "OK", "2026-01-01T00:00:00Z")


def delivery(code: int, said: str = "") -> HookDelivery:
    return dataclasses.replace(TAKEN, code=code, said=said)


@pytest.mark.parametrize(
    ("hook", "sign", "words"),
    [
        (Hook(""), "warning", "https://YOUR-HOST/webhook"),
        (Hook("http://localhost:8471/webhook"), "error", "tunnel"),
        (Hook("https://192.168.1.4/webhook"), "error", "tunnel"),
        (Hook("https://[/webhook"), "error", "tunnel"),
        (Hook("http://bot.example.com/webhook"), "warning", "https"),
        (Hook(URL), "warning", "label an issue"),
        (Hook(URL, (TAKEN,)), "ok", ""),
        (Hook(URL, (TAKEN, delivery(502))), "ok", "the sweep finds"),
        (Hook(URL, (delivery(401), TAKEN)), "error", "$SECRET"),
        (Hook(URL, (delivery(404),)), "error", "URL https://bot.example.com/webhook"),
        (Hook(URL, (delivery(502),)), "error", "bricklayer serve"),
        (Hook(URL, (delivery(0, "failed to connect to host"),)), "error", "firewall"),
    ],
)
def test_whether_github_reaches_the_webhook(hook: Hook, sign: str, words: str) -> None:
    """By its address, and by what became of the newest delivery."""
    found = judge_hook(hook, 60, "SECRET")
    assert found.sign == sign, found
    assert words in found.hint


def test_each_right_that_is_missing_says_what_for() -> None:
    """Of an App by its permissions."""
    found = list(judge_rights("o/r", ("issues: write", "checks: write"), {"contents": "write"}))
    assert [one.sign for one in found] == ["error", "error"]
    assert "may not write issues: it cannot read, answer and label" in found[0].what
    assert "Permissions & events" in found[0].hint


def test_rights_that_are_too_much() -> None:
    """Workflows and administration, whose key would be worth stealing."""
    granted = {**NEEDED_PERMISSIONS, "workflows": "write", "administration": "read"}
    well, more = judge_rights("o/r", (), granted)
    assert (well.sign, more.sign) == ("ok", "warning")
    assert "may write workflows" in more.what
    assert not list(judge_scopes(("repo",)))
    (more,) = judge_scopes(("repo", "workflow", "delete_repo"))
    assert "delete_repo, workflow" in more.what


def test_a_token_may_lack_what_is_for_apps_only() -> None:
    found = list(judge_rights("o/r", ("contents: write", "checks: read"), None))
    assert [one.sign for one in found] == ["error", "warning"]
    assert all("fine-grained token" in one.hint for one in found)
    assert next(judge_rights("o/r", None, None)).sign == "warning"


@pytest.mark.parametrize(
    ("ahead", "sign", "words"),
    [
        (0.4, "ok", ""),
        (-29, "ok", ""),
        (300, "warning", "300 s behind"),
        (-90, "warning", "90 s ahead"),
    ],
)
def test_a_clock_that_is_off(ahead: float, sign: str, words: str) -> None:
    found = judge_clock(ahead, "GitHub")
    assert (found.sign, words in found.what) == (sign, True)


def test_what_github_says_of_an_app(github: GitHub, tmp_path: Path) -> None:
    """Its hook with what was never answered, and its permissions."""
    issue = bank(github)
    with inside(tmp_path, github, hook=False) as bot:
        account = bot.services.account
        assert account.read_hook() == Hook("")
        github.hooks.url = URL
        issue.label("bricklayer", by=github.person("mona"))
        hook = account.read_hook()
        assert hook is not None
        assert hook.url == URL
        assert hook.deliveries[0].event
        assert not hook.deliveries[0].is_taken
        granted = account.list_granted("octocat/bank")
        assert granted is not None
        assert granted["contents"] == "write"
        assert account.missing_permissions("octocat/bank") == ()
        assert account.list_scopes() == ()


def test_what_a_fine_grained_token_lacks(github: GitHub) -> None:
    """By lists that each right opens, of a private repository; nothing is changed."""
    issue = bank(github)
    issue.repo.private = True
    mona = github.person("mona")
    may = {"contents": "write", "metadata": "read", "pull_requests": "write"}
    value = github.token(mona, ("octocat/bank",), may)
    settings = GitHubSettings(api_url=github.api_url, repos=("octocat/bank",))
    account = Account(settings, {"BRICKLAYER_TOKEN": value})
    missing = account.missing_permissions("octocat/bank")
    assert missing is not None
    assert "issues: read" in missing
    assert "pull_requests: read" not in missing
    assert account.list_granted("octocat/bank") is None
    assert account.read_hook() is None
