"""Reading a reply that is a file without any fence, perhaps between sentences of chat."""

import re
from collections.abc import Sequence

from runners.edits.definition_lines import find_definitions
from runners.edits.file_names import FileNames
from runners.edits.file_pieces import HALF, share_kept
from runners.edits.file_proof import is_tool_call, is_version, read_bodies
from runners.edits.match_typos import clean_body, count_blank_tail
from runners.edits.model import EditError, WholeFile
from runners.edits.named_fences import (
    LONGER_FENCE_HINT,
    WHOLE_FILE_HINT,
)
from runners.edits.path_lines import path_on_line
from runners.edits.reply_text import file_extension, is_fence, parse_fences
from runners.edits.target_file import find_target, require_path
from runners.edits.text_end import is_well_formed, reaches_end

SENTENCE = re.compile(r"^(?:[-*] |\d+\. )?[A-Z`*][^={}]*[.:!?]$")


def read_unfenced(lines: Sequence[str], names: FileNames) -> WholeFile:
    """Raises `EditError` unless the reply plainly is the file."""
    path, texts = _split_first_line_path(list(lines), names)
    before = read_bodies(path, names) if path else []
    first, past = _find_body(texts, before)
    body = texts[first:past]
    if not path or not _is_plainly_file(path, body, names):
        hint = LONGER_FENCE_HINT if parse_fences(lines) else WHOLE_FILE_HINT
        raise EditError("the reply holds no edit: no block, no diff, no fenced file", hint)
    _refuse_other_file(texts[:first], body, path, names)
    body = clean_body(body, before)
    # Servers and CLIs often trim a reply's end, so blank lines that the file had there come back.
    body += [""] * (count_blank_tail(before) - count_blank_tail(body))
    return WholeFile(path, "".join(line + "\n" for line in body), "the reply")


def _refuse_other_file(
    above: Sequence[str], body: Sequence[str], path: str, names: FileNames
) -> None:
    """Raises `EditError` where the words above the text say that it is another file."""
    label = "the text without a fence"
    target = find_target(
        above,
        names,
        fits=lambda file: is_version(file, body, names),
        before=path,
        makes_files=True,
    )
    if require_path(target, label) != path:
        raise EditError(f"{label}: the words above it name {target.path}", WHOLE_FILE_HINT)  # type: ignore[union-attr]


def is_unfenced(lines: Sequence[str], names: FileNames) -> bool:
    """Whether the reply's fences are the file's own: most of the file stands outside of them."""
    before = read_bodies(names.default, names) if names.default else []
    blocks = parse_fences(lines)
    if not blocks:
        return True
    inside = {at for fence in blocks for at in range(fence.first + 1, fence.past - fence.closed)}
    outside = [line for at, line in enumerate(lines) if at not in inside]
    outside_texts = {line.strip() for line in outside if line.strip() and not is_fence(line)}
    shared = any(line.strip() in outside_texts for line in before)
    return shared and len(before) > 1 and share_kept(before, outside) >= HALF


def _split_first_line_path(texts: list[str], names: FileNames) -> tuple[str, list[str]]:
    """(path, the rest) where the first line names the file, else the task's file and all lines."""
    first = next((at for at, line in enumerate(texts) if line.strip()), 0)
    path = path_on_line(texts[first], names) if texts else ""
    if not path or texts[first] in read_bodies(names.default or path, names):
        return names.default, texts
    if path != (names.default or path):
        raise EditError(f"the reply names {path} and holds no fence", WHOLE_FILE_HINT)
    return path, texts[first + 1 :]


def _is_plainly_file(path: str, body: list[str], names: FileNames) -> bool:
    before = read_bodies(path, names)
    well_formed = is_well_formed(path, "\n".join(body) + "\n")
    if well_formed is False:
        return False
    if len([line for line in before if line.strip()]) > 1:
        chat = any(map(_is_prose, _changed_edges(body, before)))
        ends = reaches_end(path, before, body) or (
            bool(well_formed) and _only_appends(before, body)
        )
        return is_version(path, body, names) and not chat and ends
    if is_tool_call("\n".join(body)):
        return False
    return bool(well_formed) and (
        bool(find_definitions(body)) or file_extension(path) in {"json", "toml"}
    )


def _only_appends(before: list[str], body: list[str]) -> bool:
    """The file's last line is there, once, and more lines follow it."""
    last = next(line.rstrip() for line in reversed(before) if line.strip())
    return [x.rstrip() for x in before].count(last) == 1 == [x.rstrip() for x in body].count(last)


def _changed_edges(body: list[str], before: list[str]) -> list[str]:
    """First and last line, where the file did not have them: chat would show there."""
    filled = [line for line in body if line.strip()]
    return [line for line in (filled[:1] + filled[-1:]) if line not in before]


def _find_body(texts: list[str], before: list[str]) -> tuple[int, int]:
    """(first, past the last) of the file's own lines in the reply; what surrounds them is prose."""
    filled = [line.rstrip() for line in before if line.strip()]
    if not filled:
        return 0, len(texts)
    plain = [line.rstrip() for line in texts]
    first = plain.index(filled[0]) if filled[0] in plain else 0
    if not _is_chat(texts[:first]):
        first = 0
    lead = next(at for at, line in enumerate(before) if line.strip())
    while lead and first and not texts[first - 1].strip():
        lead, first = lead - 1, first - 1
    last = len(plain) - 1 - plain[::-1].index(filled[-1]) if filled[-1] in plain else len(plain)
    past = last + 1 if first <= last < len(plain) and _is_chat(texts[last + 1 :]) else len(plain)
    return first, past


def _is_chat(lines: Sequence[str]) -> bool:
    filled = [line for line in lines if line.strip()]
    return bool(filled) and all(map(_is_prose, filled))


def _is_prose(line: str) -> bool:
    return not line[:1].isspace() and line.count(" ") > 1 and bool(SENTENCE.match(line.strip()))
