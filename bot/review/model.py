"""What a reviewer finds: a fault on a line of the diff, and what would prove it."""

from dataclasses import dataclass
from typing import Literal

MAX_FAULTS = 5
"""Of one answer; a person reads each."""
MAX_SAID_CHARACTERS = 700
MAX_PROOF_CHARACTERS = 300
MAX_TEST_CHARACTERS = 8_000

Proof = Literal["none", "reproduced", "not reproduced"]
"""`reproduced`: a check that the reviewer brought is red on the head, for what the code does."""


@dataclass(frozen=True, slots=True)
class ProposedTest:
    """A new file of tests that a reviewer brings, at most MAX_TEST_CHARACTERS long."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Fault:
    """`line` is of the new side of the diff; `named_line` is what the answer said, if another.

    `said` and `proof` are a model's words, bounded and not yet escaped. `check` is the name of the
    repository's check that is red with the `test`, `check_paths` what it is given; `proof_state`
    says what came of it, and `why` in which words.
    """

    path: str
    line: int
    said: str
    proof: str = ""
    named_line: int = 0
    test: ProposedTest | None = None
    proof_state: Proof = "none"
    why: str = ""
    check: str = ""
    check_paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnseenParts:
    """Of the `total` parts of a file's diff, the numbers of those that no model was shown."""

    path: str
    numbers: tuple[int, ...]
    total: int


@dataclass(frozen=True, slots=True)
class ReviewReport:
    """One reading. `model` answered, with the name that the settings give it.

    `by_author`: it wrote some of the change itself. `unread` are files, or parts of them, that were
    not shown, each with why, for people; `unseen` is what of it a later reading can be shown.
    `unchanged` counts files that are as they were when they were read
    before. `dropped` counts what was named of files that the diff does not have, `over` what came
    after the first MAX_FAULTS, `repeated` what was told before. `rest` is an answer of which
    nothing could be read.
    """

    answered: bool
    model: str = ""
    by_author: bool = False
    faults: tuple[Fault, ...] = ()
    unread: tuple[str, ...] = ()
    unseen: tuple[UnseenParts, ...] = ()
    unchanged: int = 0
    dropped: int = 0
    over: int = 0
    repeated: int = 0
    rest: str = ""
