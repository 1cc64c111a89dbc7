"""`spend` adds up every call there was, `gc` removes what no job needs, `coaching` lists lessons."""

import json
import re
from pathlib import Path

import pytest
from support.project import Project

from bot.storage.jobs import JobRow, open_store

FIXED = "def withdraw(balance, amount):\n    return balance - amount\n"
FIX = "### Task: fix\n- file: bank.py\n- check: test\n\nSubtract.\n"
NOTE = "\n### Task: note\n- file: NOTE\n- after: fix\n- exists: NOTE\n\nWrite a note.\n"
GOOD = f"## reply: fix\n```python\n{FIXED}```\n## reply: note\n```\nhi\n```\n"
BAD = "## reply: fix\n```python\ndef withdraw(balance, amount):\n    return amount\n```\n"
DAY = 86_400


def as_data(project: Project, *args: str | Path) -> dict:  # type: ignore[type-arg]  # any JSON
    code, out = project.bricklayer(*args, "--json")
    assert code == 0, out
    return json.loads(out)  # type: ignore[no-any-return]


def priced(project: Project, local: str, senior: str = "") -> None:
    project.models(local=local, senior=senior)
    config = project.room / "bricklayer.toml"
    config.write_text(config.read_text().replace("retries=0", "retries=0\nprice_in = 1.0"))


@pytest.mark.slow
def test_every_run_counts_and_all_columns_have_the_same_sum(project: Project) -> None:
    """A second run adds to the first; whatever is summed by, it is the same calls."""
    priced(project, BAD * 4)
    plan = project.plan(FIX)
    assert project.bricklayer("run", plan)[0] == 1
    first = as_data(project, "spend")["total"]
    priced(project, GOOD)
    assert project.bricklayer("run", plan)[0] == 0
    spent = {by: as_data(project, "spend", "--by", by) for by in ("tier", "repo", "day", "job")}
    (total,) = {json.dumps(each["total"]) for each in spent.values()}
    ledger = as_data(project, "jobs")["jobs"][0]
    assert json.loads(total)["tokens"] == ledger["tokens"] > first["tokens"] > 0
    assert json.loads(total)["cost"] == pytest.approx(ledger["cost"])
    assert [row["name"] for row in spent["repo"]["rows"]] == [str(project.repo / ".git")]
    code, out = project.bricklayer("spend", "--by", "person", "--days", "1")
    assert code == 0
    assert re.search(r"^this machine's terminal +\d", out, re.MULTILINE)
    assert "([spending])" in out


def test_nothing_was_spent_where_nothing_was_built(project: Project) -> None:
    assert as_data(project, "spend")["total"]["tokens"] == 0
    code, out = project.bricklayer("spend")
    assert (code, "there are no jobs yet" in out) == (0, True)
    assert project.bricklayer("gc") == (0, "freed 0 bytes\n")


def checkouts(project: Project) -> list[Path]:
    return [*project.room.glob("state/bricklayer/jobs/*/lanes/*/*/tree")]


@pytest.mark.slow
def test_no_checkout_stays_of_a_job_that_ended(project: Project) -> None:
    """Passed or blocked, its evidence is all that is left in its folder, and what it remembers."""
    project.models(local=BAD)
    assert project.bricklayer("run", project.plan(FIX))[0] == 1
    assert not checkouts(project)


@pytest.mark.slow
def test_gc_removes_what_a_killed_job_left_and_nothing_of_a_running_one(project: Project) -> None:
    """It says what it would do, then what it did; what was used just now is not old."""
    project.models(local=GOOD)
    project.killed_at("land a commit", "before", "run", project.plan(FIX + NOTE))
    assert checkouts(project)
    assert as_data(project, "gc", "--older-than", "1")["things"] == []
    before = as_data(project, "gc", "--dry-run")
    assert (len(before["things"]), before["freed"] > 0) == (1, True)
    assert checkouts(project)
    project.models(local=GOOD.replace("## reply: note", "## reply: note, slow 600"))
    running = project.start("run", project.room / "job.md")
    assert running.stdout
    while "task    note: NOTE" not in running.stdout.readline():
        pass
    (kept,) = as_data(project, "gc")["things"]
    assert kept["kept_because"] == "it is being built"
    assert checkouts(project)
    running.kill()
    project.finish(running)
    assert as_data(project, "gc")["freed"] > 0
    assert not checkouts(project)
    project.models(local=GOOD)
    assert project.bricklayer("resume")[0] == 0


@pytest.mark.slow
def test_branches_that_were_set_aside_go_only_when_told_and_unmerged_work_with_a_word(
    project: Project,
) -> None:
    """Of two of them one is merged; a person's own branch of such a name is nobody's to remove."""
    project.models(local=GOOD)
    plan = project.plan(FIX + NOTE)
    for more in ((), ("--fresh",), ("--fresh",)):
        priced(project, GOOD)
        assert project.bricklayer("run", plan, *more)[0] == 0
    project.git("branch", "bricklayer/mend-it.9", "main")
    project.git("checkout", "-q", "-b", "bricklayer/mend-it.8")
    project.commit()
    project.git("checkout", "-q", "main")
    project.git("merge", "-q", "bricklayer/mend-it.1")
    assert as_data(project, "gc")["things"] == []
    code, out = project.bricklayer("gc", "--unmerged")
    assert (code, "Add --branches" in out) == (2, True)
    things = as_data(project, "gc", "--branches")["things"]
    named = {thing["what"].split()[1]: thing["kept_because"] for thing in things}
    assert named["bricklayer/mend-it.1"] == ""
    # Its first commit is the merged one's where both were made within a second.
    assert re.match(r"(2 commits are|1 commit is) only there; --unm", named["bricklayer/mend-it.2"])
    assert "bricklayer/mend-it.8" not in named
    left = project.git("branch", "--list", "--format=%(refname:short)", "bricklayer/*").split()
    assert "bricklayer/mend-it.1" not in left
    assert {"bricklayer/mend-it", "bricklayer/mend-it.2", "bricklayer/mend-it.8"} <= {*left}
    project.bricklayer("gc", "--branches", "--unmerged")
    left = project.git("branch", "--list", "--format=%(refname:short)", "bricklayer/*").split()
    assert "bricklayer/mend-it.2" not in left
    assert {"bricklayer/mend-it", "bricklayer/mend-it.8", "bricklayer/mend-it.9"} <= {*left}


@pytest.mark.slow
def test_a_cache_of_setup_goes_with_its_repository(project: Project) -> None:
    project.write(".bricklayer.toml", '[setup]\ncommand = "mkdir made; touch made/x"\n' + CHECK)
    project.commit()
    project.models(local=GOOD)
    assert project.bricklayer("run", project.plan(FIX))[0] == 0
    assert as_data(project, "gc")["things"] == []
    project.repo.rename(project.room / "moved")
    project.repo.mkdir()
    (gone,) = as_data(project, "gc")["things"]
    assert "is gone" in gone["what"]
    assert not Path(gone["path"]).exists()


CHECK = '[checks.test]\nrun = "python3 -m unittest -q"\ntimeout = 20\n'
LESSONS = """\
# Coaching

## Amounts are Decimal.
- scope: bank.py
- origin: https://github.com/octocat/bank/pull/1
- author: mona
- commit: 1a2b3c4
- expires: 2020-01-01

## Say why.
- scope: **
- origin: https://github.com/octocat/bank/pull/2
- author: mona
- commit: 1a2b3c4

## Nothing
- scope: x
"""


def test_coaching_lists_each_lesson_with_where_it_applies_ends_and_comes_from(
    project: Project,
) -> None:
    """As a commit has them; what no model is shown is said. Nothing is changed."""
    code, out = project.bricklayer("coaching")
    assert (code, "no lessons" in out) == (0, True)
    project.write(".bricklayer/coaching.md", LESSONS)
    assert as_data(project, "coaching")["lessons"] == [], "not committed yet"
    project.commit()
    code, out = project.bricklayer("coaching")
    assert (
        ".bricklayer/coaching.md:3: Amounts are Decimal.\n  for bank.py, until 2020-01-01: over"
        in out
    )
    assert "from mona, https://github.com/octocat/bank/pull/2 (commit 1a2b3c4)" in out
    assert ".bricklayer/coaching.md:16: not a lesson, shown to no model: it has no origin" in out
    shown = as_data(project, "coaching", "--path", "bank.py")["lessons"]
    assert [lesson["lesson"] for lesson in shown] == ["Say why."]
    assert project.git("status", "--porcelain") == ""
    code, out = project.bricklayer("coaching", "--rev", "nope")
    assert (code, "no such commit" in out) == (2, True)


def test_gc_names_a_branch_of_several_jobs_once_and_takes_a_base_that_is_gone(
    project: Project,
) -> None:
    """A mended plan is a second job on the branch; git may have pruned what the first began on."""
    project.git("branch", "bot/mend")
    project.git("commit", "-q", "--allow-empty", "-m", "Mend\n\nBricklayer-Job: 1")
    project.git("branch", "bot/mend.1")
    base = project.git("rev-parse", "HEAD~1").strip()
    project.git("reset", "-q", "--hard", "HEAD~1")
    state = project.room / "state" / "bricklayer"
    state.mkdir(parents=True)
    store = open_store(f"sqlite:///{state / 'bricklayer.sqlite'}")
    repo = str(project.repo / ".git")
    for number, known in enumerate((base, base, "ab" * 20)):
        store.save_job(JobRow(f"{number}" * 12, repo, "bot/mend", known, "", 1.0, state="passed"))
    code, out = project.bricklayer("gc", "--branches", "--dry-run")
    assert (code, out.count("branch bot/mend.1")) == (0, 1), out
