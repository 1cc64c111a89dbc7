"""Printing job.md: read then printed gives the same bytes; printed then read the same job."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.example_plan import EXAMPLE

from bot.errors import Fault, PlanError
from bot.plan import Block, Check, Job, Phase, Task, format_check, parse_job, render_job

LEAN = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])

NAMES = st.from_regex(r"[a-z0-9][a-z0-9-]{0,8}", fullmatch=True)
PATHS = st.sampled_from(
    ["a.py", "src/b c.py", "it's, here.txt", 'say "x".md', "#a", "ü/é.rs", "[x]"]
)
CHECKS = st.one_of(
    st.builds(Check, st.just("run"), NAMES, st.lists(PATHS, max_size=2).map(tuple)),
    st.builds(Check, st.sampled_from(["exists", "absent"]), st.just(""), PATHS.map(lambda p: (p,))),
)
LINES = st.sampled_from(
    [
        "", "plain words", "  indented", "    code", "\ttab", "trailing  ", "# not a heading #x",
        "## Phase: inside", "### Task: inside", "- file: inside", "---", "```", "````", "~~~~",
        "```python file=inside", "<!-- inside -->", "\x0c", "a\u200db", "=======", "@@ -1 +1 @@",
    ]
)  # fmt: skip
BODIES = st.lists(st.tuples(LINES, st.sampled_from(["\n", "\r\n", "\r"])), max_size=8).map(
    lambda lines: "".join(f"{line}{end}" for line, end in lines)
)
BLOCKS = st.one_of(
    st.builds(
        Block,
        st.sampled_from(["file", "edit"]),
        PATHS,
        BODIES,
        st.sampled_from(["", "python", "c++"]),
    ),
    st.builds(Block, st.just("patch"), st.just(""), BODIES, st.sampled_from(["", "diff"])),
    st.builds(Block, st.just("delete"), PATHS, st.just("")),
)
PROSE = st.sampled_from(
    ["", "One line.", "Two\nlines, `code` and # signs.", "- a list\n- first",
     "* starred: yes", "Like:\n\n````md\n## Phase: x\n```\n````", "> quoted\n\n1. one\n2. two",
     "#### own heading\n\ntext  \nafter blanks"]
)  # fmt: skip
TITLES = st.sampled_from(
    ["Fix it", "a: b", "fix #12", "C# # comment", "'q'", '"q" x', "[x]", "é", "-"]
)


BITES = st.sampled_from([(True, ""), (False, ""), (False, "it documents: what is #1 there")])


@st.composite
def tasks(draw: st.DrawFn, name: str, *, hidden: bool = False) -> Task:
    bites, waiver = draw(BITES)
    return Task(
        id=name,
        kind=draw(st.sampled_from(["code", "query"])),
        file=draw(st.one_of(st.just(""), PATHS)),
        reads=tuple(draw(st.lists(PATHS, max_size=3))),
        after=tuple(draw(st.lists(NAMES, max_size=2))),
        checks=(Check("run", "test"), *draw(st.lists(CHECKS, max_size=3))),
        bites=bites,
        waiver=waiver,
        guard=draw(st.booleans()),
        carry=draw(st.booleans()),
        hidden=hidden,
        text=draw(PROSE),
        blocks=tuple(draw(st.lists(BLOCKS, max_size=3))),
    )


@st.composite
def jobs(draw: st.DrawFn) -> Job:
    phases = [
        Phase(
            title=draw(st.sampled_from(["Build", "Test: all", "#1"])),
            tasks=tuple(draw(tasks(f"t{n}-{k}")) for k in range(draw(st.integers(0, 3)))),
            epochs=draw(st.integers(1, 20)),
            done=(Check("run", "test"), *draw(st.lists(CHECKS, max_size=2))),
            text=draw(PROSE),
        )
        for n in range(draw(st.integers(0, 3)))
    ]
    return Job(
        title=draw(TITLES),
        phases=tuple(phases),
        checks=tuple(draw(st.lists(NAMES, max_size=3))),
        issue=draw(st.sampled_from(["", "octocat/bank#12"])),
        base=draw(st.sampled_from(["", "main", "feature/x", "a" * 40])),
        intro=draw(PROSE | st.just("    code first")),
        hidden=tuple(draw(tasks(f"h{k}", hidden=True)) for k in range(draw(st.integers(0, 2)))),
    )


@LEAN
@given(jobs())
def test_a_printed_job_reads_back_equal(job: Job) -> None:
    """Whatever a job built in code says, its job.md says, blocks byte for byte."""
    again = parse_job(render_job(job))
    assert again == job
    assert [b.text for t in again.tasks for b in t.blocks] == [
        b.text for t in job.tasks for b in t.blocks
    ]


@LEAN
@given(jobs(), st.randoms(use_true_random=False))
def test_a_read_plan_prints_the_same_bytes(job: Job, dice: object) -> None:
    """Line ends, blanks, comments and empty lines of a person's own come back untouched."""
    text = "".join(map(_untidy(dice), render_job(job).splitlines(keepends=True)))
    try:
        read = parse_job(text)
    except PlanError:
        read = parse_job(text := render_job(job))
    assert render_job(read) == text


def _untidy(dice: object):  # type: ignore[no-untyped-def]  # noqa: ANN202  # hypothesis's own Random
    def change(line: str) -> str:
        end = line[len(line.rstrip("\r\n")) :]
        roll = dice.randrange(8)  # type: ignore[attr-defined]
        if roll == 0 and end == "\n":
            return f"{line[:-1]}\r\n"
        if roll == 1 and line.startswith(("## ", "### ")):
            return f" {line.rstrip()} ##  {end}\n"
        if roll == 2 and line.startswith(("- ", "title", "base")):
            return f"{line.rstrip()}   # why  {end}"
        if roll == 3 and line.startswith("- "):
            return f"-   {line[2:]}"
        return line

    return change


def printed_or_refused(text: str) -> tuple[str, list[Fault]]:
    try:
        return render_job(parse_job(text)), []
    except PlanError as exc:
        return "", exc.faults


@LEAN
@given(
    st.lists(st.sampled_from(EXAMPLE.splitlines()), max_size=25), st.sampled_from(["\n", "\r\n"])
)
def test_any_order_of_plan_lines_prints_back_or_is_refused(lines: list[str], end: str) -> None:
    """Shuffled pieces of a plan either print back as they were, or are faults; never a surprise."""
    text = "---\ntitle: t\n---\n" + end.join(lines)
    printed, faults = printed_or_refused(text)
    assert faults or printed == text


@given(st.text(alphabet=st.sampled_from("-#: \n\r`~<>!T\tae=[]'\"*>1."), max_size=60))
def test_no_text_is_a_surprise(noise: str) -> None:
    """Any noise inside a plan is read losslessly or refused as a plan's fault."""
    text = f"---\ntitle: t\n---\n## Phase: p\n### Task: a\n{noise}"
    printed, faults = printed_or_refused(text)
    assert faults or printed == text
    assert all(fault.line >= 1 and fault.hint for fault in faults)


def test_what_was_not_changed_keeps_its_own_spelling() -> None:
    """Pinning the base rewrites the front matter and not one byte of the rest."""
    job = parse_job(EXAMPLE)
    head, gap, rest = EXAMPLE.partition("Why, and how.")
    pinned = render_job(replace(job, base="0" * 40))
    assert pinned.endswith(gap + rest)
    assert parse_job(pinned) == replace(job, base="0" * 40)
    assert head not in pinned


def test_a_changed_task_is_written_and_its_neighbours_kept() -> None:
    """A new text for one task leaves the comments of the others alone."""
    job = parse_job(EXAMPLE)
    phase = job.phases[1]
    fix = replace(phase.tasks[0], text="Another way.")
    changed = replace(job, phases=(job.phases[0], replace(phase, tasks=(fix, phase.tasks[1]))))
    text = render_job(changed)
    assert parse_job(text) == changed
    assert "# must fail on the code before fix-withdraw" in text


def test_a_plan_without_a_last_newline_can_grow() -> None:
    """A task added behind a file that ends in mid-line begins on a line of its own."""
    job = parse_job("---\ntitle: t\n---\n## Phase: p\n### Task: a\nDo a")
    phase = job.phases[0]
    more = replace(job, phases=(replace(phase, tasks=(*phase.tasks, Task("b", text="Do b"))),))
    assert parse_job(render_job(more)) == more


@pytest.mark.parametrize(
    "job",
    [
        Job("two\nlines", ()),
        Job("t", (Phase("p", (Task("a", text="## Phase: q"),)),)),
        Job("t", (Phase("p", (Task("a", text="```\nnever closed"),)),)),
        Job("t", (Phase("p", (Task("a", text="- file: x"),)),)),
        Job(
            "t", (Phase("p", (Task("a", blocks=(Block("file", "x", "no newline at its end"),)),)),)
        ),
        Job("t", (Phase("p", (Task("a", text="<!-- hidden -->"),)),)),
        Job("t", (Phase("p", (Task("a", file="x\n- check: evil"),)),)),
    ],
)
def test_a_job_no_plan_can_say_is_refused(job: Job) -> None:
    """Nothing inside a field can become a heading, a key or a fence of its own."""
    with pytest.raises(ValueError, match=r"no job\.md says|needs a key before"):
        render_job(job)


def test_a_check_is_spelled_as_a_plan_writes_it() -> None:
    """The words of a check in messages and trailers are those of the plan."""
    assert format_check(Check("run", "test", ("a b.py", "c.py"))) == 'test "a b.py" c.py'
    assert format_check(Check("exists", "", ("a.py",))) == "exists: a.py"
