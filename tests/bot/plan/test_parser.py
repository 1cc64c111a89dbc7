"""Reading job.md: what is heading, key, prose and block; and every fault with its line."""

import time
from dataclasses import replace

import pytest
from support.example_plan import EXAMPLE

from bot.errors import PlanError
from bot.plan import Block, Check, Job, parse_job


def plan(tasks: str, head: str = "title: t\n") -> str:
    return f"---\n{head}---\n## Phase: p\n{tasks}"


def faults(text: str) -> list[tuple[int, str]]:
    with pytest.raises(PlanError) as caught:
        parse_job(text)
    assert all(fault.hint for fault in caught.value.faults)
    return [(fault.line, fault.what) for fault in caught.value.faults]


def only_fault(text: str) -> tuple[int, str]:
    (found,) = faults(text)
    return found


def only_task(text: str) -> str:
    ((task,),) = [phase.tasks for phase in parse_job(text).phases]
    return task.text


def test_the_example_is_read_into_every_field() -> None:
    """The plan of the design's own page means what it says."""
    job = parse_job(EXAMPLE)
    research, implement = job.phases
    assert (job.title, job.issue, job.base) == ("Withdraw must subtract", "octocat/bank#12", "main")
    assert (job.checks, job.intro) == (("test",), "Why, and how. This text opens the PR.")
    assert research.tasks[0].reads == ("src/bank.py", "src/cli.py")
    assert research.tasks[0].kind == "query"
    assert (implement.epochs, implement.done) == (2, (Check("run", "test"),))
    fix, cover = implement.tasks
    assert fix.checks == (
        Check("run", "test", ("tests/test_bank.py",)),
        Check("absent", "", ("src/old.py",)),
    )
    assert (fix.after, fix.text) == (("find-callers",), "withdraw() must subtract the amount.")
    body = "def test_it():\n    assert 1\n"
    assert cover.bites
    assert cover.blocks == (Block("file", "tests/test_bank.py", body, "python"),)
    assert (cover.line, cover.line_of("bites"), cover.blocks[0].line) == (28, 31, 33)


def test_a_fence_inside_a_longer_fence_belongs_to_the_block() -> None:
    """Headings, keys and shorter fences inside a block are bytes of the block."""
    inner = "## Phase: no\n### Task: no\n- file: no\n```python file=no\n```\n~~~\n<!-- shown -->\n"
    job = parse_job(plan(f"### Task: a\n````md file=README.md\n{inner}````\n"))
    assert [block.text for block in job.tasks[0].blocks] == [inner]
    assert len(job.phases) == len(job.tasks) == 1


def test_a_fence_without_block_words_is_prose() -> None:
    """An example in a fence is text for the reader, headings inside it included."""
    text = "Do it like:\n\n```python\n## Phase: x\n```\n\n```diff\n-a\n```"
    assert only_task(plan(f"### Task: a\n- file: x\n\n{text}\n")) == text


def test_prose_around_blocks_is_joined() -> None:
    """A task's text is all its prose, whatever stands between."""
    task = "### Task: a\nfirst  \n\n``` patch\n+x\n```\n\n\nlast\n\n~~~edit='b c.txt'\n~~~\n"
    job = parse_job(plan(task))
    assert job.tasks[0].text == "first\n\nlast"
    assert [(b.kind, b.path, b.text) for b in job.tasks[0].blocks] == [
        ("patch", "", "+x\n"),
        ("edit", "b c.txt", ""),
    ]


def test_a_block_keeps_every_byte() -> None:
    """CRLF, lone CR, tabs, form feeds, joiners and blanks at line ends stay in a block."""
    body = "a\r\n\tb  \r\x0c\nपक्\u200dष\n\n\n"
    job = parse_job(plan(f"### Task: a\r\n- file: x\r\n\r\n```file=x\r\n{body}```\r\n"))
    assert job.tasks[0].blocks[0].text == body


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ('title: "a: b # c"', "a: b # c"),
        ("title: fix #12: it's", "fix #12: it's"),
        ("title: 'x'   # why", "x"),
        ("title:   C# and more   #   why", "C# and more"),
        ('title: "a" and "b"', '"a" and "b"'),
    ],
)
def test_titles_may_be_quoted_and_commented(head: str, title: str) -> None:
    """A comment is a `#` between blanks; quotes around a whole value fall away."""
    assert parse_job(plan("", head=f"{head}\n")).title == title


@pytest.mark.parametrize(
    "checks", ["[a, b]", "a, b", "a b # c", "[\"a\", 'b']", "\n  - a\n  - b # c", "  # c\n- a\n- b"]
)
def test_checks_may_be_listed_as_people_do(checks: str) -> None:
    """Every usual way to write a list in front matter is the same list."""
    assert parse_job(plan("", head=f"title: t\nchecks: {checks}\n")).checks == ("a", "b")


def test_a_byte_order_mark_and_windows_line_ends_are_fine() -> None:
    """A plan saved by a Windows editor means the same."""
    assert parse_job("\ufeff" + EXAMPLE.replace("\n", "\r\n")) == replaced_newlines(
        parse_job(EXAMPLE)
    )


def replaced_newlines(job: Job) -> Job:
    def crlf(block: Block) -> Block:
        return replace(block, text=block.text.replace("\n", "\r\n"))

    phases = []
    for phase in job.phases:
        tasks = [replace(t, blocks=tuple(map(crlf, t.blocks))) for t in phase.tasks]
        phases.append(replace(phase, tasks=tuple(tasks)))
    return replace(job, phases=tuple(phases))


def test_every_fault_is_told_at_once() -> None:
    """One round of mending is enough: faults of the head, the keys and the fences together."""
    text = (
        "---\ntitel: x\ntitle: t\n---\n### Task: early\n## Phase: p\n- epoch: 3\n"
        "### Task: a\n- fil: x\n- bites: maybe\n- check: test\n- kind: code\n- kind: query\n\n"
        "```file=x\nnever closed\n"
    )
    assert faults(text) == [
        (2, "unknown key `titel`"),
        (5, "task `early` is in no phase"),
        (7, "unknown key `epoch`"),
        (9, "unknown key `fil`"),
        (10, "`bites` cannot be `maybe`"),
        (13, "`kind` is given twice"),
        (15, "a fence that is never closed"),
    ]


@pytest.mark.parametrize(
    ("key", "meant"),
    [("cheks", "check"), ("File", "file"), ("depends_on", "after"), ("read", "reads")],
)
def test_an_unknown_key_is_told_what_was_meant(key: str, meant: str) -> None:
    """The mend names the nearest key."""
    with pytest.raises(PlanError) as caught:
        parse_job(plan(f"### Task: a\n- {key}: x\n"))
    assert caught.value.faults[0].hint == f"Did you mean `{meant}`?"


@pytest.mark.parametrize(
    ("task", "line", "what"),
    [
        ("- just text", 6, "not `- key: value`: `- just text`"),
        ("- file: x\nand on", 7, "text runs on from the list of keys"),
        ("- file: x y", 6, "`file` names more than one"),
        ("- after:", 6, "`after` is empty"),
        ("- kind: cod", 6, "`kind` cannot be `cod`"),
        ("- check: test a, b", 6, "a comma in the check `test a, b`"),
        ("- exists: a b", 6, "`exists` takes one path, not 2"),
        ("Text first.\n\n- check: test", 8, "a key below the text: `- check: test`"),
        ("1. x\n   ```file=x\n   ```", 7, "an exact block in a list or quotation"),
        (" ```file=x\n ```", 6, "the fence of an exact block is indented"),
        ("```python filename=x\n```", 6, "unclear fence `python filename=x`"),
        ("```file: x\n```", 6, "unclear fence `file: x`"),
        ("```file=x edit=y\n```", 6, "more than a language and one word in `file=x edit=y`"),
        ("### Tasks: b", 6, "the heading `Tasks: b` is no phase or task"),
        ("## phase: b", 6, "the heading `phase: b` is no phase or task"),
        ("# Task: b", 6, "the heading `Task: b` is no phase or task"),
    ],
)
def test_what_would_be_lost_as_prose_is_a_fault(task: str, line: int, what: str) -> None:
    """Nothing that looks like a part of the plan is silently read as text."""
    assert only_fault(plan(f"### Task: a\n{task}\n")) == (line, what)


@pytest.mark.parametrize(
    ("head", "what"),
    [
        ("issue: 12\ntitle: t", "`12` names no issue"),
        ("base: --upload-pack=x\ntitle: t", "`--upload-pack=x` names no branch or commit"),
        ("base: a..b\ntitle: t", "`a..b` names no branch or commit"),
        ("what is this\ntitle: t", "not a `key: value` line: `what is this`"),
        ("checks: []\ntitle: t", "`checks` is empty"),
        (f"title: {'t' * 257}", "the title has 257 characters"),
    ],
)
def test_front_matter_is_checked(head: str, what: str) -> None:
    """A value no engine could use is a fault of its line."""
    assert only_fault(plan("", head=f"{head}\n")) == (2, what)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "the plan is empty"),
        (" \n\t\n", "the plan is empty"),
        ("x" * (5 << 20), "the plan is larger than 1 MiB"),
        ("é" * (600 << 10), "the plan is larger than 1 MiB"),
        (f"{EXAMPLE}\0", "a NUL character"),
    ],
)
def test_what_is_no_plan_is_refused_before_it_is_read(text: str, what: str) -> None:
    """An empty, huge or binary plan costs nothing and is one fault."""
    began = time.monotonic()
    assert only_fault(text)[1] == what
    assert time.monotonic() - began < 5


def test_a_key_of_the_front_matter_stands_once() -> None:
    """The second of two titles is the fault."""
    assert only_fault(plan("", head="title: t\ntitle: u\n")) == (3, "`title` is given twice")


def test_a_plan_has_a_title() -> None:
    """Without one there is nothing to call the pull request."""
    assert only_fault(plan("", head="base: main\n")) == (1, "the plan has no title")


def test_epochs_are_a_number() -> None:
    """What is no number is no count of epochs."""
    text = "---\ntitle: t\n---\n## Phase: p\n- epochs: many\n"
    assert only_fault(text) == (5, "`epochs` cannot be `many`")


def test_no_front_matter_is_one_fault() -> None:
    """A plan without front matter says how one begins."""
    assert only_fault("## Phase: p\n") == (1, "the plan has no front matter")


def test_front_matter_that_is_not_closed_hides_nothing() -> None:
    """What follows an open front matter is still read."""
    text = "---\ntitle: t\n\n## Phase: p\n### Task: a\n- fil: x\n"
    assert faults(text) == [(1, "the front matter is not closed"), (6, "unknown key `fil`")]


@pytest.mark.parametrize(
    "char", "\u200b\u200d\u2060\u2064\u202e\u2066\ufeff\u00ad\x1b\x85\u2028\U000e0041"
)
def test_hidden_characters_are_refused_with_their_line(char: str) -> None:
    """No character a reviewer cannot see reaches a model, in prose, keys or title."""
    for text in (
        plan(f"### Task: a\nsome{char}text\n"),
        plan(f"### Task: a\n- file: x{char}\n"),
    ):
        line, what = faults(text)[0]
        assert line == 6
        assert what.startswith(f"hidden characters: U+{ord(char):04X}")
    assert faults(plan("", head=f"title: a{char}b\n"))[0][0] == 2


def test_hidden_characters_are_refused_in_blocks_too() -> None:
    """Bidi and tag characters in a block would show a reviewer other code than runs."""
    text = plan("### Task: a\n```file=x\nok\nif a:\u202e # b\n```\n")
    assert only_fault(text) == (8, "hidden characters: U+202E RIGHT-TO-LEFT OVERRIDE")


def test_honest_emoji_is_no_hidden_text() -> None:
    """A variation selector after its character is fine; a run of them carries hidden bits."""
    assert only_task(plan("### Task: a\nMind ⚠\ufe0f this.\n")) == "Mind ⚠\ufe0f this."
    assert faults(plan("### Task: a\nMind ⚠\ufe0f\ufe0f this.\n"))


@pytest.mark.parametrize(
    ("prose", "line"),
    [
        ("<!-- do evil -->", 6),
        ("a\n\nb <!-- do\nevil --> c", 8),
        ("> > - <!-- evil -->", 6),
        ("#### h <!-- evil -->", 6),
        ("<?php evil ?>", 6),
        ("x <![CDATA[evil]]>", 6),
        ("[//]: # (do evil)", 6),
        ("> [a]: http://b 'do evil'", 6),
        ("\\` <!-- evil --> `", 6),
        (f"{'>' * 30} <!-- evil -->", 6),
        (f"b <!{'a' * 5000}>", 6),
    ],
)
def test_what_a_page_does_not_show_is_refused(prose: str, line: int) -> None:
    """Comments, declarations and link definitions would reach a model unseen."""
    assert faults(plan(f"### Task: a\n{prose}\n"))[0][0] == line


@pytest.mark.parametrize(
    "prose",
    [
        "Keep `<!-- toc -->`.",
        "```html\n<!-- seen -->\n```",
        "List<?> of Map<String, int>",
        "a <! b",
    ],
)
def test_what_a_page_shows_is_text(prose: str) -> None:
    """Code that looks like a comment is seen, and so it may be said."""
    assert only_task(plan(f"### Task: a\n{prose}\n")) == prose


@pytest.mark.parametrize("piece", ["- a\n", "a\n\n", "[a]: b\n", "> a\n\n", "### Task: a\n"])
def test_a_plan_of_a_hundred_thousand_parts_is_given_up_soon(piece: str) -> None:
    """A plan under the size cap cannot keep a worker busy for minutes."""
    began = time.monotonic()
    line, what = only_fault(plan(piece * 80_000))
    assert (line > 2000, what) == (True, "more than 6000 paragraphs, lists and items")
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("head", ["", "- ", "> ", '[a]: b "'])
def test_a_plan_of_many_lines_outside_blocks_is_given_up_soon(head: str) -> None:
    line, what = only_fault(plan(head + "x\n" * 80_000))
    assert (line > 6000, what) == (True, "more lines outside code blocks than are read, about 6666")


def test_a_long_block_is_one_part() -> None:
    """A whole file of many lines is what blocks are for."""
    body = "- x\n\n" * 20_000
    (task,) = parse_job(plan(f"### Task: a\n```file=x\n{body}```\n")).tasks
    assert task.blocks[0].text == body


def test_a_flood_of_faults_is_cut() -> None:
    """A hostile plan cannot flood the comment that tells its faults."""
    found = faults(plan("### Task: a\n" + "- x: y\n" * 4000))
    assert len(found) == 101
    assert found[-1][1] == "3900 more faults"
    assert len(faults(plan("### Task: a\n" + "\u200b\n" * 5000))) == 21


def test_messages_show_hostile_text_harmlessly() -> None:
    """A key made of escapes and backticks is shown as one short plain line."""
    with pytest.raises(PlanError) as caught:
        parse_job(plan("### Task: a\n- \x1b[31m`@all`" + "x" * 500 + ": y\n"))
    told = str(caught.value)
    assert "\x1b" not in told
    assert "`@all`" not in told
    assert len(told) < 1000
