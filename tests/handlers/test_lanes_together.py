"""Tasks of a phase, done at once: the branch is the same whatever was finished first."""

import random
import re
import shutil
from pathlib import Path
from typing import Literal

import pytest
from support.project import CONFIG, Project

from bot.git.command import BRICKLAYER
from bot.git.commits import commit_parents, read_commit
from bot.git.repo import Repo
from bot.git.write_tree import write_tree
from runners.build.tries import take_up_passed

pytestmark = pytest.mark.slow
BRANCH = "bricklayer/mend-it"
NOTES = """
[checks.note]
run = "sh check.sh"
"""
# A note has `word`, and of all notes at most one may have `clash`.
CHECK = 'grep -q word "$1" && [ "$(cat *.txt | grep -c clash)" -le 1 ]\n'


def note(name: str, more: str = "", check: str = "") -> str:
    """A task that a model does: it writes the file of its name, which the check reads."""
    checked = check or f"{name}.txt"
    return f"### Task: {name}\n- file: {name}.txt\n- check: note {checked}\n{more}\nWrite.\n\n"


def said(name: str, text: str = "word", slow: float = 0) -> str:
    late = f", slow {slow}" if slow else ""
    return f"## reply: {name}{late}\n```file={name}.txt\n{text}\n```\n"


@pytest.fixture
def notes(project: Project) -> Project:
    project.write(".bricklayer.toml", f"{CONFIG}{NOTES}")
    project.write("check.sh", CHECK)
    project.commit()
    return project


def open_lanes(project: Project, count: int) -> None:
    config = project.room / "bricklayer.toml"
    lanes = "".join(f'[[lanes]]\nname = "gpu-{n}"\n' for n in range(count))
    config.write_text(f"{config.read_text()}\n{lanes}")


def history(project: Project) -> list[str]:
    """Tree, parent's tree, author and whole message of each commit: all but dates and names."""
    form = "--format=%T %an %ae%n%B%x00"
    return project.git("log", "--reverse", form, f"main..{BRANCH}").split("\0")


def plan_of(project: Project, body: str) -> Path:
    return project.plan(body, head="checks: [true]")


def attempts(out: str) -> list[str]:
    return re.findall(r"attempt (\w+): ", out)


def test_only_the_one_that_does_not_fit_goes_on(notes: Project) -> None:
    """Each passes alone; together the later one breaks the earlier: it alone is asked again."""
    notes.models(local=said("a", "word clash") + said("b", "word clash") + said("b") + said("c"))
    open_lanes(notes, 3)
    code, out = notes.bricklayer("run", plan_of(notes, note("a") + note("b") + note("c")))
    assert code == 0, out
    assert notes.landed() == ["a", "b", "c"]
    assert sorted(attempts(out)) == ["a", "b", "b", "c"]
    assert "it does not go together with a, c" in out
    assert notes.git("show", f"{BRANCH}:b.txt") == "word"
    trailers = notes.git("log", "-1", "--format=%(trailers:key=Bricklayer-Attempt)", f"{BRANCH}~1")
    assert trailers == "Bricklayer-Attempt: 2"


@pytest.mark.slow
def test_of_several_that_clash_each_goes_on_after_the_one_before(notes: Project) -> None:
    """None is judged on top of another that does not fit yet."""
    replies = "".join(said(name, "word clash") for name in "abc") + said("b") + said("c")
    notes.models(local=replies)
    open_lanes(notes, 3)
    code, out = notes.bricklayer("run", plan_of(notes, note("a") + note("b") + note("c")))
    assert code == 0, out
    assert sorted(attempts(out)) == ["a", "b", "b", "c", "c"]
    assert notes.landed() == ["a", "b", "c"]


@pytest.mark.slow
def test_what_stands_on_work_that_was_done_anew_is_judged_again(notes: Project) -> None:
    """`c` comes after both and is green on the first `b` alone: with the second it goes on, too."""
    needs = "grep -q word c.txt && { grep -q fine c.txt || grep -q clash b.txt; }"
    notes.write("needs.sh", needs)
    notes.write(".bricklayer.toml", f'{CONFIG}{NOTES}\n[checks.needs]\nrun = "sh needs.sh"\n')
    notes.commit()
    first = said("a", "word clash") + said("b", "word clash") + said("c")
    notes.models(local=first + said("b") + said("c", "word fine"))
    last = note("c", "- after: a, b\n").replace("check: note c.txt", "check: needs")
    code, out = notes.bricklayer("run", plan_of(notes, note("a") + note("b") + last))
    assert code == 0, out
    assert attempts(out) == ["a", "b", "c", "b", "c"]
    assert notes.git("show", f"{BRANCH}:c.txt") == "word fine"


def test_one_that_never_fits_blocks_the_job_and_the_others_land(notes: Project) -> None:
    """What was made on top of it cannot land; the rest does, checked without it."""
    bad = "".join(said("b", f"word clash {n}") for n in range(4))
    notes.models(local=said("a", "word clash") + bad + said("c") + said("d"))
    open_lanes(notes, 2)
    body = note("a") + note("b") + note("c", "- after: b\n") + note("d")
    code, out = notes.bricklayer("run", plan_of(notes, body))
    assert code == 1
    assert notes.landed() == ["a", "d"]
    assert "it waits for b, which is blocked" in out
    assert sorted(attempts(out)) == ["a", *"bbbb", "c", "d"]


@pytest.mark.parametrize(
    ("at", "call", "again"), [("commit an attempt", 1, ["b"]), ("land a commit", 2, [])]
)
def test_what_is_recorded_outlives_git_gc(
    notes: Project, at: str, call: int, again: list[str]
) -> None:
    """Killed before it stands on the branch, and git removes what no reference leads to."""
    notes.models(local=said("a") + said("b"))
    plan = plan_of(notes, note("a") + note("b"))
    notes.killed_at(at, "before", "run", plan, call=call)
    notes.git("gc", "-q", "--prune=now")
    code, out = notes.bricklayer("run", plan)
    assert code == 0, out
    assert notes.landed() == ["a", "b"]
    assert attempts(out) == again
    assert notes.git("for-each-ref", "refs/bricklayer") == ""


def test_what_passed_is_not_paid_again_where_the_records_are_gone(notes: Project) -> None:
    """On this machine it is taken as it is: its commit stands on the same files."""
    notes.models(local=said("a") + said("b"))
    plan = plan_of(notes, note("a") + note("b", check="b.txt"))
    notes.killed_at("land a commit", "before", "run", plan, call=2)
    (story,) = notes.room.glob("state/bricklayer/jobs/*/story.sqlite")
    story.unlink()
    code, out = notes.bricklayer("run", plan)
    assert code == 0, out
    assert attempts(out) == []
    assert notes.landed() == ["a", "b"]


@pytest.mark.parametrize("mended", ["c", pytest.param("a", marks=pytest.mark.slow)])
def test_what_passed_for_an_earlier_form_of_the_plan_is_kept(notes: Project, mended: str) -> None:
    """Killed before it landed, and then another task's text is mended; not on another branch."""
    notes.models(local=said("a") + said("b") + said("c"))
    body = note("a") + note("b") + note("c")
    notes.killed_at("land a commit", "before", "run", plan_of(notes, body), call=2)
    task = note(mended)
    changed = plan_of(notes, body.replace(task, task.replace("Write.", "Write it.")))
    code, out = notes.bricklayer("run", changed)
    assert code == 0, out
    assert attempts(out) == [mended]
    assert notes.landed() == ["a", "b", "c"]
    code, out = notes.bricklayer("run", changed, "--branch", "other")
    assert sorted(attempts(out)) == ["a", "b", "c"]


def test_what_passed_on_another_machine_is_taken_up_where_its_checks_pass(notes: Project) -> None:
    """Nothing of it is believed: it is judged here, and what writes other files is left."""
    notes.models(local=said("a") + said("b") + said("c"))
    plan = plan_of(notes, note("a") + note("b") + note("c"))
    notes.killed_at("land a commit", "before", "run", plan, call=2)
    form = "--format=%(objectname) %(refname)"
    refs = [
        line.split() for line in notes.git("for-each-ref", form, "refs/bricklayer").splitlines()
    ]
    passed = {ref.split("/")[4]: sha for sha, ref in refs if ref.endswith("/passed")}
    job = refs[0][1].split("/")[3]
    shutil.rmtree(notes.room / "state")
    for _, ref in refs:
        notes.git("update-ref", "-d", ref)
    notes.git("update-ref", "-d", f"refs/heads/{BRANCH}")
    forged, repo = forge(notes, passed["c"], "check.sh"), Repo(notes.repo / ".git")
    told = [passed["a"], passed["b"], forged, notes.git("rev-parse", "main")]
    assert take_up_passed(repo, job, told) == ("a", "b", "c")
    assert take_up_passed(repo, job, [passed["c"]]) == ()
    code, out = notes.bricklayer("run", plan)
    assert code == 0, out
    assert attempts(out) == ["c"]
    assert notes.landed() == ["a", "b", "c"]
    changed = notes.git("diff", "--name-only", f"main..{BRANCH}")
    assert changed.split() == ["a.txt", "b.txt", "c.txt"]


def forge(project: Project, commit: str, path: str) -> str:
    """A commit with the same message that writes another file."""
    repo = Repo(project.repo / ".git")
    found = read_commit(repo, commit)
    assert found
    tree = write_tree(repo, commit, {path: b"exit 0\n"})
    return commit_parents(repo, tree, found.parents, found.message, BRICKLAYER)


BODY = note("a") + note("b") + note("c", "- after: a\n") + note("d") + note("e", "- after: b, d\n")
CLASHING = {"a": ["word clash"], "b": ["word"], "d": ["word clash", "word, by itself"]}
"""What the model says to each: of the two that clash, the later has to go on."""


def replies(delays: dict[str, float]) -> str:
    said_of = {name: CLASHING.get(name, ["word"]) for name in "abcde"}
    return "".join(
        said(name, text, delays.get(name, 0)) for name in "abcde" for text in said_of[name]
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_the_branch_is_the_same_whatever_was_finished_first(notes: Project, seed: int) -> None:
    """Trees, order, authors and messages, and with them what each prompt cost: on one lane or on
    five, however long each answer takes. Only dates differ.
    """
    rng = random.Random(seed)  # noqa: S311  # a seed, no secret
    notes.models(local=replies({}))
    plan = plan_of(notes, BODY)
    assert notes.bricklayer("run", plan)[0] == 0
    first = history(notes)
    notes.git("branch", "-D", BRANCH)
    notes.models(local=replies({name: rng.choice([0, 0.2, 0.5]) for name in "abcde"}))
    open_lanes(notes, rng.randrange(1, 6))
    code, out = notes.bricklayer("run", plan, "--fresh")
    assert code == 0, out
    assert history(notes) == first
    assert notes.landed() == list("abcde")
    assert sorted(attempts(out)) == sorted("abcdde")


def count_clashes(project: Project) -> int:
    tree = ("ls-tree", "--name-only", BRANCH, "--", "a.txt", "d.txt")
    return sum("clash" in project.git("show", f"{BRANCH}:{p}") for p in project.git(*tree).split())


LANES = 3
POINTS = (
    "begin an epoch",
    "start a task",
    "ask a model",
    "apply a reply",
    "commit an attempt",
    "land a commit",
    "move the branch",
)


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_any_step_and_git_gc_leave_the_same_branch(
    notes: Project, point: str, when: Literal["before", "after"]
) -> None:
    """At the first and at a later call of each; done again is at most what each lane was doing."""
    notes.models(local=replies({}))
    plan = plan_of(notes, BODY)
    assert notes.bricklayer("run", plan)[0] == 0
    first = history(notes)
    notes.git("branch", "-D", BRANCH)
    open_lanes(notes, LANES)
    outs = [notes.killed_at(point, when, "run", plan, "--fresh")]
    notes.git("gc", "-q", "--prune=now")
    if point != "begin an epoch":
        outs.append(notes.killed_at(point, when, "run", plan, call=2))
        assert count_clashes(notes) <= 1, "what is on the branch was green together"
    notes.git("gc", "-q", "--prune=now")
    code, out = notes.bricklayer("run", plan)
    assert code == 0, out
    assert history(notes) == first
    assert notes.git("for-each-ref", "refs/bricklayer") == ""
    notes.git("fsck", "--strict")
    assert len(attempts("".join([*outs, out]))) <= len("abcdde") + LANES * len(outs)
