"""No secret of the machine leaves it, whatever a model writes."""

import base64

import pytest
from fake_github.world import GitHub
from support.machine import (
    BANK,
    GOOD,
    MODELS,
    PLAN,
    Machine,
    bank,
    pull_of,
    said,
    status,
    until,
    waits,
    whole,
)
from support.traces import pushed
from support.traces import said as everything

# A story of minutes when the machine is busy: CI and `make test-rest` tell it.
pytestmark = pytest.mark.slow


def in_base64(secret: str) -> str:
    return base64.b64encode(f"the key is {secret} indeed".encode()).decode()


def shows(text: str, secrets: list[str]) -> list[str]:
    """Those that anybody could read out of a text, as they are or in base64."""
    joined = "".join(text.split())
    inner = [base64.b64encode(s.encode()).decode().rstrip("=")[4:-4] for s in secrets]
    shifted = [in_base64(s)[16:-16] for s in secrets]
    forms = zip(secrets, inner, shifted, strict=True)
    return [one[0] for one in forms if any("".join(form.split()) in joined for form in one)]


QUERY = """\
## Phase: Research

### Task: find-callers
- kind: query
- reads: bank.py

Who calls withdraw()?

## Phase: Implement
"""


def test_a_secret_in_a_plan_in_code_or_in_an_answer_is_neither_pushed_nor_posted(
    github: GitHub, machine: Machine
) -> None:
    """The webhook secret in the plan; then the App's key in an answer, its token in good code."""
    issue = bank(github)
    mona, repo, hook = github.person("mona"), issue.repo, machine.secret
    key = [line for line in github.app().private_key.splitlines() if len(line) == 64]
    plan = PLAN.replace("It adds;", f"See {in_base64(hook)}. It adds;")
    machine.models = {**MODELS, "planner": said(plan)}
    machine.start()
    issue.label("bricklayer", by=mona)
    waits(machine, issue, "blocked")
    assert "the plan has a secret in it" in status(issue)
    assert not repo.pulls
    assert list(repo.git.refs()) == ["refs/heads/main"]

    tokens = [t.value for t in github.tokens.values() if t.kind == "installation"]
    (machine.room / "planner.md").write_text(said(PLAN.replace("## Phase: Implement\n", QUERY)))
    code = said(whole("bank.py", f"# {in_base64(tokens[-1])}\n{GOOD}"), "fix-withdraw")
    answer = said(f"Nobody. The key is {key[3]}.", "find-callers")
    (machine.room / "local.md").write_text(code + answer)
    issue.comment("/retry", by=mona)
    until(lambda: "adds a secret" in status(issue), lambda: status(issue) + machine.told())
    assert "to bank.py" in status(issue)
    assert "Nothing was pushed" in status(issue)
    pull = pull_of(issue)
    assert repo.git.read(pull.head_sha, "bank.py") == BANK.encode()
    issue.comment("/explain find-callers", by=mona)
    until(lambda: "The key is" in status(issue), lambda: status(issue) + machine.told())

    secrets = [hook, *key, *tokens]
    assert shows(f"{in_base64(hook)} {key[3]}", secrets) == [hook, key[3]]
    left = "\n".join([*everything(repo, github), pushed(repo)])
    assert "withdraw" in left
    assert shows(left, secrets) == []
    assert shows(machine.log.read_text(), secrets) == []
