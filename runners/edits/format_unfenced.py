"""Reading a reply that is a file without any fence, perhaps between sentences of chat."""

import re
from collections.abc import Sequence

from runners.edits.completeness import (
    HALF,
    find_definitions,
    is_well_formed,
    reaches_end,
    share_kept,
)
from runners.edits.file_names import FileNames
from runners.edits.match_typos import clean_body, count_blank_tail
from runners.edits.model import EditError, WholeFile
from runners.edits.named_fences import LONGER_FENCE_HINT, WHOLE_FILE_HINT, read_bodies
from runners.edits.path_mentions import path_on_line
from runners.edits.reply_text import file_extension, is_fence, parse_fences

SENTENCE = re.compile(r"^(?:[-*] |\d+\. )?[A-Z`*][^={}]*[.:!?]$")


def read_unfenced(lines: Sequence[str], names: FileNames) -> WholeFile:
    """Raises `EditError` unless the reply plainly is the file."""
    path, texts = _split_first_line_path(list(lines), names)
    before = read_bodies(path, names) if path else []
    body = _strip_chat(texts, before)
    if not path or not _is_plainly_file(path, body, before):
        hint = LONGER_FENCE_HINT if parse_fences(lines) else WHOLE_FILE_HINT
        raise EditError("the reply holds no edit: no block, no diff, no fenced file", hint)
    body = clean_body(body, before)
    # Servers and CLIs often trim a reply's end, so blank lines that the file had there come back.
    body += [""] * (count_blank_tail(before) - count_blank_tail(body))
    return WholeFile(path, "".join(line + "\n" for line in body), "the reply")


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
    if path and path == (names.default or path) and texts[first] not in read_bodies(path, names):
        return path, texts[first + 1 :]
    return names.default, texts


def _is_plainly_file(path: str, body: list[str], before: list[str]) -> bool:
    well_formed = is_well_formed(path, "\n".join(body) + "\n")
    if well_formed is False:
        return False
    if len([line for line in before if line.strip()]) > 1:
        chat = any(map(_is_prose, _changed_edges(body, before)))
        ends = reaches_end(path, before, body) or (
            bool(well_formed) and _only_appends(before, body)
        )
        return share_kept(before, body) >= HALF and not chat and ends
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


def _strip_chat(texts: list[str], before: list[str]) -> list[str]:
    """The reply from the file's own first line to its last, where what surrounds them is prose."""
    filled = [line.rstrip() for line in before if line.strip()]
    if not filled:
        return texts
    plain = [line.rstrip() for line in texts]
    first = plain.index(filled[0]) if filled[0] in plain else 0
    if not _is_chat(texts[:first]):
        first = 0
    lead = next(at for at, line in enumerate(before) if line.strip())
    while lead and first and not texts[first - 1].strip():
        lead, first = lead - 1, first - 1
    last = len(plain) - 1 - plain[::-1].index(filled[-1]) if filled[-1] in plain else len(plain)
    past = last + 1 if first <= last < len(plain) and _is_chat(texts[last + 1 :]) else len(plain)
    return texts[first:past]


def _is_chat(lines: Sequence[str]) -> bool:
    filled = [line for line in lines if line.strip()]
    return bool(filled) and all(map(_is_prose, filled))


def _is_prose(line: str) -> bool:
    return not line[:1].isspace() and line.count(" ") > 1 and bool(SENTENCE.match(line.strip()))
