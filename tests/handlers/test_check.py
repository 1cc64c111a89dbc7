"""`bricklayer check` without a plan: setup and each check run once on HEAD, and what came is told."""

import io
import json

import pytest
from rich.console import Console
from support.project import Project

from handlers.show_trials import TrialView
from runners.checks.try_checks import Trial

MAKEFILE = "unit:\n\techo fine\n"
GOOD = '[checks.unit]\nrun = "make unit"\n'
RED = '[checks.red]\nrun = "echo broken at line 3; exit 3"\n'
ABSENT = '[checks.absent]\nrun = "make test"\n'
ASK = "### Task: fix\n- file: bank.py\n- check: unit\n- guard: yes\n\nDo.\n"
EXACT = f"{ASK}\n```python file=bank.py\nx = 1\n```\n"


def configure(project: Project, text: str, *, commit: bool = True) -> None:
    project.write("Makefile", MAKEFILE)
    project.write(".bricklayer.toml", text)
    if commit:
        project.commit()


@pytest.mark.parametrize(
    ("config", "code", "lines"),
    [
        (f'[setup]\ncommand = "true"\n{GOOD}', 0, ["ok     setup: ", "ok     unit: "]),
        (GOOD + RED, 1, ["ok     unit: ", "red    red: exit 3", "         broken at line 3"]),
        (
            GOOD + RED + ABSENT,
            2,
            [
                "red    red: exit 3",
                "error  absent: make has no target test",
                "       Fix: correct `run` under [checks.absent]",
            ],
        ),
        (
            f'[setup]\ncommand = "echo no such index; exit 4"\n{GOOD}',
            2,
            ["error  setup: failed (exit 4)", "no such index"],
        ),
    ],
)
def test_what_ran_and_what_must_be_mended_is_told(
    project: Project, config: str, code: int, lines: list[str]
) -> None:
    """0: all passed; 1: one is red, with its last lines; 2: the configuration, with its fix."""
    configure(project, config)
    found, out = project.bricklayer("check")
    assert found == code, out
    for line in lines:
        assert line in out


def test_the_file_is_tried_before_it_is_committed(project: Project) -> None:
    """As it is written; that a job would not see it yet, nor other changes, is said."""
    configure(project, GOOD)
    configure(project, ABSENT, commit=False)
    project.write("bank.py", "changed = 1\n")
    code, out = project.bricklayer("check")
    assert code == 2, out
    assert "absent: make has no target test" in out
    assert "warning .bricklayer.toml was tried as it is in the checkout" in out
    assert "git add .bricklayer.toml" in out
    assert "changes that are not committed were not tried: " in out
    assert "bank.py" in out


def test_one_check_alone_as_data(project: Project) -> None:
    """Standard output is the object and nothing else, whatever the outcome."""
    configure(project, GOOD + RED)
    process = project.start("check", "--only", "red", "--json")
    code, out = project.finish(process)
    facts = json.loads(out[out.index("{\n") :])
    assert code == 1
    (check,) = facts["checks"]
    assert (check["name"], check["state"], check["output"]) == ("red", "red", "broken at line 3")
    assert facts["is_committed"]


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("[checks.x]\nrnu = 1\n", "Did you mean run?"),
        ('label = "x"\n', "names no check"),
    ],
)
def test_a_file_with_faults_is_told_as_such(project: Project, config: str, said: str) -> None:
    configure(project, config, commit=False)
    code, out = project.bricklayer("check")
    assert (code, said in out) == (2, True), out


def test_what_a_check_prints_moves_no_cursor(project: Project) -> None:
    """A terminal obeys nothing that the repository's own programs say."""
    configure(project, "[checks.loud]\nrun = \"printf '\\\\033[2Jgone\\\\n'; exit 1\"\n")
    _, out = project.bricklayer("check")
    assert "gone" in out
    assert "\x1b" not in out


def test_the_faults_of_a_plan_as_data(project: Project) -> None:
    """Each with its line and the fix."""
    plan = project.plan("### Task: fix\n- file: bank.py\n- check: tset\n\nDo.\n")
    process = project.start("check", plan, "--json")
    code, out = project.finish(process)
    facts = json.loads(out)
    assert (code, facts["good"]) == (2, False)
    assert all(fault["line"] and fault["what"] and fault["hint"] for fault in facts["faults"])


@pytest.mark.parametrize("command", [("check",), ("run", "--dry-run"), ("run",)])
def test_models_that_cannot_be_asked_are_told_before_anything_runs(
    project: Project, command: tuple[str, ...]
) -> None:
    """By name and fix, all at once; a plan of exact blocks needs none of them."""
    configure(project, GOOD)
    settings = project.room / "bricklayer.toml"
    settings.write_text('[tiers.local]\nmodels = ["qwen2.5-coder", "script:/nope"]\n')
    code, out = project.bricklayer(*command, project.plan(ASK, "checks: [unit]"))
    assert code == 2, out
    assert '"openai-chat:qwen2.5-coder"' in out
    assert "/nope: no such file of replies" in out
    assert "runs on the base" not in out
    if command != ("run",):
        assert project.bricklayer(*command, project.plan(EXACT, "checks: [unit]"))[0] == 0


@pytest.mark.parametrize(("is_terminal", "goes_to"), [((True, True), 1), ((False, True), 0)])
def test_a_result_is_not_drawn_over_by_the_clock(
    is_terminal: tuple[bool, bool], goes_to: int
) -> None:
    """In a terminal it is written above the clock; into a file, to standard output."""
    files = (io.StringIO(), io.StringIO())
    out, err = (
        Console(file=file, force_terminal=one, width=80)
        for file, one in zip(files, is_terminal, strict=True)
    )
    with TrialView(out, err) as view:
        view.show(Trial("unit", passed=True))
    assert ["unit: " in file.getvalue() for file in files].index(True) == goes_to
