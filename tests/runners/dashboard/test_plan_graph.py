"""A plan as a picture: whatever a plan says, it is drawn in bounded time and room."""

from bot.plan.model import Job, Phase, Task
from runners.dashboard.plan_graph import (
    BOX_WIDTH,
    MAX_BOXES,
    MAX_LINES,
    MAX_NAME_CHARACTERS,
    PlanGraph,
    draw_plan,
)
from runners.history.task_states import TaskStanding


def draw(*tasks: tuple[str, tuple[str, ...]], states: tuple[TaskStanding, ...] = ()) -> PlanGraph:
    made = tuple(Task(name, after=after) for name, after in tasks)
    return draw_plan(Job("t", (Phase("Build", made),)), states)


def test_a_task_stands_in_the_column_after_all_it_comes_after() -> None:
    graph = draw(("a", ()), ("b", ("a",)), ("c", ("a", "b")), ("d", ()))
    x = {box.task: box.x for box in graph.boxes}
    assert x["a"] == x["d"] < x["b"] < x["c"]
    assert len(graph.lines) == 3
    assert all(line.x1 < line.x2 for line in graph.lines)


def test_no_two_boxes_stand_in_one_place_and_all_stand_in_the_picture() -> None:
    graph = draw(*((f"t{n}", (f"t{n - 3}",) if n > 2 else ()) for n in range(40)))
    assert len({(box.x, box.y) for box in graph.boxes}) == 40
    assert all(box.x + BOX_WIDTH <= graph.width for box in graph.boxes)
    assert all(box.y + 40 <= graph.height for box in graph.boxes)


def test_tasks_that_wait_for_each_other_in_a_circle_are_drawn_all_the_same() -> None:
    graph = draw(("a", ("c",)), ("b", ("a",)), ("c", ("b",)), ("self", ("self",)), ("x", ("gone",)))
    assert {box.task for box in graph.boxes} == {"a", "b", "c", "self", "x"}


def test_of_a_thousand_tasks_those_without_room_are_counted() -> None:
    every = tuple(f"t{n}" for n in range(1_000))
    graph = draw(*((name, every[max(0, n - 30) : n]) for n, name in enumerate(every)))
    assert len(graph.boxes) == MAX_BOXES
    assert graph.left_out == 1_000 - MAX_BOXES
    assert len(graph.lines) == MAX_LINES


def test_a_hostile_name_is_short_and_printable() -> None:
    name = "\u202e<script>\x1b]0;x\x07" + "z" * 65_000
    (box,) = draw((name, ())).boxes
    assert box.task == name
    assert box.name.isprintable()
    assert len(box.name) <= MAX_NAME_CHARACTERS


def test_a_box_has_its_tasks_state_and_else_it_waits() -> None:
    graph = draw(("a", ()), ("b", ()), states=(TaskStanding("a", "passed"),))
    assert [box.state for box in graph.boxes] == ["passed", "waiting"]


def test_a_plan_without_tasks_is_no_picture() -> None:
    assert draw_plan(Job("", ()), ()).boxes == ()
