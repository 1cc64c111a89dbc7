"""What a server of models tells for nothing, read from its answers: its models and its window.

Any program may answer on a port: what has not the form that is known counts as not told.
"""

import json
import re
from collections.abc import Iterable, Mapping

OLLAMA_WINDOW = 4096
"""Its window on a machine with less than 24 GiB of memory on its GPUs, unless it is told another.

https://docs.ollama.com/context-length
"""
MAX_COUNT = (1 << 40) - 1
_MAX_PARAMETERS_CHARS = 65_536
_NUM_CTX = re.compile(r"^num_ctx[ \t]+(\d{1,9})[ \t]*$", re.MULTILINE)

Entry = Mapping[str, object]


def read_object(body: bytes) -> dict[str, object]:
    """Empty for anything but one JSON object."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def list_objects(data: Mapping[str, object], key: str) -> list[dict[str, object]]:
    found = data.get(key)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def read_count(found: object) -> int:
    """A number of tokens; 0 for anything else."""
    is_number = isinstance(found, int) and not isinstance(found, bool)
    return found if is_number and 0 < found <= MAX_COUNT else 0  # type: ignore[operator, return-value]


def read_listed_window(entry: Entry) -> int:
    """Of vLLM's list: https://docs.vllm.ai/en/stable/serving/openai_compatible_server.html."""
    return read_count(entry.get("max_model_len"))


def read_lm_studio_window(entry: Entry) -> int:
    """Of a loaded model: https://lmstudio.ai/docs/developer/rest/endpoints (GET /api/v0/models)."""
    return read_count(entry.get("loaded_context_length"))


def read_loaded_window(answer: Mapping[str, object], names: Iterable[str]) -> int:
    """Of a model that Ollama has loaded: https://docs.ollama.com/api/ps."""
    loaded, known = list_objects(answer, "models"), set(names)
    running = next((one for one in loaded if one.get("name") in known), {})
    return read_count(running.get("context_length"))


def read_own_window(answer: Mapping[str, object]) -> int:
    """By the model's own file: https://docs.ollama.com/api-reference/show-model-details."""
    given = _NUM_CTX.search(str(answer.get("parameters") or "")[:_MAX_PARAMETERS_CHARS])
    return int(given[1]) if given else 0
