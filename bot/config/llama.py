"""`[tiers.NAME.llama]`: how llama.cpp runs a model file, in this process or as a server."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from bot.config.paths import absolute_only
from bot.config.toml import NotBlank, Seconds, Table

# https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md (--cache-type-k)
CacheType = Literal["f32", "f16", "bf16", "q8_0", "q5_1", "q5_0", "iq4_nl", "q4_1", "q4_0"]
PLAIN_CACHE_TYPES = frozenset({"f32", "f16", "bf16"})
MAX_DEVICES = 16
"""https://github.com/ggml-org/llama.cpp/blob/master/ggml/include/ggml-backend.h"""

OWN_FLAGS = {
    **dict.fromkeys(("-m", "--model"), "the model's name in `models`"),
    **dict.fromkeys(("-c", "--ctx-size"), "`context` of the tier"),
    **dict.fromkeys(("-np", "--parallel"), "`slots` of the tier"),
    **dict.fromkeys(("-ngl", "--gpu-layers", "--n-gpu-layers"), "`gpu_layers` of the tier"),
    **dict.fromkeys(("-t", "--threads"), "`threads` of the tier"),
    **dict.fromkeys(("-fa", "--flash-attn"), "`flash_attention`"),
    **dict.fromkeys(("-b", "--batch-size"), "`batch_size`"),
    **dict.fromkeys(("-ub", "--ubatch-size"), "`ubatch_size`"),
    **dict.fromkeys(("-ctk", "--cache-type-k"), "`cache_type_k`"),
    **dict.fromkeys(("-ctv", "--cache-type-v"), "`cache_type_v`"),
    **dict.fromkeys(("-sm", "--split-mode"), "`split_mode`"),
    **dict.fromkeys(("-ts", "--tensor-split"), "`tensor_split`"),
    **dict.fromkeys(("-ctxcp", "--ctx-checkpoints", "--swa-checkpoints"), "`context_checkpoints`"),
    "--cache-reuse": "`cache_reuse`",
    "--spec-type": "`speculative`",
}
"""Flags of llama-server that have a setting, by what sets them."""
FIXED_FLAGS = frozenset(
    {"--host", "--port", "--reuse-port", "--api-key", "--api-key-file", "--api-prefix"}
    | {"--ssl-key-file", "--ssl-cert-file", "--no-slots", "--embedding", "--embeddings"}
    | {"--rerank", "--reranking", "-h", "--help", "--usage", "--version", "--log-file"}
    | {"--log-disable", "--tools", "--agent", "-ag", "--mcp-servers-config"}
    | {"--mcp-servers-json", "--ui-mcp-proxy", "--webui-mcp-proxy"}
)
"""Flags by which it would be reached, or would do, otherwise than its caller needs."""


def _check_server_args(words: tuple[str, ...]) -> tuple[str, ...]:
    for word in words:
        flag = word.partition("=")[0]
        if setting := OWN_FLAGS.get(flag):
            raise ValueError(f"{flag} has a setting of its own: {setting}")
        if flag in FIXED_FLAGS:
            raise ValueError(f"{flag} is set by the program itself: take it out")
    return words


class LlamaSettings(Table):
    """How llama.cpp runs a model file, for `llama-cpp:` and `llama-server:`.

    What is not given is as the library or the server has it. `gpu_layers`, `threads`, `context`
    and `slots` stand in the tier's own table.
    """

    flash_attention: Literal["on", "off", "auto"] = "auto"
    """Attention that takes less memory. `"auto"`: where the model and the GPU can; in this process
    only where `cache_type_v` needs it."""
    batch_size: int | None = Field(default=None, ge=1, le=1 << 20)
    """Tokens of a prompt that are handed over at once."""
    ubatch_size: int | None = Field(default=None, ge=1, le=1 << 20)
    """Tokens of them that are computed at once. More is faster on a GPU, and takes memory."""
    cache_type_k: CacheType = "f16"
    """How keys of the KV cache are stored. `"q8_0"` takes about half the memory."""
    cache_type_v: CacheType = "f16"
    """How its values are stored. All but `f32`, `f16` and `bf16` need flash attention."""
    split_mode: Literal["none", "layer", "row", "tensor"] = "layer"
    """How a model is split over the GPUs that it sees."""
    tensor_split: tuple[Annotated[float, Field(ge=0)], ...] = Field(
        default=(), max_length=MAX_DEVICES
    )
    """Each GPU's share, as `[3, 1]`. Without it: by their memory."""
    server: Annotated[str, AfterValidator(absolute_only)] = ""
    """For `llama-server:`, as all that follow: its program. Default: `llama-server`, on PATH or
    beside Bricklayer's Python."""
    cache_reuse: int | None = Field(default=None, ge=0)
    """Least number of tokens for which a part of an earlier prompt that stands elsewhere now is
    used again. Not every model can."""
    context_checkpoints: int | None = Field(default=None, ge=0, le=4096)
    """States of a slot that are kept to go back to, for models with a sliding window or a recurrent
    part."""
    speculative: Literal[
        "", "ngram-simple", "ngram-map-k", "ngram-map-k4v", "ngram-mod", "ngram-cache"
    ] = ""
    """Guess the next tokens from what stands in the text already, with no second model: code that
    is repeated comes faster."""
    idle_timeout: Seconds = 900
    """Seconds without a request after which it is ended; the next request starts it again."""
    server_args: Annotated[tuple[NotBlank, ...], AfterValidator(_check_server_args)] = ()
    """More arguments, one text each, as `["--n-cpu-moe", "20"]`."""

    @model_validator(mode="after")
    def _check_cache(self) -> Self:
        if self.flash_attention == "off" and self.cache_type_v not in PLAIN_CACHE_TYPES:
            what = f'cache_type_v = "{self.cache_type_v}" needs flash attention'
            raise ValueError(f'{what}: set flash_attention = "on", or cache_type_v = "f16"')
        if self.ubatch_size and self.batch_size and self.ubatch_size > self.batch_size:
            sizes = f"ubatch_size = {self.ubatch_size} and batch_size = {self.batch_size}"
            raise ValueError(f"{sizes}: it must not be more than the whole batch")
        return self
