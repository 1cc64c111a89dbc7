"""A plan as a picture: phase by phase a box for each task, and lines from what it comes after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.plan import Job
from bot.plan.model import Task
from bot.plan.task_graph import add_bite_dependencies
from bot.text.invisible import make_printable
from runners.history.task_states import TaskStanding

BOX_WIDTH, BOX_HEIGHT = 168, 40
GAP_X, GAP_Y = 44, 14
MARGIN, TITLE_HEIGHT = 14, 26
MAX_NAME_CHARACTERS = 21
MAX_BOXES, MAX_LINES = 120, 240
"""More are told as a number: such a picture says nothing any more, and the table has them all."""


@dataclass(frozen=True, slots=True)
class Box:
    """One task; `x` and `y` are of its upper left corner, in pixels."""

    task: str
    name: str
    state: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Line:
    """From the right side of one box to the left side of another."""

    x1: int
    y1: int
    x2: int
    y2: int

    @property
    def path(self) -> str:
        """The `d` of an SVG path, which https://www.w3.org/TR/SVG2/paths.html describes."""
        half = (self.x1 + self.x2) // 2
        return f"M{self.x1} {self.y1}C{half} {self.y1} {half} {self.y2} {self.x2} {self.y2}"


@dataclass(frozen=True, slots=True)
class PhaseFrame:
    title: str
    x: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PlanGraph:
    """`left_out` tasks had no room."""

    boxes: tuple[Box, ...] = ()
    lines: tuple[Line, ...] = ()
    frames: tuple[PhaseFrame, ...] = ()
    width: int = 0
    height: int = 0
    left_out: int = 0


def draw_plan(plan: Job, standings: Sequence[TaskStanding]) -> PlanGraph:
    """Phases from left to right; in one, tasks stand in the column after all they come after."""
    job, states = add_bite_dependencies(plan), {each.id: each.state for each in standings}
    boxes: dict[str, Box] = {}
    frames, lines, x, left_out = [], list[Line](), MARGIN, 0
    for phase in job.phases:
        columns = _find_columns({task.id: task.after for task in phase.tasks})
        heights: dict[int, int] = {}
        for task in phase.tasks:
            if len(boxes) >= MAX_BOXES:
                left_out += 1
                continue
            column = columns[task.id]
            row = heights.get(column, 0)
            heights[column] = row + 1
            place = (
                x + MARGIN + column * (BOX_WIDTH + GAP_X),
                MARGIN + TITLE_HEIGHT + row * (BOX_HEIGHT + GAP_Y),
            )
            # What is not seen is spelled out, and takes more room then.
            name = make_printable(task.id, MAX_NAME_CHARACTERS)[:MAX_NAME_CHARACTERS]
            boxes[task.id] = Box(task.id, name, states.get(task.id, "waiting"), *place)
        count = max(heights, default=0) + 1
        width = count * (BOX_WIDTH + GAP_X) - GAP_X + 2 * MARGIN
        high = max(heights.values(), default=1) * (BOX_HEIGHT + GAP_Y) - GAP_Y
        title = make_printable(phase.title, max(12, width // 9))
        frames.append(PhaseFrame(title, x, width, TITLE_HEIGHT + high + MARGIN))
        lines += _draw_lines(phase.tasks, boxes)[: MAX_LINES - len(lines)]
        x += width + MARGIN
    height = max((frame.height for frame in frames), default=0) + 2 * MARGIN
    return PlanGraph(tuple(boxes.values()), tuple(lines), tuple(frames), x, height, left_out)


def _find_columns(after: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """How many tasks of the same phase, at most, stand one after the other before each."""
    columns = dict.fromkeys(after, 0)
    # A plan that is only peeked at may go round in a circle: as many rounds as there are tasks.
    for _ in after:
        moved = False
        for task, before in after.items():
            column = max((columns[each] + 1 for each in before if each in columns), default=0)
            column = min(column, len(after) - 1)
            moved, columns[task] = moved or column != columns[task], column
        if not moved:
            break
    return columns


def _draw_lines(tasks: Sequence[Task], boxes: Mapping[str, Box]) -> list[Line]:
    found = []
    for task in tasks:
        end = boxes.get(task.id)
        starts = [boxes[each] for each in task.after if each in boxes]
        if end:
            found += [_draw_line(start, end) for start in starts]
    return found


def _draw_line(start: Box, end: Box) -> Line:
    middle = BOX_HEIGHT // 2
    return Line(start.x + BOX_WIDTH, start.y + middle, end.x, end.y + middle)
