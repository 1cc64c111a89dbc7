"""A model that thinks, behind a real llama-server, in the whole story of a job."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.gguf import THINKING_TEMPLATE
from support.llama_server import serve_llama
from support.project import Project

pytestmark = [pytest.mark.model, pytest.mark.timeout(900)]
CONFIG = """\
[checks.greets]
run = "grep -qi hello"

[limits]
local_attempts = 20
"""
GREET = "### Task: greet\n- file: hello.txt\n- check: greets hello.txt\n\nWrite the word hello.\n"
TIER = """\
[tiers.local]
models = ["openai-chat:qwen3-small"]
base_url = "{url}/v1"
context = 4096
answer = 256
thinking = 128
"""


@contextmanager
def served(project: Project, *options: str) -> Iterator[Path]:
    """A job that a thinking model behind a server of these options is to do."""
    project.write(".bricklayer.toml", CONFIG)
    project.commit()
    with serve_llama(project.room, options, template=THINKING_TEMPLATE) as url:
        (project.room / "bricklayer.toml").write_text(TIER.format(url=url))
        yield project.plan(GREET, "checks: [greets]")


# https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md (reasoning-format)
@pytest.mark.parametrize("place", ["none", "deepseek"])
def test_a_model_that_thinks_does_a_job(project: Project, place: str) -> None:
    """Wherever the server puts the thought, the answer lands and the ledger has the server's counts."""
    with served(project, "--reasoning-format", place) as plan:
        code, out = project.bricklayer("run", plan)
    assert code == 0, out
    landed = project.git("show", "bricklayer/mend-it:hello.txt")
    assert "hello" in landed.lower()
    assert "think>" not in landed
