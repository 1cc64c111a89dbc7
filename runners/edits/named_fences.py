"""Telling which fences of a reply are whole files, and which files: named ones, and proved ones."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from runners.edits.definition_lines import find_definitions
from runners.edits.file_names import ABSOLUTE, FileNames
from runners.edits.file_proof import is_example, is_version, read_bodies
from runners.edits.match import contains_lines
from runners.edits.model import EditError
from runners.edits.path_lines import comment_text, path_on_line
from runners.edits.path_mentions import read_line_names
from runners.edits.reply_limits import count_work
from runners.edits.reply_text import (
    FENCED_EXTENSIONS,
    OUTPUT_LANGUAGES,
    Fence,
    claims_other_language,
    file_extension,
    fits_language,
    is_of_language,
    parse_fences,
)
from runners.edits.target_file import (
    ASKED_FOR,
    POINTED_AT,
    PRESENTED,
    Guessed,
    Named,
    Target,
    Unclear,
    find_target,
    keep_words,
    require_path,
)
from runners.edits.text_end import is_well_formed

MAX_LABEL_WORDS = 3
"""A mark, a name and a mark."""
LONGER_FENCE_HINT = "Put the file into a fence of four backticks or more."
WHOLE_FILE_HINT = (
    "Answer with one fence that holds the complete file, its path alone on the line above."
)


@dataclass(frozen=True, slots=True)
class NamedFence:
    """`told`: the reply says plainly which file it is."""

    fence: Fence
    path: str
    body: tuple[str, ...]
    told: bool = True


@dataclass(frozen=True, slots=True)
class OtherFence:
    """A fence that nothing names or proves; `lead` is the last line of words above it."""

    fence: Fence
    target: Target
    lead: str


def filled_fences(lines: Sequence[str]) -> list[Fence]:
    return [fence for fence in parse_fences(lines) if any(line.strip() for line in fence.body)]


def name_fence(above: Sequence[str], fence: Fence, names: FileNames) -> tuple[Target, NamedFence]:
    """What a fence is for by its own words and those `above` it, and its lines without its name."""
    count_work(1)
    target = find_target(
        above,
        names,
        fits=lambda path: is_version(path, fence.body, names),
        info=fence.info,
        makes_files=True,
    )
    body = fence.body
    first = body[0].strip()
    label = _label_in_fence(first, names) if len(body) > 1 else ""
    if label and (target == Named(label) or not isinstance(target, Named)):
        if _is_label_line(fence, label, names):
            return Named(label), NamedFence(fence, label, body[1:])
    elif ABSOLUTE.match(first) and _is_same_name(first, target):
        return Unclear(f"it begins with a path outside the repository: {first[:80]!r}"), NamedFence(
            fence, "", body
        )
    if isinstance(target, Named) and claims_other_language(fence.language, target.path):
        # Commands below a file's name run it: they are not its content.
        target = Unclear(f"a fence of {fence.language} cannot be {target.path}")
    path = "" if isinstance(target, Unclear) else target.path
    return target, NamedFence(fence, path, body)


def _is_same_name(first: str, target: Target) -> bool:
    path = "" if isinstance(target, Unclear) else target.path
    return bool(path) and first.rsplit("/", 1)[-1] == path.rsplit("/", 1)[-1]


def _label_in_fence(first: str, names: FileNames) -> str:
    """The file that a fence's first line names; text that opens a comment or a route is none."""
    if len(first.split()) > MAX_LABEL_WORDS:
        return ""
    label = path_on_line(first, names)
    is_rooted = first.lstrip("/#*<!- ").startswith("/") or (
        first.startswith("/") and first[1:2] not in {"/", "*"}
    )
    if not label or (is_rooted and not names.is_known(label)):
        return ""
    return label if names.is_known(label) or file_extension(label) else ""


def _is_label_line(fence: Fence, label: str, names: FileNames) -> bool:
    """Whether the first line only names the file: not so where the file itself begins with it."""
    body = fence.body
    first = body[0].strip()
    if before := read_bodies(label, names):
        return before[0].strip() != first or (
            body[1].strip() == first and [line.strip() for line in before[1:2]] != [first]
        )
    if names.is_known(label):
        return True
    # `[tool.ruff]` and `require.js` are lines of files as well as names of new ones.
    told = "/" in label or is_of_language(fence.language, label)
    return told and not comment_text(first)


def name_fences(
    lines: Sequence[str], names: FileNames, used: Collection[tuple[int, int]] = ()
) -> tuple[list[NamedFence], list[OtherFence]]:
    """(fences that are files by name or by proof, all others with what is known of them)."""
    words = keep_words(lines, list(used))
    ends = sorted(past for _, past in used)
    found: list[NamedFence] = []
    others: list[OtherFence] = []
    start = 0
    for fence in filled_fences(lines):
        while ends and ends[0] <= fence.first:
            start = max(start, ends.pop(0))
        if _overlaps(fence, used):
            continue
        above = words[start : fence.first]
        target, named = name_fence(above, fence, names)
        settled = _settle(target, named, names)
        if isinstance(settled, NamedFence):
            found.append(settled)
            start = fence.past
        else:
            lead = next((line for line in reversed(above) if line.strip()), "")
            others.append(OtherFence(fence, settled, lead))
    return found, others


def _overlaps(fence: Fence, used: Collection[tuple[int, int]]) -> bool:
    return any(first < fence.past and fence.first < past for first, past in used)


def _settle(target: Target, named: NamedFence, names: FileNames) -> NamedFence | Target:
    """The fence with its file where that is said or proved; else what is known of it."""
    if isinstance(target, Unclear):
        return target
    path = target.path
    long = names.long_form(path) if not names.file_exists(path) else ""
    if isinstance(target, Named):
        return _settle_short(path, long, named, names) if long else named
    is_quote = contains_lines(read_bodies(path, names), named.body)
    if target.why == ASKED_FOR or (is_quote and target.why != PRESENTED):
        return target
    if is_version(path, named.body, names):
        return NamedFence(named.fence, path, named.body, told=target.why in {PRESENTED, POINTED_AT})
    return _name_by_words(target, named, names) or target


def _name_by_words(target: Guessed, named: NamedFence, names: FileNames) -> NamedFence | None:
    """The file that the words above present, or a new one that they point at."""
    language, path = named.fence.language, target.path
    if language in OUTPUT_LANGUAGES and not fits_language(language, path):
        return None
    if target.why == PRESENTED:
        return NamedFence(named.fence, path, named.body, told=not names.file_exists(path))
    is_new = not names.file_exists(path) and names.may_change(path)
    if target.why == POINTED_AT and is_new and fits_language(language, path):
        return NamedFence(named.fence, path, named.body)
    return None


def _settle_short(path: str, long: str, named: NamedFence, names: FileNames) -> NamedFence | Target:
    """A name that is the end of the task's path: that file, or a new one that is called like it."""
    if not names.file_exists(long) or not names.may_change(path):
        return NamedFence(named.fence, long, named.body)
    if is_version(long, named.body, names):
        return Unclear(f"it is unclear which file it is for ({path} or {long})")
    return named


def refuse_undecided(others: Sequence[OtherFence], names: FileNames) -> None:
    """Raises `EditError` where a file beside the named ones is spoken of, but not told plainly."""
    for other in others:
        where = f"the fence at line {other.fence.first + 1}"
        if other.fence.language in OUTPUT_LANGUAGES:
            continue
        if isinstance(other.target, Unclear):
            mentioned = filter(names.may_change, read_line_names(other.lead, names).paths)
            if any(
                not names.file_exists(path) or is_version(path, other.fence.body, names)
                for path in mentioned
            ):
                raise EditError(f"{where}: {other.target.why}", WHOLE_FILE_HINT)
        elif other.target == Guessed(other.target.path, POINTED_AT):
            path = other.target.path
            if names.may_change(path) and not _is_plain_quote(path, other.fence.body, names):
                raise EditError(
                    f"{where}: the words above it name {path}, but it is not the complete file",
                    WHOLE_FILE_HINT,
                )


def _is_plain_quote(path: str, body: Sequence[str], names: FileNames) -> bool:
    """Whether a text only shows a place of the file: it may be most of a file cut down."""
    before = read_bodies(path, names)
    return contains_lines(before, body) and (
        list(body) == before or not is_version(path, body, names)
    )


def prove_default(others: Sequence[OtherFence], names: FileNames) -> list[NamedFence]:
    """The unnamed fence that plainly is the task's file, beside others that are named."""
    before = read_bodies(names.default, names)
    unnamed = [other for other in others if not isinstance(other.target, Unclear)]
    proved = {
        other.fence.body: other.fence
        for other in unnamed
        if fits_language(other.fence.language, names.default)
        and not contains_lines(before, other.fence.body)
        and _is_proved(other, before, names)
    }
    if len(proved) > 1:
        raise _refuse_several(len(proved), names.default)
    return [NamedFence(fence, names.default, body, told=False) for body, fence in proved.items()]


def choose_fence(others: Sequence[OtherFence], names: FileNames) -> tuple[Fence, bool]:
    """The one fence that may be the task's file, and whether its lines prove that.

    Raises `EditError` where several might be, or none.
    """
    path = names.default
    fitting = [other for other in others if fits_language(other.fence.language, path)]
    if not fitting:
        raise EditError(f"no fence of the reply is for {path}", WHOLE_FILE_HINT)
    before = read_bodies(path, names)
    # What is in the file already is a quotation of it.
    fitting = [o for o in fitting if not contains_lines(before, o.fence.body)] or fitting
    clear = [other for other in fitting if not isinstance(other.target, Unclear)]
    if not clear:
        require_path(fitting[0].target, f"the fence at line {fitting[0].fence.first + 1}")
    distinct = list({other.fence.body: other for other in clear}.values())
    is_new = not any(line.strip() for line in before)
    proved = [o for o in distinct if _is_proved(o, before, names)] if not is_new else []
    if is_new:
        distinct = [o for o in distinct if not is_example(o.lead, o.fence.body)] or distinct[:0]
        proved = [o for o in distinct if len(distinct) == 1 or find_definitions(o.fence.body)]
    several = len(distinct) > 1
    if len(proved) == 1:
        body = "\n".join(proved[0].fence.body)
        if not several or is_well_formed(path, body) is not False:
            return proved[0].fence, True
    if len(distinct) == 1:
        return distinct[0].fence, bool(names.sections)
    if not distinct:
        raise EditError(f"no fence of the reply is plainly {path}", WHOLE_FILE_HINT)
    raise _refuse_several(len(distinct), path)


def _refuse_several(count: int, path: str) -> EditError:
    return EditError(
        f"{count} fences of the reply might be {path}, none of them named",
        LONGER_FENCE_HINT if file_extension(path) in FENCED_EXTENSIONS else WHOLE_FILE_HINT,
    )


def _is_proved(other: OtherFence, before: Sequence[str], names: FileNames) -> bool:
    # Data have no definitions to tell a file by: a server's answer may look much like its config.
    if not find_definitions(before) and is_example(other.lead, other.fence.body):
        return False
    return is_version(names.default, other.fence.body, names)
