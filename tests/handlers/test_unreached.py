"""What `reconcile` and `action` say, and exit with, where GitHub does not answer as it should."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.machine import Machine, bank, free_port, said
from support.project import BRICKLAYER

EVENT = {"GITHUB_EVENT_NAME": "issues", "GITHUB_REPOSITORY": "octocat/bank"}


def bricklayer(command: str, config: Path, **env: str) -> tuple[int, str]:
    told = {**os.environ, "BRICKLAYER_CONFIG": str(config), **env}
    argv = [BRICKLAYER, command]
    done = subprocess.run(argv, env=told, capture_output=True, text=True, timeout=100, check=False)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def by_token(room: Path, api_url: str, *repos: str) -> Path:
    config = room / "bricklayer.toml"
    named = json.dumps(repos)
    config.write_text(
        f'state_dir = "{room / "state"}"\n[github]\napi_url = "{api_url}"\nrepos = {named}\n'
    )
    return config


def of_an_event(room: Path, payload: object) -> dict[str, str]:
    event = room / "event.json"
    event.write_text(json.dumps(payload))
    return {**EVENT, "GITHUB_EVENT_PATH": str(event)}


@pytest.fixture
def nowhere() -> str:
    return f"http://127.0.0.1:{free_port()}"


@pytest.mark.slow
def test_reconcile_without_a_network_names_the_address_and_a_mend(
    github: GitHub, tmp_path: Path, nowhere: str
) -> None:
    """An App that cannot even ask where it is installed is for a person to mend: exit 2."""
    config = Machine(tmp_path, github).write()
    config.write_text(config.read_text().replace(github.api_url, nowhere))
    code, told = bricklayer("reconcile", config)
    assert code == 2, told
    assert f"{nowhere}: no answer: ConnectionError\n  Look at" in told


@pytest.mark.slow
def test_reconcile_exits_1_where_a_repository_was_not_looked_at(
    github: GitHub, tmp_path: Path, nowhere: str
) -> None:
    """No network, a token that is refused, a repository that is not there; each says so."""
    bank(github)
    token = github.token(github.person("mona"))
    for url, repo, secret, why in (
        (nowhere, "octocat/bank", token, "no answer"),
        (github.api_url, "octocat/bank", "ghp_nobody0000000000", "(401)"),
        (github.api_url, "octocat/absent", token, "(404)"),
    ):
        config = by_token(tmp_path, url, repo)
        code, told = bricklayer("reconcile", config, BRICKLAYER_TOKEN=secret)
        assert code == 1, told
        assert f"{repo}: not looked at: " in told
        assert why in told


def test_reconcile_without_a_repository_says_where_to_name_one(
    github: GitHub, tmp_path: Path
) -> None:
    config = by_token(tmp_path, github.api_url)
    token = github.token(github.person("mona"))
    code, told = bricklayer("reconcile", config, BRICKLAYER_TOKEN=token)
    assert code == 2
    assert f"{config}: no repository to look at\n  Name some: [github] repos" in told


def test_reconcile_of_all_it_watches_exits_0(github: GitHub, tmp_path: Path) -> None:
    bank(github)
    code, told = bricklayer("reconcile", Machine(tmp_path, github).write())
    assert (code, told.strip()) == (0, "octocat/bank: no labelled issue")


@pytest.mark.slow
def test_action_without_a_network_exits_1_and_says_what_was_not_done(
    github: GitHub, tmp_path: Path, nowhere: str
) -> None:
    """Neither the event nor the sweep is passed over in silence."""
    issue, heard = bank(github), []
    github.hook(lambda _headers, body: heard.append(json.loads(body)) or 202, "secret")
    issue.label("bricklayer", by=github.person("mona"))
    (event,) = [one for one in heard if one.get("action") == "labeled"]
    config = by_token(tmp_path, nowhere)
    token = github.token(github.person("mona"))
    code, told = bricklayer(
        "action", config, BRICKLAYER_TOKEN=token, **of_an_event(tmp_path, event)
    )
    assert code == 1, told
    assert "event issues labeled: nothing was done: " in told
    assert f"octocat/bank: not swept: {nowhere}: no answer" in told


@pytest.mark.parametrize(
    ("payload", "code", "line"),
    [
        ({}, 0, "event issues: nothing that is acted on; only the sweep ran"),
        ({"action": "labeled"}, 1, "event issues: not as GitHub sends it ("),
    ],
)
def test_action_says_of_an_event_it_cannot_use_that_only_the_sweep_ran(
    github: GitHub, tmp_path: Path, payload: object, code: int, line: str
) -> None:
    """One that is none of ours is in order; one that GitHub would not send is not."""
    bank(github)
    config = Machine(tmp_path, github).write()
    ended, told = bricklayer("action", config, **of_an_event(tmp_path, payload))
    assert ended == code, told
    assert line in told
    assert "only the sweep ran\n" in told
    assert "no job had anything to do" in told


@pytest.mark.slow
def test_action_ends_with_a_line_for_each_job(github: GitHub, tmp_path: Path) -> None:
    """Its stage and why, whether the event or the sweep found it."""
    issue = bank(github)
    issue.label("bricklayer", by=github.person("mona"))
    machine = Machine(tmp_path, github, models={"planner": said("ANSWER: It subtracts.")})
    code, told = bricklayer("action", machine.write(), **of_an_event(tmp_path, {}))
    assert code == 0, told
    assert "octocat/bank#1: answered" in told
