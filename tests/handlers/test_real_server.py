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

[checks.greets]
run = "grep -qi hello"

[limits]
local_attempts = 20
"""
GREET = "### Task: greet\n- file: hello.txt\n- check: greets hello.txt\n\nWrite the word hello.\n"
# The server has one model, whatever it is called: the name tells the family it is to be taken for.
TIER = """\
[tiers.local]
models = ["openai-chat:qwen3-small"]
base_url = "{url}/v1"
context = 4096
answer = 256
thinking = 128
"""


# https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md (reasoning-format)
@pytest.mark.parametrize("place", ["none", "deepseek"])
def test_a_model_that_thinks_does_a_job(project: Project, place: str) -> None:
    """Wherever the server puts the thought: the answer lands, and the ledger has what was counted."""
    project.write(".bricklayer.toml", CONFIG)
    project.commit()
    options = ["--reasoning-format", place]
    with serve_llama(project.room, options, template=THINKING_TEMPLATE) as url:
        (project.room / "bricklayer.toml").write_text(TIER.format(url=url))
        code, out = project.bricklayer("run", project.plan(GREET, "checks: [tree]"))
    assert code == 0, out
    landed = project.git("show", "bricklayer/mend-it:hello.txt")
    assert "hello" in landed.lower()
    assert "think>" not in landed
    assert re.search(r"\(\d[\d,]*\s+thought|thought \d+ tokens", out), out
    said = project.git("log", "-1", "--format=%B", "bricklayer/mend-it")
    assert "Bricklayer-Model: openai-chat:qwen3-small" in said
    read, made = (int(re.search(f"Tokens-{which}: (\\d+)", said)[1]) for which in ("In", "Out"))
    assert (read, made) >= count_served(project.room / "llama-server.log")


def count_served(log: Path) -> tuple[int, int]:
    """Tokens the server read and made, by its log; of a call that it was told to drop, none."""
    text = log.read_text()
    read = re.findall(r"prompt eval time =.*?/ +(\d+) tokens", text)
    made = re.findall(r" eval time =.*?/ +(\d+) tokens", re.sub(r"prompt eval time", "", text))
    return sum(map(int, read)), sum(map(int, made))
