"""Fences that look like exact blocks and are none, so that nothing of them is applied."""

import re
from collections.abc import Iterator

from bot.errors import Fault
from bot.plan import Task
from bot.text.invisible import make_printable

_FENCE = re.compile(r"^(?:`{3,}|~{3,})[ \t]*(\S[^\n]*)$", re.MULTILINE)


def find_near_blocks(task: Task) -> Iterator[Fault]:
    """A fence that names the task's file as other formats do: what it holds is not applied."""
    for info in _FENCE.findall(task.text) if task.file else ():
        if task.file in (word.strip("`\"':") for word in info.split()):
            shown = make_printable(info, 100)
            what = f"task {make_printable(task.id)}: the fence `{shown}` is text for a model"
            block = make_printable(f"file={task.file}")
            hint = f"Write `{block}` there to have it applied as it stands."
            yield Fault(task.line, what, hint, may_pass=True)
