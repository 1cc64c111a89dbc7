"""How attempts at one task differ: no attempt repeats the call before it."""

from dataclasses import dataclass
from typing import Literal

Form = Literal["file", "mend", "parts", "edit", "answer"]
Told = Literal["nothing", "brief", "all"]
Draft = Literal["nowhere", "beside", "instead"]

FORMS: dict[Form, str] = {
    "file": "Reply with the complete new {path} in one code block.",
    "mend": "Say in one sentence why each of these fails. Then reply with the complete mended"
    " {path} in one code block.",
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

    `tests`: whether the check's own files are in view. `digest`: how much is told of the failure.
    `draft`: where the best code that failed so far stands: nowhere, beside the file, or in its
    place; the reply is laid on the task's clean base all the same.
    """

    name: str
    form: Form = "file"
    temperature: float = 0.2
    tests: bool = False
    digest: Told = "brief"
    draft: Draft = "nowhere"
    hint: str = ""


LOCAL: tuple[Angle, ...] = (
    Angle("whole file", "file", 0.2),
    Angle("mend the best try", "mend", 0.4, draft="instead"),
    Angle("failing test in view", "file", 0.7, tests=True),
    Angle("mend with the test in view", "mend", 0.6, tests=True, draft="instead"),
    Angle("fresh start", "parts", 0.9, hint="Write it anew, in another way."),
    Angle("smallest edit", "file", 0.8, tests=True, hint="Change as few lines as you can."),
)

SENIOR: tuple[Angle, ...] = (
    Angle("everything in view", "edit", 0.2, tests=True, digest="all", draft="beside"),
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
