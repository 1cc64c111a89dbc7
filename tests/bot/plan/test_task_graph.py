"""What waits for what, and which files a task touches."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import UserError
from bot.plan import (
    Block,
    Job,
    Phase,
    Task,
    add_bite_dependencies,
    ready_tasks,
    required_tasks,
    sort_tasks,
    tasks_proved_by,
    written_paths,
)

NAMES = tuple("abcdef")


@st.composite
def phases(draw: st.DrawFn) -> Phase:
    """Six tasks in any written order, each waiting for some that come before it in the alphabet."""
    tasks = [
        Task(name, after=tuple(draw(st.sets(st.sampled_from(NAMES[:k]))) if k else ()))
        for k, name in enumerate(NAMES)
    ]
    return Phase("p", tuple(draw(st.permutations(tasks))))


@given(phases())
def test_in_order_puts_each_behind_what_it_waits_for(phase: Phase) -> None:
    """Every task once, and none before a task of its `after`."""
    ordered = [task.id for task in sort_tasks(phase)]
    assert sorted(ordered) == list(NAMES)
    for task in phase.tasks:
        assert all(ordered.index(name) < ordered.index(task.id) for name in task.after)


@given(phases(), st.randoms(use_true_random=False))
def test_doing_whatever_is_ready_finishes_the_phase(phase: Phase, dice: object) -> None:
    """In whatever order workers finish, something is ready until all is done, never too soon."""
    done: set[str] = set()
    while free := ready_tasks(phase, done):
        assert all(task.id not in done and set(task.after) <= done for task in free)
        done.add(dice.choice(free).id)  # type: ignore[attr-defined]
    assert done == set(NAMES)


def test_the_written_order_stays_where_nothing_waits() -> None:
    """Free tasks run as a person wrote them."""
    phase = Phase("p", (Task("c"), Task("a", after=("b",)), Task("b")))
    assert [task.id for task in sort_tasks(phase)] == ["c", "b", "a"]


def test_what_earlier_phases_did_holds_nothing_up() -> None:
    """`after` a task of an earlier phase is met by the time this phase runs."""
    assert [t.id for t in ready_tasks(Phase("p", (Task("a", after=("earlier",)),)), ())] == ["a"]


def test_a_cycle_has_no_order() -> None:
    """A ring that got past validation is an error, not an endless loop."""
    with pytest.raises(ValueError, match="wait for each other"):
        sort_tasks(Phase("p", (Task("a", after=("b",)), Task("b", after=("a",)))))


def test_one_task_brings_along_all_it_waits_for() -> None:
    """`--only` runs the task and what it needs, through phases, and nothing else."""
    job = Job(
        "t",
        (
            Phase("p", (Task("a"), Task("b", after=("a",)), Task("x"))),
            Phase("q", (Task("c", after=("b",)), Task("d", after=("c",)))),
        ),
    )
    assert required_tasks(job, "c") == {"a", "b", "c"}
    with pytest.raises(UserError, match="no task `e`"):
        required_tasks(job, "e")


def test_a_task_writes_what_its_key_and_its_blocks_name() -> None:
    """The file, every block's path, and every file of a patch, removed ones included."""
    patch = (
        "--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b\n"
        "--- a/y.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n"
    )
    blocks = (Block("edit", "e", "x"), Block("delete", "d", ""), Block("patch", "", patch))
    assert written_paths(Task("a", file="f", blocks=blocks)) == {"f", "e", "d", "x.py", "y.py"}
    assert written_paths(Task("q", "query")) == frozenset()


def test_a_bite_means_the_nearest_code_of_another_file() -> None:
    """Named in `after` first, then above it in its phase, then in the phase before."""
    test = Task("t", file="test.py", bites=True)
    job = Job("j", (Phase("p", (Task("a", file="a"),)), Phase("q", (Task("b", file="b"), test))))
    assert tasks_proved_by(job, test) == ("b",)
    assert tasks_proved_by(job, Task("t", file="test.py", after=("a",))) == ("a",)
    alone = Job("j", (job.phases[0], Phase("q", (test, Task("b", file="b")))))
    assert tasks_proved_by(alone, test) == ("a",)
    assert add_bite_dependencies(alone).phases[1].tasks[0].after == ("a",)
    assert add_bite_dependencies(alone).phases[1].tasks[1] == Task("b", file="b")
