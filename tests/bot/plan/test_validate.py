"""Whether a plan makes sense in a repository: bounds, ids, order, checks, targets, paths."""

import time
from dataclasses import replace

import pytest
from support.example_plan import EXAMPLE

from bot.errors import PlanError
from bot.plan import (
    Block,
    Check,
    Job,
    Phase,
    Task,
    hash_plan,
    load_job,
    path_fault,
    peek_job,
    render_job,
    validate_job,
)

TEST = (Check("run", "test"),)
TREE = {
    "src": "dir", "src/bank.py": "file", "src/cli.py": "file", "tests": "dir", "tests/test_bank.py": "file", "logo.png": "binary",
    "latin.txt": "not-utf8", "link": "symlink", "lib": "submodule", "old.py": "file",
}  # fmt: skip
PATCH = "--- a/src/bank.py\n+++ b/src/bank.py\n@@ -1 +1 @@\n-a\n+b\n"


def job(*tasks: Task, **more: object) -> Job:
    return replace(Job("t", (Phase("p", tasks),)), **more)  # type: ignore[arg-type]


def code(name: str, file: str = "src/bank.py", **more: object) -> Task:
    return replace(Task(name, file=file, checks=TEST, text="Do it."), **more)  # type: ignore[arg-type]


def faults(plan: Job, checks: tuple[str, ...] = ("test", "lint")) -> list[str]:
    try:
        validate_job(plan, known_checks=checks, tracked=TREE.get)
    except PlanError as exc:
        return [fault.what for fault in exc.faults]
    return []


def load_faults(text: str) -> list[tuple[int, str]]:
    with pytest.raises(PlanError) as caught:
        load_job(text, ("test",), TREE.get)
    return [(fault.line, fault.what) for fault in caught.value.faults]


def test_the_example_is_good_and_its_bite_waits() -> None:
    """A `bites` task without `after` waits for the code it must bite, listed above it."""
    loaded = load_job(EXAMPLE, ("test",), TREE.get)
    assert [task.after for task in loaded.tasks] == [(), ("find-callers",), ("fix-withdraw",)]


def test_form_and_sense_are_told_together() -> None:
    """Unknown keys, unknown checks and unknown ids of one plan come in one answer, with lines."""
    text = EXAMPLE.replace("checks: [test]", "checks: [tset]").replace(
        "- after: find-callers", "- after: find-caller\n- sometimes: yes"
    )
    assert load_faults(text) == [
        (5, "unknown check `tset`"),
        (22, "task `fix-withdraw` waits for `find-caller`, which is not there"),
        (23, "unknown key `sometimes`"),
    ]


def test_a_broken_plan_still_says_its_base() -> None:
    """What it is validated against can be found before its faults are told."""
    broken = EXAMPLE.replace("- reads:", "- read:")
    assert (peek_job(broken).base, peek_job("").base, peek_job("\0").base) == ("main", "", "")
    assert load_faults(broken.replace("- file: src/bank.py", "- file: ../x")) == [
        (12, "unknown key `read`"),
        (21, "path `../x` has an empty part, `.` or `..`"),
    ]


def test_the_name_of_the_file_is_in_the_message() -> None:
    """A person sees which file to open, at which line."""
    with pytest.raises(PlanError, match=r"plans/job\.md:1: the plan is empty"):
        load_job("", (), TREE.get, where="plans/job.md")


@pytest.mark.parametrize(
    ("plan", "what"),
    [
        (job(phases=()), "the plan has 0 phases"),
        (job(phases=(Phase("p", (code("a"),)),) * 11), "the plan has 11 phases"),
        (job(), "phase `p` has 0 tasks"),
        (job(*(code(f"t{n}", f"new{n}") for n in range(9))), "phase `p` has 9 tasks"),
        (job(phases=(Phase("p", (code("a"),), epochs=21),)), "phase `p` has 21 epochs"),
        (job(phases=(Phase("p", (code("a"),), epochs=0),)), "phase `p` has 0 epochs"),
        (
            job(phases=(Phase("p", (code("a"),), epochs=3),)),
            "phase `p` has 3 epochs and no `done`, which says if a further one is due",
        ),
        (job(phases=(Phase("", (code("a"),)),)), "a phase without a title"),
        (job(code("a", text="x" * 1025)), "task `a` has 1025 characters of text"),
        (job(code("a"), code("a", "new")), "task `a` is there twice, first in line 0"),
        (job(code("A")), "`A` is no task id"),
        (job(code("-a")), "`-a` is no task id"),
        (job(code("a" * 41)), f"`{'a' * 41}` is no task id"),
        (job(code("a\n")), "`a\\u000a` is no task id"),
    ],
)
def test_bounds_and_ids(plan: Job, what: str) -> None:
    """A plan stays small enough to review, and its ids fit a branch and a trailer."""
    assert what in faults(plan)


def test_the_bounds_themselves_are_allowed() -> None:
    """Ten phases, twenty epochs, eight tasks and 1,024 characters are fine."""
    phases = tuple(
        Phase(
            "p",
            tuple(code(f"t{n}-{k}", f"new{k}", text="x" * 1024) for k in range(8)),
            epochs=20,
            done=TEST,
        )
        for n in range(10)
    )
    assert not faults(job(phases=phases))


@pytest.mark.parametrize(
    ("task", "what"),
    [
        (Task("a", checks=TEST), "task `a` names no file and has no exact blocks"),
        (
            code("a", checks=()),
            "task `a` has no check: nothing would make it done, a phase's `done` neither",
        ),
        (code("a", bites=True, guard=True), "task `a` both bites and guards"),
        (code("a", bites=True), "task `a` bites, but no earlier task writes another file"),
        (Task("a", "query", text="?", checks=TEST), "task `a` is a query and has a check"),
        (Task("a", "query", text="?", file="new"), "task `a` is a query and writes files"),
        (
            Task("a", "query", text="?", carry=True),
            "task `a` is a query and has `bites`, `guard` or `carry`",
        ),
        (Task("a", "query"), "task `a` is a query that asks nothing"),
        (
            code("a", blocks=(Block("file", "new", "x\n"),)),
            "task `a` names src/bank.py but has blocks for other files only",
        ),
        (
            code("a", "", blocks=(Block("file", "n", "x\n"), Block("edit", "n", "x\n"))),
            "task `a` has `file` and then `edit` of n",
        ),
        (code("a", blocks=(Block("edit", "src/bank.py", "\n"),)), "task `a` has an empty edit"),
        (
            code("a", blocks=(Block("delete", "src/bank.py", "x\n"),)),
            "task `a` deletes with content",
        ),
        (
            code("a", "", blocks=(Block("patch", "", "+x\n"),)),
            "task `a` has a patch that names no file",
        ),
    ],
)
def test_keys_that_do_not_go_together(task: Task, what: str) -> None:
    """Each contradiction inside a task is a fault that names it."""
    assert what in faults(job(task))


@pytest.mark.parametrize("name", ["tset", "pytest", "rm"])
def test_a_plan_brings_no_command(name: str) -> None:
    """Only names of the repository's own config can be checks, everywhere a check may stand."""
    text = (
        f"---\ntitle: t\nchecks: [{name}]\n---\n## Phase: p\n- done: {name}\n"
        f"### Task: a\n- file: new\n- check: {name} -rf /\n"
    )
    with pytest.raises(PlanError) as caught:
        load_job(text, ("test",), TREE.get)
    unknown = [fault for fault in caught.value.faults if "unknown check" in fault.what]
    assert [fault.line for fault in unknown] == [3, 6, 9]
    assert all("`test`" in f.hint and ".bricklayer.toml" in f.hint for f in unknown)
    told = [fault.what for fault in caught.value.faults if fault not in unknown]
    assert told == ["path `-rf` starts with a dash", "path `/` is absolute"]


def test_a_cycle_is_named() -> None:
    """The tasks of a ring are told in the order they wait, once for each ring."""
    ring = job(
        code("a", "n1", after=("c",)), code("b", "n2", after=("a",)), code("c", "n3", after=("b",)),
        code("d", "n4", after=("d",)), code("e", "n5", after=("a",)),
    )  # fmt: skip
    assert faults(ring) == [
        "tasks wait for each other: a -> c -> b -> a",
        "tasks wait for each other: d -> d",
    ]


def test_after_must_exist_and_not_look_ahead() -> None:
    """A task cannot wait for nothing, nor for a phase that has not begun."""
    plan = job(phases=(Phase("p", (code("a", after=("b", "x")),)), Phase("q", (code("b"),))))
    assert faults(plan) == [
        "task `a` waits for `b` of a later phase",
        "task `a` waits for `x`, which is not there",
    ]


def test_two_writers_of_one_file_are_ordered() -> None:
    """Tasks that could run at once never write one file; `after`, also by others, orders them."""
    clash = ["tasks `a` and `b` both write src/bank.py"]
    assert faults(job(code("a"), code("b"))) == clash
    by_patch = code("b", "", blocks=(Block("patch", "", PATCH),))
    assert faults(job(code("a"), by_patch)) == clash
    assert not faults(job(code("a"), code("b", after=("a",))))
    assert not faults(job(code("a"), code("m", "new", after=("a",)), code("b", after=("m",))))
    assert not faults(job(phases=(Phase("p", (code("a"),)), Phase("q", (code("b"),)))))


def test_a_file_and_a_folder_of_one_name_clash() -> None:
    """One task cannot make a file where another at once makes a folder."""
    assert faults(job(code("a", "new"), code("b", "new/x.py"))) == [
        "tasks `a` and `b` both write new/x.py"
    ]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("logo.png", "binary"), ("latin.txt", "not UTF-8"), ("link", "a symbolic link"),
        ("lib", "a submodule"), ("src", "a folder"),
    ],
)  # fmt: skip
def test_a_target_is_a_text_file(path: str, said: str) -> None:
    """What is no UTF-8 text file can be neither written, edited, deleted nor read."""
    told = [f"task `a`: {path} is {said}"]
    assert faults(job(code("a", path))) == told
    assert faults(job(code("a", reads=(path,)))) == told
    for kind, text in (("file", "x\n"), ("edit", "x\n"), ("delete", "")):
        block = Block(kind, path, text)  # type: ignore[arg-type]
        assert faults(job(code("a", "", blocks=(block,)))) == told


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("link/x", "link, which is a symbolic link"),
        ("lib/a/b", "lib, which is a submodule"),
        ("src/bank.py/x", "src/bank.py, which is a file"),
    ],
)
def test_a_path_leads_through_folders_only(path: str, said: str) -> None:
    """No write goes through a link, into a submodule or below a file."""
    assert faults(job(code("a", path))) == [f"task `a`: {path} leads through {said}"]


def test_what_is_read_or_changed_must_be_there() -> None:
    """At the base, or written by a task that is over before; a deleted file is gone."""
    edit = code("b", "", blocks=(Block("edit", "new.py", "x\n"),))
    told = "task `b`: there is no new.py to edit"
    assert faults(job(edit)) == [told]
    assert not faults(job(code("a", "new.py"), replace(edit, after=("a",))))
    assert not faults(job(phases=(Phase("p", (code("a", "new.py"),)), Phase("q", (edit,)))))
    gone = code("a", "", blocks=(Block("delete", "src/cli.py", ""),))
    reads = Task("b", "query", reads=("src/cli.py", "never.py"), text="?", after=("a",))
    assert faults(job(gone, reads)) == [
        "task `b`: there is no never.py to read",
        "task `b`: there is no src/cli.py to read",
    ]
    again = code("c", "src/cli.py", after=("a",))
    assert not faults(job(gone, again, code("d", reads=("src/cli.py",), after=("c",))))


@pytest.mark.parametrize(
    "path",
    [
        "", "/etc/passwd", "~/x", "C:/x", "a/../b", "..", "./a", "a//b", "a/", "-rf", "a\\b",
        ".git", ".git/config", "sub/.GIT/hooks/x", ".git./x", "GIT~1/x", ".git:x/y", "a\nb",
        "a\x1bb", "a\u202eb", "a\u200bb", "`a`", " a", "a ", "x" * 513,
    ],
)  # fmt: skip
def test_paths_a_plan_may_not_name(path: str) -> None:
    """Nothing outside, nothing of git's own, nothing a reviewer would misread; git is not asked."""

    def asked(path: str) -> str | None:
        raise AssertionError(path)

    assert path_fault(path)
    plan = job(code("a", "", blocks=(Block("file", path, "x\n"),)))
    with pytest.raises(PlanError) as caught:
        validate_job(plan, known_checks=("test",), tracked=asked)
    assert any(fault.what.startswith("path `") for fault in caught.value.faults)


@pytest.mark.parametrize(
    "path", ["a", "a b.py", ".github/x.yml", "git/x", ".gitignore", "ü/é", "ab:c", "#a", "x" * 512]
)
def test_paths_a_plan_may_name(path: str) -> None:
    """Ordinary names, unusual ones too, are fine."""
    assert not path_fault(path)


def test_a_bite_needs_a_victim_of_another_file() -> None:
    """A test cannot bite itself; of several earlier tasks those that write elsewhere count."""
    test = code("b", "tests/t.py", bites=True)
    own = code("a", "tests/t.py")
    told = ["task `b` bites, but no earlier task writes another file"]
    assert faults(job(own, replace(test, after=("a",)))) == told
    assert not faults(job(code("a"), replace(test, after=("a",))))
    assert not faults(job(phases=(Phase("p", (code("a"),)), Phase("q", (test,)))))


def test_hidden_text_of_a_job_made_in_code_is_refused() -> None:
    """A job that never was text is held to the same rule."""
    assert faults(job(code("a", text="x\u200by"))) == ["hidden characters in `x\\u200by`"]


def test_a_plan_naming_thousands_of_files_asks_git_nothing() -> None:
    """A plan cannot make validation ask for tens of thousands of paths."""
    blocks = tuple(Block("delete", f"f{n}", "") for n in range(20_000))
    began = time.monotonic()
    assert faults(job(code("a", "", blocks=blocks))) == ["the plan names 20000 files"]
    assert time.monotonic() - began < 10


def test_a_plan_of_thousands_of_tasks_ends_well() -> None:
    """Far over the bounds, the answer is short and comes soon."""
    tasks = "".join(f"### Task: t{n}\n- file: f\n- check: test\n\n" for n in range(600))
    told = load_faults(f"---\ntitle: t\n---\n## Phase: p\n{tasks}")
    assert [what for _, what in told] == ["phase `p` has 600 tasks"]


def test_the_hash_is_of_the_bytes() -> None:
    """An approval is void once a single byte of the plan is another."""
    text = render_job(job(code("a")))
    assert hash_plan(text) == hash_plan(text)
    assert len(hash_plan(text)) == 64
    assert hash_plan(text) != hash_plan(text.replace("\n", "\r\n"))


NEW = "tests/test_new.py"


@pytest.mark.parametrize(
    ("check", "writes", "after", "wrong"),
    [
        (Check("run", "test", (NEW,)), NEW, ("fix",), True),
        (Check("run", "test", (f"{NEW}::test_a",)), NEW, ("fix",), True),
        (Check("run", "test", ("tests/new/",)), "tests/new/test_a.py", ("fix",), True),
        (Check("exists", "", (NEW,)), NEW, (), True),
        (Check("run", "test", (NEW,)), NEW, (), True),
        (Check("run", "test", ("tests",)), NEW, ("fix",), False),
        (Check("run", "test", ("elsewhere.py",)), NEW, ("fix",), False),
        (Check("run", "test", ("src/bank.py",)), "src/bank.py", ("fix",), False),
    ],
)
def test_a_check_of_what_only_a_later_task_writes_is_a_fault(
    check: Check, writes: str, after: tuple[str, ...], *, wrong: bool
) -> None:
    """No edit of its own task could make it pass; what no task writes is not judged here."""
    told = faults(
        job(code("fix", "src/cli.py", checks=(check,)), code("cover", writes, after=after))
    )
    assert ["which only `cover` writes" in what for what in told] == ([True] if wrong else []), told
    turned = job(
        code("cover", writes), code("fix", "src/cli.py", checks=(check,), after=("cover",))
    )
    assert faults(turned) == []


def test_a_phase_is_not_done_by_what_a_later_one_writes() -> None:
    """Unless further epochs may bring it about. `absent` waits for who removes the file."""
    gone = Task("drop", blocks=(Block("delete", "old.py", ""),), checks=TEST)
    done = (Check("run", "test", (NEW,), line=7), Check("absent", "", ("old.py",), line=8))
    first = Phase("p", (code("fix"),), done=done)
    last = Phase("q", (code("cover", NEW), gone))
    plan = replace(job(), phases=(first, last))
    assert [what.partition("only ")[2] for what in faults(plan)] == [
        "`cover` writes", "`drop` removes",
    ]  # fmt: skip
    assert not faults(replace(plan, phases=(replace(first, epochs=2), last)))
    assert not faults(replace(plan, phases=(replace(first, done=()), replace(last, done=done))))
