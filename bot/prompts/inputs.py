"""All that one attempt at a task may be shown, before anything is chosen from it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.code import Outline
from bot.failures import Failure
from bot.models.token_count import TokenCount
from bot.models.token_estimate import estimate_tokens
from bot.plan import Task, written_paths
from bot.prompts.neighbours import CallGraph, NearbyCalls
from bot.prompts.strategies import Strategy

NO_OUTLINE = Outline()
Texts = tuple[tuple[str, str], ...]
MISSING_FILE = "(not there any more, or no text)"
"""What is shown of a file that a plan says to read."""


MAX_ANSWER_TOKENS = 200
"""What an answer may take in the prompts of later tasks."""


class Answer(NamedTuple):
    """What a query task found out; `task` is its id."""

    task: str
    text: str


def read_nothing(_path: str) -> str | None:
    """Read no file."""
    return None


@dataclass(frozen=True, slots=True)
class FileContext:
    """What is known around the task's file: the same for every attempt that starts where it does.

    `read` gives a file's text, for the bodies of neighbours. `mergeable`: a reply may hold single
    definitions of the file. `folders` and `memory` are finished lines.
    """

    outline: Outline = NO_OUTLINE
    mergeable: bool = True
    calls: CallGraph = field(default_factory=NearbyCalls)
    read: Callable[[str], str | None] = read_nothing
    folders: tuple[str, ...] = ()
    finished_tasks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskPromptInput:
    """`window` is the model's, in tokens, and `reply` the most of it that may come back.

    `thinking` of `reply` are for the thought before the answer. A file of up to `whole_file` tokens
    is asked for whole; 0 means one that the answer has room for.
    `content` is the file as it stands, None where there is none yet. `tests` and `reads` are
    (path, text), `answers` (query task, its answer), `coaching` lessons, `examples` accepted
    changes, `guidance` the repository's own (path, text) for agents, `job` what the task is a
    part of, `stalls` sentences on the last attempt, `draft` the file as the best failed try had it:
    `digest` is of that one then. `draft_diff` are the hunks from the file to it, empty where none
    are wanted.
    `failures` are the same by test.
    `count` is the tier's own way of counting where it has one.
    """

    task: Task
    content: str | None
    strategy: Strategy
    window: int
    reply: int
    thinking: int = 0
    whole_file: int = 0
    seed: int = 0
    digest: str = ""
    failures: tuple[Failure, ...] = ()
    tests: Texts = ()
    reads: Texts = ()
    answers: Texts = ()
    coaching: tuple[str, ...] = ()
    guidance: Texts = ()
    examples: tuple[str, ...] = ()
    stalls: tuple[str, ...] = ()
    job: str = ""
    draft: str = ""
    draft_diff: str = ""
    attempt: int = 0
    file_context: FileContext = FileContext()
    count: TokenCount = estimate_tokens

    @property
    def path(self) -> str:
        return self.task.file or next(iter(sorted(written_paths(self.task))), "")

    @property
    def drafted(self) -> bool:
        """Whether the best attempt so far stands in the file's place."""
        fits = 0 < estimate_tokens(self.draft) <= self.most_whole
        return self.strategy.draft == "instead" and fits

    @property
    def leaves_bodies_out(self) -> bool:
        """Whether functions are to be written anew."""
        return self.strategy.form == "rewrite"

    @property
    def answers_definitions(self) -> bool:
        """Whether single definitions are asked for: the file is too large to be written whole."""
        return (
            self.task.kind != "query"
            and not self.strategy.blocks
            and self.file_context.mergeable
            and estimate_tokens(self.content or "") > self.most_whole
        )

    @property
    def most_whole(self) -> int:
        """The border between asking for a whole file and for its changes, in tokens."""
        return self.whole_file or self.reply - self.thinking
