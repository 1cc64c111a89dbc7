"""What a diff does to the things that judge it waits for a person, whatever the mode says."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.in_process import Inside, inside
from support.machine import (
    CONFIG,
    FILES,
    GOOD,
    MODELS,
    PLAN,
    TEST,
    bank,
    headline,
    pull_of,
    said,
    status,
    whole,
)

from bot.text.escape import inline_text
from bot.ticket.stages import Stage

NEVER = f'{CONFIG}\n[approval]\nmode = "never"\n'
MORE = """\

### Task: tidy-up
- file: {path}
- after: fix-withdraw
- check: test
- guard: yes

Tidy it up.
"""
SKIPS = TEST.replace(
    "    def test_s",
    '    @unittest.skip("later")\n    def test_n(self):\n        pass\n\n    def test_s',
)
GATES = {
    # Another version waits for nobody; another place that it comes from does.
    "uv.lock": (
        'version = 1\nsource = "https://pypi.org/simple"\n',
        'version = 1\nsource = "https://pypi.example.com/simple"\n',
    ),
    "docs/conf.d/CODEOWNERS": ("* @mona\n", "* @stranger\n"),
    "test_bank.py": (TEST, SKIPS),
}


@pytest.fixture(params=[pytest.param(path, marks=pytest.mark.slow) for path in GATES])
def tidied(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def bot(github: GitHub, tmp_path: Path, tidied: str) -> Iterator[Inside]:
    plan = PLAN + MORE.format(path=tidied)
    local = said(whole("bank.py", GOOD), "fix-withdraw")
    local += said(whole(tidied, GATES[tidied][1]), "tidy-up")
    models = {**MODELS, "planner": said(plan), "local": local}
    with inside(tmp_path, github, models=models) as made:
        yield made


def test_it_is_not_pushed_before_a_writers_yes_to_that_very_diff(
    github: GitHub, bot: Inside, tidied: str
) -> None:
    """A lock file, who owns the code, a test that is skipped: in mode `never` too."""
    issue = bank(github, {**FILES, ".bricklayer.toml": NEVER, tidied: GATES[tidied][0]})
    mona, stranger = github.person("mona"), github.person("stranger")
    github.ci_on("octocat/bank")
    issue.label("bricklayer", by=mona)
    ticket = bot.advance()
    assert ticket.stage is Stage.PUBLISHING, status(issue)
    assert headline(issue) == "approval required for the diff"
    assert inline_text(tidied) in status(issue)
    pull = pull_of(issue)
    assert pull.head_sha == ticket.remote.plan_commit
    asked = re.search(r"`/approve ([0-9a-f]{12})`", status(issue))
    assert asked

    for words, by in ((f"/approve {asked[1]}", stranger), (f"/approve {'0' * 12}", mona)):
        issue.comment(words, by=by)
        assert bot.advance().stage is Stage.PUBLISHING
        assert pull.head_sha == ticket.remote.plan_commit
    issue.comment(f"/approve {asked[1]}", by=mona)
    assert bot.advance().stage is Stage.CI, status(issue)
    assert issue.repo.git.read(pull.head_sha, tidied) == GATES[tidied][1].encode()
