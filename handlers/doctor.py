"""What a person sees of `bricklayer doctor`: a line for each finding, and what to do about it."""

from collections.abc import Iterator

from bot.config.machine import Settings
from handlers.console import replace_unprintable
from runners.doctor import Finding, examine

_SIGNS = {True: "ok  ", False: "BAD ", None: "look"}


def finding_lines(settings: Settings, *, ask: bool = False) -> Iterator[tuple[str, bool]]:
    """Each line, and whether what it says is in order or may be so."""
    for finding in examine(settings, ask=ask):
        yield _line(finding), finding.good is not False


def _line(finding: Finding) -> str:
    hint = f"\n       {finding.hint}" if finding.hint else ""
    return replace_unprintable(f"{_SIGNS[finding.good]}  {finding.what}{hint}")
