"""A real model in the whole story: what it writes lands only where a check accepts it."""

import re

import pytest
from support.gguf import small_gguf, thinking_gguf
from support.project import Project

pytestmark = [pytest.mark.model, pytest.mark.timeout(600)]
CONFIG = """\
[checks.tree]
run = "test -f bank.py"

[checks.greets]
run = "grep -qi hello"

[checks.sums]
run = "python3 -c 'from solve import total; assert total([3, 4, 8, 8]) == 7 != total([3, 5, 9])'"

[limits]
local_attempts = {attempts}
"""
ATTEMPTS_OF_EASY_TASK = (
    20  # the most that may be configured: so small a model rarely keeps to a form
)
ATTEMPTS_OF_HARD_TASK = 6
THINKING_TIER = """\
[tiers.local]
models = ["llama-cpp:{model}"]
context = 2048
answer = 256
thinking = 64

[tiers.local.extra]
grammar = '''
root ::= "hello.txt\\n```\\n" [A-Za-z] [A-Za-z ,.]{4,60} "\\n```\\n"
'''
"""
GREET = "### Task: greet\n- file: hello.txt\n- check: greets hello.txt\n\nWrite the word hello.\n"
SUM = (
    "### Task: sum\n- file: solve.py\n- check: sums\n\n"
    "Write total(numbers): their sum without all of the largest.\n"
)


def allow_attempts(project: Project, attempts: int) -> None:
    project.write(".bricklayer.toml", CONFIG.replace("{attempts}", str(attempts)))
    project.commit()


@pytest.fixture
def small(project: Project) -> Project:
    """SmolLM2, 135 million parameters, in the lane's own process."""
    allow_attempts(project, ATTEMPTS_OF_EASY_TASK)
    (project.room / "bricklayer.toml").write_text(
        f'[tiers.local]\nmodels = ["llama-cpp:{small_gguf()}"]\ncontext = 2048\nanswer = 256\n'
    )
    return project


def test_what_the_model_wrote_and_a_check_accepted_lands(small: Project) -> None:
    """The file on the branch is the model's own, and the ledger says what it took."""
    code, out = small.bricklayer("run", small.plan(GREET, "checks: [tree]"))
    assert code == 0, out
    assert "hello" in small.git("show", "bricklayer/mend-it:hello.txt").lower()
    said = small.git("log", "-1", "--format=%B", "bricklayer/mend-it")
    assert "Bricklayer-Model: llama-cpp:" in said
    assert "Bricklayer-Tokens-Out: 0" not in said


def test_a_model_that_thinks_does_a_job(project: Project) -> None:
    """Its template's thought is no part of what lands, and the ledger says how long it was.

    So small a model rarely keeps to a form, so the tier's grammar names the file; the words, and
    the thought that no grammar rules, are its own.
    """
    config = CONFIG.replace("-qi hello", "-q '[a-z]'").replace("{attempts}", "6")
    project.write(".bricklayer.toml", config)
    project.commit()
    settings = THINKING_TIER.replace("{model}", str(thinking_gguf(project.room)))
    (project.room / "bricklayer.toml").write_text(settings)
    code, out = project.bricklayer("run", project.plan(GREET, "checks: [tree]"))
    assert code == 0, out
    landed = project.git("show", "bricklayer/mend-it:hello.txt")
    assert re.fullmatch(r"[A-Za-z ,.]+", landed)
    assert re.search(r"\d\s+thought\)|\(\d+\s*\n?.*thought", out), out


def test_what_the_model_cannot_do_ends_blocked(small: Project) -> None:
    """Six honest attempts, nothing on the branch, exit 1, and every attempt is in the ledger."""
    allow_attempts(small, ATTEMPTS_OF_HARD_TASK)
    code, out = small.bricklayer("run", small.plan(SUM, "checks: [tree]"))
    assert code == 1, out
    assert "job blocked" in out
    assert "6 attempts by local" in out
    assert small.landed() == []


def test_a_model_in_agent_mode_comes_to_an_end(project: Project) -> None:
    """However little it makes of its tools: each attempt ends with a reason, and is in the ledger."""
    allow_attempts(project, 2)
    (project.room / "bricklayer.toml").write_text(
        f'[tiers.local]\nmodels = ["llama-cpp:{small_gguf()}"]\ncontext = 2048\nanswer = 192\n'
        'mode = "agent"\n'
    )
    code, out = project.bricklayer("run", project.plan(SUM, "checks: [tree]"))
    assert code in {0, 1}, out
    assert re.search(r"attempt sum: 1 local llama-cpp:.*after \d+ turns?: ", out), out
