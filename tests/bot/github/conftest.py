"""The bot as an App on the stand-in for GitHub; nobody sleeps, what would be slept is noted."""

from pathlib import Path

import pytest
from fake_github.people import User
from fake_github.world import GitHub

from bot.config.github_access import GitHubSettings
from bot.github.account import Account
from bot.github.repository import Repository

REPO = "octocat/bank"


@pytest.fixture
def mona(github: GitHub) -> User:
    return github.person("mona", permission="write")


@pytest.fixture
def settings(github: GitHub, tmp_path: Path) -> GitHubSettings:
    github.repo(REPO, {"bank.py": "x = 1\n"})
    app = github.app()
    app.install("octocat")
    key = tmp_path / "key.pem"
    key.write_text(app.private_key)
    return GitHubSettings(api_url=github.api_url, app_id=app.id, private_key_file=str(key))


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def account(settings: GitHubSettings, slept: list[float]) -> Account:
    return Account(settings, {}, sleep=slept.append, backoff=0)


@pytest.fixture
def hub(account: Account) -> Repository:
    return account.open_repository(REPO)
