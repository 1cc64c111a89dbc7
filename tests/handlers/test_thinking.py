"""A job whose model thinks: over HTTP, from the plan to the commit."""

import json

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
        f'reflection = false\n[tiers.local]\nmodels = ["openai-chat:{name}"]\nretries = 0\n'
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
    assert "1 local openai-chat:house-7b: cut off at 64 tokens" in out
    assert "; `answer` in [tiers.local] is the room for one answer" in out
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


def test_a_server_with_a_smaller_window_gets_shorter_prompts_and_no_attempt_is_counted(
    project: Project, model_server: ModelServer
) -> None:
    """It says so by its error; the next prompt fits, and is the first attempt."""
    refused = {"message": "exceeded", "type": "exceed_context_size_error", "n_ctx": 4096}
    body = json.dumps({"error": refused}).encode()
    model_server.answers = [ScriptedAnswer(status=400, body=body), ScriptedAnswer(ANSWER)]
    use(project, model_server, "house-7b", "answer = 512\ncontext = 32768")
    code, out = project.bricklayer("run", project.plan(ASK))
    assert code == 0, out
    assert "its prompts are made for 4,096 tokens" in out
    assert "1 local openai-chat:house-7b: passed" in out
    assert len(model_server.requests) == 2


def test_a_server_that_cuts_prompts_is_told_of_and_nobody_is_paid_for_it(
    project: Project, model_server: ModelServer
) -> None:
    """It answers what nobody asked; where no shorter prompt will do, the run stops, to be mended."""
    more = "    # what stands here is read by whoever changes the balance of an account\n" * 60
    project.write("bank.py", f"def withdraw(balance, amount):\n{more}    return balance + amount\n")
    project.commit()
    usage = {"prompt_tokens": 300, "completion_tokens": 5, "total_tokens": 305}
    cut = ScriptedAnswer(deltas=({"content": "I see no task."},), finish="stop", reported=usage)
    model_server.answers = [cut]
    use(project, model_server, "house-7b", "answer = 512\ncontext = 8192")
    code, out = project.bricklayer("run", project.plan(ASK))
    assert code == 2, out
    assert "the server read only 300 of about " in out
    assert "Start the server with a larger window, or set `context` in [tiers.local]" in out
    assert "attempt fix" not in out
