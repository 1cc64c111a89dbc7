"""What in the output of a red check says that its command or what it needs is wrong, not the code.

A runner that knows no such target or script, finds no tests, or lacks a package that is not the
repository's, says so in words of its own: read here from the end of what it printed. What it says
decides nothing by itself; whoever asks has seen that the check is red on code nobody changed.
"""

from dataclasses import dataclass

from runners.checks.setup_fault_signs import SIGNS

SEARCHED_CHARS = 64 * 1024
"""Of an output's end."""


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
    return None


def explain_ending(ended: str, table: str) -> str:
    """What to do about a check that was ended at a limit; empty for one that ended by itself."""
    return _LIMITS.get(ended, "").replace("{table}", table)


def explain_missing_module(name: str) -> SetupFault:
    return SetupFault(f"Python has no module {name}", f"[setup] must install {name}")
