"""What was built can be seen afterwards in the terminal: `jobs`, `show` and `logs`."""

import json
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest
from support.processor_time import require_within
from support.project import Project
from support.template_client import COMMAND

from bot.config.machine import Settings
from bot.errors import UserError
from bot.storage.jobs import JobRow, open_store
from runners.history.find_job import find_job, name_of
from runners.history.list_jobs import list_jobs
from runners.history.open_history import find_history

FIXED = "def withdraw(balance, amount):\n    return balance - amount\n"
FIX = "### Task: fix\n- file: bank.py\n- check: test\n\nSubtract.\n"
NOTE = "\n### Task: note\n- file: NOTE\n- after: fix\n- exists: NOTE\n\n```file=NOTE\nhi\n```\n"
GOOD = f"## reply: fix\n```python\n{FIXED}```\n"
BAD = "## reply: fix\n```python\ndef withdraw(balance, amount):\n    return amount\n```\n"


@pytest.fixture
def built(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """One job in two runs: the first was blocked at `fix`, the second passed. Made once, copied."""
    made = tmp_path_factory.getbasetemp() / "built-job"
    if not made.exists():
        project.models(local=BAD)
        assert project.bricklayer("run", project.plan(FIX + NOTE))[0] == 1
        project.models(local=GOOD)
        assert project.bricklayer("run", project.room / "job.md")[0] == 0
        shutil.copytree(project.room, made, symlinks=True)
        (made / "was at").write_text(str(project.room))
        return project
    shutil.rmtree(project.room)
    shutil.copytree(made, project.room, symlinks=True)
    (journal,) = project.room.glob("state/bricklayer/jobs/*/events.jsonl")
    was_at = (made / "was at").read_text()
    journal.write_text(journal.read_text().replace(f"{was_at}/", f"{project.room}/"))
    return project


def as_data(project: Project, *args: str | Path) -> dict:  # type: ignore[type-arg]  # any JSON
    code, out = project.bricklayer(*args, "--json")
    assert code == 0, out
    return json.loads(out)  # type: ignore[no-any-return]


def job_id(project: Project) -> str:
    return str(as_data(project, "jobs")["jobs"][0]["id"])


@pytest.mark.slow
def test_jobs_tell_where_each_is_and_what_all_its_runs_cost(built: Project) -> None:
    """One line a job; the same as data."""
    code, out = built.bricklayer("jobs")
    assert code == 0
    head, line = out.splitlines()
    assert head.split() == ["JOB", "BEGAN", "TASKS", "TOKENS", "COST", "STATE", "TITLE"]
    found = as_data(built, "jobs")
    (job,) = found["jobs"]
    assert line.startswith(job["id"])
    assert line.endswith("Mend it (bricklayer/mend-it)")
    assert (job["situation"], job["done"], job["total"]) == ("passed", 2, 2)
    shown = as_data(built, "show")
    assert job["tokens"] == sum(run["spent"]["tokens"] for run in shown["runs"])
    assert [run["run"] for run in shown["runs"]] == [1, 2]
    assert f"{job['tokens']:,}" in line


@pytest.mark.slow
def test_a_job_goes_by_every_name_a_person_has_for_it(built: Project) -> None:
    """Id, its beginning, branch, title or a part of it, the plan's file; without any, the newest."""
    known, plan = job_id(built), built.room / "job.md"
    history = find_history(Settings(state_dir=str(built.room / "state" / "bricklayer")))
    assert history
    relative = os.path.relpath(plan, Path.cwd())
    for name in ("", known, known[:5], "bricklayer/mend-it", "Mend it", "mend", plan, relative):
        assert name_of(find_job(history, str(name))) == known, name
    # Mended since, it is still the plan that the job was begun with.
    plan.write_text("---\ntitle: Another\n---\n")
    code, out = built.bricklayer("show", plan, "--json")
    assert (code, json.loads(out)["job"]["id"]) == (0, known)


def test_an_attempt_is_shown_whole_and_every_earlier_one_too(built: Project) -> None:
    """The newest by default; by number and by run those before it."""
    code, out = built.bricklayer("show", "mend it", "fix")
    assert code == 0
    assert "attempt 1 of run 2" in out
    assert "\n===== reply =====\n" in out
    assert "\n+    return balance - amount\n" in out
    earlier = as_data(built, "show", "mend it", "fix", "--run", "1", "--attempt", "1")
    assert (earlier["run"], earlier["attempt"]) == (1, 1)
    parts = {part["title"]: part["text"] for part in earlier["parts"]}
    assert "return amount" in parts["reply"]
    assert any(title.startswith("prompt: task ") for title in parts)


@pytest.mark.slow
def test_of_the_newest_job_a_task_alone_is_enough(built: Project) -> None:
    for task in ("fix", "note", "gate"):
        code, out = built.bricklayer("show", task, "--json")
        assert (code, json.loads(out)["task"].removeprefix("job.")) == (0, task)


@pytest.mark.slow
def test_what_is_not_there_is_answered_with_what_is(built: Project) -> None:
    """A job, a task, an attempt: exit 2, and the names of those there are."""
    listed = "`bricklayer jobs` lists them"
    for words, told in (
        (("show", "nobody"), listed),
        (("show", "ffff"), listed),
        (("logs", "acme/bank#3"), listed),
        (("show", "mend", "nothing"), "Kept is: base, fix, note, gate."),
        (("show", "mend", "fix", "--attempt", "77"), "There are: run 1: "),
    ):
        code, out = built.bricklayer(*words)
        assert (code, told in out) == (2, True), out


def test_a_mended_plans_job_is_meant_by_the_name_it_shares_with_the_one_before(
    tmp_path: Path,
) -> None:
    """A mended plan is another job on the same branch: the last one. On another branch it is not."""
    store = open_store(f"sqlite:///{tmp_path / 'bricklayer.sqlite'}")
    plan = "---\ntitle: Mend it\n---\n"
    for number, branch in enumerate(("mend", "mend", "other")):
        row = JobRow(f"{number}" * 12, "/r/.git", branch, "base", plan, started=1.0 + number)
        store.save_job(row)
    history = find_history(Settings(state_dir=str(tmp_path)))
    assert history
    assert name_of(find_job(history, "mend")) == "1" * 12
    assert name_of(find_job(history, "0" * 12)) == "0" * 12
    with pytest.raises(UserError, match=r"2 jobs are called that: 2{12} \(other\), 1{12} \(mend\)"):
        find_job(history, "Mend it")


@pytest.mark.slow
def test_two_jobs_of_one_name_are_told_apart_by_their_ids(built: Project) -> None:
    """Nothing is guessed where several are meant."""
    assert built.bricklayer("run", built.room / "job.md", "--branch", "other")[0] == 0
    code, out = built.bricklayer("show", "Mend it")
    assert code == 2
    assert out.startswith("Mend it: 2 jobs are called that: ")
    assert as_data(built, "show", "other")["job"]["branch"] == "other"


def test_logs_show_each_event_of_the_newest_run_or_of_all(built: Project) -> None:
    """With times; as data they are the very events of `run --json`."""
    code, out = built.bricklayer("logs")
    assert code == 0
    assert "begin   run 2 of " in out.splitlines()[0]
    assert " ok attempt fix: 1 local script:local.md: passed" in out
    assert out.splitlines()[-1].split()[1:4] == ["ok", "end", "passed"]
    code, out = built.bricklayer("logs", "--all", "--json")
    lines = [json.loads(line) for line in out.splitlines()]
    assert [line["run"] for line in lines if line["type"] == "begin"] == [1, 2]


@pytest.mark.slow
def test_a_running_job_says_so_and_its_logs_are_followed_to_the_end(project: Project) -> None:
    """It reads beside the process that builds, which ends as if nobody had looked."""
    project.models(local=f"{BAD}{GOOD.replace('## reply: fix', '## reply: fix, slow 3')}")
    running = project.start("run", project.plan(FIX + NOTE))
    assert running.stdout
    while "attempt fix: 1 " not in running.stdout.readline():
        pass
    (job,) = as_data(project, "jobs")["jobs"]
    assert (job["situation"], job["state"]) == ("running", "building, task 1 of 2 (fix)")
    following = project.start("logs", "-f")
    assert project.finish(running)[0] == 0
    code, out = project.finish(following)
    assert (code, out.splitlines()[-1].split()[1:4]) == (0, ["ok", "end", "passed"])


@pytest.mark.slow
def test_a_killed_job_is_stopped_and_says_how_to_go_on(project: Project) -> None:
    """Nothing of it is a running one, though the database says it builds."""
    project.models(local=GOOD)
    project.killed_at("land a commit", "before", "run", project.plan(FIX + NOTE))
    (job,) = as_data(project, "jobs")["jobs"]
    assert job["situation"] == "stopped"
    assert "`resume` goes on" in job["state"]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("none", ("jobs",)),
        *(
            pytest.param(state, (name,), marks=pytest.mark.slow)
            for state, name in (("empty", "jobs"), ("none", "show"), ("empty", "logs"))
        ),
    ],
)
def test_where_nothing_was_built_yet_that_is_said(
    project: Project, words: tuple[str, ...], state: str
) -> None:
    """With what to do, and nothing is made by looking."""
    folder = project.room / "state" / "bricklayer"
    if state == "empty":
        folder.mkdir(parents=True)
        sqlite3.connect(folder / "bricklayer.sqlite").close()
    before = sorted(project.room.rglob("state/**/*"))
    code, out = project.bricklayer(*words)
    assert (code, "there are no jobs yet" in out) == (0 if words == ("jobs",) else 2, True)
    assert "bricklayer run job.md" in out
    assert sorted(project.room.rglob("state/**/*")) == before


@pytest.mark.slow
def test_a_reader_waits_for_no_writer_and_keeps_none_waiting(built: Project) -> None:
    """While another process is writing, the facts from before are read, at once."""
    database = built.room / "state" / "bricklayer" / "bricklayer.sqlite"
    writing = sqlite3.connect(database, isolation_level=None)
    writing.execute("BEGIN IMMEDIATE")
    writing.execute("UPDATE bricklayer_jobs SET state = 'blocked'")
    assert as_data(built, "jobs")["jobs"][0]["situation"] == "passed"
    writing.execute("COMMIT")
    writing.close()
    assert as_data(built, "jobs")["jobs"][0]["situation"] == "blocked"


@pytest.mark.parametrize("schema", ["0004", "9999"])
def test_a_database_of_another_release_is_not_touched(tmp_path: Path, schema: str) -> None:
    """Neither read wrongly nor upgraded by looking at it."""
    database = tmp_path / "bricklayer.sqlite"
    open_store(f"sqlite:///{database}")
    with sqlite3.connect(database) as db:
        db.execute("UPDATE bricklayer_schema SET version_num = ?", (schema,))
    with pytest.raises(UserError, match=f"schema {schema}"):
        find_history(Settings(state_dir=str(tmp_path)))
    with sqlite3.connect(database) as db:
        assert db.execute("SELECT version_num FROM bricklayer_schema").fetchall() == [(schema,)]


@pytest.mark.slow
def test_escapes_of_a_model_do_nothing_to_a_terminal(project: Project) -> None:
    """Nor do those of a plan: they are shown, or left out."""
    evil = "\x1b]0;owned\x07\x1b[2J"
    project.models(local=f"## reply: fix\n{evil}```python\n{FIXED}```\n")
    plan = project.plan(FIX)
    plan.write_text(plan.read_text().replace("Subtract.", f"Subtract {evil}."))
    project.bricklayer("run", plan)
    for words in (("jobs",), ("show",), ("show", "", "fix"), ("logs",)):
        out = project.bricklayer(*[w for w in words if w or len(words) > 2])[1]
        assert not set(out) & {"\x1b", "\x07"}, words


@pytest.mark.slow
def test_with_json_nothing_else_is_on_standard_output(built: Project) -> None:
    """Objects, or events a line each, with the version of their form; docs/json.md names each."""
    env = {
        **os.environ,
        "BRICKLAYER_CONFIG": str(built.room / "bricklayer.toml"),
        "XDG_STATE_HOME": str(built.room / "state"),
    }
    page = (Path(__file__).parents[2] / "docs" / "json.md").read_text()
    for words in (
        *(["jobs"], ["show"], ["show", "mend", "fix"], ["logs"], ["spend"], ["coaching"]),
        *(["gc", "--dry-run"], ["halt"], ["halt", "--off"], ["run", "../job.md", "--dry-run"]),
    ):
        done = subprocess.run(
            [COMMAND, *words, "--json"],
            cwd=built.repo,
            env=env,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        lines = done.stdout.splitlines() if words == ["logs"] else [done.stdout]
        assert {json.loads(line)["v"] for line in lines} == {1}, words
        assert not [key for line in lines for key in json.loads(line) if f"`{key}`" not in page], (
            words
        )


@pytest.mark.slow
def test_on_a_terminal_a_pager_shows_it_and_anywhere_else_none_does(built: Project) -> None:
    """The one that PAGER names, or less; through a pipe the text comes as it is."""
    env = {
        **os.environ,
        "BRICKLAYER_CONFIG": str(built.room / "bricklayer.toml"),
        "XDG_STATE_HOME": str(built.room / "state"),
        "PAGER": "sed s/^/paged:/",
    }
    argv = ["script", "-qec", f"{COMMAND} show mend fix", "/dev/null"]
    if shutil.which("script") is None:
        pytest.skip("script(1) of util-linux makes the terminal")
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60, check=True)
    assert "paged:===== reply =====" in done.stdout
    assert "paged:" not in built.bricklayer("show", "mend", "fix")[1]


@pytest.mark.postgres
def test_a_postgresql_is_read_just_as_well(built: Project, postgres: str) -> None:
    """Jobs, an attempt and what was spent; a server that is away is told with what to do."""
    config = built.room / "bricklayer.toml"
    config.write_text(f'database_url = "{postgres}"\n{config.read_text()}')
    code, out = built.bricklayer("jobs")
    assert (code, "there are no jobs yet" in out) == (0, True)
    built.models(local=GOOD)
    config.write_text(f'database_url = "{postgres}"\n{config.read_text()}')
    assert built.bricklayer("run", built.room / "job.md", "--branch", "again")[0] == 0
    (job,) = as_data(built, "jobs")["jobs"]
    assert (job["situation"], job["branch"], job["done"]) == ("passed", "again", 2)
    assert as_data(built, "show", "again", "fix")["attempt"] == 1
    for by in ("tier", "day"):
        assert as_data(built, "spend", "--by", by)["total"]["tokens"] == job["tokens"] > 0
    config.write_text('database_url = "postgresql://nobody@127.0.0.1:9/none"\n')
    code, out = built.bricklayer("jobs")
    assert (code, "Start the database" in out) == (2, True), out


def fill(url: str, count: int) -> None:
    store = open_store(url)
    plan = f"---\ntitle: Job\nchecks: [test]\n---\n## Phase: Do\n\n{FIX}{NOTE}"
    rows = [
        JobRow(f"{n:012x}", "/gone", f"b{n}", "0" * 40, plan, 1.0 + n, state="passed")
        for n in range(count)
    ]
    for row in rows:
        store.save_job(row)


@pytest.mark.slow
def test_a_thousand_jobs_are_listed_within_a_second(tmp_path: Path) -> None:
    """All of them, the newest first; the command itself, from its start."""
    (tmp_path / "bricklayer").mkdir(mode=0o700)
    fill(f"sqlite:///{tmp_path}/bricklayer/bricklayer.sqlite", 1000)
    settings = Settings(state_dir=str(tmp_path / "bricklayer"))
    history = find_history(settings)
    assert history
    found = require_within(1, lambda: list_jobs(history))
    assert [job.id for job in found.jobs] == [f"{n:012x}" for n in reversed(range(1000))]
    env = {**os.environ, "XDG_STATE_HOME": str(tmp_path)}
    argv = [COMMAND, "jobs", "--limit", "0"]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60, check=True)
    assert len(done.stdout.splitlines()) == 1001
