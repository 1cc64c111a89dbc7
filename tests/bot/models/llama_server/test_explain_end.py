"""Why a llama-server ended, in words that a person can act on."""

import pytest

from bot.models.llama_server.explain_end import explain_end
from bot.models.llama_server.keeper_link import Ended

# As the server prints them. https://github.com/ggml-org/llama.cpp/issues/7366
CUDA = (
    "ggml_backend_cuda_buffer_type_alloc_buffer: allocating 35533.34 MiB on device 0: cudaMalloc"
    " failed: out of memory\n0.06.650.549 E srv    load_model: failed to load model\n"
)
PROCESSOR = (
    "0.01.000.000 E ggml_aligned_malloc: insufficient memory (attempted to allocate 36 MB)\n"
)
VULKAN = "ggml_vulkan: vk::Device::allocateMemory: ErrorOutOfDeviceMemory\n"


@pytest.mark.parametrize("log", [CUDA, PROCESSOR, VULKAN])
def test_too_little_memory_is_told_with_what_to_change(log: str) -> None:
    """It is waited for, as who has it may give it back; the settings that need less are named."""
    told = explain_end(Ended(1, f"----- start 1\n{log}", 0), loaded=False)
    assert told.cause == "unreached"
    for name in ("context", "slots", "cache_type_k", "gpu_layers"):
        assert f"`{name}`" in told.why


def test_killed_while_it_loads_is_too_little_memory() -> None:
    """The kernel kills what takes too much, and then nothing is printed."""
    told = explain_end(Ended(-9, "----- start 1\nloading\n", 0), loaded=False)
    assert "by SIGKILL" in told.why
    assert "not enough memory" in told.why


@pytest.mark.parametrize(
    ("log", "told"),
    [
        ("error: invalid argument: --nope", "`server_args`"),
        ('error while handling argument "-ctk": Unsupported cache type: x', "`server_args`"),
        ("E llama_model_load: error loading model: unknown model architecture: 'x9'", "newer"),
        (
            "E llama_model_load: error loading model: tensor 'a' data is not within the file",
            "damag",
        ),
        ("llama-server: error while loading shared libraries: libcudart.so.12: no", "install"),
    ],
)
def test_what_the_same_start_would_do_again_is_for_a_person(log: str, told: str) -> None:
    """No waiting mends it: the run stops, with the server's words and what they mean."""
    found = explain_end(Ended(1, f"----- start 1\n0.0 I srv starts\n{log}\n", 0), loaded=False)
    assert found.cause == "settings"
    assert told in found.why
    assert log[:20].rsplit(maxsplit=1)[-1] in found.why


def test_a_crash_is_waited_for() -> None:
    """One that has answered had a good file and good flags."""
    log = "----- start 1\nerror: invalid argument\n----- start 2\nall good\n"
    found = explain_end(Ended(-11, log, 0), loaded=True)
    assert (found.cause, found.why) == ("outage", "llama-server ended by SIGSEGV: all good")


def test_an_end_without_words_is_waited_for() -> None:
    """Nothing says that it would end so again; only for so long as one that was never reached."""
    assert explain_end(Ended(1, "", 0), loaded=False).cause == "unreached"
    assert explain_end(Ended(-99, "", 0), loaded=False).why == "llama-server ended by signal 99"
    assert explain_end(Ended(-4, "", 0), loaded=False).cause == "settings"
