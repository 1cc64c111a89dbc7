"""Tasks that need each other's work though no `after` says so: they pass on one lane and on two."""

import json
import re
from pathlib import Path
from typing import Literal

import pytest
from support.project import CONFIG, Project

pytestmark = pytest.mark.slow
BRANCH = "bricklayer/mend-it"
SUITE = """
[checks.suite]
run = "sh suite.sh"
"""
# As a runner of tests does it: all parts, or those that are named.
CHECK = """\
for part in ${@:-parts/*}; do
  sh "$part" || { echo "$part failed"; bad=1; }
done
exit ${bad:-0}
"""


def part(name: str) -> str:
    """A test: the file of its name has the word."""
    return f"grep -q word {name}.txt\n"


def task(name: str, check: str, more: str = "") -> str:
    return f"### Task: {name}\n- file: {name}.txt\n- check: {check}\n{more}\nWrite.\n\n"


def said(name: str, text: str = "word", slow: float = 0) -> str:
    late = f", slow {slow}" if slow else ""
    return f"## reply: {name}{late}\n```file={name}.txt\n{text}\n```\n"


@pytest.fixture
def suite(project: Project) -> Project:
    project.write(".bricklayer.toml", f"{CONFIG}{SUITE}")
    project.write("suite.sh", CHECK)
    for name in "ab":
        project.write(f"parts/{name}.sh", part(name))
    project.commit()
    return project


def open_lanes(project: Project, count: int) -> None:
    config = project.room / "bricklayer.toml"
    lanes = "".join(f'[[lanes]]\nname = "gpu-{n}"\n' for n in range(count))
    config.write_text(f"{config.read_text()}\n{lanes}")


def plan_of(project: Project, body: str) -> Path:
    return project.plan(body, head="checks: [suite]")


def attempts(out: str) -> list[str]:
    return re.findall(r"attempt (\w+): ", out)


def history(project: Project) -> list[str]:
    form = "--format=%T %an %ae%n%B%x00"
    return project.git("log", "--reverse", form, f"main..{BRANCH}").split("\0")


def events(project: Project) -> list[tuple[str, str, str]]:
    """What the journal tells, in order: what, task, text."""
    (file,) = project.room.glob("state/bricklayer/jobs/*/events.jsonl")
    told = [json.loads(line) for line in file.read_text().splitlines()]
    return [(e.get("what", ""), e.get("task", ""), e.get("text", "")) for e in told]


@pytest.mark.parametrize("lanes", [1, 2])
@pytest.mark.parametrize(
    "body",
    [
        task("a", "suite parts/a.sh") + task("b", "suite"),
        task("b", "suite") + task("a", "suite parts/a.sh"),
        task("c", "suite", "- guard: yes\n") + task("b", "suite parts/b.sh") + task("a", "suite"),
    ],
    ids=["narrow, then all", "all, then narrow", "a guard of all first"],
)
def test_who_is_judged_by_what_another_has_to_mend_is_built_after_it(
    suite: Project, body: str, lanes: int
) -> None:
    """It starts from the other's work and nobody is asked twice, in whichever order it is said."""
    suite.models(local=said("a") + said("b") + said("c"))
    open_lanes(suite, lanes)
    code, out = suite.bricklayer("run", plan_of(suite, body))
    assert code == 0, out
    assert sorted(attempts(out)) == sorted(suite.landed())
    assert "it is built after" in out
    assert "taken together" not in out


@pytest.mark.parametrize("words", [("check",), ("run", "--dry-run")])
def test_where_it_may_happen_is_told_before_anything_is_run(
    suite: Project, words: tuple[str, ...]
) -> None:
    """For people and for programs."""
    suite.models(local=said("a"))
    plan = plan_of(suite, task("a", "suite parts/a.sh") + task("b", "suite"))
    code, out = suite.bricklayer(words[0], plan, *words[1:])
    assert code == 0, out
    assert "after a where `suite` is red when the phase begins" in out
    code, out = suite.bricklayer(words[0], plan, *words[1:], "--json")
    told = json.loads(out)
    if words == ("check",):
        assert told["after_if_red"] == {"b": ["a"]}
    else:
        assert [each["after_if_red"] for each in told["tasks"]] == [[], ["a"]]


def test_on_one_lane_and_on_two_the_branch_is_the_same(suite: Project) -> None:
    """The suite is red until both are done; the later is told what the earlier made."""
    body = task("a", "suite parts/a.sh") + task("b", "suite")
    plan = plan_of(suite, body)
    suite.models(local=said("a", slow=0.3) + said("b"))
    assert suite.bricklayer("run", plan)[0] == 0
    first = history(suite)
    suite.git("branch", "-D", BRANCH)
    open_lanes(suite, 2)
    code, out = suite.bricklayer("run", plan, "--fresh")
    assert code == 0, out
    assert history(suite) == first
    assert suite.landed() == ["a", "b"]


def test_who_shares_no_red_check_begins_before_the_other_has_ended(suite: Project) -> None:
    """By the order of what is told: `b` is asked while `a` is."""
    body = task("a", "suite parts/a.sh") + task("b", "suite parts/b.sh")
    suite.models(local=said("a", slow=1) + said("b", slow=1))
    open_lanes(suite, 2)
    code, out = suite.bricklayer("run", plan_of(suite, body))
    assert code == 0, out
    assert "it is built after" not in out
    told = [(what, name) for what, name, _ in events(suite)]
    begun = [told.index(("task", name)) for name in "ab"]
    ended = [told.index(("attempt", name)) for name in "ab"]
    assert max(begun) < min(ended)


def test_a_green_check_puts_nobody_in_order(suite: Project) -> None:
    """Guards of what is green already are judged side by side, and then together."""
    suite.write("a.txt", "word\n")
    suite.write("b.txt", "word\n")
    suite.commit()
    guard = "- guard: yes\n"
    suite.models(local=said("a", "word 2") + said("b", "word 2"))
    open_lanes(suite, 2)
    body = task("a", "suite", guard) + task("b", "suite", guard)
    code, out = suite.bricklayer("run", plan_of(suite, body))
    assert code == 0, out
    assert "it is built after" not in out
    assert "taken together" in out


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("point", ["begin an epoch", "start a task", "commit an attempt"])
def test_a_kill_at_any_step_leaves_the_same_branch(
    suite: Project, point: str, when: Literal["before", "after"]
) -> None:
    """What was found out about the order is recorded, and replayed."""
    plan = plan_of(suite, task("a", "suite parts/a.sh") + task("b", "suite"))
    suite.models(local=said("a") + said("b"))
    assert suite.bricklayer("run", plan)[0] == 0
    first = history(suite)
    suite.git("branch", "-D", BRANCH)
    open_lanes(suite, 2)
    outs = [suite.killed_at(point, when, "run", plan, "--fresh")]
    suite.git("gc", "-q", "--prune=now")
    if point != "begin an epoch":
        outs.append(suite.killed_at(point, when, "run", plan, call=2 if when == "before" else 1))
    code, out = suite.bricklayer("run", plan)
    assert code == 0, out
    assert history(suite) == first
    assert attempts("".join([*outs, out])) == ["a", "b"]


def test_faults_of_several_that_one_check_finds_are_told_as_the_reason(suite: Project) -> None:
    """Neither can make it green alone: the first is blocked, and the words say what to do."""
    suite.models(local="".join(said("a", f"word {n}") for n in range(4)))
    open_lanes(suite, 2)
    body = task("a", "suite") + task("b", "suite")
    code, out = suite.bricklayer("run", plan_of(suite, body))
    assert code == 1
    assert attempts(out) == ["a"] * 4
    assert "its check judges what b is to do, too" in out
    assert "give each the tests of its own part" in out
    assert "it waits for a, which is blocked" in out


def test_what_is_green_once_another_is_done_proves_nothing(suite: Project) -> None:
    """As with `after`: the words say whose work made it green, and what to write."""
    suite.write("b.txt", "word\n")
    suite.commit()
    suite.models(local=said("a") + said("c"))
    body = task("a", "suite parts/a.sh") + task("c", "suite")
    code, out = suite.bricklayer("run", plan_of(suite, body))
    assert code == 1
    assert attempts(out) == ["a"]
    assert "passes before anything is done for it, once a passed" in out
    assert suite.landed() == ["a"]


LIB = task("lib", "true", "- exists: lib.txt\n").replace("- check: true\n", "")
"""What it makes is what the test of the other reads: no check is red for both."""
USE = "### Task: use\n- file: parts/use.sh\n- check: suite parts/use.sh\n\nWrite.\n\n"
TEST = "grep -q word lib.txt || {{ echo cannot read lib.txt; exit 1; }} # {}"


def used(name: str = "", slow: float = 0) -> str:
    late = f", slow {slow}" if slow else ""
    return f"## reply: use{late}\n```file=parts/use.sh\n{TEST.format(name)}\n```\n"


@pytest.fixture
def library(suite: Project) -> Project:
    suite.write("a.txt", "word\n")
    suite.write("b.txt", "word\n")
    suite.commit()
    return suite


@pytest.mark.parametrize("lanes", [1, 2])
def test_an_attempt_that_names_what_another_is_to_make_is_judged_again_on_it(
    library: Project, lanes: int
) -> None:
    """No model is asked once more, and nobody for nothing in between."""
    library.models(local=said("lib", slow=0.3) + used())
    open_lanes(library, lanes)
    code, out = library.bricklayer("run", plan_of(library, LIB + USE))
    assert code == 0, out
    assert library.landed() == ["lib", "use"]
    assert sorted(attempts(out)) == ["lib", "use"]
    assert "attempt 1, on what lib made: passed" in out
    told = [text for what, name, text in events(library) if (what, name) == ("task", "use")]
    assert told[-1].endswith(", on what lib made")
    assert told[1] == "not done from where it began; next on what lib make"
    assert library.git("rev-parse", f"{BRANCH}^{{tree}}") == tree_of_after(library)


def tree_of_after(project: Project) -> str:
    """The tree where the plan says so itself."""
    plan = plan_of(project, LIB + USE.replace("\n\n", "\n- after: lib\n\n", 1))
    project.models(local=said("lib") + used())
    assert project.bricklayer("run", plan, "--branch", "said")[0] == 0
    return project.git("rev-parse", "said^{tree}")


def test_who_failed_goes_on_on_what_was_made_before_it(library: Project) -> None:
    """Its attempts without that do not count: all are there again, and the ledger has each."""
    words = "grep -qs word lib.txt || { echo none; exit 1; }; echo wrong; exit 1"
    wrong = "".join(
        f"## reply: use, attempt {n}\n```file=parts/use.sh\n{words} # {n}\n```\n"
        for n in (1, 2, 3, 4)
    )
    good = used().replace("reply: use", "reply: use, attempt 1")
    library.models(local=said("lib") + wrong + good)
    code, out = library.bricklayer("run", plan_of(library, LIB + USE))
    assert code == 0, out
    assert sorted(attempts(out)) == ["lib", *["use"] * 5]
    trailers = library.git("log", "-1", "--format=%(trailers:key=Bricklayer-Attempt)", BRANCH)
    assert trailers == "Bricklayer-Attempt: 5"


def test_who_fails_as_before_on_what_others_made_is_blocked_and_pays_nothing(
    library: Project,
) -> None:
    """What they made makes no difference to it."""
    wrong = "".join(
        f"## reply: use\n```file=parts/use.sh\necho no; exit 1 # {n}\n```\n" for n in range(6)
    )
    library.models(local=said("lib") + wrong)
    code, out = library.bricklayer("run", plan_of(library, LIB + USE))
    assert code == 1
    assert sorted(attempts(out)) == ["lib", *["use"] * 4]
    assert library.landed() == ["lib"]


def test_a_check_that_is_green_until_another_is_done_is_looked_at_again(suite: Project) -> None:
    """The test comes first in the plan, the fix is judged by all of them: no model is asked."""
    suite.write("a.txt", "word\n")
    suite.write("b.txt", "word\n")
    suite.commit()
    first = "### Task: first\n- file: parts/c.sh\n- exists: parts/c.sh\n\nWrite.\n\n"
    suite.models(local=f"## reply: first\n```file=parts/c.sh\n{part('c')}```\n" + said("c"))
    open_lanes(suite, 2)
    code, out = suite.bricklayer("run", plan_of(suite, first + task("c", "suite")))
    assert code == 0, out
    assert sorted(attempts(out)) == ["c", "first"]
    assert suite.landed() == ["first", "c"]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "point", ["judge again", "start a task", "apply a reply", "move the branch"]
)
def test_a_kill_in_the_second_turn_leaves_the_same_branch(
    library: Project, point: str, when: Literal["before", "after"]
) -> None:
    plan = plan_of(library, LIB + USE + task("d", "true", "- guard: yes\n- after: use\n"))
    library.models(local=said("lib") + used() + said("d"))
    assert library.bricklayer("run", plan)[0] == 0
    first = history(library)
    library.git("branch", "-D", BRANCH)
    open_lanes(library, 2)
    library.killed_at(point, when, "run", plan, "--fresh")
    library.git("gc", "-q", "--prune=now")
    if point != "judge again":
        library.killed_at(point, when, "run", plan)
        library.git("gc", "-q", "--prune=now")
    code, out = library.bricklayer("run", plan)
    assert code == 0, out
    assert history(library) == first
    assert library.git("for-each-ref", "refs/bricklayer") == ""
