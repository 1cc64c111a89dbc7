"""Models of which llama-server reads a prompt anew although its beginning was read before.

What it keeps of a prompt can be cut back to where the next one differs only for plain attention. A
sliding window (SWA) has dropped the older part, a recurrent or hybrid model has one state for all
of it; then the server goes back to a checkpoint, if it has one, or to the beginning:
https://github.com/ggml-org/llama.cpp/pull/13194, https://github.com/ggml-org/llama.cpp/issues/21831
"""

import re
from typing import Literal

from runners.doctor.finding import Finding

# By the names of files and models, as their makers' cards call the architecture.
_RECURRENT = re.compile(
    r"qwen-?3[._-]?(?:next|5|6)|qwen3-coder-next|granite-?4|nemotron-?(?:h|3|nano)|falcon-?(?:h1|mamba)"
    r"|\blfm-?2|jamba|mamba|rwkv|kimi-linear|bamba|plamo-?2|minimax-(?:01|text|m1)|ring-.*linear",
    re.IGNORECASE,
)
_SLIDING = re.compile(
    r"gemma-?(?:2|3|4)|gpt-?oss|command-?[ar]|cohere|\bphi-?3|exaone-?4|llama-?4|olmo-?3|mimo-v2"
    r"|step-3\.5|smallthinker|afm-",
    re.IGNORECASE,
)
_ANEW = "its server may read the whole of each prompt anew"
_LOG = "Its log says “forcing full prompt re-processing” where it does, and then prompts take long."
MAX_NAME_CHARACTERS = 400


def find_memory(model: str) -> Literal["", "recurrent", "sliding"]:
    """Of a model by its name; empty for one that is not known to have such a memory."""
    name = model[:MAX_NAME_CHARACTERS]
    return "recurrent" if _RECURRENT.search(name) else "sliding" if _SLIDING.search(name) else ""


def examine_prompt_cache(tier: str, model: str) -> Finding | None:
    memory = find_memory(model)
    if memory == "sliding":
        what = f"tier {tier}: {model} has a sliding window: {_ANEW}"
        hint = f"Start llama-server with --swa-full, which takes more memory. {_LOG}"
        return Finding(what, good=None, hint=hint)
    if memory == "recurrent":
        what = f"tier {tier}: {model} is a hybrid or recurrent model: {_ANEW}"
        hint = f"Take a new llama-server, with --ctx-checkpoints 32 or more. {_LOG}"
        return Finding(what, good=None, hint=hint)
    return None
