"""A task's exact blocks become files with no model involved."""

from collections.abc import Collection, Sequence
from pathlib import Path

from bot.job import Block
from runners.edits import EditError, Edits, Read, reader, resolve_block, safe_path, write


def apply_blocks(blocks: Sequence[Block], root: Path, allowed: Collection[str]) -> list[str]:
    """Apply the blocks in order, each on what the ones before leave, then write once.

    `allowed` are the paths the task may touch. Returns the paths written; a file that already reads
    as wanted is none. Raises `EditError`, naming the block's line, and then nothing has changed.
    """
    read = reader(root)
    overlay: dict[str, bytes | None] = {}

    def now(path: str) -> bytes | None:
        path = safe_path(path)
        return overlay[path] if path in overlay else read(path)

    for block in blocks:
        overlay.update(_resolved(block, now, allowed))
    changed = {path: data for path, data in overlay.items() if data != read(path)}
    return write(root, Edits(changed, ("manifest",)))


def _resolved(block: Block, now: Read, allowed: Collection[str]) -> dict[str, bytes | None]:
    try:
        files = dict(resolve_block(block, now).files)
    except EditError as wrong:
        raise EditError(f"plan line {block.line}: {wrong.reason}", wrong.hint) from wrong
    for path in files:
        if path not in allowed:
            raise EditError(
                f"plan line {block.line}: the block writes {path}, which the task does not name",
                f"The task may write {', '.join(sorted(allowed)) or 'no file'}.",
            )
    return files
