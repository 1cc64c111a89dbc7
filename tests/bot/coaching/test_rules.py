"""Which lessons are rules, and that the command of a rule enforces just that."""

import datetime as dt
import random
import subprocess
from pathlib import Path

import pytest

from bot.coaching.notes import Note, choose_notes, meets_scope
from bot.coaching.rule_check import plant_violation, write_command
from bot.coaching.rules import NoRule, Rule, derive_rule

FORMS = {
    "Never use `print()` in library code.": Rule("forbid", ("print(",)),
    "Do not call `os.system` or `popen`.": Rule("forbid", ("os.system", "popen")),
    "Use `logging`, never `print()`.": Rule("forbid", ("print(",)),
    "Use `pathlib` instead of `os.path`.": Rule("forbid", ("os.path",)),
    "No `TODO` comments; file an issue.": Rule("forbid", ("TODO",)),
    "Every source file begins with `# SPDX`.": Rule("begin", ("# SPDX",)),
    "The first line of a file with tests is `# tests`.": Rule("begin", ("# tests",)),
    "Every module imports `annotations`.": Rule("require", ("annotations",)),
}


@pytest.mark.parametrize("lesson", FORMS)
def test_a_lesson_of_a_known_form_is_a_rule(lesson: str) -> None:
    assert derive_rule(lesson) == FORMS[lesson]


@pytest.mark.parametrize(
    ("lesson", "why"),
    [
        ("Amounts are Decimal; a float loses cents.", "nothing in backticks"),
        ("Never use `eval` except in tests.", "condition (`except`)"),
        ("Where something is not found, never raise `KeyError`.", "condition (`Where`)"),
        ("Prefer `pathlib` to `os.path`.", "condition (`Prefer`)"),
        ("The name of an exception class ends with `Failure`.", "no form"),
        ("Never use `;`.", "single sign"),
        ("Never use `x" + "y" * 200 + "`.", "longer than"),
    ],
)
def test_what_leaves_a_doubt_is_none_and_says_why(lesson: str, why: str) -> None:
    found = derive_rule(lesson)
    assert isinstance(found, NoRule)
    assert why in found.why


def run(rule: Rule, scope: tuple[str, ...], folder: Path, lesson: str = "Mind it.") -> str:
    """Its output, empty for green; as a check with a path is run."""
    argv = ["/bin/sh", "-c", f'{write_command(rule, scope, lesson)} "$@"', "check", "src"]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=20, check=False)
    assert (done.returncode, bool(done.stdout)) in {(0, False), (1, True)}, done
    return done.stdout


@pytest.mark.parametrize("lesson", FORMS)
def test_the_command_is_red_for_a_planted_violation_and_green_without(
    lesson: str, tmp_path: Path
) -> None:
    rule, file = FORMS[lesson], tmp_path / "src" / "a b.py"
    file.parent.mkdir()
    good = (
        "# tests # SPDX\n" if rule.texts == ("# tests",) else "# SPDX\nfrom x import annotations\n"
    )
    file.write_text(good)
    assert not run(rule, ("src/*.py",), tmp_path)
    file.write_text(plant_violation(rule, good))
    told = run(rule, ("src/*.py",), tmp_path, lesson)
    assert told.startswith(f"{lesson}\n./src/a b.py")


@pytest.mark.parametrize(
    "text", ["a.b", "print(", "x[0]", "a|b", "c++", "$(rm -rf .)", "'; exit 0; '", "^\\d{2}", "--"]
)
def test_a_text_is_taken_literally_by_grep_and_the_shell(text: str, tmp_path: Path) -> None:
    rule = Rule("forbid", (text,))
    (tmp_path / "one.py").write_text("aXb\nprint\nx0\na\nb\nc\n$(rm\nexit 0\n42\n-\n")
    assert not run(rule, ("*.py",), tmp_path, text)
    (tmp_path / "one.py").write_text(f"  {text} \n")
    assert run(rule, ("*.py",), tmp_path, text)


def test_a_word_is_not_met_within_a_longer_one(tmp_path: Path) -> None:
    (tmp_path / "one.py").write_text("pprint(1)\nprinter = 2\n")
    assert not run(Rule("forbid", ("print(", "print")), ("**",), tmp_path)


GLOBS = "** *.py src/** src/*.py src/ /src/a.py **/a.py src/**/a.py [st]rc/?.py src a+b/* src/(x)/*"
PATHS = "a.py src/a.py src/x/a.py src/x/y/a.py trc/b.py a+b/c.js src/(x)/d.js aab/c.js other/src"


@pytest.mark.parametrize("glob", GLOBS.split())
def test_the_command_looks_where_the_lesson_applies(glob: str, tmp_path: Path) -> None:
    """At the same paths as `choose_notes` shows it for, what setup makes left out."""
    paths = PATHS.split()
    for path in [*paths, "node_modules/x/a.py", ".bricklayer/a.py"]:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("bad\n")
    note = Note("x", (glob,), "https://a.b/c", "ada", "1a2b3c4")
    shown = {f"./{path}" for path in paths if choose_notes([note], [path], dt.date(2026, 1, 1))}
    told = run(Rule("forbid", ("bad",)), (glob,), tmp_path) if shown else ""
    assert {line.partition(":")[0] for line in told.splitlines()[1:]} == shown


def test_a_rules_command_reads_the_files_that_its_scope_means(tmp_path: Path) -> None:
    """Whatever stands in its globs: sets, negated ones, ranges, signs of regular expressions."""
    draw = random.Random(20)  # noqa: S311  # the same each time
    signs = ["a", "b", "-", "]", "[", "^", "!", ".", "+", "\\\\", "*", "?", "(", "|", "\u00e9", " "]
    names = ["".join(draw.choices(signs, k=draw.randint(1, 3))) for _ in range(150)]
    paths = sorted({"/".join(draw.choices(names, k=draw.randint(1, 3))) for _ in range(48)})
    for path in paths:
        file = tmp_path / path
        if not {".", ".."} & set(path.split("/")) and not any(
            each.is_file() for each in file.parents
        ):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.is_dir() or file.write_text("broken\n")
    there = {str(each.relative_to(tmp_path)) for each in tmp_path.rglob("*") if each.is_file()}
    forms = (
        "{}",
        "{}/{}",
        "**/{}",
        "{}/**",
        "{}/",
        "{}/**/{}",
        "*{}",
        "[!{}]*",
        "[{}]*",
        "[{}-{}]",
    )
    sets = [
        "[!a]",
        "[!]a]",
        "[]a]",
        "[^a]",
        "[b-a]",
        "[!b-a]*",
        "[!a-b]?",
        "[[:]",
        "[+-b]*",
        "[\\\\]",
    ]
    globs = [form.format(*draw.choices(names, k=2)) for form in forms for _ in range(3)]
    for glob in (*sets, *globs):
        note = Note("Mind it.", (glob,), "https://example.com", "mona", "0" * 40)
        meant = {path for path in there if meets_scope(note, path)}
        lines = run(Rule("forbid", ("broken",)), (glob,), tmp_path).splitlines()[1:]
        assert {line.removeprefix("./").removesuffix(":1:broken") for line in lines} == meant, glob
