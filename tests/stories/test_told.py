"""A real server tells people what waits for them, once, whatever becomes of the server."""

import base64
import hashlib
import hmac
import sqlite3
from contextlib import closing

import pytest
from fake_github.world import GitHub
from support.machine import Machine, bank, said, until, waits
from support.message_services import serve_web

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

SECRET = "the-secret-of-the-webhook"  # noqa: S105


def states(machine: Machine) -> list[str]:
    with closing(sqlite3.connect(machine.room / "state" / "bricklayer.sqlite")) as db:
        found = db.execute("SELECT state FROM bricklayer_notifications ORDER BY at").fetchall()
    return [state for (state,) in found]


def test_a_blocked_job_is_told_once_by_a_signed_webhook_also_after_a_kill(
    github: GitHub, machine: Machine
) -> None:
    issue = bank(github)
    machine.models["local"] = said("I cannot do that.", "fix-withdraw") * 9
    machine.env["TOLD_SECRET"] = SECRET
    with serve_web() as service:
        machine.more = (
            '[notify]\nnight_over = "off"\n[notify.webhook]\n'
            f'url = "{service.url}/told"\nsecret_env = "TOLD_SECRET"\n'
        )
        machine.start()
        issue.label("bricklayer", by=github.person("mona"))
        waits(machine, issue, "blocked")
        until(lambda: service.received, machine.told)
        (told,) = service.received
        signed = f"{told.headers['webhook-id']}.{told.headers['webhook-timestamp']}."
        digest = hmac.digest(SECRET.encode(), signed.encode() + told.body, hashlib.sha256)
        assert told.headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
        assert told.data["title"] == "octocat/bank#1: blocked"
        assert told.data["url"].endswith("/octocat/bank/issues/1")
        assert issue.title in told.data["text"]
        # Killed before that is written down, the same one would be sent once more.
        until(lambda: states(machine) == ["sent"], machine.told)
        machine.kill()
        machine.models["local"] = said("I cannot do that either.", "fix-withdraw") * 9
        machine.start()
        issue.comment("/retry", by=github.person("mona"))
        until(lambda: len(service.received) > 1, machine.told)
        assert [each.data["title"] for each in service.received] == ["octocat/bank#1: blocked"] * 2
        assert len({each.data["id"] for each in service.received}) == 2
    assert SECRET not in machine.log.read_text()
