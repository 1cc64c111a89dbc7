"""Whoever types a command that is not there is told which one to type."""

import typer.main
from typer.core import TyperGroup
from typer.testing import CliRunner

from handlers.cli import app
from handlers.unknown_command import FORMER, list_commands

EVER = frozenset(
    {
        *("action", "app", "app create", "apply", "approve", "cancel", "check", "coaching"),
        *("coaching report", "completion", "context", "dashboard", "doctor", "eval", "gc", "halt"),
        *("init", "jobs", "logs", "map", "morning", "notify", "pause", "plan", "promote"),
        *("reconcile", "report", "resume", "retry", "run", "schema", "serve", "show", "spend"),
        *("watch", "worker"),
    }
)
"""Every name that a command has had; none is ever taken out."""


def ask(*words: str) -> str:
    done = CliRunner().invoke(app, words, prog_name="bricklayer")
    assert done.exit_code == 2
    return " ".join(done.output.split())


def test_no_name_that_a_command_ever_had_is_a_dead_end() -> None:
    """It is a command, or says by which one it was followed; a new name is noted here."""
    root = typer.main.get_group(app)
    assert isinstance(root, TyperGroup)
    known = {path for path, _ in list_commands(root)}
    assert known - EVER == set(), "note it in EVER: once it has another name, FORMER has to tell"
    assert EVER - known == set(FORMER)
    assert set(FORMER.values()) <= known


def test_a_name_that_is_none_is_answered_with_the_one_that_is_meant() -> None:
    """What it is called now, what is spelled alike, the same word in a group; else all there are."""
    assert "`bricklayer report` now" in ask("morning")
    assert "Did you mean `bricklayer promote`?" in ask("promot")
    assert "Did you mean `bricklayer report`?" in ask("Reports")
    assert "Did you mean `bricklayer app create`?" in ask("create")
    assert "Did you mean `bricklayer coaching report`?" in ask("coaching", "reprot")
    assert "`bricklayer app -h` lists" in ask("app", "x" * 9_000)
    assert "`bricklayer -h` lists" in ask("qqqq", "--json")
