"""Which checks count for a pull request: by the repository's settings, else by its rules. Pure."""

from collections.abc import Iterable, Sequence
from typing import Literal

from bot.config.repository import CiConfig
from bot.github.types import BranchRules, RequiredCheck
from bot.ticket.newest_checks import Check

Weight = Literal[
    "required",  # must be green
    "counted",  # nothing is required, so everything counts
    "watched",  # the branch's rules require others: worth a fix, but never in the way
    "told",  # `[ci] require` names others: only said where it is red
]


def weigh(check: Check, config: CiConfig, rules: BranchRules) -> Weight | None:
    """None for what `[ci] ignore` names: it is as if it were not there."""
    if any(_is_named(check, pattern) for pattern in config.ignore):
        return None
    if config.require:
        return "required" if any(_is_named(check, one) for one in config.require) else "told"
    if rules.required:
        return "required" if any(_is_required(check, one) for one in rules.required) else "watched"
    return "counted"


def find_missing(
    checks: Sequence[Check], config: CiConfig, rules: BranchRules
) -> tuple[RequiredCheck, ...]:
    """What is required and has not reported at all. A pattern with `*` may match nothing."""
    if config.require:
        named = [one for one in config.require if not any(_is_named(c, one) for c in checks)]
        return tuple(RequiredCheck(one) for one in named if "*" not in one)
    absent = [one for one in rules.required if not any(_is_required(c, one) for c in checks)]
    ignored = (any(matches(one.name, each) for each in config.ignore) for one in absent)
    return tuple(one for one, is_ignored in zip(absent, ignored, strict=True) if not is_ignored)


def _is_required(check: Check, required: RequiredCheck) -> bool:
    """A check and a status of one name are both required; a workflow by itself is neither.

    https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/collaborating-on-repositories-with-code-quality-features/troubleshooting-required-status-checks
    """
    reports = check.run is not None or check.workflow is None
    # GitHub does not tell which App has set a status.
    app_fits = required.app in {0, check.app} or check.run is None
    return reports and check.name == required.name and app_fits


def _is_named(check: Check, pattern: str) -> bool:
    """By its name, or as a pull request's page shows it: the workflow's name before the job's."""
    names = [check.name]
    if check.run and check.workflow:
        names.append(f"{check.workflow.name} / {check.name}")
    return any(matches(name, pattern) for name in names)


def matches(name: str, pattern: str) -> bool:
    """`*` stands for any run of characters; everything else for itself."""
    first, *others = pattern.split("*")
    if not others:
        return name == pattern
    if not name.startswith(first):
        return False
    *middle, last = others
    at = _skip_parts(name, middle, len(first))
    return at >= 0 and len(name) - at >= len(last) and name.endswith(last)


def _skip_parts(name: str, parts: Iterable[str], at: int) -> int:
    """Where the first places of these parts, one after another, end; -1 without them."""
    for part in parts:
        found = name.find(part, at)
        if found < 0:
            return -1
        at = found + len(part)
    return at
