"""What a CLI that does a task itself is told: the task, its files, its checks, and how they fail.

It reads the files by itself, so none of them is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.models.token_count import TokenCount
from bot.prompts.budget import FittedParts, Part, fit_parts, make_part
from bot.prompts.inputs import TaskPromptInput
from bot.prompts.task_parts import (
    answer_parts,
    describe_failure,
    example_part,
    select_failures,
    stable_parts,
)
from bot.text.escape import list_section
from bot.text.invisible import make_printable

MOST_SHARE = 2
"""The prompt may take one token in so many of the window: the rest is for the work."""
RULES = (
    "Work in the current folder. Nobody answers questions, and there is no network. "
    "Only what is in the files when you end counts: nothing that you say does."
)
ANSWER_RULES = (
    "Look into the current folder. Nobody answers questions, and there is no network. "
    "Change nothing: your last message is the answer, in a few sentences."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPromptInput:
    """`paths` are those that the task may write, `commands` its checks', as for a shell."""

    request: TaskPromptInput
    paths: Sequence[str]
    commands: Sequence[str]
    exact_blocks: Sequence[tuple[str, str]] = ()


def compose_agent_prompt(asked: AgentPromptInput) -> FittedParts:
    """What is left out where it is tight goes in the order of `DROP_ORDER`."""
    request = asked.request
    count: TokenCount = request.count
    return fit_parts(tuple(_list_parts(asked)), count, request.window // MOST_SHARE)


def _list_parts(asked: AgentPromptInput) -> list[Part]:
    request = asked.request
    reads = [make_printable(path) for path, _ in request.reads]
    words = request.task.text.strip() or f"do what the job asks for in {request.path}."
    failed = describe_failure(request.digest, select_failures(request), request.strategy)
    query = request.task.kind == "query"
    return [
        *stable_parts(request),
        example_part(request),
        *answer_parts(request),
        make_part("task", f"Task: {words}", "what is to be done"),
        make_part(
            "files to read", list_section("Read first:", reads), "what the plan says to read"
        ),
        *_list_blocks(asked),
        make_part("scope", "" if query else _describe_scope(asked), "what it may write"),
        make_part("digest", failed, "how the check fails now"),
        make_part("hints", "\n".join(request.stalls), "what went wrong before"),
        make_part("form", ANSWER_RULES if query else RULES, "how it is to work"),
    ]


def _list_blocks(asked: AgentPromptInput) -> list[Part]:
    return [
        make_part("draft", f"{name}\n{text}", "the plan's own version, which failed")
        for name, text in asked.exact_blocks
    ]


def _describe_scope(asked: AgentPromptInput) -> str:
    paths = list_section(
        "Write these files only, whatever else you change is thrown away:",
        [make_printable(path) for path in asked.paths],
    )
    commands = list_section("It is done when this ends with exit code 0:", asked.commands)
    return "\n\n".join(filter(None, (paths, commands)))
