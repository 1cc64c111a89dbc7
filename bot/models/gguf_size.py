"""How many parameters a model's file has, by its beginning or else by its length.

https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

import struct
from pathlib import Path
from typing import BinaryIO

from bot.models.model_size import read_parameters

_MAGIC, _STRING, _ARRAY, _UINT64 = b"GGUF", 8, 9, 10
_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""Bytes of a value, by its type."""
_LABELS = ("general.size_label", "general.basename", "general.name")
MAX_KEYS, MAX_TEXT_BYTES = 100, 4096
"""What describes the model stands first; its tokens, which are many, behind that."""
_BYTES_A_PARAMETER = 0.6
"""Of a file with 4 to 5 bits each, as most local models have."""


def read_file_parameters(path: Path) -> int:
    """0 where it is no such file. Never raises: what is told of it is a help, and no more."""
    try:
        with path.open("rb") as file:
            if file.read(4) != _MAGIC:
                return 0
            told = _read_told(file)
        return told or int(path.stat().st_size / _BYTES_A_PARAMETER)
    except OSError:
        return 0


def _read_told(file: BinaryIO) -> int:
    """What the file says by a count, or in words; 0 where it says nothing that can be read."""
    labels: dict[str, str] = {}
    try:
        _, _, keys = struct.unpack("<IQQ", file.read(20))
        for _ in range(min(keys, MAX_KEYS)):
            key = _read_text(file)
            (kind,) = struct.unpack("<I", file.read(4))
            if key == "general.parameter_count" and kind == _UINT64:
                return int(struct.unpack("<Q", file.read(8))[0])
            if kind == _STRING:
                labels[key] = _read_text(file)
            elif kind in _SIZES:
                file.read(_SIZES[kind])
            else:
                break
    except (struct.error, ValueError):
        pass  # cut off, or longer than such texts are: what was read until there counts
    found = (read_parameters(labels.get(name, "")) for name in _LABELS)
    return next(filter(None, found), 0)


def _read_text(file: BinaryIO) -> str:
    (length,) = struct.unpack("<Q", file.read(8))
    if length > MAX_TEXT_BYTES:
        raise ValueError("too long")
    return file.read(length).decode(errors="replace")
