"""A model that thinks, behind a real llama-server, in the whole story of a job."""

import re
from pathlib import Path

import pytest
from support.gguf import THINKING_TEMPLATE
from support.llama_server import serve_llama
from support.project import Project

pytestmark = [pytest.mark.model, pytest.mark.timeout(900)]
CONFIG = """\
[checks.tree]
run = "test -f bank.py"

[checks.says]
run = "grep -q '[a-z]'"
"""
GREET = "### Task: greet\n- file: hello.txt\n- check: says hello.txt\n\nWrite a short greeting.\n"
# So small a model rarely keeps to a form: the grammar has it end its thought and name its file.
# What it thinks, how long, and what it writes are its own.
# The server has one model, whatever it is called: the name tells the family it is to be taken for.
TIER = """\
[tiers.local]
models = ["openai-chat:qwen3-small"]
base_url = "{url}/v1"
context = 4096
answer = 256
thinking = 64
extra = {{grammar = '''
root ::= thought "</think>\\n\\nhello.txt\\n```\\n" line "\\n```\\n"
thought ::= [^<]*
line ::= [A-Za-z] [A-Za-z ,.!']{{4,60}}
'''}}
"""


# https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md (reasoning-format)
@pytest.mark.parametrize("place", ["none", "deepseek"])
def test_a_model_that_thinks_does_a_job(project: Project, place: str) -> None:
    """Wherever the server puts the thought: the answer lands, and the ledger has what was counted."""
    project.write(".bricklayer.toml", CONFIG)
    project.commit()
    options = ["--reasoning-format", place]
    with serve_llama(project.room, options, template=THINKING_TEMPLATE) as url:
        told = f"reflection = false\n{TIER.format(url=url)}"  # the attempt's calls are counted
        (project.room / "bricklayer.toml").write_text(told)
        code, out = project.bricklayer("run", project.plan(GREET, "checks: [tree]"))
    assert code == 0, out
    landed = project.git("show", "bricklayer/mend-it:hello.txt")
    assert re.fullmatch(r"[A-Za-z ,.!']+", landed)
    thought = next(project.room.glob("state/**/evidence/run-*/greet-1.txt")).read_text()
    assert re.search(r"(?m)^===== thought =====\n.*\w", thought)
    assert "think>" not in thought
    assert re.search(r"\d\s+thought\)|\(\d+\s*\n?.*thought", out), out
    said = project.git("log", "-1", "--format=%B", "bricklayer/mend-it")
    assert "Bricklayer-Model: openai-chat:qwen3-small" in said
    counted = [re.search(rf"Tokens-{which}: (\d+)", said) for which in ("In", "Out")]
    made = [int(found[1]) for found in counted if found]
    assert made == count_served(project.room / "llama-server.log")


def count_served(log: Path) -> list[int]:
    """Tokens of the prompts and of the replies, by the server's log of its calls."""
    text = log.read_text()
    read = re.findall(r"prompt eval time =.*?/ +(\d+) tokens", text)
    made = re.findall(r"(?<!prompt) eval time =.*?/ +(\d+) tokens", text)
    assert len(read) == len(made) == 1, "one call was enough"
    return [int(read[0]), int(made[0])]
