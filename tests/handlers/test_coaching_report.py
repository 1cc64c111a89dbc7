"""`bricklayer coaching report`: by what attempts did, and the change that it proposes."""

import datetime as dt
import json
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.coaching import enter_trials, make_note, write_notes
from support.project import Project
from support.template_client import COMMAND as BRICKLAYER

from bot.coaching.notes import parse_notes
from bot.config.repository import parse_repo_config
from bot.storage.database import sqlite_url
from bot.storage.jobs import Store, open_store

HELPS, NOTHING, HURTS = "Never use `print()` in it.", "Say why.", "Write no loops."
YOUNG, WORDS, BROKEN = "Be kind.", "Amounts are whole cents.", "Never use `return`."
HELPED, IDLE, HARMED = ((36, 40), (2, 10)), ((30, 30), (25, 25)), ((2, 40), (9, 10))
TRIALS = {HELPS: HELPED, NOTHING: IDLE, HURTS: HARMED, WORDS: HELPED, BROKEN: HELPED}


def open_at(state: Path) -> Store:
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    return open_store(sqlite_url(state))


@pytest.fixture
def coached(project: Project) -> Project:
    """A project whose lessons have a past; the folder's jobs are entered by its git directory."""
    lessons = (HELPS, NOTHING, HURTS, YOUNG, WORDS, BROKEN)
    over = replace(make_note(HELPS, "*.md"), expires=dt.date(2020, 1, 1))
    notes = (over, *map(make_note, lessons), make_note(HELPS, "*.txt"), make_note(HURTS, "*.txt"))
    project.write(".bricklayer/coaching.md", write_notes(*notes))
    project.commit()
    store = open_at(project.room / "state" / "bricklayer")
    for lesson, (shown, left_out) in TRIALS.items():
        enter_trials(store, str(project.repo / ".git"), lesson, shown, left_out)
    return project


def test_each_lesson_has_its_numbers_its_verdict_and_what_to_do_with_it(coached: Project) -> None:
    code, out = coached.bricklayer("coaching", "report", "--json")
    assert code == 0, out
    found = {each["lesson"]: each for each in json.loads(out)["lessons"]}
    assert {lesson: (e["verdict"], e["proposal"]) for lesson, e in found.items()} == {
        HELPS: ("helps", "promote"),
        NOTHING: ("does nothing", "expire"),
        HURTS: ("hurts", "expire"),
        YOUNG: ("not known yet", "keep"),
        WORDS: ("helps", "keep"),
        BROKEN: ("helps", "promote"),
    }
    assert (found[HELPS]["uses"], found[HELPS]["left_out"]["runs"]) == (40, 10)
    assert "no check follows from it" in found[WORDS]["why"]
    told = coached.bricklayer("coaching", "report")[1]
    assert "passed with it: 36 of 40 (77% to 96%); without: 2 of 10 (6% to 51%)" in told
    assert "--path" in coached.bricklayer("coaching", "--help")[1]


@pytest.mark.slow
def test_what_it_proposes_in_a_folder_is_a_branch_with_what_was_proved(coached: Project) -> None:
    """Lessons end as of the day before, a check is added; what a person adds there stays.

    A lesson that stands in several sections is one, with the scope of all that are not over.
    """
    code, out = coached.bricklayer("coaching", "report", "--propose")
    assert code == 0, out
    assert "written to the branch bricklayer/coaching-report" in out
    assert f"not proposed: {BROKEN}: the code as it is breaks it already" in out
    branch = "bricklayer/coaching-report"
    assert coached.git("log", "--format=%H", f"{branch}~1..{branch}")
    notes = parse_notes(coached.git("show", f"{branch}:.bricklayer/coaching.md")).notes
    today = coached.git("log", "-1", "--format=%cs", "main")
    ended = {note.lesson for note in notes if note.expires and note.expires.isoformat() < today}
    assert ended == {NOTHING, HURTS, HELPS}
    assert [note.scope for note in notes if note.lesson == HELPS and note.expires] == [("*.md",)]
    config = coached.git("show", f"{branch}:.bricklayer.toml")
    [name] = set(parse_repo_config(config).checks) - {"test", "true", "gone"}
    run = parse_repo_config(config).checks[name].run
    assert ("[.]txt" in run, "[.]md" in run) == (True, False)
    assert "has it already" in coached.bricklayer("coaching", "report", "--propose")[1]
    coached.git("checkout", "-q", branch)
    code, out = coached.bricklayer("check", "--only", name)
    assert code == 0, out
    coached.write("bank.py", "print('broken')\n")
    coached.commit()
    assert coached.bricklayer("check", "--only", name)[0] == 1
    coached.git("checkout", "-q", "main")
    assert coached.bricklayer("coaching", "report", "--propose")[0] == 2
    assert "broken" in coached.git("show", f"{branch}:bank.py")


@pytest.mark.slow
@pytest.mark.parametrize(("code", "proved"), [("print(1)\n", True), ("pass\n", False)])
def test_where_a_reviewer_complained_the_check_has_to_be_red(
    project: Project, code: str, proved: bool
) -> None:
    project.write("bank.py", code)
    project.commit()
    complained = project.git("rev-parse", "HEAD")
    project.write("bank.py", "x = 1\n")
    project.write(".bricklayer/coaching.md", write_notes(make_note(HELPS, commit=complained[:12])))
    project.commit()
    store = open_at(project.room / "state" / "bricklayer")
    enter_trials(store, str(project.repo / ".git"), HELPS, *HELPED)
    out = json.loads(project.bricklayer("coaching", "report", "--propose", "--json")[1])
    where = f"{complained[:12]}, where a reviewer complained"
    if proved:
        assert [each["red_on"] for each in out["proposed"]] == [f"commit {where}"]
    else:
        assert [each["why"] for each in out["not_proposed"]] == [f"it is green on {where}"]


@pytest.mark.slow
def test_a_planners_reading_of_a_lesson_is_data_and_is_proved_like_any_rule(
    project: Project,
) -> None:
    """What it says of a command, or a text that stands in the code, comes to nothing."""
    lesson, other = "Amounts are whole cents, never floats.", "Amounts are positive numbers."
    notes = write_notes(make_note(lesson), make_note(other))
    project.write(".bricklayer/coaching.md", notes)
    project.commit()
    store = open_at(project.room / "state" / "bricklayer")
    for each in (lesson, other):
        enter_trials(store, str(project.repo / ".git"), each, *HELPED)
    project.models(
        planner='## reply: /whole cents/\nHere: {"kind": "forbid", "texts": ["float("]}\n'
        '## reply: *\n{"kind": "run", "texts": ["rm -rf /"]}\n'
    )
    argv = ("coaching", "report", "--propose", "--json")
    code, out = project.bricklayer(*argv)
    assert json.loads(out)["state"] == "none", out
    code, out = project.bricklayer(*argv, "--ask")
    found = json.loads(out)
    assert code == 0, out
    assert [each["red_on"] for each in found["proposed"]] == ["a violation planted in bank.py"]
    assert [each["why"] for each in found["not_proposed"]] == [
        "the planner sees no rule in it that a command could enforce"
    ]
    config = project.git("show", "bricklayer/coaching-report:.bricklayer.toml")
    assert "float[(]" in config


def propose(folder: Path) -> str:
    done = subprocess.run(
        [BRICKLAYER, "coaching", "report", "--propose"],
        cwd=folder,
        env=dict(os.environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_on_github_it_is_one_pull_request_and_what_is_closed_is_not_proposed_again(
    github: GitHub, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the default branch as it is there, whatever the folder has; other lessons may follow."""
    mona = github.person("mona", permission="admin")
    notes = write_notes(make_note(HELPS), make_note(NOTHING))
    config = '[checks.test]\nrun = "true"\n'
    files = {".bricklayer/coaching.md": notes, ".bricklayer.toml": config, "bank.py": "x = 1\n"}
    repo = github.repo("octocat/bank", files)
    settings = home / ".config" / "bricklayer" / "bricklayer.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'[github]\napi_url = "{github.api_url}"\n')
    monkeypatch.setenv("BRICKLAYER_TOKEN", github.token(mona))
    folder = tmp_path / "bank"
    subprocess.run(["git", "clone", "-q", str(repo.git.path), str(folder)], check=True)
    origin = f"{github.html_url}/octocat/bank.git"
    subprocess.run(["git", "remote", "set-url", "origin", origin], cwd=folder, check=True)
    store = open_at(home / ".local" / "state" / "bricklayer")
    enter_trials(store, str(folder / ".git"), NOTHING, *IDLE)
    assert "opened http" in propose(folder)
    [pull] = repo.pulls
    assert "note:" in pull.body
    assert "is open: merge or close it" in propose(folder)
    pull.state = "closed"
    out = propose(folder)
    assert "a person closed the pull request" in out
    assert "nothing to propose" in out
    enter_trials(store, str(folder / ".git"), HELPS, *HELPED)
    assert "opened http" in propose(folder)
    assert [each.state for each in repo.pulls] == ["closed", "open"]
    repo.pulls[1].state = "closed"
    assert "nothing to propose" in propose(folder), "the first no holds beside the second"
