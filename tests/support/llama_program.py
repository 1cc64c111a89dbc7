"""A program that says of itself what llama-server says in its help, and does no more."""

from pathlib import Path

# As llama-server's own help has them: lists at the margin, with what they mean further right.
HELP = """\
-m,    --model FNAME                    model path to load
-c,    --ctx-size N                     size of the prompt context
-np,   --parallel N                     number of server slots
-ngl,  --gpu-layers, --n-gpu-layers N   layers
-fa,   --flash-attn [on|off|auto]       see --not-a-flag
-b,    --batch-size N                   logical
-ub,   --ubatch-size N                  physical
-ctk,  --cache-type-k TYPE              K
-ctv,  --cache-type-v TYPE              V
-sm,   --split-mode {none,layer,row}    how
-ts,   --tensor-split N0,N1             fraction
-ctxcp, --ctx-checkpoints, --swa-checkpoints N
                                        max number
--cache-reuse N                         min chunk size
--spec-type none,ngram-simple           types
--no-mmap                               do not map
--jinja, --no-jinja                     template
--host HOST                             or UNIX socket paths ending in .sock
"""


def write_program(folder: Path, text: str, code: int = 0) -> Path:
    path = folder / "llama-server"
    path.write_text(f"#!/bin/sh\ncat <<'END'\n{text}END\nexit {code}\n")
    path.chmod(0o755)
    return path
