"""What the first release wrote down, in the database and on GitHub, is read by this one."""

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given
from support.tickets import TICKETS

from bot.ticket.hidden_line import HIDDEN_KEYS, parse_hidden_line
from bot.ticket.model import Approval, RemoteState, Ticket
from bot.ticket.progress import Progress
from bot.ticket.status_comment import render_comment
from bot.ticket.stored_form import PATHS, from_json, from_stored, to_json, to_stored

STORED = Path(__file__).with_name("stored")
GROUPS = {"approval": Approval, "progress": Progress, "remote": RemoteState}


def stored(name: str) -> str:
    """As the first release wrote it: a ticket with all of its fields set, or a new one."""
    return (STORED / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["full", "new"])
def test_a_ticket_of_the_first_release_is_read_and_written_as_it_was(name: str) -> None:
    """But for the id of a check run and whether it is a fork, which nothing has ever read.

    Tokens of thought and cached ones of a failed model are counted since, and were none; where a
    model runs, what kind of task it was, which lessons were shown, what each turn took and what was
    asked beside it is noted since.
    """
    before = json.loads(stored(f"{name}.json"))
    check, fork = before.pop("check"), before["where"].pop("fork")
    assert check in {0, 5}
    assert fork in {False, True}
    after = json.loads(to_json(from_json(stored(f"{name}.json"))))
    for row in after["rows"]:
        assert (row.pop("tokens_thought"), row.pop("place")) == (0, "")
        assert (row.pop("kind"), row.pop("notes"), row.pop("turns")) == ("", [], [])
        assert (row.pop("round"), row.pop("candidate"), row.pop("candidates")) == (0, 0, 0)
        assert not row.pop("strategy")
        assert (row.pop("ingredients"), row.pop("drawn"), row.pop("left_out")) == ([], [], [])
        assert not row.pop("start")
        for failed in row["falls"]:
            assert (failed.pop("tokens_thought"), failed.pop("tokens_cached")) == (0, 0)
            assert failed.pop("place") == ""
    assert after == before


def test_each_of_its_fields_is_where_it_belongs() -> None:
    ticket = from_json(stored("full.json"))
    assert (ticket.name, ticket.stage, ticket.paused) == ("octocat/bank#12", "blocked", True)
    assert (ticket.reply, ticket.wake_at) == ("@mona resumed the job.", 1.5e9)
    assert ticket.approval == Approval(
        "abcdefabcdef:bbbbbbbbbbbb",
        1.45e9,
        "d" * 32,
        "0a1b2c3d4e5f:1a2b3c4d5e1a",
        "mona",
        ("it deletes `x`",),
        ("it adds a workflow",),
    )
    assert ticket.remote == RemoteState(
        "0" * 40,
        "bricklayer/12-withdraw",
        "1a2b3c4d5e" * 4,
        "b" * 40,
        1.4e9,
        13,
        77,
        "f" * 40,
        adopt_pushed=True,
        previous_pull=11,
    )
    progress = ticket.progress
    assert (progress.ci_rounds, progress.rework_rounds, progress.retry_task) == (1, 2, "doc")
    assert [one.id for one in progress.tasks] == ["fix", "doc"]
    assert [fall.model for fall in progress.rows[0].failures] == ["llama:p"]
    assert progress.round
    assert progress.round.threads == (345, 346)
    assert (ticket.ignore_comments_up_to, ticket.newest_comment) == (100, 124)
    assert ticket.has_heard(123)
    assert not ticket.has_heard(125)


@pytest.mark.parametrize("name", ["full", "new"])
def test_the_hidden_line_is_byte_for_byte_that_of_the_first_release(name: str) -> None:
    text = render_comment(from_json(stored(f"{name}.json")))
    assert text.partition("\n")[0] == stored(f"{name}.md").partition("\n")[0]


def test_a_hidden_line_of_the_first_release_is_read() -> None:
    found = parse_hidden_line(stored("full.md"))
    ticket = from_stored(
        {**{key: found[key] for key in HIDDEN_KEYS if key in found}, "where": {}, "issue": 12}
    )
    whole = from_json(stored("full.json"))
    assert ticket.remote.plan_commit == whole.remote.plan_commit
    assert ticket.remote.pushed_head == whole.remote.pushed_head
    assert ticket.approval.granted_key == whole.approval.granted_key
    assert ticket.approval.key == whole.approval.key
    assert ticket.handled == whole.handled
    assert ticket.ignore_comments_up_to == 124
    assert ticket.notes == tuple(one for one in whole.notes if one.state != "landed")


def test_every_field_of_a_ticket_has_one_key() -> None:
    plain = {(one.name,) for one in dataclasses.fields(Ticket) if one.name not in GROUPS}
    grouped = {(g, one.name) for g, kind in GROUPS.items() for one in dataclasses.fields(kind)}
    assert sorted(PATHS.values()) == sorted(plain | grouped)


@given(TICKETS)
def test_a_ticket_is_written_down_and_read_without_loss(before: Ticket) -> None:
    assert from_json(to_json(before)) == before
    assert from_stored(to_stored(before)) == before
