"""What a person sees and types at a real terminal, while a job is built and while it is watched."""

import json
import os
import signal
from pathlib import Path

import pytest
from rich.cells import cell_len
from support.project import Project
from support.template_client import COMMAND
from support.terminal import Terminal

pytestmark = pytest.mark.slow
FIXED = "def withdraw(balance, amount):\n    return balance - amount\n"
FIX = "### Task: fix\n- file: bank.py\n- check: test\n\nSubtract.\n"
NOTE = "\n### Task: note\n- file: NOTE\n- after: fix\n- exists: NOTE\n\nWrite a note.\n"
GOOD = f"## reply: fix, slow 2\n```python\n{FIXED}```\n"
NOTED = "## reply: note, slow 2\n```file=NOTE\nhi\n```\n"
# A line comes each second or so: it is under way for as long as a test looks.
ENDLESS = "## reply: note, slow 600\n```file=NOTE\n" + "word word word\n" * 500 + "```\n"
CTRL_C = "\x03"


def open_terminal(
    project: Project, *args: str | Path, size: tuple[int, int] = (80, 24), **env: str
) -> Terminal:
    own = {
        "BRICKLAYER_CONFIG": str(project.room / "bricklayer.toml"),
        "XDG_STATE_HOME": str(project.room / "state"),
    }
    argv = [COMMAND, *map(str, args)]
    return Terminal(argv, cwd=project.repo, env={**os.environ, **own, **env}, size=size)


def test_a_build_shows_its_clock_its_task_its_tier_and_what_comes(project: Project) -> None:
    """And at the end nothing of that stands between the lines that stay."""
    project.models(local=GOOD + NOTED)
    with open_terminal(project, "run", project.plan(FIX + NOTE)) as terminal:
        seen = terminal.wait_for("tokens so far")
        assert "task 1 of 2" in seen
        assert "fix: local script:local.md answers" in seen
        clock = next(line for line in terminal.lines if "task 1 of 2" in line)
        assert clock.split()[0].count(":") == 1
        assert terminal.screen.cursor.hidden
        terminal.wait_for("task 2 of 2, 1 passed")
        terminal.wait_for("job passed")
        assert terminal.finish() == 0
        assert terminal.is_sane
        assert "of 2" not in terminal.text
        assert "answers" not in terminal.text


def test_setup_shows_the_last_line_that_it_printed(project: Project) -> None:
    config = project.repo / ".bricklayer.toml"
    setup = '[setup]\ncommand = "echo Collecting numpy; sleep 2"\n'
    config.write_text(f"{config.read_text()}\n{setup}")
    project.commit()
    project.models(local=GOOD)
    with open_terminal(project, "run", project.plan(FIX)) as terminal:
        terminal.wait_for("last line: Collecting numpy")
        terminal.wait_for("ok setup   echo Collecting numpy; sleep 2: done (2 s)")


@pytest.mark.parametrize("columns", [20, 40, 60])
def test_on_a_narrow_terminal_no_line_of_it_takes_two(project: Project, columns: int) -> None:
    project.models(local=GOOD + ENDLESS)
    plan = project.plan(FIX + NOTE)
    with open_terminal(project, "run", plan, size=(columns, 24)) as terminal:
        terminal.wait_for("task 2")
        terminal.wait_for(lambda text: "…" in text[-columns:] and ":01  note: " in text[-columns:])
        *_, clock, lane = terminal.lines[: terminal.text.count("\n") + 1]
        assert "task 2" in clock
        assert lane.split()[:2] == ["0:01", "note:"]


@pytest.mark.parametrize("sent", ["ctrl-c", "SIGTERM"])
def test_an_interrupted_build_leaves_the_terminal_as_it_was(project: Project, sent: str) -> None:
    project.models(local=GOOD + ENDLESS)
    with open_terminal(project, "run", project.plan(FIX + NOTE)) as terminal:
        terminal.wait_for("task 2 of 2")
        if sent == "ctrl-c":
            terminal.type(CTRL_C)
        else:
            os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.finish() == {"ctrl-c": 130, "SIGTERM": 143}[sent]
        assert "nothing is lost" in terminal.text
        assert terminal.is_sane


def test_a_build_goes_on_in_a_window_of_another_size(project: Project) -> None:
    project.models(local=GOOD + NOTED)
    with open_terminal(project, "run", project.plan(FIX + NOTE)) as terminal:
        terminal.wait_for("tokens so far")
        terminal.resize(50, 15)
        terminal.wait_for("job passed")
        assert terminal.finish() == 0
        assert terminal.is_sane


def test_with_no_color_nothing_is_told_by_colours(project: Project) -> None:
    project.models(local=GOOD)
    with open_terminal(project, "run", project.plan(FIX), NO_COLOR="1") as terminal:
        assert terminal.finish() == 0
        assert b"\x1b[3" not in terminal.raw.replace(b"\x1b[36m", b"!")
        assert b"\x1b[36m" not in terminal.raw
        assert "ok task    fix" in terminal.text


def situation(project: Project) -> str:
    return str(json.loads(project.bricklayer("jobs", "--json")[1])["jobs"][0]["situation"])


def test_a_job_that_another_process_builds_is_watched_and_steered_by_keys(
    project: Project,
) -> None:
    """p pauses it, r goes on with it in the background, c asks before it cancels, q leaves."""
    project.models(local=GOOD + ENDLESS)
    running = project.start("run", project.plan(FIX + NOTE))
    assert running.stdout
    while "task    note" not in (line := running.stdout.readline()):
        assert line, "it ended"
    with open_terminal(project, "watch") as terminal:
        seen = terminal.wait_for("word word word")
        assert "building, task 2 of 2 (note)" in seen
        assert "ok fix   passed   1 attempt" in seen
        assert "note: local script:local.md answers" in seen
        assert "note: reply, as it comes" in seen
        terminal.type("e")
        terminal.wait_for("q back")
        terminal.type("q")
        terminal.wait_for(lambda text: "q back" not in text)
        terminal.type("p")
        terminal.wait_for("paused at task 2 of 2")
        assert project.finish(running)[0] == 1
        terminal.type("r")
        terminal.wait_for("building, task 2 of 2 (note)")
        terminal.type("c")
        terminal.wait_for("Its branch stays as it is.")
        terminal.type("n")
        terminal.wait_for(lambda text: "Its branch stays" not in text)
        assert situation(project) == "running"
        terminal.type("c")
        terminal.wait_for("Its branch stays as it is.")
        terminal.type("y")
        terminal.wait_for(lambda text: text.startswith("cancelled"))
        terminal.type("q")
        assert terminal.finish() == 0
        assert terminal.is_sane
    assert situation(project) == "cancelled"


@pytest.fixture
def built(project: Project) -> Project:
    project.models(local=GOOD.replace(", slow 2", ""))
    plan = project.plan(FIX)
    odd = "Mend [bold]it[/] \u5168\u89d2 \u05e9\u05dc\u05d5\u05dd e" + "\u0301" * 20
    plan.write_text(plan.read_text().replace("title: Mend it", f"title: {odd}"))
    code, out = project.bricklayer("run", plan)
    assert code == 0, out
    return project


@pytest.mark.parametrize("end", ["q", CTRL_C, "SIGTERM", "SIGHUP"])
def test_however_watching_ends_the_terminal_is_as_it_was(built: Project, end: str) -> None:
    with open_terminal(built, "watch") as terminal:
        terminal.wait_for("ok fix  passed")
        terminal.resize(60, 20)
        terminal.wait_for("check test")
        if end.startswith("SIG"):
            os.kill(terminal.pid, getattr(signal, end))
        else:
            terminal.type(end)
        assert terminal.finish() == 0
        assert terminal.is_sane


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (140, 40)])
def test_a_title_of_any_letters_breaks_no_line_of_the_screen(
    built: Project, size: tuple[int, int]
) -> None:
    """And all is there without colours, on a narrow and on a wide one."""
    with open_terminal(built, "watch", size=size, NO_COLOR="1") as terminal:
        terminal.wait_for("ok fix  passed")
        seen = terminal.wait_for("e explain")
        assert seen.splitlines()[0].startswith("passed      1/1")
        assert all(cell_len(line) <= size[0] for line in terminal.lines)
        assert "Mend [bold]it[/]" in seen
        terminal.type("?")
        terminal.wait_for("choose a job")
        terminal.type("qq")
        assert terminal.finish() == 0
