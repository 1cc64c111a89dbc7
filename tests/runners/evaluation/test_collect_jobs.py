"""Tasks of ended jobs are found as they stood when they were begun."""

from dataclasses import replace

import pytest
from support.project import Project

from bot.git.references import list_refs, move_branch
from bot.plan import load_job, parse_job
from bot.storage.jobs import JobRow
from runners.evaluation.collect_jobs import collect_tasks
from runners.evaluation.own_place import OwnPlace
from runners.evaluation.replay_task import BEFORE, GATE, FoundTasks, join_found
from runners.project import entry_kind_at

PLAN = """\
---
title: Mend the bank
checks: [test]
---
Why it is done.

## Phase: Do

### Task: fix
- file: bank.py
- check: test tests/test_bank.py

Fix withdraw: it must subtract.

### Task: cover
- file: tests/test_more.py
- after: fix
- check: test tests/test_more.py

Test that withdraw subtracts.

### Task: report
- file: report.py
- check: test tests/test_report.py

Write a report.

### Task: last
- file: later.py
- after: report
- check: test tests/test_later.py

Uses the report.

### Task: exact
- check: test

```python file=exact.py
A = 1
```

### Task: held
- hidden: yes
- check: test tests/test_held.py

```python file=tests/test_held.py
assert 1
```
"""
SUBTRACTS = "def withdraw(balance, amount):\n    return balance - amount\n"


def build(project: Project, *done: tuple[str, str, str], state: str = "passed") -> JobRow:
    """A job whose branch has a commit for each of these: task, path and content."""
    base = project.git("rev-parse", "HEAD")
    project.git("switch", "-qc", "bricklayer/mend-the-bank")
    for task, path, text in done:
        project.write(path, text)
        project.git("add", "-A")
        project.git(
            "commit", "-qm", f"{task}: do it\n\nBricklayer-Job: j1\nBricklayer-Task: {task}"
        )
    project.git("switch", "-q", "main")
    repo = str(project.repo / ".git")
    return JobRow("j1", repo, "bricklayer/mend-the-bank", base, PLAN, 1.0, state=state)


def collect(place: OwnPlace, row: JobRow, *attempted: str) -> FoundTasks:
    return join_found(collect_tasks(place, [row], {row.id: frozenset(attempted)}))


def test_a_task_starts_from_what_its_commit_stands_on(place: OwnPlace, project: Project) -> None:
    row = build(project, ("fix", "bank.py", SUBTRACTS))
    (task,) = collect(place, row, "fix").tasks
    assert task.name == "j1/fix"
    assert task.base == row.base
    assert (task.task_class.kind, task.task_class.language) == ("fix", "python")
    job = parse_job(task.plan)
    assert [each.id for each in job.tasks] == ["fix"]
    assert (job.intro, job.checks) == ("Why it is done.", (GATE,))
    assert job.hidden, "the job's last commit is judged by what was held back"
    assert task.config.checks[GATE].run == "true"


def test_a_test_is_replayed_with_the_earlier_work_laid_first(
    place: OwnPlace, project: Project
) -> None:
    """Else its tests could not fail without that work, and any test would pass."""
    row = build(project, ("fix", "bank.py", SUBTRACTS), ("cover", "tests/test_more.py", "# more\n"))
    fix, cover = collect(place, row, "fix", "cover").tasks
    assert not fix.has_hidden, "what was held back was seen to pass with all of the work alone"
    assert cover.base == row.base
    before, task = parse_job(cover.plan).tasks
    assert (before.id, before.blocks[0].path, before.blocks[0].text) == (
        BEFORE,
        "bank.py",
        SUBTRACTS,
    )
    assert task.after == (BEFORE,)
    assert cover.task_class.kind == "test"


def test_every_plan_is_one_that_may_be_built(place: OwnPlace, project: Project) -> None:
    row = build(project, ("fix", "bank.py", SUBTRACTS), ("cover", "tests/test_more.py", "# more\n"))
    repo = place.open_copy(project.repo)
    for task in collect(place, row, "fix", "cover", "report").tasks:
        load_job(
            task.plan,
            known_checks=tuple(task.config.checks),
            tracked=lambda path, base=task.base: entry_kind_at(repo, base, path),
            where=task.name,
        )


def test_what_was_blocked_counts_and_starts_from_what_there_is(
    place: OwnPlace, project: Project
) -> None:
    """Only what passed once would flatter whoever does it again."""
    row = build(project, ("fix", "bank.py", SUBTRACTS), state="blocked")
    found = collect(place, row, "fix", "report", "last", "exact")
    assert [task.name for task in found.tasks] == ["j1/fix", "j1/report"]
    assert found.tasks[1].base == project.git("rev-parse", row.branch)
    assert found.tasks[1].task_class.kind == "create"
    assert [(each.name, each.why) for each in found.left_out] == [
        ("j1/last", "it comes after report, whose commit is not on the branch"),
        ("j1/exact", "its content is given exactly: no model is asked"),
    ]


def test_what_was_never_begun_or_goes_on_is_no_task(place: OwnPlace, project: Project) -> None:
    row = build(project, state="blocked")
    assert collect(place, row) == FoundTasks()
    assert collect(place, replace(row, state="building"), "fix") == FoundTasks()


def test_a_repository_that_is_gone_is_told(place: OwnPlace, project: Project) -> None:
    row = replace(build(project), repo=str(project.room / "gone"))
    (left,) = collect(place, row, "fix").left_out
    assert left.why.startswith("its repository is gone")


def test_no_branch_of_the_repository_is_seen_or_touched(place: OwnPlace, project: Project) -> None:
    row = build(project, ("fix", "bank.py", SUBTRACTS))
    before = project.git("for-each-ref")
    (task,) = collect(place, row, "fix").tasks
    copy = place.open_copy(project.repo)
    assert copy.git_dir == task.repo
    assert list_refs(copy, "refs/") == {}
    assert copy.read_file(task.base, "bank.py")
    move_branch(copy, "replay/x", task.base, "")
    assert project.git("for-each-ref") == before


def test_the_same_task_of_two_jobs_is_replayed_once(place: OwnPlace, project: Project) -> None:
    row = build(project, ("fix", "bank.py", SUBTRACTS))
    rows = [row, replace(row, id="j2")]
    attempted = {"j1": frozenset({"fix"}), "j2": frozenset({"fix"})}
    assert len(join_found(collect_tasks(place, rows, attempted)).tasks) == 1


@pytest.mark.parametrize("change", ["plan", "config", "base"])
def test_a_changed_task_is_another_replay(place: OwnPlace, project: Project, change: str) -> None:
    (task,) = collect(place, build(project, ("fix", "bank.py", SUBTRACTS)), "fix").tasks
    other = {
        "plan": {"plan": f"{task.plan}\n"},
        "config": {"config": task.config.model_copy(update={"image": "python:3.12"})},
        "base": {"base": "0" * 40},
    }[change]
    assert replace(task, **other).digest != task.digest  # type: ignore[arg-type]  # of the fields
    assert replace(task, repo=project.room).digest == task.digest


def test_what_an_issues_job_installs_is_of_the_default_branch(
    place: OwnPlace, project: Project
) -> None:
    """[setup] has the network, and never runs on what a model wrote."""
    row = replace(build(project, ("fix", "bank.py", SUBTRACTS)), ticket="7#1", base="")
    main = project.git("rev-parse", "main")
    row = replace(row, base=project.git("rev-parse", row.branch))
    attempted = {row.id: frozenset({"report"})}
    found = join_found(collect_tasks(place, [row], attempted, {"7#1": main}))
    assert [(task.base, task.rules) for task in found.tasks] == [(row.base, main)]
    (left,) = join_found(collect_tasks(place, [row], attempted)).left_out
    assert left.why.startswith("its issue is known no more")
