"""Commands that the repository's workflows run, as hints: read line by line, no YAML is built."""

import re
from collections.abc import Iterator

from runners.onboarding.source_tree import SourceTree

MAX_WORKFLOWS = 30
MAX_COMMANDS = 400
_RUN = re.compile(r"^(\s{0,60})(?:- )?run:[ \t]*(.*)$")
_IMAGE = re.compile(r"^\s{2,60}image:[ \t]*['\"]?(?:docker\.io/)?(?:library/)?([\w.-]{1,60})")


def list_ci_commands(tree: SourceTree) -> list[str]:
    """Each line of each `run:` of GitHub's workflows, in the order of the files."""
    found: list[str] = []
    for path in list_workflows(tree):
        found += _read_commands(tree.read(path).splitlines())
        if len(found) > MAX_COMMANDS:
            break
    return found[:MAX_COMMANDS]


def list_workflows(tree: SourceTree) -> list[str]:
    start = ".github/workflows/"
    paths = (p for p in tree.paths if p.startswith(start) and p.endswith((".yml", ".yaml")))
    return sorted(paths)[:MAX_WORKFLOWS]


def list_ci_services(tree: SourceTree) -> list[str]:
    """Images that workflows start beside their jobs, by name: postgres, redis."""
    images = (
        found[1]
        for path in list_workflows(tree)
        for line in tree.read(path).splitlines()
        if (found := _IMAGE.match(line))
    )
    return list(dict.fromkeys(images))[:20]


def _read_commands(lines: list[str]) -> Iterator[str]:
    """A value in the line itself, or the deeper lines below `|` or `>`."""
    depth = -1
    for line in lines:
        if depth >= 0 and line.strip():
            if len(line) - len(line.lstrip()) > depth:
                yield line.strip()
                continue
            depth = -1
        if not (found := _RUN.match(line)):
            continue
        value = found[2].strip()
        if value[:1] in {"|", ">"}:
            # The dash is part of the depth of what stands in its item.
            depth = len(found[1]) + (2 if line.lstrip().startswith("- ") else 0)
        elif value:
            yield value.strip("'\"")
