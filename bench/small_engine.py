"""`bricklayer` with other seeds: the number before the command is added to each call's seed.

Seed 0 is the command itself. A user has no need of this: a job's attempts differ by their number.
"""

import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bot.models.model import Prompt
from bot.prompts import task_prompt
from bot.prompts.inputs import TaskPromptInput
from handlers.cli import main

SEEDS_APART = 1000
make_prompt = task_prompt._make_prompt  # noqa: SLF001 - the one place where a seed is set
shift = SEEDS_APART * int(sys.argv.pop(1))


def make_shifted_prompt(request: TaskPromptInput, user: str) -> Prompt:
    prompt = make_prompt(request, user)
    return replace(prompt, seed=prompt.seed + shift)


task_prompt._make_prompt = make_shifted_prompt  # noqa: SLF001
main()
