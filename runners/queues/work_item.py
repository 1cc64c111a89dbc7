"""One piece of work as it stands in a queue: what any machine needs to do it in its own way.

Its id names the ticket, what is to be done and how often that was asked, so that whoever asks twice
asks for the same. A machine's paths, keys and models are never in it.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Literal

from pydantic import TypeAdapter

from bot.coaching.notes import Note
from bot.plan.issue import Issue
from runners.reviewing.request import ReviewRequest
from runners.worker_process.questions import Question

PROTOCOL = 2
"""To be raised when an older release could not do what a newer one asks: then the queues have other
names, and no older worker takes from them."""
WorkKind = Literal["plan", "questions", "build", "check", "review"]
QueueName = Literal["plans", "builds"]
QUEUES: tuple[QueueName, ...] = ("plans", "builds")
PRIORITIES = {"question": 5, "rework": 10, "ci": 20, "new": 30, "retry": 40}
"""What is taken first of all that waits, the lowest number: the ranks of `turns.py`."""


@dataclass(frozen=True, slots=True)
class WorkItem:
    """`about` is a hash of what is to be done, `number` how often this ticket had work done before.

    `repo` is the key of the repository: those that have work of one `priority` take turns. `plan`
    to `aim` are as in a `RunRequest`, the others as in a `WorkRequest`.
    """

    key: str
    repo: str
    kind: WorkKind
    about: str
    number: int
    priority: int
    plan: str = ""
    branch: str = ""
    base: str = ""
    rules: str = ""
    only: str = ""
    notes: tuple[Note, ...] = ()
    senior: bool = False
    resumes: int = 0
    aim: str = ""
    compared_with: str = ""
    issue: Issue | None = None
    questions: tuple[Question, ...] = ()
    review: ReviewRequest | None = None

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.key}:{self.about}:{self.number}"

    @property
    def queue(self) -> QueueName:
        return queue_of(self.id)


ITEM_JSON = TypeAdapter(WorkItem)


def hash_parts(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()[:12]


def kind_of(work_id: str) -> str:
    return work_id.partition(":")[0]


def ticket_of(work_id: str) -> str:
    """The key of the ticket that the work is for."""
    return work_id.partition(":")[2].rpartition(":")[0].rpartition(":")[0]


def queue_of(work_id: str) -> QueueName:
    return "plans" if kind_of(work_id) in {"plan", "questions"} else "builds"


def queue_name(queue: QueueName) -> str:
    """As the database has it: of another protocol it is another queue."""
    return queue if PROTOCOL == 1 else f"{queue}.{PROTOCOL}"
