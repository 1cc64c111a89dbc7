"""Reading and writing a plan's exact blocks, and finding the files that a patch touches."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.plan.fields import quote_word
from bot.plan.keys import BLOCKS
from bot.plan.model import Block, BlockKind
from bot.text.escape import fence_for
from bot.text.invisible import make_printable

# Blanks part the words of an info string, quotes keep them together. CommonMark gives only the
# first word a meaning, the language: https://spec.commonmark.org/0.31.2/#info-string
_PART = re.compile(r"""(?:[^\s"']|"[^"]*"|'[^']*'|["'])+""")
_LIKE_BLOCK = re.compile(
    r"(?:^|\s)(?:file|edit|delete|path|patch)\w*\s*[=:]|(?:^|\s)(?:file|edit|delete)(?:\s|$)",
    re.IGNORECASE,
)
FORMS = "An exact block says `file=PATH`, `edit=PATH`, `delete=PATH` or `patch` after its language."
How = Literal["write", "edit", "delete"]
# How git writes a name with bytes beyond ASCII, quotes or control characters in a diff's header:
# https://git-scm.com/docs/git-config#Documentation/git-config.txt-corequotePath
_ESCAPES = {"n": b"\n", "t": b"\t", "r": b"\r", '"': b'"', "\\": b"\\", "a": b"\a", "b": b"\b"}
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
# 120000 is a symbolic link, 160000 a submodule, wherever git writes a mode:
# https://git-scm.com/docs/git-fast-import#_filemodify
_SPECIAL_MODE = re.compile(r"(?:new|old|new file|deleted file) mode (?:120000|160000)")
# The other side of a file that is made or deleted, in the `---` and `+++` lines.
_NOWHERE = "/dev/null"


@dataclass(frozen=True, slots=True)
class FenceInfo:
    """What a fence's info string says. `fault` is why it cannot be understood."""

    kind: BlockKind
    path: str = ""
    language: str = ""
    fault: str = ""


def read_info(info: str) -> FenceInfo | None:
    """None where the fence is an example, part of the prose."""
    parts = _PART.findall(info)
    named = [(kind, part) for part in parts if (kind := _read_kind(part))]
    if not named:
        return (
            FenceInfo("file", fault=f"unclear fence `{make_printable(info)}`")
            if _LIKE_BLOCK.search(info)
            else None
        )
    kind, part = named[0]
    others = [other for other in parts if other is not part]
    if len(named) > 1 or len(others) > 1 or (others and others[0] is not parts[0]):
        return FenceInfo(
            kind, fault=f"more than a language and one word in `{make_printable(info)}`"
        )
    path = part.partition("=")[2]
    if path[:1] in ("'", '"') and path.endswith(path[0]) and len(path) > 1:
        path = path[1:-1]
    return FenceInfo(kind, path, "".join(others))


def write_block(block: Block) -> str:
    """The block in a fence longer than any run of its mark inside."""
    fence = fence_for(block.text)
    word = block.kind if block.kind == "patch" else f"{block.kind}={quote_word(block.path)}"
    return f"{fence}{' '.join(filter(None, (block.language, word)))}\n{block.text}{fence}\n"


def _read_kind(part: str) -> BlockKind | None:
    # Whether a path must follow depends on the kind: a patch names its files itself.
    name, equals, path = part.partition("=")
    for kind in BLOCKS:
        if name == kind and (bool(equals and path) != (kind == "patch")) and (path or not equals):
            return kind
    return None


@dataclass(frozen=True, slots=True)
class Touch:
    """`write` may make the file, `edit` and `delete` need it. `line` counts from 0 in the diff."""

    path: str
    how: How
    line: int = 0


def find_patch_touches(diff: str) -> tuple[Touch, ...]:
    """Every file in the order named, once for each way it is touched."""
    return tuple(dict.fromkeys(_find_touches([line.rstrip("\r") for line in diff.split("\n")])))


def patch_fault(diff: str) -> str:
    """Why this diff is none a plan may bring; empty where it may."""
    # The first is written by `git diff --binary`, the second without that option:
    # https://git-scm.com/docs/git-diff#Documentation/git-diff.txt---binary
    if re.search(r"^(?:GIT binary patch|Binary files .* differ)", diff, re.MULTILINE):
        return "a binary patch"
    if any(_SPECIAL_MODE.match(line) for line in diff.splitlines()):
        return "a patch that makes or changes a symlink or submodule"
    return "" if find_patch_touches(diff) else "a patch that names no file"


def _find_touches(lines: Sequence[str]) -> Iterator[Touch]:
    # Not unidiff: it trusts a hunk's counts, which models get wrong, and refuses the whole diff;
    # it leaves git's quoted names quoted and the carriage return of a Windows line in the path.
    # Here every pair of headers before a hunk counts: a name too many is refused, none is missed.
    for number, line in enumerate(lines):
        after = lines[number + 1] if number + 1 < len(lines) else ""
        hunk = number + 2 < len(lines) and lines[number + 2].startswith("@@")
        # A removed line `-- x` reads `--- x` too: only a pair with `@@` below it is a header.
        # https://www.gnu.org/software/diffutils/manual/html_node/Detailed-Unified.html
        if line.startswith("--- ") and after.startswith("+++ ") and hunk:
            yield from _touch_of_headers(_read_path(line[4:]), _read_path(after[4:]), number)
        # "Path names in extended headers do not include the a/ and b/ prefixes."
        # https://git-scm.com/docs/diff-format#generate_patch_text_with_p
        elif line.startswith("rename from "):
            yield Touch(_unquote(line[12:]), "delete", number)
        elif line.startswith(("rename to ", "copy to ")):
            yield Touch(_unquote(line.partition(" to ")[2]), "write", number)
        elif line.startswith(("new file mode ", "deleted file mode ")):
            yield from _touch_of_empty_file(lines, number)


def _touch_of_headers(old: str, new: str, number: int) -> Iterator[Touch]:
    if old == new == _NOWHERE:
        return
    if old == _NOWHERE:
        yield Touch(new.removeprefix("b/"), "write", number)
    elif new == _NOWHERE:
        yield Touch(old.removeprefix("a/"), "delete", number)
    elif old.startswith("a/") and new.startswith("b/"):
        yield Touch(new[2:], "edit" if old[2:] == new[2:] else "write", number)
    else:
        yield Touch(new, "edit" if old == new else "write", number)


def _touch_of_empty_file(lines: Sequence[str], number: int) -> Iterator[Touch]:
    """A file that is made or removed empty has no hunk: only `diff --git a/X b/X` names it."""
    # https://git-scm.com/docs/diff-format#generate_patch_text_with_p
    git = re.fullmatch(r"diff --git a/(.+) b/\1", lines[number - 1]) if number else None
    following = lines[number + 1 : number + 4]
    if git and not any(line.startswith("--- ") for line in following):
        yield Touch(git[1], "write" if lines[number].startswith("new") else "delete", number)


def _read_path(header: str) -> str:
    """The path of a `---` or `+++` line, without the time stamp that some tools add."""
    # GNU diff writes a tab and the time: https://www.gnu.org/software/diffutils/manual/diffutils.html
    return _unquote(header.partition("\t")[0].rstrip())


def _unquote(path: str) -> str:
    """Undo git's quoting of names: octal bytes and backslash escapes between double quotes."""
    if not (len(path) > 1 and path[0] == path[-1] == '"'):
        return path
    raw = _ESCAPE.sub(_read_byte, path[1:-1].encode("utf-8", "surrogatepass"))
    return raw.decode(errors="replace")


def _read_byte(found: re.Match[bytes]) -> bytes:
    code = found[1].decode("latin-1")
    if len(code) == len("000"):
        # Three octal digits reach 511; git writes none past a byte, but a model may.
        return bytes([int(code, 8) & 0xFF])
    return _ESCAPES.get(code, found[0])
