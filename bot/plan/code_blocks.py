"""Exact blocks: which fence of a plan is one, and how one is written."""

import re
from dataclasses import dataclass
from typing import get_args

from bot.plan.model import Block, BlockKind
from bot.plan.values import quoted
from bot.text.invisible import shown

KINDS: tuple[BlockKind, ...] = get_args(BlockKind)
_PART = re.compile(r"""(?:[^\s"']|"[^"]*"|'[^']*'|["'])+""")
_NEAR = re.compile(
    r"(?:^|\s)(?:file|edit|delete|path|patch)\w*\s*[=:]|(?:^|\s)(?:file|edit|delete)(?:\s|$)",
    re.IGNORECASE,
)
FORMS = "An exact block says `file=PATH`, `edit=PATH`, `delete=PATH` or `patch` after its language."


@dataclass(frozen=True, slots=True)
class Info:
    """What a fence's info string says. `fault` is why it cannot be understood."""

    kind: BlockKind
    path: str = ""
    language: str = ""
    fault: str = ""


def read_info(info: str) -> Info | None:
    """None where the fence is an example, part of the prose."""
    parts = _PART.findall(info)
    said = [(kind, part) for part in parts if (kind := _kind(part))]
    if not said:
        return Info("file", fault=f"unclear fence `{shown(info)}`") if _NEAR.search(info) else None
    kind, part = said[0]
    others = [other for other in parts if other is not part]
    if len(said) > 1 or len(others) > 1 or (others and others[0] is not parts[0]):
        return Info(kind, fault=f"more than a language and one word in `{shown(info)}`")
    path = part.partition("=")[2]
    if path[:1] in ("'", '"') and path.endswith(path[0]) and len(path) > 1:
        path = path[1:-1]
    return Info(kind, path, "".join(others))


def write_block(block: Block) -> str:
    """The block in a fence longer than any run of its mark inside."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", block.text)), default=0))
    said = block.kind if block.kind == "patch" else f"{block.kind}={quoted(block.path)}"
    return f"{fence}{' '.join(filter(None, (block.language, said)))}\n{block.text}{fence}\n"


def _kind(part: str) -> BlockKind | None:
    name, equals, path = part.partition("=")
    for kind in KINDS:
        if name == kind and (bool(equals and path) != (kind == "patch")) and (path or not equals):
            return kind
    return None
