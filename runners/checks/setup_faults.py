"""What in the output of a red check says that its command or what it needs is wrong, not the code.

A runner that knows no such target or script, finds no tests, or lacks a package that is not the
repository's, says so in words of its own: read here from the end of what it printed. What it says
decides nothing by itself; whoever asks has seen that the check is red on code nobody changed.
"""

from dataclasses import dataclass

from runners.checks.setup_doubts import FORMS
from runners.checks.setup_fault_signs import RUN, RUN_THERE, SIGNS

SEARCHED_CHARS = 64 * 1024
"""Of an output's end."""
_ABSENT = ("there is no ", "make finds no ")
"""How a form begins that tells of a file: the check may be meant for another folder."""


@dataclass(frozen=True, slots=True)
class SetupFault:
    """`what` is wrong, `hint` what a person can do: each one sentence without an end."""

    what: str
    hint: str


_LIMITS = {
    "timeout": "if it needs longer, raise timeout in {table}",
    "output": "have it print less, or raise `output` (MiB) under [sandbox]",
    "memory": "have it use less, or raise `memory` (MiB) under [sandbox]",
    "processes": "have it start fewer, or raise `processes` under [sandbox]",
    "disk": "have it write less, or raise `disk` (MiB) under [sandbox]",
}


def find_setup_fault(output: str, table: str) -> SetupFault | None:
    """What the output of a red check says of its set-up. `table` is as `[checks.NAME]`."""
    text = output[-SEARCHED_CHARS:]
    for sign in SIGNS:
        if found := sign.words.search(text):
            name = found.groupdict().get("name") or "it"
            return SetupFault(
                sign.what.replace("{name}", name),
                sign.hint.replace("{name}", name).replace("{table}", table),
            )
    return _find_form(text, table)


def _find_form(text: str, table: str) -> SetupFault | None:
    """The forms that are read on a job's base: some have what to do behind a colon."""
    for form in FORMS:
        if found := form.pattern.search(text):
            name = next(filter(None, found.groups()), "")
            what, _, advice = form.what.format(name).partition(": ")
            hint = RUN_THERE if what.startswith(_ABSENT) else RUN
            return SetupFault(what, advice or hint.replace("{table}", table))
    return None


def explain_ending(ended: str, table: str) -> str:
    """What to do about a check that was ended at a limit; empty for one that ended by itself."""
    return _LIMITS.get(ended, "").replace("{table}", table)


def explain_missing_module(name: str) -> SetupFault:
    return SetupFault(f"Python has no module {name}", f"[setup] must install {name}")
