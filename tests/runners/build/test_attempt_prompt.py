"""A job's accepted notes in its prompts, before any commit has them."""

import datetime as dt
import difflib
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from bot.coaching.notes import Note, name_lesson
from bot.config.repository import RepoConfig
from bot.config.tiers import TierSettings
from bot.git.find_repo import open_repo
from bot.git.repo import Repo
from bot.ledger import LedgerRow, name_ingredient
from bot.plan import Check, Job, Task
from runners.build.attempt_prompt import build_prompt, choose_answer_room
from runners.build.attempt_records import Attempt, AttemptRecord, AttemptResult
from runners.build.ingredients import enter_draw
from runners.build.load_plan import CheckedPlan
from runners.build.prompt_sources import PromptSources
from runners.build.task_run import TaskBase

TASK = Task("fix", file="bank.py", checks=(Check("run", "test"),), text="It must subtract.")
ORIGIN = "https://github.com/octocat/bank/pull/2#discussion_r1"


def note(lesson: str, scope: str = "*.py", expires: dt.date | None = None) -> Note:
    return Note(lesson, (scope,), ORIGIN, "mona", "1a2b3c4", expires)


MEETS = (note("Amounts are whole cents."), note("Reject what is not positive.", "**"))
MEETS_NOT = (note("Say why.", "*.md"), note("Long ago.", "**", dt.date(1999, 1, 1)))


@pytest.fixture
def sources(tmp_path: Path) -> PromptSources:
    (tmp_path / "bank.py").write_text("def withdraw(a, b):\n    return a + b\n")
    line = "git init -q -b main . && git add -A && git commit -qm first"
    subprocess.run(["sh", "-ec", line], cwd=tmp_path, check=True, timeout=30)
    repo: Repo = open_repo(tmp_path)
    head, tree = repo.resolve_rev("main"), repo.resolve_rev("main", "tree")
    tier = TierSettings(models=("script:x",))
    result = AttemptResult(
        "check failed", digest="AssertionError: 7 != 3", failure_key="k", tree=tree
    )
    first = AttemptRecord(Attempt(1, "local", 0), result, LedgerRow("fix", 1, "local", "x"), tree)
    plan = CheckedPlan(repo, Job("Bank", (), checks=("test",)), head, RepoConfig(), head)
    return PromptSources(
        plan=plan,
        job_id="job",
        task=TASK,
        base=TaskBase(head),
        tree=tree,
        tier=tier,
        attempts=(first,),
    )


def prompt(sources: PromptSources) -> list[str]:
    asked = build_prompt(sources, Attempt(2, "local", 1)).prompt
    return f"{asked.system}\n{asked.user}".splitlines()


def test_the_second_attempts_prompt_differs_by_the_notes_that_apply_and_nothing_else(
    sources: PromptSources,
) -> None:
    """Not one line less, no other line more; in scope, alive, closest fit first."""
    before = prompt(sources)
    after = prompt(replace(sources, notes=(*MEETS_NOT, *MEETS)))
    told = [line for line in difflib.ndiff(before, after) if line[:2] in {"- ", "+ "}]
    assert all(line.startswith("+ ") for line in told), told
    lessons = [line for line in told if any(one.lesson in line for one in MEETS)]
    assert [one.lesson in line for one, line in zip(MEETS, lessons, strict=True)] == [True, True]
    heading = [line for line in told if line not in lessons and line[2:].strip()]
    assert len(heading) <= 1, told
    assert not any(one.lesson in line for line in told for one in MEETS_NOT)


def test_notes_that_do_not_apply_change_nothing(sources: PromptSources) -> None:
    assert prompt(replace(sources, notes=MEETS_NOT)) == prompt(sources)


def test_one_note_more_is_one_line_more(sources: PromptSources) -> None:
    one, two = (prompt(replace(sources, notes=MEETS[:n])) for n in (1, 2))
    told = [line for line in difflib.ndiff(one, two) if line[:2] in {"- ", "+ "}]
    assert len(told) == 1
    assert MEETS[1].lesson in told[0]


@pytest.mark.parametrize("stalls", [(), ("monologue",), ("echo",)])
@pytest.mark.parametrize("nth", range(6))
def test_an_unusable_answer_and_the_checks_failure_are_both_told(
    sources: PromptSources, nth: int, stalls: tuple[str, ...]
) -> None:
    """What was wrong with the answer is one sentence, how the check fails stays what it was."""
    fault = "the reply holds no edit: no block, no diff"
    refused = AttemptResult("edit refused", fault, reply_fault=fault, stalls=stalls)
    records = (replace(sources.attempts[0], result=refused),)
    base = TaskBase(sources.base.commit, digest="AssertionError: 7 != 3")
    for attempts in (records, (*sources.attempts, *records)):
        now = replace(sources, base=base, attempts=attempts)
        lines = build_prompt(now, Attempt(3, "local", nth)).prompt.user.splitlines()
        assert f"Your last answer could not be used: {fault}" in lines
        assert "AssertionError: 7 != 3" in lines


@pytest.mark.parametrize(
    ("context", "cuts", "room"),
    [(8192, 0, 2048), (8192, 1, 4096), (8192, 5, 4096), (4096, 1, 2048), (65_536, 2, 8192)],
)
def test_each_answer_that_was_cut_off_doubles_the_room(
    sources: PromptSources, context: int, cuts: int, room: int
) -> None:
    """Up to half of the window, and never below what the tier says; another tier's do not count."""
    (first,) = sources.attempts
    tier = TierSettings(models=("script:x",), context=context)
    senior = replace(first, attempt=Attempt(9, "senior", 0), cut_at=99)
    cut = (replace(first, cut_at=2048),) * cuts
    given = replace(sources, tier=tier, attempts=(first, senior, *cut))
    attempt = Attempt(2, "local", 1)
    assert choose_answer_room(given, attempt) == room
    assert build_prompt(given, attempt).prompt.reply == room


@pytest.mark.parametrize("nth", range(1, 6))
def test_after_an_answer_of_no_use_the_function_is_shown(sources: PromptSources, nth: int) -> None:
    """That attempt brought nothing new, so its view is given again, with the answer's fault."""
    task = replace(TASK, text="withdraw() must subtract.")
    refused = AttemptResult("edit refused", "no block", reply_fault="no block")
    record = replace(sources.attempts[0], result=refused)
    now = replace(sources, task=task, attempts=(record,))
    assert "return a + b" in build_prompt(now, Attempt(2, "local", nth)).prompt.user


def test_of_a_draft_the_failing_body_is_left_out_and_the_files_own_is_shown(
    sources: PromptSources, tmp_path: Path
) -> None:
    """What a draft dropped of the file would stand nowhere else."""
    (tmp_path / "bank.py").write_text("def withdraw(a, b):\n    return b - a\n")
    line = "git add -A && git commit -qm draft"
    subprocess.run(["sh", "-ec", line], cwd=tmp_path, check=True, timeout=30)
    (first,) = sources.attempts
    tree = sources.plan.repo.resolve_rev("main", "tree")
    third = replace(first, attempt=Attempt(3, "local", 2), result=replace(first.result, tree=tree))
    task = replace(TASK, text="withdraw() must subtract.")
    now = replace(sources, task=task, attempts=(first, third))
    text = build_prompt(now, Attempt(4, "local", 3)).prompt.user
    draft, _, own = text.partition("bank.py, as it was before that version")
    assert "def withdraw(a, b):\n    ..." in draft
    assert "return b - a" not in text
    assert "return a + b" in own


@pytest.mark.parametrize("lines", [0, 60])
def test_beside_a_long_file_a_draft_is_told_by_its_hunks(
    sources: PromptSources, tmp_path: Path, lines: int
) -> None:
    """Whoever is asked for money reads the file once; of a short file a draft stands whole."""
    repo, (first,), trees = sources.plan.repo, sources.attempts, []
    rest = "".join(f"\n\ndef rate_{n}(a):\n    return a * {n}\n" for n in range(lines))
    for body in ("a + b", "b - a"):
        (tmp_path / "bank.py").write_text(f"def withdraw(a, b):\n    return {body}\n{rest}")
        line = "git add -A && git commit -qm more --allow-empty"
        subprocess.run(["sh", "-ec", line], cwd=tmp_path, check=True, timeout=30)
        trees.append(repo.resolve_rev("main", "tree"))
    draft = replace(first, result=replace(first.result, tree=trees[1]))
    now = replace(
        sources, tree=trees[0], base=TaskBase(repo.resolve_rev("main~1")), attempts=(draft,)
    )
    text = build_prompt(now, Attempt(5, "senior", 0)).prompt.user
    assert text.count("return a * 1\n") == bool(lines)
    told = "bank.py, a first version, which still fails"
    if lines:
        assert (
            f"{told}, as a diff of the file\n```diff\n@@ -1,5 +1,5 @@\n def withdraw(a, b):\n"
            in text
        )
        assert "\n-    return a + b\n+    return b - a\n" in text
    else:
        assert f"{told}\n```python\ndef withdraw(a, b):\n    return b - a\n```" in text


def test_after_an_answer_that_gave_back_what_was_there_the_body_is_left_out(
    sources: PromptSources,
) -> None:
    """What stands in view would be given back once more."""
    task = replace(TASK, text="withdraw() must subtract.")
    (first,) = sources.attempts
    for stall, shown in (("same-edit", False), ("back-and-forth", False), ("same-failure", True)):
        copied = replace(
            first, attempt=Attempt(5, "local", 4), result=replace(first.result, stalls=(stall,))
        )
        now = replace(sources, task=task, attempts=(copied,))
        text = build_prompt(now, Attempt(6, "local", 5)).prompt.user
        assert ("return a + b" in text) is shown


def test_a_note_that_is_old_enough_is_left_out_of_some_attempts_and_the_row_says_so(
    sources: PromptSources,
) -> None:
    """The prompt is then the one without it, byte for byte; a replay of the attempt is the same."""
    known = replace(sources, notes=MEETS[:1])
    name = name_ingredient("note", name_lesson(MEETS[0].lesson))
    drawn = replace(known, old=frozenset({name}))
    seen = set[bool]()
    for number in range(1, 30):
        attempt = Attempt(number, "local", 1)
        asked = build_prompt(drawn, attempt)
        row = enter_draw(LedgerRow("fix", number, "local", "x"), asked.ingredients)
        without = name in row.left_out
        expected = build_prompt(sources if without else known, attempt)
        assert asked.prompt == expected.prompt == build_prompt(drawn, attempt).prompt
        assert (row.drawn, bool(row.notes)) == ((name,), not without)
        seen.add(without)
    assert seen == {True, False}


def test_a_question_is_shown_every_note_as_no_check_judges_its_answer(
    sources: PromptSources,
) -> None:
    name = name_ingredient("note", name_lesson(MEETS[0].lesson))
    query = replace(TASK, kind="query", checks=(), reads=("bank.py",))
    asking = replace(sources, task=query, notes=MEETS[:1], old=frozenset({name}))
    for number in range(1, 30):
        shown = build_prompt(asking, Attempt(number, "local", 1)).ingredients
        assert (len(shown.kept), shown.drawn) == (1, ())
