"""`notify` tells of each channel whether it is set, and tries it; `morning` prints the report."""

import json
import time

import pytest
from support.message_services import serve_web
from support.project import Project

from bot.config.machine import parse_settings
from bot.errors import UserError
from handlers.read_since import read_since
from runners.doctor.notify import examine_notify


def add(project: Project, text: str) -> None:
    config = project.room / "bricklayer.toml"
    config.write_text(config.read_text() + text)


def test_a_test_is_sent_by_each_channel_and_what_came_of_it_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.models(local="")
    with serve_web() as service:
        add(project, f'[notify.webhook]\nurl = "{service.url}/hook"\n')
        assert project.bricklayer("notify", "--test") == (0, "webhook: sent\n")
        assert service.received[0].data["kind"] == "test"
        add(project, '[notify.slack]\nurl_env = "SLACK_ADDRESS"\n')
        told = "slack: not set: the environment variable SLACK_ADDRESS is not set\n"
        assert project.bricklayer("notify") == (1, f"webhook: set\n{told}")
        assert len(service.received) == 1
        service.status = 404
        monkeypatch.setenv("SLACK_ADDRESS", f"{service.url}/services/secret-part")
        code, out = project.bricklayer("notify", "--test", "--json")
        assert code == 1
        why = "it answered HTTP 404: ok"
        assert json.loads(out) == {
            "v": 1,
            "tested": True,
            "channels": [
                {"channel": "webhook", "good": False, "why": why},
                {"channel": "slack", "good": False, "why": why},
            ],
        }


def test_without_a_channel_it_says_how_to_set_one(project: Project) -> None:
    code, out = project.bricklayer("notify", "--test")
    assert code == 2
    assert "no channel is set" in out
    assert "[notify.ntfy]" in out


def test_the_doctor_tells_of_channels_and_of_variables_that_are_not_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = '[notify.ntfy]\nurl = "https://ntfy.sh/x"\ntoken_env = "NTFY"\n'
    (found,) = examine_notify(parse_settings(text))
    assert (found.sign, found.what) == ("warning", "notify: ntfy: NTFY is not set here")
    monkeypatch.setenv("NTFY", "tk_1")
    assert [each.sign for each in examine_notify(parse_settings(text))] == ["ok"]
    assert [*examine_notify(parse_settings(""))] == []


@pytest.mark.slow
def test_the_morning_is_told_as_text_and_as_data(project: Project) -> None:
    code, out = project.bricklayer("report")
    assert (code, "there are no jobs yet" in out) == (2, True)
    project.models(local="## reply: fix\n```python\nx = 1\n```\n")
    project.bricklayer(
        "run", project.plan("### Task: fix\n- file: bank.py\n- check: test\n\nSubtract.\n")
    )
    code, out = project.bricklayer("report", "--since", "1h")
    assert code == 0
    assert out.startswith("From ")
    assert "Blocked: 1\n" in out
    data = json.loads(project.bricklayer("report", "--since", "1h", "--json")[1])
    assert (data["v"], len(data["blocked"]), data["landed"]) == (1, 1, [])
    assert data["text"].split("\n")[1:] == out.rstrip("\n").split("\n")[1:]
    assert data["total"]["calls"] > 0
    assert [each["name"] for each in data["windows"]][:1] == ["all jobs today"]


def test_since_is_a_time_of_this_machine_and_never_one_to_come() -> None:
    now = time.mktime((2027, 1, 15, 8, 30, 0, 0, 0, -1))
    assert read_since("2h", now) == now - 7200
    assert read_since("06:30", now) == now - 7200
    assert read_since("2027-01-14T08:30", now) == now - 86_400
    assert read_since("0001-01-01T00:00:00+23:00", now) == 0.0
    for wrong in ("09:00", "2027-02-01", "yesterday", "25:00", "\x1b[2J"):
        with pytest.raises(UserError, match=r"to come|no time") as refused:
            read_since(wrong, now)
        assert "\x1b" not in str(refused.value)
