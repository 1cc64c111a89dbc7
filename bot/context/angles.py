"""How attempts at one task differ: no attempt repeats the call before it."""

from dataclasses import dataclass
from typing import Literal

Form = Literal["file", "parts", "edit", "answer"]
Told = Literal["nothing", "brief", "all"]

FORMS: dict[Form, str] = {
    "file": "Reply with the complete new {path} in one code block.",
    "parts": "Reply with only the functions or classes that change, each complete, in one code"
    " block. The rest of {path} stays as it is.",
    "edit": "Reply with blocks of this shape, SEARCH copied exactly from the file:\n"
    "{path}\n<<<<<<< SEARCH\nold lines\n=======\nnew lines\n>>>>>>> REPLACE",
    "answer": "Answer in at most five plain sentences. Name files and functions. Write no code.",
}
"""What a reply is to look like. Whatever it looks like then, the edits engine reads it."""


@dataclass(frozen=True, slots=True)
class Angle:
    """One way of asking. `hint` is its own advice.

    `tests`, `last`: whether the check's own files, the code that failed last are in view. `digest`:
    how much is told of the last failure.
    """

    name: str
    form: Form = "file"
    temperature: float = 0.2
    tests: bool = False
    digest: Told = "brief"
    last: bool = False
    hint: str = ""


LOCAL: tuple[Angle, ...] = (
    Angle("whole file", "file", 0.2),
    Angle("changed parts only", "parts", 0.2),
    Angle("failing test in view", "parts", 0.6, tests=True, digest="nothing"),
    Angle("smallest edit", "file", 0.7, hint="Change as few lines as you can."),
    Angle("fresh start", "parts", 0.8, hint="Write it anew, in another way."),
    Angle("test and failure in view", "file", 0.8, tests=True),
)

SENIOR: tuple[Angle, ...] = (
    Angle("everything in view", "edit", 0.2, tests=True, digest="all", last=True),
    Angle(
        "another way",
        "edit",
        0.6,
        tests=True,
        digest="all",
        hint="Earlier tries failed: solve it in another way.",
    ),
)


def angle(tier: Literal["local", "senior"], turn: int) -> Angle:
    """Pick the angle of a tier's `turn`, from 0. They come round again, with other seeds."""
    angles = LOCAL if tier == "local" else SENIOR
    return angles[turn % len(angles)]
