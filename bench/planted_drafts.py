"""Plans made of a repository's real commits, and faults planted in them, as planners make them."""

import difflib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from bot.approval.test_paths import is_test_path
from bot.text.escape import fence_for


@dataclass(frozen=True)
class Change:
    """What a commit made of one file; `old` is None where it made the file."""

    path: str
    old: str | None
    new: str

    @property
    def is_test(self) -> bool:
        return is_test_path(self.path)


@dataclass(frozen=True)
class DraftBlock:
    word: str
    text: str

    def render(self) -> str:
        fence = fence_for(self.text)
        return f"{fence}{self.word}\n{self.text}{fence}\n"


@dataclass(frozen=True)
class DraftTask:
    id: str
    keys: tuple[str, ...]
    words: str = ""
    blocks: tuple[DraftBlock, ...] = ()

    def render(self) -> str:
        keys = "".join(f"- {key}\n" for key in self.keys)
        return "\n".join(
            (
                f"### Task: {self.id}\n{keys}",
                f"{self.words}\n" if self.words else "",
                *(block.render() for block in self.blocks),
            )
        )

    def without(self, *starts: str) -> "DraftTask":
        return replace(self, keys=tuple(k for k in self.keys if not k.startswith(starts)))

    def with_keys(self, *keys: str) -> "DraftTask":
        return replace(self, keys=(*self.keys, *keys))


@dataclass(frozen=True)
class Draft:
    """`phases` are (title, keys, tasks)."""

    phases: tuple[tuple[str, tuple[str, ...], tuple[DraftTask, ...]], ...]
    seen: frozenset[str] = field(default_factory=frozenset)

    def render(self) -> str:
        parts = ["---\ntitle: Do it\nchecks: [test]\n---\nWhy.\n"]
        for title, keys, tasks in self.phases:
            parts.append(f"## Phase: {title}\n" + "".join(f"- {key}\n" for key in keys))
            parts += [task.render() for task in tasks]
        return "\n".join(parts)


def one_phase(*tasks: DraftTask, seen: Sequence[str] = ()) -> Draft:
    return Draft((("Do", (), tasks),), frozenset(seen))


def whole(change: Change) -> DraftBlock:
    return DraftBlock(f"file={change.path}", ended(change.new))


def ended(text: str) -> str:
    return text if text.endswith("\n") else f"{text}\n"


def edit(change: Change) -> DraftBlock | None:
    """The change as search/replace pairs; None where old lines stand more than once."""
    old, new = (change.old or "").split("\n"), change.new.split("\n")
    pairs = []
    for group in difflib.SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(3):
        first, last = group[0], group[-1]
        before = "\n".join(old[first[1] : last[2]])
        after = "\n".join(new[first[3] : last[4]])
        marked = re.search(r"^(?:<{5,}|={5,}|>{5,})", f"{before}\n{after}", re.MULTILINE)
        if not before.strip() or (change.old or "").count(before) != 1 or marked:
            return None
        pairs.append(f"<<<<<<< SEARCH\n{before}\n=======\n{after}\n>>>>>>> REPLACE\n")
    return DraftBlock(f"edit={change.path}", "".join(pairs)) if pairs else None


def patch(change: Change) -> DraftBlock:
    old, new = (
        ended(change.old or "").splitlines(keepends=True),
        ended(change.new).splitlines(keepends=True),
    )
    lines = difflib.unified_diff(old, new, f"a/{change.path}", f"b/{change.path}")
    return DraftBlock("diff patch", "".join(lines))


def exact(change: Change) -> DraftBlock:
    return whole(change) if change.old is None else edit(change) or patch(change)


def names(changes: Sequence[Change]) -> str:
    return " ".join(change.path for change in changes)


def test_first(tests: Sequence[Change], code: Sequence[Change]) -> Draft:
    """Recipe 1: exact blocks that add the failing tests, then the fix behind them."""
    guard = ("guard: yes",) if all(each.old is not None for each in tests) else ()
    first = DraftTask(
        "write-tests",
        (*(f"exists: {t.path}" for t in tests), *guard),
        "The tests that fail today.",
        tuple(map(exact, tests)),
    )
    fix = DraftTask(
        "fix",
        ("after: write-tests", f"check: test {names(tests)}"),
        "Make them pass.",
        tuple(map(exact, code)),
    )
    return one_phase(first, fix)


def fix_then_bites(tests: Sequence[Change], code: Sequence[Change]) -> Draft:
    """Recipe 2: the fix, then tests that fail without it."""
    fix = DraftTask("fix", ("check: test",), "Mend it.", tuple(map(exact, code)))
    cover = DraftTask(
        "cover",
        ("after: fix", f"check: test {names(tests)}", "bites: yes"),
        "Its tests.",
        tuple(map(exact, tests)),
    )
    return one_phase(fix, cover)


def in_words(tests: Sequence[Change], code: Sequence[Change]) -> Draft:
    """Models write all of it, one file a task."""
    made = "" if code[0].old is not None else "Create it. "
    fix = DraftTask("fix", (f"file: {code[0].path}", "check: test"), f"{made}It must hold.")
    new = "" if tests[0].old is not None else "Create it. "
    keys = (f"file: {tests[0].path}", "after: fix", f"check: test {tests[0].path}", "bites: yes")
    return one_phase(fix, DraftTask("cover", keys, f"{new}A test of what `fix` changed."))


def in_phases(tests: Sequence[Change], code: Sequence[Change]) -> Draft:
    draft = test_first(tests, code)
    (_, _, (first, fix)), done = draft.phases[0], f"done: test {names(tests)}"
    return Draft((("Tests", (), (first,)), ("Code", (done,), (fix.without("after"),))))


def guarded(tests: Sequence[Change], code: Sequence[Change]) -> Draft:
    """Nothing may change for anybody: green before and after."""
    keys = (
        "guard: yes",
        f"check: test {tests[0].path}" if tests[0].old is not None else "check: test",
    )
    return one_phase(DraftTask("tidy", keys, "Tidy up.", tuple(map(exact, code))))


Maker = Callable[[Sequence[Change], Sequence[Change]], Draft]
SOUND: dict[str, Maker] = {
    "test first": test_first,
    "fix, then bites": fix_then_bites,
    "in words": in_words,
    "in phases": in_phases,
    "guarded": guarded,
}
Planter = Callable[[Sequence[Change], Sequence[Change]], Draft | None]


def _tasks(draft: Draft) -> tuple[DraftTask, DraftTask]:
    first, second = (task for _, _, tasks in draft.phases for task in tasks)
    return first, second


MIN_LINES = 15
"""Of a file, so that something can be lost of it."""


def _there(changes: Sequence[Change]) -> Change | None:
    return next((each for each in changes if each.old and each.old.count("\n") > MIN_LINES), None)


def stale_search(tests: Sequence[Change], code: Sequence[Change]) -> Draft | None:
    """Old lines that were never in the file, as from memory."""
    first, fix = _tasks(test_first(tests, code))
    target = _there(code)
    block = edit(target) if target else None
    if not target or not block:
        return None
    head, _, rest = block.text.partition("\n")
    line, _, more = rest.partition("\n")
    text = f"{head}\n{line} remembered_otherwise\n{more}"
    return one_phase(first, replace(fix, blocks=(DraftBlock(block.word, text),)))


def twice_edited(tests: Sequence[Change], code: Sequence[Change]) -> Draft | None:
    """A second task quotes the file as it was before the first one changed it."""
    target = _there(code)
    block = edit(target) if target else None
    if not target or not block:
        return None
    _, old, _ = re.split(r"<{7} SEARCH\n|\n={7}\n", block.text, maxsplit=2)
    gone = set(old.split("\n")) - set(target.new.split("\n"))
    if not any(line.strip() for line in gone):
        return None
    first, fix = _tasks(test_first(tests, code))
    other = DraftBlock(
        block.word, f"<<<<<<< SEARCH\n{old}\n=======\nnothing_of_it\n>>>>>>> REPLACE\n"
    )
    more = DraftTask("more", ("after: fix", "check: test"), "Also this.", (other,))
    return one_phase(first, fix, more)


def exists_already(tests: Sequence[Change], code: Sequence[Change]) -> Draft | None:
    target = _there(tests)
    first, fix = _tasks(test_first(tests, code))
    if not target:
        return None
    return one_phase(first.without("guard", "exists").with_keys(f"exists: {target.path}"), fix)


def absent_already(tests: Sequence[Change], code: Sequence[Change]) -> Draft | None:
    first, fix = _tasks(test_first(tests, code))
    drop = DraftTask(
        "drop", ("absent: src/never_there.py", f"file: {code[0].path}", "after: fix"), "Drop it."
    )
    return one_phase(first, fix, drop)


def same_check_after(tests: Sequence[Change], code: Sequence[Change]) -> Draft | None:
    first, fix = _tasks(test_first(tests, code))
    more = DraftTask(
        "more",
        (f"file: {code[0].path}", "after: fix", f"check: test {names(tests)}"),
        "Handle the rest of it.",
    )
    return one_phase(first, fix, more)


def same_check_beside(tests: Sequence[Change], code: Sequence[Change]) -> Draft | None:
    first, fix = _tasks(test_first(tests, code))
    more = DraftTask(
        "more",
        ("file: more_of_it.py", "after: write-tests", f"check: test {names(tests)}"),
        "Create the rest of it.",
    )
    return one_phase(first, fix, more)


def test_cannot_pass(tests: Sequence[Change], code: Sequence[Change]) -> Draft | None:
    """The failing test has itself as its check."""
    first, fix = _tasks(test_first(tests, code))
    own = first.without("exists", "guard").with_keys(f"check: test {names(tests)}")
    return one_phase(own, fix)


def no_words(tests: Sequence[Change], code: Sequence[Change]) -> Draft | None:
    first, _ = _tasks(test_first(tests, code))
    keys = (f"file: {code[0].path}", "after: write-tests", f"check: test {names(tests)}")
    return one_phase(first, DraftTask("fix", keys, "TODO"))


def unread_whole(tests: Sequence[Change], code: Sequence[Change]) -> Draft | None:
    """A file that is there, written anew from what its name says."""
    target = _there(code)
    first, fix = _tasks(test_first(tests, code))
    if not target:
        return None
    block = DraftBlock(f"file={target.path}", "value = 1\n")
    return one_phase(first, replace(fix, blocks=(block,)))


def elided_whole(tests: Sequence[Change], code: Sequence[Change]) -> Draft | None:
    """A whole file of which most stands as a comment."""
    target = _there(code)
    first, fix = _tasks(test_first(tests, code))
    if not target or not target.old:
        return None
    lines = target.new.split("\n")
    mark = "#" if target.path.endswith((".py", ".rb", ".toml", ".yml")) else "//"
    text = "\n".join(
        [*lines[:4], f"{mark} ... the rest of the file is unchanged ...", lines[-2], ""]
    )
    block = DraftBlock(f"file={target.path}", ended(text))
    return replace(one_phase(first, replace(fix, blocks=(block,))), seen=frozenset({target.path}))


def check_of_later(tests: Sequence[Change], code: Sequence[Change]) -> Draft | None:
    """The fix comes first, and is judged by a test that only a later phase writes."""
    new = [each for each in tests if each.old is None]
    if not new:
        return None
    first, fix = _tasks(test_first(new, code))
    return Draft((("Code", (), (fix.without("after"),)), ("Tests", (), (first,))))


def two_writers(_tests: Sequence[Change], code: Sequence[Change]) -> Draft | None:
    keys = (f"file: {code[0].path}", "check: test")
    words = "Create it." if code[0].old is None else "Change it."
    return one_phase(
        DraftTask("one", keys, words), DraftTask("two", (keys[0], "check: true"), words)
    )


def unknown_test(tests: Sequence[Change], code: Sequence[Change]) -> Draft | None:
    target = next((t for t in tests if t.path.endswith(".py") and t.old), None)
    if not target:
        return None
    keys = (f"file: {code[0].path}", f"check: test {target.path}::test_never_written_by_anybody")
    words = "Create it." if code[0].old is None else "Change it."
    return one_phase(DraftTask("fix", keys, words))


def near_block(tests: Sequence[Change], code: Sequence[Change]) -> Draft | None:
    first, fix = _tasks(test_first(tests, code))
    keys = (f"file: {code[0].path}", *fix.keys)
    words = f"Create it:\n\n```python {code[0].path}\nvalue = 1\n```"
    return one_phase(first, DraftTask("fix", keys, words))


def nothing_to_do(tests: Sequence[Change], code: Sequence[Change]) -> Draft | None:
    target = _there(code)
    first, fix = _tasks(test_first(tests, code))
    if not target or not target.old:
        return None
    same = DraftBlock(f"file={target.path}", ended(target.old))
    return one_phase(first, replace(fix, blocks=(same,)))


def speaks_of_sibling(tests: Sequence[Change], code: Sequence[Change]) -> Draft | None:
    first, fix = _tasks(test_first(tests, code))
    made = DraftTask(
        "make", ("file: lib/amounts_of_it.py", "exists: lib/amounts_of_it.py"), "Create it."
    )
    uses = DraftTask(
        "uses",
        ("file: lib/uses_of_it.py", "exists: lib/uses_of_it.py"),
        "Create it; import what `lib/amounts_of_it.py` has.",
    )
    return one_phase(first, fix, made, uses)


def never_made(tests: Sequence[Change], code: Sequence[Change]) -> Draft | None:
    first, fix = _tasks(test_first(tests, code))
    return one_phase(first, fix.with_keys("exists: docs/never_made_by_anybody.md"))


def end_unreached(tests: Sequence[Change], code: Sequence[Change]) -> Draft | None:
    draft = test_first(tests, code)
    title, _, tasks = draft.phases[0]
    return replace(draft, phases=((title, ("done: test tests/never_made_by_anybody.py",), tasks),))


def does_not_parse(tests: Sequence[Change], code: Sequence[Change]) -> Draft | None:
    target = next((c for c in code if c.path.endswith(".py") and c.old), None)
    block = edit(target) if target else None
    if not target or not block:
        return None
    first, fix = _tasks(test_first(tests, code))
    text = re.sub(r"\n>{7} REPLACE", "\n    def broken(:\n>>>>>>> REPLACE", block.text, count=1)
    return one_phase(first, replace(fix, blocks=(DraftBlock(block.word, text),)))


def loses_work(tests: Sequence[Change], code: Sequence[Change]) -> Draft | None:
    """A model writes the file; then it is written over whole."""
    first, _ = _tasks(test_first(tests, code))
    target = code[0]
    words = "Create it." if target.old is None else "Change it."
    fix = DraftTask(
        "fix", (f"file: {target.path}", "after: write-tests", f"check: test {names(tests)}"), words
    )
    over = DraftTask("over", ("after: fix", "check: lint"), "Tidy up.", (whole(target),))
    return one_phase(first, fix, over)


def done_before(tests: Sequence[Change], code: Sequence[Change]) -> Draft | None:
    """A later phase's task has the check that the phase before it had to end with."""
    first, fix = _tasks(test_first(tests, code))
    more = DraftTask(
        "more", (f"file: {code[0].path}", f"check: test {names(tests)}"), "The rest of it."
    )
    return Draft((("Do", (f"done: test {names(tests)}",), (first, fix)), ("More", (), (more,))))


PLANTED: dict[str, Planter] = {
    "old lines that are not there": stale_search,
    "old lines that an earlier task changed": twice_edited,
    "exists: what is there": exists_already,
    "absent: what is not there": absent_already,
    "the same check again": same_check_after,
    "the same check beside": same_check_beside,
    "a failing test as its own check": test_cannot_pass,
    "no words": no_words,
    "a whole file that was not read": unread_whole,
    "a whole file with dots": elided_whole,
    "a check of a later file": check_of_later,
    "two writers": two_writers,
    "a test that nobody writes": unknown_test,
    "a fence that is no block": near_block,
    "blocks that change nothing": nothing_to_do,
    "words on a sibling's file": speaks_of_sibling,
    "exists: what nobody makes": never_made,
    "an end that nobody reaches": end_unreached,
    "a block that does not parse": does_not_parse,
    "a model's work written over": loses_work,
    "a check that a phase ended with": done_before,
}


def list_changes(changes: Sequence[Change]) -> Iterator[tuple[list[Change], list[Change]]]:
    """Tests and code, where there are both."""
    tests = [each for each in changes if each.is_test]
    code = [each for each in changes if not each.is_test]
    if tests and code:
        yield tests, code
