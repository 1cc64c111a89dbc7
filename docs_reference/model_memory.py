"""What models take of a card's memory, computed from their published shapes. Nothing is measured here.

    weights = parameters * bits a weight / 8
    cache   = 2 (K and V) * layers with attention * KV heads * head size * bytes a value, a token

Layers with a window keep that many tokens only; layers of linear attention keep a state of fixed size.
"""

from dataclasses import dataclass
from typing import Literal

GIB = 2**30
CARD_GIB = 24.0
FIRST_CARD_GIB, NEXT_CARD_GIB = 2.5, 1.5
"""Allowed for the CUDA context, compute buffers and what the driver keeps, a guess on the safe side.

For Qwen3.8-27B at Q4_K_M somebody measured 18.42 GiB at 8K and 19.95 GiB at 32K, which is 2.4 GiB above
the sum here: https://huggingface.co/donaldJJ/models
"""
CONTEXT_STEP = 4096
# Of Llama 3.1 8B: https://github.com/ggml-org/llama.cpp/blob/master/tools/quantize/README.md
BITS_PER_WEIGHT = {"Q4_K_M": 4.8944, "Q5_K_M": 5.7036, "Q6_K": 6.5633, "Q8_0": 8.5008}
# Blocks of 32 values with a scale of two bytes: https://github.com/ggml-org/llama.cpp/blob/master/ggml/src/ggml-common.h
CACHE_BYTES = {"f16": 2.0, "q8_0": 34 / 32}
CacheType = Literal["f16", "q8_0"]


@dataclass(frozen=True)
class Shape:
    """A model as its card or config has it; `window` is in tokens, `state_mib` for one slot."""

    name: str
    source: str
    parameters: float
    full_layers: int
    kv_heads: int
    head_size: int
    native_context: int
    window_layers: int = 0
    window: int = 0
    state_mib: float = 0.0
    file_gb: float = 0.0
    """Of a file that comes in one precision only."""

    def weights_gib(self, quantisation: str) -> float:
        if self.file_gb:
            return self.file_gb * 1e9 / GIB
        return self.parameters * BITS_PER_WEIGHT[quantisation] / 8 / GIB

    def cache_gib(self, context: int, kind: CacheType = "f16") -> float:
        a_layer = 2 * self.kv_heads * self.head_size * CACHE_BYTES[kind]
        windows = self.window_layers * min(context, self.window)
        return (self.full_layers * context + windows) * a_layer / GIB + self.state_mib / 1024

    def total_gib(self, quantisation: str, context: int, cards: int, kind: CacheType) -> float:
        allowed = FIRST_CARD_GIB + NEXT_CARD_GIB * (cards - 1)
        return self.weights_gib(quantisation) + self.cache_gib(context, kind) + allowed

    def longest_context(self, quantisation: str, cards: int, kind: CacheType = "f16") -> int:
        """In tokens, at most the native one; 0 where not even one step fits."""
        steps = range(self.native_context // CONTEXT_STEP, 0, -1)
        fits = (
            step * CONTEXT_STEP
            for step in steps
            if self.total_gib(quantisation, step * CONTEXT_STEP, cards, kind) <= CARD_GIB * cards
        )
        return next(fits, 0)


# 48 layers of 48 heads with a state of 128 by 128 floats: 144 MiB; the mixture's 30 layers of 32: 60 MiB.
SHAPES = (
    Shape(
        "gpt-oss 20B (MXFP4)", "https://huggingface.co/openai/gpt-oss-20b",
        20.9e9, 12, 8, 64, 131_072, window_layers=12, window=128, file_gb=12.1,
    ),
    Shape(
        "Mistral Small, Devstral Small 24B",
        "https://huggingface.co/unsloth/Mistral-Small-24B-Instruct-2501-GGUF/blob/main/config.json",
        23.6e9, 40, 8, 128, 131_072,
    ),
    Shape(
        "Qwen 3.6 / 3.8 27B", "https://huggingface.co/Qwen/Qwen3.6-27B",
        27.8e9, 16, 4, 256, 262_144, state_mib=144,
    ),
    Shape(
        "Qwen3-Coder 30B-A3B", "https://huggingface.co/Qwen/Qwen3-Coder-30B-A3B-Instruct",
        30.5e9, 48, 4, 128, 262_144,
    ),
    Shape(
        "Qwen2.5-Coder 32B", "https://huggingface.co/Qwen/Qwen2.5-Coder-32B-Instruct",
        32.5e9, 64, 8, 128, 32_768,
    ),
    Shape(
        "Qwen 3.6 35B-A3B", "https://huggingface.co/Qwen/Qwen3.6-35B-A3B",
        35e9, 10, 2, 256, 262_144, state_mib=60,
    ),
    Shape(
        "Llama 3 70B", "https://huggingface.co/meta-llama/Llama-3.3-70B-Instruct",
        70.6e9, 80, 8, 128, 131_072,
    ),
)  # fmt: skip

_HEAD = f"""\
# What fits a card of 24 GB, or two

Computed by [`docs_reference/model_memory.py`](../../docs_reference/model_memory.py) from published shapes; **no GPU was used, and
nothing here is measured**. It answers "does it fit", not "how fast".

    weights = parameters × bits a weight / 8
    cache   = 2 (K and V) × layers with attention × KV heads × head size × bytes a value, for each token

Bits a weight are [llama.cpp's](https://github.com/ggml-org/llama.cpp/blob/master/tools/quantize/README.md) of an 8B model: Q4_K_M 4.89, Q5_K_M
5.70, Q6_K 6.56, Q8_0 8.50; a value of the cache is 2 bytes as f16 and 1.06 as q8_0. For CUDA's own memory and its buffers
{FIRST_CARD_GIB} GiB are set aside on the first card and {NEXT_CARD_GIB} GiB on the second. A published file may be a few per cent smaller or larger:
Qwen3.6-27B is 17.0 GB here and 16.5 GB [as published](https://huggingface.co/wimmmm/Qwen3.6-27B-GGUF-MTP).

The columns give the longest context, in tokens, of **one** slot; `--parallel 2` halves it. "no": the weights alone leave no room.
"""


def render_model_memory() -> str:
    return "\n".join([_HEAD, *_render_shapes(), "", *_render_fits(1), "", *_render_fits(2), ""])


def _render_shapes() -> list[str]:
    rows = [
        f"| [{s.name}]({s.source}) | {s.parameters / 1e9:.1f}B | {_layers(s)} | {s.kv_heads} × {s.head_size} |"
        f" {2 * s.kv_heads * s.head_size * s.full_layers * 2 / 1024:.0f} KiB |"
        for s in SHAPES
    ]  # fmt: skip
    return [
        "| model | parameters | layers with a cache | KV heads × head size | cache a token, f16 |",
        "| --- | --- | --- | --- | --- |",
        *rows,
    ]


def _layers(shape: Shape) -> str:
    if shape.window_layers:
        return f"{shape.full_layers}, and {shape.window_layers} of {shape.window} tokens"
    if shape.state_mib:
        return f"{shape.full_layers}; the others keep {shape.state_mib:.0f} MiB a slot"
    return f"{shape.full_layers}"


def _render_fits(cards: int) -> list[str]:
    what = "One card, 24 GiB" if cards == 1 else "Two cards, 48 GiB, with `--split-mode layer`"
    lines = [
        f"## {what}",
        "",
        "| model | quantisation | weights | context, cache f16 | context, cache q8_0 |",
        "| --- | --- | --- | --- | --- |",
    ]
    for shape in SHAPES:
        for quantisation in ["MXFP4"] if shape.file_gb else BITS_PER_WEIGHT:
            contexts = [shape.longest_context(quantisation, cards, kind) for kind in CACHE_BYTES]  # type: ignore[arg-type]
            if any(contexts):
                told = " | ".join(f"{each:,}" if each else "no" for each in contexts)
                weights = shape.weights_gib(quantisation)
                lines.append(f"| {shape.name} | {quantisation} | {weights:.1f} GiB | {told} |")
    return lines
