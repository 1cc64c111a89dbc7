"""A token goes to the configured GitHub and to nobody else, whatever a payload says."""

from dataclasses import replace

import pytest

from bot.config.github_access import GitHubSettings
from bot.github.urls import clone_url, explain_foreign, noreply_signature
from bot.github.webhooks import Person, Where

HOSTED = "https://api.github.com"
OURS = Where("octocat/bank", 21, "https://github.com/octocat/bank.git", "main", api_url=HOSTED)


@pytest.mark.parametrize(
    ("api_url", "clone_url"),
    [
        (HOSTED, "https://github.com/octocat/bank.git"),
        (HOSTED, "https://github.com/Octocat/Bank.git"),
        ("https://api.bank.ghe.com", "https://bank.ghe.com/octocat/bank.git"),
        ("https://ghe.example.com/api/v3", "https://ghe.example.com/octocat/bank.git"),
        ("https://api.example.com/api/v3", "https://api.example.com/octocat/bank.git"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/octocat/bank.git"),
    ],
)
def test_the_configured_host_is_ours(api_url: str, clone_url: str) -> None:
    assert not explain_foreign(replace(OURS, clone_url=clone_url, api_url=api_url), api_url)


@pytest.mark.parametrize(
    "clone_url",
    [
        "https://evil.example/octocat/bank.git",
        "https://github.com.evil.example/octocat/bank.git",
        "https://github.com@evil.example/octocat/bank.git",
        "https://evil.example@github.com/octocat/bank.git",
        "https://github.com:8443/octocat/bank.git",
        "http://github.com/octocat/bank.git",
        "https://api.github.com/octocat/bank.git",
        "https://github.com/octocat/other.git",
        "https://github.com/octocat/bank.git?x",
        "https://github.com/octocat/bank.git#x",
        "https://github.com/x/../octocat/bank.git",
        "https://\u0261ithub.com/octocat/bank.git",
        "https://github.com/octocat/ban\u212a.git",
        "http://169.254.169.254/octocat/bank.git",
        "file:///etc/passwd",
        "",
    ],
)
def test_any_other_address_to_clone_from_is_foreign(clone_url: str) -> None:
    assert explain_foreign(replace(OURS, clone_url=clone_url), HOSTED)


@pytest.mark.parametrize(
    "api_url",
    ["https://evil.example", "http://api.github.com", "https://api.github.com/x", "http://[::1]"],
)
def test_another_api_is_foreign(api_url: str) -> None:
    assert explain_foreign(replace(OURS, api_url=api_url), HOSTED)


def test_what_is_said_of_it_holds_nothing_that_nobody_sees() -> None:
    said = explain_foreign(replace(OURS, clone_url="https://evil.example/\u202e\n@mona"), HOSTED)
    assert said.isprintable()


@pytest.mark.parametrize("told", ["https://evil.example/a/b.git", "http://127.0.0.1:9/a/b.git", ""])
def test_the_address_to_clone_from_follows_from_the_settings(told: str) -> None:
    """The API's host, or the one that is named for git, whatever an event says."""
    where = Where("a/b", 1, told)
    enterprise = GitHubSettings(api_url="https://github.example.com/api/v3")
    assert clone_url(where, enterprise) == "https://github.example.com/a/b.git"
    assert clone_url(where, GitHubSettings()) == "https://github.com/a/b.git"
    named = GitHubSettings(git_url="https://git.example.com")
    assert clone_url(where, named) == "https://git.example.com/a/b.git"


@pytest.mark.parametrize(
    ("told", "used"),
    [
        ("http://localhost:9000/a/b.git", True),
        ("http://127.0.0.1/a/b.git", True),
        ("http://127.0.0.1:9000@evil.example/a/b.git", False),
        ("http://127.0.0.1.evil.example/a/b.git", False),
        ("http://evil.example/127.0.0.1/a/b.git", False),
        ("http://127.0.0.1:9000/a/other.git", False),
        ("file://localhost/a/b.git", False),
    ],
)
def test_an_event_may_name_another_port_only_of_this_machine_to_itself(
    told: str, used: bool
) -> None:
    """A server for trying things out may have git beside its API."""
    near = GitHubSettings(api_url="http://127.0.0.1:4001")
    ours = "http://127.0.0.1:4001/a/b.git"
    assert clone_url(Where("a/b", 1, told), near) == (told if used else ours)


@pytest.mark.parametrize(
    ("api_url", "host"),
    [
        (HOSTED, "github.com"),
        ("https://api.bank.ghe.com", "bank.ghe.com"),
        ("https://ghe.example.com:8443/api/v3", "ghe.example.com"),
    ],
)
def test_an_account_signs_with_the_address_its_own_server_gives_it(api_url: str, host: str) -> None:
    made = noreply_signature(Person(44, "bricklayer[bot]", bot=True), api_url)
    assert made.name == "bricklayer[bot]"
    assert made.email == f"44+bricklayer[bot]@users.noreply.{host}"
