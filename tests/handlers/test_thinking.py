"""A job whose model thinks: over HTTP, from the plan to the commit."""

import pytest
from fake_models.server import ModelServer, ReceivedRequest, ScriptedAnswer
from fake_models.thinking import Marks, ThinkingModel
from support.project import Project

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

FIXED = "def withdraw(balance, amount):\n    return balance - amount\n"
ASK = "### Task: fix\n- file: bank.py\n- check: test\n\nSubtract.\n"
DRAFT = "```python\ndef withdraw(balance, amount):\n    return 0\n```\n"
THOUGHT = f"Let me try this:\n{DRAFT}No. " + "I look at it again. " * 30
ANSWER = f"```python\n{FIXED}```\n"


def use(project: Project, server: ModelServer, name: str, more: str) -> None:
    (project.room / "bricklayer.toml").write_text(
        f'[tiers.local]\nmodels = ["openai-chat:{name}"]\nretries = 0\n'
        f'base_url = "{server.url}"\n{more}\n'
    )


def evidence(project: Project, name: str) -> str:
    (found,) = (project.room / "state").rglob(name)
    return found.read_text()


def test_a_thought_without_room_costs_no_attempt(
    project: Project, model_server: ModelServer
) -> None:
    """The model is asked again at once; the ledger and the evidence have both tries."""
    model_server.choose_answer = ThinkingModel(
        THOUGHT, ANSWER, obeys=frozenset({"enable_thinking"})
    )
    use(project, model_server, "qwen3.6-27b", "answer = 64\nthinking = 100")
    code, out = project.bricklayer("run", project.plan(ASK))
    assert code == 0, out
    assert "openai-chat:qwen3.6-27b did not answer: thought 164 tokens and had no room" in out
    assert "1 local openai-chat:qwen3.6-27b: passed" in out
    assert "182 (164" in out, out
    assert "monologue" not in out
    said = evidence(project, "fix-1.txt")
    assert "===== thought that led nowhere: thought 164 tokens and had no room" in said
    assert "return 0" in said.split("===== reply =====")[0]
    assert "return 0" not in said.split("===== reply =====")[1]


def test_a_model_that_never_answers_is_said_in_words(
    project: Project, model_server: ModelServer
) -> None:
    """Nothing of its drafts is applied, no stall is named, and the fix is told."""
    model_server.choose_answer = ThinkingModel(
        THOUGHT * 40, ANSWER, Marks(opens="<think>\n", closes="\n</think>\n"), chunk=400
    )
    use(project, model_server, "house-7b", "answer = 256\ncontext = 2048")
    code, out = project.bricklayer("run", project.plan(ASK))
    assert code == 1
    assert "local openai-chat:house-7b: no answer: 5 times without an answer" in out
    assert len(model_server.requests) == 5
    assert "`thinking`" in out
    assert "monologue" not in out
    assert project.landed() == []


def test_an_answer_that_is_cut_off_has_more_room_the_next_time(
    project: Project, model_server: ModelServer
) -> None:
    """It is refused whole, with the number; the second attempt has twice as much, and passes."""
    words = "# more words about this line\n" * 8
    long = f"```python\n{FIXED}{words}```\n"
    model_server.choose_answer = ThinkingModel("", long)
    use(project, model_server, "house-7b", "answer = 64")
    code, out = project.bricklayer("run", project.plan(ASK))
    assert code == 0, out
    assert "1 local openai-chat:house-7b: cut off: cut off at 64 tokens" in out
    assert "2 local openai-chat:house-7b: passed" in out
    assert [request.body["max_tokens"] for request in model_server.requests] == [64, 128]


def test_what_was_learnt_holds_for_the_tasks_later_attempts(
    project: Project, model_server: ModelServer
) -> None:
    """A model that only thinks unless it is told not to loses no attempt, and no try at the next."""
    wrong = ThinkingModel(
        THOUGHT, ANSWER.replace("-", "*"), stops_after_thought=4, obeys=frozenset()
    )
    right = ThinkingModel(THOUGHT, ANSWER)

    def choose(request: ReceivedRequest) -> ScriptedAnswer:
        return (wrong if len(model_server.requests) <= 5 else right)(request)

    model_server.choose_answer = choose
    use(project, model_server, "qwen3.6-27b", "context = 32768\nanswer = 1024\nthinking = 4096")
    code, out = project.bricklayer("run", project.plan(ASK))
    assert code == 0, out
    assert "1 local openai-chat:qwen3.6-27b: check" in out
    assert "2 local openai-chat:qwen3.6-27b: passed" in out
    switches = [
        request.body["chat_template_kwargs"]["enable_thinking"] for request in model_server.requests
    ]
    assert switches == [True, False, False, False, False, False]
