"""What passed is kept when its plan is changed, and only what asks for the same as before."""

import re

import pytest
from support.project import CONFIG, Project

BRANCH = "bricklayer/mend-it"
FIXED = "def withdraw(balance, amount):\n    return balance - amount\n"
FIX = "### Task: fix\n- file: bank.py\n- check: test\n\nSubtract.\n\n"
GOOD = f"## reply: fix\n```python\n{FIXED}```\n"


def note(name: str, text: str, more: str = "") -> str:
    """A task that a model does: it writes the file of its name, whose content the check wants."""
    return f"### Task: {name}\n- file: {name}.txt\n- check: has {name}.txt\n{more}\n{text}\n\n"


def said(name: str, text: str) -> str:
    return f"## reply: {name}\n```file={name}.txt\n{text}\n```\n"


@pytest.fixture
def kept(project: Project) -> Project:
    project.write(".bricklayer.toml", f'{CONFIG}\n[checks.has]\nrun = "grep -q word"\n')
    project.commit()
    return project


def shas(project: Project) -> list[str]:
    return project.git("log", "--reverse", "--format=%H", f"main..{BRANCH}").split()


def attempts(out: str) -> set[str]:
    return set(re.findall(r"attempt (\w+): ", out))


@pytest.mark.slow
def test_a_mended_task_keeps_the_commits_before_it(kept: Project) -> None:
    """The same commits, no model asked again; the branch as it was is no longer needed."""
    kept.models(local=GOOD + said("b", "word"))
    body = FIX + note("a", "Write it.", "- after: fix\n") + note("b", "Write b.", "- after: a\n")
    code, out = kept.bricklayer("run", kept.plan(body))
    assert code == 1
    before = shas(kept)
    assert kept.landed() == ["fix"]
    kept.models(local=said("a", "word") + said("b", "word"))
    code, out = kept.bricklayer("run", kept.plan(body.replace("Write it.", "Write word into it.")))
    assert code == 0, out
    assert shas(kept)[:1] == before
    assert kept.landed() == ["fix", "a", "b"]
    assert attempts(out) == {"a", "b"}
    assert "passed before, and kept: fix" in out


@pytest.mark.slow
def test_a_change_in_the_middle_keeps_what_is_independent_if_its_check_passes(
    kept: Project,
) -> None:
    """What comes after the changed task is done again; so is what its check is red for by now."""
    body = FIX + note("a", "Write a.") + note("b", "Write b.") + note("c", "C.", "- after: a\n")
    kept.models(local=GOOD + "".join(said(name, "word") for name in "abc"))
    assert kept.bricklayer("run", kept.plan(body))[0] == 0
    first, _, *_ = before = shas(kept)
    kept.models(local=said("a", "another word") + said("c", "word"))
    changed = kept.plan(body.replace("Write a.", "Write another word."))
    code, out = kept.bricklayer("run", changed)
    assert code == 0, out
    assert sorted(kept.landed()) == ["a", "b", "c", "fix"]
    assert shas(kept)[0] == first
    assert attempts(out) == {"a", "c"}
    assert "kept, as nothing changed for them: fix; kept if their checks pass again: b" in out
    assert re.search(r"b: kept from \w{12}: its checks pass here, too", out)
    assert kept.git("rev-parse", f"{BRANCH}.1") == before[-1]
    assert "another word" in kept.git("show", f"{BRANCH}:a.txt")
    trailers = kept.git("log", "--format=%(trailers:key=Bricklayer-Tier,valueonly)", BRANCH)
    assert "manifest" not in trailers
    code, out = kept.bricklayer("run", changed, "--fresh")
    assert attempts(out) >= {"fix", "b"}
    assert "kept" not in out.split("what bricklayer")[0].split("ok check")[0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("config", "again"),
    [
        ('run = "grep -q word"\ntimeout = 9', {"a"}),
        ('run = "grep -qi word"', {"a"}),
        ('run = "grep -q word"\n\n[checks.other]\nrun = "true"', set()),
    ],
)
def test_a_check_that_runs_another_way_is_passed_anew(
    kept: Project, config: str, again: set[str]
) -> None:
    """On a base with another config nothing stays as it is: what is the same has to pass again."""
    kept.models(local=GOOD + said("a", "word"))
    body = note("a", "Write a.") + FIX
    assert kept.bricklayer("run", kept.plan(body))[0] == 0
    kept.write(".bricklayer.toml", f"{CONFIG}\n[checks.has]\n{config}\n")
    kept.commit()
    code, out = kept.bricklayer("run", kept.plan(f"{body}\n"))
    assert code == 0, out
    assert attempts(out) == again
    assert sorted(kept.landed()) == ["a", "fix"]


@pytest.mark.slow
def test_a_persons_commit_and_a_plan_with_nothing_in_common_are_left_alone(kept: Project) -> None:
    """As ever: it is named, and nothing of the branch moves."""
    kept.models(local=GOOD + said("a", "word"))
    plan = kept.plan(FIX)
    assert kept.bricklayer("run", plan)[0] == 0
    head = kept.git("rev-parse", BRANCH)
    code, out = kept.bricklayer("run", kept.plan(note("a", "Write a.")))
    assert code == 2
    assert "did not make" in out
    assert kept.git("rev-parse", BRANCH) == head
    tree = kept.git("rev-parse", f"{BRANCH}^{{tree}}")
    theirs = kept.git("commit-tree", tree, "-p", head, "-m", "mine")
    kept.git("update-ref", f"refs/heads/{BRANCH}", theirs)
    code, out = kept.bricklayer("run", kept.plan(FIX + note("a", "Write a.")))
    assert code == 2
    assert kept.git("rev-parse", BRANCH) == theirs


@pytest.mark.slow
def test_an_answer_to_a_question_is_kept_too(kept: Project) -> None:
    """It is asked again only where it would be asked something else."""
    ask = "### Task: ask\n- kind: query\n- reads: tests/test_bank.py\n\nWho calls it?\n\n"
    kept.models(local=f"## reply: ask\nNobody.\n{GOOD}")
    assert kept.bricklayer("run", kept.plan(ask + FIX))[0] == 0
    kept.models(local=said("a", "word"))
    code, out = kept.bricklayer("run", kept.plan(ask + FIX + note("a", "Write a.")))
    assert code == 0, out
    assert attempts(out) == {"a"}
    assert "Nobody." in out


@pytest.mark.slow
@pytest.mark.parametrize("lines", range(2, 12, 2))
def test_killed_while_it_is_kept_it_goes_on_and_loses_nothing(kept: Project, lines: int) -> None:
    """After any line: the next run ends as if nothing had happened, and asks no model for what
    passed.
    """
    body = FIX + note("a", "Write a.") + note("b", "Write b.")
    kept.models(local=GOOD + said("a", "word") + said("b", "word"))
    assert kept.bricklayer("run", kept.plan(body))[0] == 0
    kept.models(local=said("a", "another word"))
    plan = kept.plan(body.replace("Write a.", "Write another word."))
    kept.killed_after(lines, "run", plan)
    code, out = kept.bricklayer("run", plan)
    assert code == 0, out
    assert sorted(kept.landed()) == ["a", "b", "fix"]
    assert attempts(out) <= {"a"}


@pytest.mark.slow
def test_a_base_that_moved_on_is_said_before_anything_runs(kept: Project) -> None:
    """A blocked job stops where the configuration is another by now; else it goes on, and says so."""
    kept.models(local=GOOD)
    plan = kept.plan(FIX + note("a", "Write a."))
    assert kept.bricklayer("run", plan)[0] == 1
    base, built = kept.git("rev-parse", "--short=12", "main"), shas(kept)
    kept.write("README", "more")
    kept.commit()
    head = kept.git("rev-parse", "--short=12", "main")
    code, out = kept.bricklayer("run", plan)
    assert code == 1, out
    said_at_first = f".. job     this job builds on {base}, where it began; HEAD is {head} by now. "
    assert out.splitlines()[0].startswith(said_at_first), out
    kept.write(".bricklayer.toml", f'{CONFIG}\n[checks.has]\nrun = "grep -qi word"\n')
    kept.commit()
    code, out = kept.bricklayer("run", plan)
    assert code == 2, out
    assert "by now, with another .bricklayer.toml" in out
    assert "--on-head goes on there" in out
    assert "--fresh begins anew" in out
    assert "attempt" not in out
    assert shas(kept) == built
    kept.models(local=said("a", "word"))
    code, out = kept.bricklayer("run", plan, "--on-head")
    assert code == 0, out
    assert attempts(out) == {"a"}
    assert sorted(kept.landed()) == ["a", "fix"]
    assert kept.git("merge-base", "main", BRANCH) == kept.git("rev-parse", "main")
