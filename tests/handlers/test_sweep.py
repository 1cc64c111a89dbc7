"""The sweep: what it costs where nothing happens, and what it must find without a webhook."""

from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.machine import CONFIG, Machine, bank

from bot.config.machine import parse_settings
from bot.github.account import Account
from handlers.sweep import sweep
from runners.tickets.services import Services, open_services


@pytest.fixture
def services(github: GitHub, tmp_path: Path) -> Services:
    github.person("octocat")
    told = parse_settings(Machine(tmp_path, github).write().read_text())
    return open_services(told, Account(told.github, {}))


def quiet(github: GitHub) -> None:
    for name in ("one", "two", "three"):
        github.repo(f"octocat/{name}", {".bricklayer.toml": CONFIG})


def test_where_nothing_happens_nothing_is_counted(github: GitHub, services: Services) -> None:
    quiet(github)
    sweep(services)
    before = len(github.calls)
    sweep(services)
    assert [one.status for one in github.calls[before:]] == [304, 304, 304]


def test_a_label_of_the_repositorys_own_is_known_without_any_webhook(
    github: GitHub, services: Services
) -> None:
    issue = bank(github, {".bricklayer.toml": f'label = "lay"\n{CONFIG}'})
    issue.label("lay", by=github.person("mona"))
    sweep(services)
    assert [ticket.issue for ticket in services.tickets.list_tickets()] == [issue.number]
