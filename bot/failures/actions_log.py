"""A job's log of GitHub Actions, read as what its failing steps printed.

The runner puts a time before each line it writes, its own set-up before the steps and its clean-up
behind them, and one log holds them all. A log of another system has none of these marks and is
given back as it is.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.failures.terminal import LOG_TIME

MAX_TITLE_CHARACTERS = 120
# Commands that the runner writes for its page to fold and to colour:
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
MARK = re.compile(r"^##\[(group|endgroup|error|warning|notice|debug|command|section)\]")
EXIT = re.compile(r"^(?:##\[error\]|Error: )Process completed with exit code (-?\d+)\.\s*$")
RUN_GROUP = "##[group]Run "
# A step's heading is a group with what is run, its shell and its inputs; a group of the same name
# that a tool prints holds output: https://github.com/actions/runner/blob/main/src/Runner.Worker/Handlers/ScriptHandler.cs
HEADING = re.compile(r"^(?:\x1b\[36;1m|with:\s*$|env:\s*$|shell: )")
SHELL = re.compile(r"^shell: \S")
GITHUBS_OWN = re.compile(r"^Run actions/[\w.-]+@")
CLEAN_UP = re.compile(
    r"^(?:Post job cleanup\.|Cleaning up orphan processes|Stop and remove container: "
    r"|##\[group\]Print service container logs: )"
)
LAST_LINES = 3
"""In which the error stands that ended a step; a tool's own may stand anywhere in it."""


@dataclass(frozen=True, slots=True)
class FailedStep:
    """What a step printed, without the runner's marks. `title` is empty where none is known.

    `at_set_up`: the runner failed before the first step. `exit_code` is 0 where none was said.
    """

    title: str
    output: str
    at_set_up: bool = False
    exit_code: int = 0


@dataclass(slots=True)
class _Step:
    title: str = ""
    lines: list[str] = field(default_factory=list)
    cleans_up: bool = False


def read_failed_steps(log: str) -> tuple[FailedStep, ...]:
    """The steps that failed, in their order; all of it as one where the log marks none.

    A step counts whose last words are an error of the runner's; where no step ends so, each with
    an error in it.
    """
    # A message of several lines has a time before its first alone:
    # https://github.com/actions/runner/blob/main/src/Runner.Common/Logging.cs
    lines = [LOG_TIME.sub("", line.rstrip("\r")) for line in log.split("\n")]
    if not any(map(MARK.match, lines)):
        return _whole(lines)
    steps = list(_split_steps(lines))
    shown = [step for step in steps if not step.cleans_up] or steps
    failed = [s for s in shown if _ended_in_error(s)] or [s for s in steps if _has_error(s.lines)]
    if not failed:
        return _whole([line for step in shown for line in step.lines])
    return tuple(_make_failed(step) for step in failed)


def _whole(lines: Sequence[str]) -> tuple[FailedStep, ...]:
    text = _join_plain(lines)
    return (FailedStep("", text),) if text.strip() else ()


def _split_steps(lines: Sequence[str]) -> Iterator[_Step]:
    step, last_exit = _Step(), _find_last_exit(lines)
    ends = {at: _end_of_heading(lines, at) for at, x in enumerate(lines) if x.startswith(RUN_GROUP)}
    # Some systems that speak the same language have no headings: there such a group is a step.
    has_headings = any(end > at + 1 for at, end in ends.items())
    at = 0
    while at < len(lines):
        line = lines[at]
        heading = ends.get(at, 0)
        begins = at in ends and (heading or not has_headings or GITHUBS_OWN.match(step.title))
        # A test may print such a line, too; the runner's own stand behind all steps.
        if CLEAN_UP.match(line) and at > last_exit:
            yield step
            step = _Step(line, cleans_up=True)
        elif begins:
            yield step
            step = _Step(line.removeprefix("##[group]"))
        else:
            step.lines.append(line)
        at = max(heading, at) + 1
    yield step


def _find_last_exit(lines: Sequence[str]) -> int:
    return max((at for at, line in enumerate(lines) if EXIT.match(line)), default=-1)


def _end_of_heading(lines: Sequence[str], at: int) -> int:
    """The line that closes a step's heading; 0 where the group is another tool's.

    Groups do not nest, so none is looked through twice.
    """
    end, says_shell = at + 1, False
    while end < len(lines) and not lines[end].startswith(("##[group]", "##[endgroup]")):
        says_shell = says_shell or SHELL.match(lines[end]) is not None
        end += 1
    if end == len(lines) or lines[end].startswith("##[group]"):
        return 0
    is_heading = end == at + 1 or says_shell or HEADING.match(lines[at + 1])
    return end if is_heading else 0


def _ended_in_error(step: _Step) -> bool:
    return _has_error([line for line in step.lines if line.strip()][-LAST_LINES:])


def _has_error(lines: Sequence[str]) -> bool:
    return any(line.startswith("##[error]") or EXIT.match(line) for line in lines)


def _make_failed(step: _Step) -> FailedStep:
    """Up to its exit, which is told apart: no tool has printed that line."""
    # Of a log that lost its beginning the first lines are a step's own.
    begins = any(line.startswith("Current runner version") for line in step.lines[:LAST_LINES])
    at_set_up = begins and not any(line.startswith(RUN_GROUP) for line in step.lines)
    end = _find_last_exit(step.lines)
    said = EXIT.match(step.lines[end]) if end >= 0 else None
    output = _join_plain(step.lines[:end] if said else step.lines)
    exit_code = int(said[1][:9]) if said else 0
    return FailedStep(step.title[:MAX_TITLE_CHARACTERS], output, at_set_up, exit_code)


def _join_plain(lines: Sequence[str]) -> str:
    kept = [MARK.sub("", line) for line in lines if not line.startswith("##[endgroup]")]
    return "\n".join(kept).strip("\n")
