"""Edits a file shows as samples: a prompt, a manual. Within the whole file they are its text."""

from collections import Counter
from collections.abc import Sequence

from runners.edits import format_diff, format_search_replace, format_v4a, format_whole_file
from runners.edits.completeness import covers
from runners.edits.fences import Fence, fences
from runners.edits.languages import fits
from runners.edits.target_file import Names


def samples(lines: Sequence[str], names: Names) -> list[tuple[int, int]]:
    """(first, past the last) line inside each closed fence that is a file with samples in it."""
    marks = [at for at in range(len(lines)) if _is_mark(lines, at)]
    return [
        (fence.first + 1, fence.past - 1)
        for fence in (fences(lines) if marks else [])
        if fence.closed
        and any(fence.first < at < fence.past for at in marks)
        and _is_file(fence, format_whole_file.path_of(lines, fence, names), names)
    ]


def _is_mark(lines: Sequence[str], at: int) -> bool:
    return any(form.opens(lines, at) for form in (format_search_replace, format_v4a, format_diff))


def _is_file(fence: Fence, path: str, names: Names) -> bool:
    """Whether it is a version of the file, and its marks are old ones or stand in inner fences."""
    before = format_whole_file.bodies_of(path, names)
    body = list(fence.body)
    first = next(at for at, line in enumerate(body) if line.strip())
    if not before or not fits(fence.language, path) or _is_mark(body, first):
        return False
    outer = list(body)
    for inner in fences(body):
        outer[inner.first : inner.past] = [""] * (inner.past - inner.first)
    known = Counter(line for at, line in enumerate(before) if _is_mark(before, at))
    for text in (outer, body):
        found = Counter(line for at, line in enumerate(text) if _is_mark(text, at))
        if found <= known and covers(before, text) and (text is body or not found):
            return True
    return False
