"""The plan of a round that works in what reviewers wrote: no planner writes it.

What a reviewer wrote stands in it whole, as a block of code with no name: no line of it can become
a heading, a key or an exact block of the plan. A suggestion is an exact block, laid by no model.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.plan.followup_plans import choose_checks, quote_block, render_round
from bot.plan.model import Block, Job, Task
from bot.text.escape import fence_for
from bot.text.invisible import strip_hidden

MAX_HUNK_CHARACTERS = 1500
"""Of the end of a hunk: it only shows the place, and the file itself is shown too."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one person wrote: the login, and the words as their page shows them."""

    by: str
    words: str


@dataclass(frozen=True, slots=True)
class Remark:
    """What one thread asks for. `id` is its first comment's; `said` begins with the newest.

    `start` to `line` are lines of the file as it is now, 0 where there are none: then the place is
    shown by `hunk`. `removed`: it is about lines that the change took out. `patch`: a suggestion
    as a diff, with no words of it left to work in where nothing is `said`. `name` is the id of
    its task where it is no thread.
    """

    id: int
    path: str
    said: tuple[Said, ...]
    line: int = 0
    start: int = 0
    hunk: str = ""
    outdated: bool = False
    removed: bool = False
    patch: str = ""
    name: str = ""

    @property
    def tasks(self) -> int:
        """How many tasks it makes."""
        return bool(self.patch) + bool(self.said)


def plan_rework(job: Job, remarks: Sequence[Remark], number: int) -> str:
    """A plan with tasks for each thread, those of one file one after another."""
    # Suggestions first: they are for the file as it is before any model has changed it.
    made = [*_suggestion_tasks(job, remarks), *_word_tasks(job, remarks)]
    tasks: list[Task] = []
    for task in made:
        # Two tasks of a phase must not write one file at once: `validate_paths.find_writer_faults`.
        before = [other.id for other in tasks if other.file == task.file]
        tasks.append(replace(task, after=tuple(before[-1:]), guard=True))
    return render_round(job, f"rework {number}", tasks)


def thread_task_id(comment: int) -> str:
    """The task that works in the words of the thread which begins with that comment."""
    return f"thread-{comment}"


def request_task_id(comment: int, number: int) -> str:
    """The task that works in words that were said outside of any thread, for one of their files."""
    return f"request-{comment}-{number}"


def suggestion_task_id(comment: int) -> str:
    """The task that lays the suggestion of the thread which begins with that comment."""
    return f"suggestion-{comment}"


def is_suggestion(task: str) -> bool:
    return task.startswith("suggestion-")


def is_from_words(task: str) -> bool:
    """Whether it works in what somebody said in a thread, in a suggestion, or elsewhere."""
    return task.startswith(("thread-", "suggestion-", "request-"))


def _suggestion_tasks(job: Job, remarks: Sequence[Remark]) -> Iterator[Task]:
    for remark in remarks:
        if remark.patch:
            yield Task(
                suggestion_task_id(remark.id),
                file=remark.path,
                checks=choose_checks(job, remark.path),
                blocks=(Block("patch", "", remark.patch, "diff"),),
            )


def _word_tasks(job: Job, remarks: Sequence[Remark]) -> Iterator[Task]:
    for remark in remarks:
        if remark.said:
            yield Task(
                remark.name or thread_task_id(remark.id),
                file=remark.path,
                checks=choose_checks(job, remark.path),
                text="\n\n".join(_write_text(remark)),
            )


def _write_text(remark: Remark) -> Iterator[str]:
    yield f"A reviewer wrote about {_describe_place(remark)}."
    if len(remark.said) > 1:
        yield (
            "There are several comments, the newest first. Where two differ the newer one holds:"
            " it takes the older one back."
        )
    for number, said in enumerate(remark.said):
        order = ("The newest, by" if number == 0 else "Before that,") if remark.said[1:] else "By"
        yield f"{order} @{said.by}:\n\n{quote_whole(said.words)}"
    if remark.hunk:
        hunk = quote_block(remark.hunk, MAX_HUNK_CHARACTERS, last=True)
        then = " as it was then" if remark.outdated else ""
        yield f"The place it is about{then}:\n\n{hunk}"
    if remark.patch:
        yield "The suggestion is in the file already. Do what else the words ask for."
        return
    yield "Change the file so that this is settled."


def _describe_place(remark: Remark) -> str:
    if remark.removed:
        return "lines that this change removed from this file: what is shown with `-` below"
    if remark.outdated:
        return "this file as it was before later commits: the lines have changed since"
    if not remark.line:
        return "this file"
    if remark.start and remark.start < remark.line:
        return f"lines {remark.start} to {remark.line} of this file, as it is now"
    return f"line {remark.line} of this file, as it is now"


def quote_whole(text: str) -> str:
    """Text from outside as a code block, all of it but for hidden characters.

    No line of it can close the block.
    """
    # Ends of lines that are none to Markdown are made such: none is left inside a line.
    # https://docs.python.org/3.11/library/stdtypes.html#str.splitlines
    clean = "\n".join(strip_hidden(line).rstrip() for line in text.splitlines()).strip("\n")
    fence = fence_for(clean)
    fence = fence if len(fence) > len("```") else "````"
    return f"{fence}text\n{clean}\n{fence}"
