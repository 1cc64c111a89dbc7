"""A long file is shown where it matters, verbatim, under lines that say where that is."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.code import outline_file
from bot.models.token_estimate import estimate_call_tokens, estimate_tokens
from bot.plan import Block, Task
from bot.prompts.budget import DROP_ORDER, TaskTooLargeError
from bot.prompts.inputs import FileContext, TaskPromptInput
from bot.prompts.line_index import render_index
from bot.prompts.relevant_lines import MentionSources, find_relevant_lines
from bot.prompts.section_choice import clean_spans, head_span
from bot.prompts.strategies import LOCAL_STRATEGIES, SENIOR_STRATEGIES, Strategy
from bot.prompts.task_prompt import TaskPrompt, compose_prompt
from runners.edits import resolve_reply

FUNCTION = """\
def {0}(amount, rate):
    \"\"\"Work out the {0}.\"\"\"
    total = amount
    for _ in range(rate):
        total += amount * rate
    return total
"""
NAMES = [f"{kind}_{what}" for kind in ("tax", "fee", "debt", "loan", "gift") for what in (
    "sum", "rate", "limit", "share", "start", "close", "pause", "grant", "refund", "notice")]  # fmt: skip
TEXT = "import math\n\nRATE = 3\n\n\n" + "\n\n".join(FUNCTION.format(name) for name in NAMES)
LINES = TEXT.splitlines(keepends=True)
PATH = "src/money.py"
SECTION = re.compile(
    r"^lines (\d+)-(\d+) of src/money\.py:\n```python\n(.*?)\n```$", re.DOTALL | re.MULTILINE
)


def line_of(name: str) -> int:
    return LINES.index(f"def {name}(amount, rate):\n") + 1


def asked(
    text: str = TEXT, task: str = "`debt_limit` must not loop.", **more: object
) -> TaskPromptInput:
    known = FileContext(outline=outline_file(PATH, text.encode()))
    base = TaskPromptInput(
        task=Task(id="t", file=PATH, text=task),
        content=text,
        strategy=LOCAL_STRATEGIES[0],
        window=2600,
        reply=512,
        file_context=known,
    )
    return replace(base, **more)  # type: ignore[arg-type]


def sections(context: TaskPrompt) -> dict[tuple[int, int], str]:
    return {(int(a), int(b)): text for a, b, text in SECTION.findall(context.prompt.user)}


def shows(context: TaskPrompt, name: str) -> bool:
    first = line_of(name)
    return any(a <= first and first + 5 <= b for a, b in context.spans)


def test_sections_are_verbatim_under_their_own_line_numbers() -> None:
    """No numbers inside of the code, and what is said of lines is true."""
    context = compose_prompt(asked())
    shown = sections(context)
    assert tuple(shown) == context.spans
    for (first, last), text in shown.items():
        assert text == "".join(LINES[first - 1 : last]).rstrip()


@pytest.mark.parametrize(
    ("task", "digest", "name"),
    [
        ("`loan_share` is wrong.", "", "loan_share"),
        ("loan_share() is wrong.", "", "loan_share"),
        (f"Mend line {line_of('gift_grant') + 3}.", "", "gift_grant"),
        (
            "It is slow.",
            f'File "/box/{PATH}", line {line_of("fee_close") + 2}, in x',
            "fee_close",
        ),
        ("It is slow.", f"{PATH}:{line_of('fee_close') + 2}: error: no", "fee_close"),
        ("It is slow.", f'File "{PATH}", line 99999, in fee_pause', ""),
        ("It is slow.", f'File "{PATH}", line 1, in fee_pause', "fee_pause"),
        ("Work out the notice of gifts.", "", "gift_notice"),
    ],
)
def test_what_points_into_the_file_is_shown(task: str, digest: str, name: str) -> None:
    """A name, a line, a traceback, a compiler's message, or else the words it shares."""
    told = asked(task=task, digest=digest)
    context = compose_prompt(told)
    assert context.spans
    assert not name or shows(context, name)
    assert len(context.prompt.user) < len(TEXT)


@pytest.mark.parametrize("said", ["lines {}-{}", "line {} to line {}", "between lines {} and {}"])
def test_all_lines_of_a_range_are_shown(said: str) -> None:
    """What stands between its ends is meant as they are, over as many definitions as it spans."""
    first, last = line_of("debt_sum"), line_of("debt_start") + 2
    context = compose_prompt(asked(task=f"Mend {said.format(first, last)}."))
    assert any(a <= first and last <= b for a, b in context.spans)


def test_a_range_within_a_definition_leaves_it_to_be_answered_whole() -> None:
    """The definition that holds it is the section."""
    first = line_of("debt_sum")
    found = find_relevant_lines(
        PATH,
        LINES,
        outline_file(PATH, TEXT.encode()),
        MentionSources(f"lines {first + 1}-{first + 3}"),
    )
    assert found.sure == ((first, first + 5),)


def test_lines_joined_by_and_are_two_places() -> None:
    """Nothing between them is meant."""
    context = compose_prompt(
        asked(task=f"Mend lines {line_of('tax_sum')} and {line_of('gift_notice')}.")
    )
    assert shows(context, "tax_sum")
    assert shows(context, "gift_notice")
    assert not shows(context, "debt_limit")


def test_a_range_that_has_no_room_is_refused() -> None:
    """It is never shown by its ends only."""
    with pytest.raises(TaskTooLargeError, match="split it, or name fewer lines"):
        compose_prompt(asked(task=f"Mend lines 7-{len(LINES) - 20}."))


def test_the_plans_own_version_points_too() -> None:
    """Old lines of an exact block that stand only once say where it belongs."""
    line = f'    """Work out the {NAMES[30]}."""\n'
    block = Block("edit", PATH, f"<<<<<<< SEARCH\n{line}=======\n    pass\n>>>>>>> REPLACE\n")
    with pytest.raises(TaskTooLargeError, match="name the functions or lines"):
        compose_prompt(asked(task="Mend it."))
    task = Task(id="t", file=PATH, text="Mend it.", blocks=(block,))
    assert shows(compose_prompt(replace(asked(), task=task)), NAMES[30])


@pytest.mark.parametrize("lines", [20, 149])
def test_a_short_file_that_fits_is_shown_whole(lines: int) -> None:
    """As it always was, whatever points into it."""
    text = "".join(LINES[:lines])
    context = compose_prompt(asked(text, window=8192, reply=2048))
    assert not context.spans
    assert f"{PATH}\n```python\n{text.rstrip()}\n```" in context.prompt.user


def test_a_long_file_is_shown_whole_where_that_is_comfortable() -> None:
    """A large window has room for it; a small one shows sections and the lines of all the rest."""
    blocks = replace(asked().file_context, mergeable=False)
    large = compose_prompt(asked(window=32_768, reply=16_384))
    small = compose_prompt(asked(file_context=blocks))
    assert not large.spans
    assert TEXT.rstrip() in large.prompt.user
    assert small.spans
    index = next(part.text for part in small.parts if part.name == "line index")
    at = line_of("gift_limit")
    assert f"\n{at}-{at + 5} def gift_limit(amount, rate)" in index


def test_an_index_that_is_cut_says_so() -> None:
    """How many definitions are missing, and up to which line they go."""
    known = outline_file(PATH, TEXT.encode())
    told = render_index(known, 200)
    entries = told.splitlines()
    left = 51 - (len(entries) - 1)
    assert entries[-1] == f"... and {left} more definitions up to line {len(LINES)}"
    assert estimate_tokens(told) <= 200
    assert "more" not in render_index(known, 5000)


METHODS = "".join(f"    def act_{n}(self):\n        pass\n" for n in range(20))
BOXES = outline_file(PATH, "".join(f"class Box{n}:\n{METHODS}\n" for n in range(10)).encode())


def test_what_is_outermost_comes_first_in_an_index() -> None:
    """All classes are there before the methods of the first ones; the room is used up."""
    told = render_index(BOXES, 400)
    assert "class Box9" in told
    assert "act_0" in told
    assert "act_19" not in told
    assert 250 < estimate_tokens(told) <= 400


def test_an_index_has_what_the_task_is_about_before_all_else() -> None:
    """With the class around it, however late in the file and however deep it stands."""
    late = next(each for each in reversed(BOXES.symbols) if each.name == "act_7")
    told = render_index(BOXES, 90, first=[late])
    assert f"class Box9\n  {late.first}-{late.last} def act_7(self)\n" in told


def test_what_is_shown_needs_no_entry_in_the_index() -> None:
    """An entry says where something else stands."""
    told = render_index(outline_file(PATH, TEXT.encode()), 5000, shown=[(6, 11)])
    assert NAMES[0] not in told
    assert NAMES[1] in told


def test_an_index_is_small_where_the_task_says_what_it_is_about() -> None:
    """Three lines are not worth a page of contents, and none where definitions are answered.

    A small model writes out every function whose signature it reads.
    """
    text = "\n\n".join(FUNCTION.format(f"work_{n}_of_all_the_accounts") for n in range(400))
    told = asked(text, "`work_7_of_all_the_accounts` is slow.", window=60_000)
    known = replace(told.file_context, mergeable=False)
    assert not any(each.name == "line index" for each in compose_prompt(told).parts)
    told = replace(told, file_context=known)
    index = next(each.text for each in compose_prompt(told).parts if each.name == "line index")
    shown = next(each.text for each in compose_prompt(told).parts if each.name == "file")
    assert "more definitions" in index
    assert estimate_tokens(index) <= max(200, estimate_tokens(shown))


HUGE = (
    "def huge(amount):\n"
    + "".join(f"    amount += {n}\n" for n in range(300))
    + "    if amount == LIMIT:\n        raise OverdrawnError\n"
    + "".join(f"    amount -= {n}\n" for n in range(300))
    + "    return amount\n"
)


@pytest.mark.parametrize(
    ("task", "digest", "line"),
    [
        ("`huge` is slow.", f'File "{PATH}", line 200, in huge', 200),
        ("`huge` is slow: it must not be overdrawn.", "", 303),
        ("It is slow.", f"{PATH}:450: error: no", 450),
    ],
    ids=["named and traced", "named, words point at lines", "traced"],
)
def test_a_definition_larger_than_the_window_is_shown_by_its_head_and_pieces(
    task: str, digest: str, line: int
) -> None:
    """Those that lines or words point at: to split the task would help nobody."""
    spans = compose_prompt(asked(HUGE, task, digest=digest, window=2000)).spans
    assert spans[0][0] == 1
    assert any(first <= line <= last for first, last in spans)
    assert sum(last - first for first, last in spans) < 500


def test_lines_named_inside_a_definition_larger_than_the_window_are_all_shown() -> None:
    """They stay, with the head of the definition, and never by their ends alone."""
    spans = compose_prompt(asked(HUGE, "In lines 250-310 it is slow.", window=2000)).spans
    assert any(first <= 250 and last >= 310 for first, last in spans)
    assert spans[0][0] == 1


def test_the_likely_fill_the_room_where_the_task_names_nothing() -> None:
    """Words alone are a guess, so what is left of the window goes to the next guesses."""
    context = compose_prompt(asked(task="The notice of a loan is too high.", window=2600))
    assert context.window - context.tokens - context.prompt.reply < 400
    assert shows(context, "loan_notice")


def test_what_a_called_function_calls_is_likely_too() -> None:
    """A test speaks of the function at the door; the fault is often one call further."""
    called = "def _third(amount, rate):\n    return amount / rate\n"
    door = FUNCTION.format("open_door").replace("amount * rate", "_third(amount, rate)")
    text = f"{TEXT}\n\n{called}\n\n{door}"
    told = asked(text, "It goes wrong.", tests=(("t.py", "def test_it():\n    open_door(1, 2)\n"),))
    spans = compose_prompt(told).spans
    first = text[: text.index("def _third")].count("\n") + 1
    assert any(a <= first and first + 1 <= b for a, b in spans)


def test_of_a_file_too_large_to_write_anew_what_is_meant_is_shown_alone() -> None:
    """However much of the window is free: a small model answers what it sees, function by function."""
    context = compose_prompt(asked(window=32_768, reply=1024))
    assert shows(context, "debt_limit")
    assert sum(last - first for first, last in context.spans) < 150
    assert "Reply with the functions, methods or classes that you change" in context.prompt.user
    blocks = compose_prompt(asked(window=32_768, reply=1024, strategy=SENIOR_STRATEGIES[0]))
    assert "SEARCH" in blocks.prompt.user


def test_of_a_file_too_large_to_write_anew_what_the_failing_test_calls_is_shown() -> None:
    """The task names nothing, but the test does."""
    test = ("t.py", "def test_it():\n    assert loan_share(1, 2) == 3\n")
    context = compose_prompt(asked(task="It is wrong.", window=32_768, reply=1024, tests=(test,)))
    assert shows(context, "loan_share")
    assert not shows(context, "tax_sum")


def test_a_draft_too_large_to_write_anew_is_shown_by_its_own_sections() -> None:
    """The failure is the draft's, so its lines must be too, and the reply is an edit of it."""
    draft = TEXT.replace("RATE = 3\n", "RATE = 3\nSHARE = 4\n")
    told = asked(strategy=LOCAL_STRATEGIES[2], draft=draft)
    context = compose_prompt(told)
    assert context.drafted
    assert context.edits_draft
    assert (line_of("debt_limit") + 1, line_of("debt_limit") + 6) in context.spans
    assert "a first version, which still fails" in context.prompt.user


@pytest.mark.parametrize("strategy", [*LOCAL_STRATEGIES, *SENIOR_STRATEGIES])
def test_a_sectioned_file_is_never_asked_for_whole(strategy: Strategy) -> None:
    """Definitions where those can be merged, else blocks that name their section."""
    form = compose_prompt(asked(strategy=strategy)).parts[-1].text
    assert "complete new" not in form
    assert ("lines FIRST-LAST of" in form) == strategy.blocks
    known = replace(asked().file_context, mergeable=False)
    assert (
        "lines FIRST-LAST of"
        in compose_prompt(asked(strategy=strategy, file_context=known)).parts[-1].text
    )


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("name", [NAMES[0], NAMES[25], NAMES[-1]])
def test_what_is_answered_to_a_section_lands_there(name: str, end: str) -> None:
    """Lines that stand fifty times in the file change once, whatever its line ends are."""
    text = TEXT.replace("\n", end)
    first = line_of(name)
    context = compose_prompt(asked(text, task=f"`{name}` is wrong, see line {first + 2}."))
    span = next((a, b) for a, b in context.spans if a <= first and first + 5 <= b)
    reply = (
        f"lines {span[0]}-{span[1]} of {PATH}:\n<<<<<<< SEARCH\n{LINES[first - 1]}{LINES[first]}"
        f"    total = amount\n=======\n{LINES[first - 1]}    total = 0\n>>>>>>> REPLACE\n"
    )
    edits = resolve_reply(reply, {PATH: text.encode()}.get, default=PATH, sections=context.spans)
    wanted = [*LINES[:first], "    total = 0\n", *LINES[first + 2 :]]
    assert edits.files[PATH] == "".join(wanted).replace("\n", end).encode()


def test_the_line_ends_of_a_section_are_the_files() -> None:
    """CRLF stays in what is shown, so that it is copied as it stands."""
    shown = compose_prompt(asked(TEXT.replace("\n", "\r\n"))).prompt.user
    assert "def debt_limit(amount, rate):\r\n" in shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n" * 9000,
        "x" * 5_000_000,
        "`" * 100_000,
        "def f():\n" + "    (" * 60_000,
        "\ufeff" + TEXT,
        TEXT + "\0",
        "\r".join(LINES),
        "def f(:\n" * 5000,
    ],
    ids=["empty", "blank", "one line", "ticks", "deep", "bom", "nul", "cr", "broken"],
)
def test_any_content_is_shown_within_the_window_or_refused(text: str) -> None:
    """No content hangs it or makes it lie about the window."""
    try:
        context = compose_prompt(asked(text, window=4096))
    except TaskTooLargeError:
        return
    prompt = context.prompt
    assert estimate_call_tokens(prompt.system, prompt.user) + prompt.reply <= 4096


WORDS = st.lists(
    st.sampled_from(
        [*NAMES, "`", "line 40", "lines 7-90", "(", "import", "\u2028", "```", "total"]
    ),
    max_size=12,
).map(" ".join)
TEXTS = st.lists(st.tuples(st.sampled_from(["a.py", "b c.md"]), WORDS), max_size=3).map(tuple)


@given(
    task=WORDS,
    digest=WORDS,
    tests=TEXTS,
    reads=TEXTS,
    answers=TEXTS,
    coaching=st.lists(WORDS, max_size=3).map(tuple),
    folders=st.lists(WORDS, max_size=3).map(tuple),
    memory=st.lists(WORDS, max_size=4).map(tuple),
    job=WORDS,
    draft=WORDS,
    strategy=st.sampled_from([*LOCAL_STRATEGIES, *SENIOR_STRATEGIES]),
    window=st.integers(1024, 9000),
    size=st.integers(0, len(LINES)),
)
def test_no_mixture_of_parts_exceeds_any_window(  # noqa: PLR0913, PLR0917
    task: str,
    digest: str,
    tests: tuple[tuple[str, str], ...],
    reads: tuple[tuple[str, str], ...],
    answers: tuple[tuple[str, str], ...],
    coaching: tuple[str, ...],
    folders: tuple[str, ...],
    memory: tuple[str, ...],
    job: str,
    draft: str,
    strategy: Strategy,
    window: int,
    size: int,
) -> None:
    """Call and reply fit, what went is said in the one order, and task and code are there."""
    text = "".join(LINES[:size])
    told = asked(
        text, task, digest=digest, tests=tests, reads=reads, answers=answers, coaching=coaching
    )
    known = replace(told.file_context, folders=folders, finished_tasks=memory)
    told = replace(
        told,
        file_context=known,
        job=job,
        draft=draft,
        strategy=strategy,
        window=window,
        reply=window // 4,
    )
    try:
        context = compose_prompt(told)
    except TaskTooLargeError:
        return
    prompt = context.prompt
    needs = estimate_call_tokens(prompt.system, prompt.user)
    assert needs <= context.tokens <= window - prompt.reply
    assert prompt.user == "\n\n".join(part.text for part in context.parts)
    assert {"task", "file", "form"} <= {part.name for part in context.parts}
    ranks = [rank(name) for name in context.dropped]
    assert ranks == sorted(ranks)
    left = {part.name: part.priority for part in context.parts if part.priority}
    assert all(worth >= max(ranks, default=0) + 1 for worth in left.values())
    assert compose_prompt(told) == context


def rank(name: str) -> int:
    kinds = {
        "read": "reads",
        "test": "tests",
        "answer": "answers",
        "digest,": "digest",
        "original": "draft",
    }
    return DROP_ORDER.index(name if name in DROP_ORDER else kinds[name.split(" ", maxsplit=1)[0]])


LICENCE = "# Copyright.\n" * 20
DOCSTRING = '"""What it is for.\n' + "And more of that.\n" * 40 + '"""\n'


@pytest.mark.parametrize(
    ("path", "head"),
    [
        ("a.py", DOCSTRING),
        ("a.py", f"#!/usr/bin/env python3\n{LICENCE}\n{DOCSTRING.replace(chr(34), chr(39))}\n"),
        ("a.py", '"""One line."""\n'),
        ("a.js", "/*\nCopyright.\n" + "Permission is granted.\n" * 40 + "*/\n"),
    ],
)
def test_the_head_of_a_file_is_its_imports_not_the_prose_above_them(path: str, head: str) -> None:
    """A licence or a module's docstring takes the room of what the code calls."""
    imports = "import re\nimport sys\n"
    code = "\n\ndef f():\n    pass\n" if path == "a.py" else "\n\nfunction f() {\n}\n"
    text = f"{head}{imports}{code}"
    lines = text.splitlines(keepends=True)
    [span] = clean_spans([head_span(outline_file(path, text.encode()), lines)], lines)
    assert "".join(lines[span[0] - 1 : span[1]]) == imports
