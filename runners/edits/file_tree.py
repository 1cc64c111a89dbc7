"""Applying the edits of one reply to files in memory; nothing is written here."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from bot.text.plain_text import is_binary
from bot.text.secret_marks import find_marks
from runners.edits.model import (
    MAX_ALIGNED_CELLS,
    Edit,
    EditError,
    Patch,
    Read,
    Removal,
    WholeFile,
    align_lines,
)
from runners.edits.openat import safe_path
from runners.edits.patch import apply_hunks
from runners.edits.removal_wish import NO_WISH, RemovalWish
from runners.edits.reply_limits import count_work
from runners.edits.safety_checks import check_hunk, check_lenient_edit, check_whole
from runners.edits.text_file import Line, Text, blob_id, dump_text, load_text, split_lines

# git shortens ids to 7 digits in a small repository, to more in a large one:
# https://git-scm.com/docs/git-config#Documentation/git-config.txt-coreabbrev
MIN_BLOB_ID_DIGITS = 7


@dataclass(slots=True)
class FileTree:
    """The files as far as edited. `line_end` is that of new ones; `only` the paths that may change.

    `wish` says what may go of a file that is given whole.
    """

    read: Read
    line_end: str = "\n"
    only: Collection[str] | None = None
    wish: RemovalWish = NO_WISH
    files: dict[str, bytes | None] = field(default_factory=dict)

    def read_current(self, path: str) -> bytes | None:
        return self.files[path] if path in self.files else self.read(path)

    def apply_edit(self, edit: Edit) -> None:
        count_work(1)
        edit = replace(edit, path=self._check_allowed(edit.path))
        if isinstance(edit, WholeFile):
            self.files[edit.path] = self._rewrite_bytes(edit)
        elif isinstance(edit, Removal):
            self._check_removal(edit)
            self.files[edit.path] = None
        else:
            self._apply_patch(edit)

    def apply_edits(self, edits: Sequence[Edit]) -> None:
        for edit in merge_hunks(edits):
            self.apply_edit(edit)

    def changed_files(self) -> dict[str, bytes | None]:
        """Raises `EditError` where one file would have to be the directory of another, or no text.

        A payload in a file that nobody can read lay among the tests of xz (CVE-2024-3094). Nor is
        anything written with the mark of a key that stands in another file.
        """
        if binary := sorted(path for path, data in self.files.items() if data and is_binary(data)):
            raise EditError(f"{binary[0]} would be a binary file", "Write text, without NUL bytes.")
        files = {path for path, data in self.files.items() if data is not None}
        for path in sorted(files):
            # A path cannot be a file and a folder, in git neither.
            if above := files & {path[:at] for at, letter in enumerate(path) if letter == "/"}:
                raise EditError(
                    f"{above.pop()} cannot be a file and hold {path}", "Check the paths."
                )
        before = {path: self.read(path) for path in self.files}
        for path, data in sorted(self.files.items()):
            if marks := find_marks(data or b"") - find_marks(before[path] or b""):
                hint = "A mark can be copied only within its own file; leave those lines out."
                what = f"{path} would have {min(marks)} in the place of a key or a password"
                raise EditError(what, hint)
        return {path: data for path, data in self.files.items() if data != before[path]}

    def _check_allowed(self, path: str) -> str:
        path = safe_path(path)
        if self.only is not None and path not in self.only:
            allowed = ", ".join(sorted(self.only)[:5]) or "no file"
            raise EditError(
                f"the reply changes {path}, but may only change {allowed}",
                "Leave every other file as it is.",
            )
        return path

    def _apply_patch(self, patch: Patch) -> None:
        data = self.read_current(patch.path)
        if data is None:
            raise EditError(f"{patch.path}: there is no such file to change", "Check the path.")
        target = self._check_allowed(patch.move_to) if patch.move_to else patch.path
        if target != patch.path and self.read_current(target) is not None:
            raise EditError(f"{target} is already there; {patch.path} cannot be moved onto it")
        after = self._patch_bytes(patch, data) if patch.hunks else data
        if target != patch.path:
            self.files[patch.path] = None
        self.files[target] = after

    def _patch_bytes(self, patch: Patch, data: bytes) -> bytes:
        text = load_text(data, patch.path, end=self.line_end)
        # A V4A patch cannot speak of a missing line end, so that stays as it is, like all that a
        # patch does not speak of. Codex ends such a file, and its tests hold that for CRLF:
        # https://github.com/openai/codex/blob/main/codex-rs/apply-patch/src/lib.rs
        if not patch.keeps_final_newline and text.line_end == "\r\n":
            text = replace(text, final_newline=True)
        for hunk in patch.hunks:
            check_hunk(patch.path, hunk, text.bodies, self.wish)
        after, lenient = apply_hunks(
            patch, text, base_matches=_matches_blob_id(patch.base_blob_id, data)
        )
        if lenient:
            check_lenient_edit(patch.path, "\n".join(text.bodies), "\n".join(after.bodies))
        return dump_text(after)

    def _check_removal(self, removal: Removal) -> None:
        data = self.read_current(removal.path)
        if data is None:
            raise EditError(f"{removal.path}: there is no such file to delete", "Check the path.")
        if removal.lines is not None:
            file_lines = [body.rstrip() for body in load_text(data, removal.path).bodies]
            if file_lines != [text.rstrip() for text in removal.lines]:
                raise EditError(f"{removal.path}: the diff deletes other lines than the file has")

    def _rewrite_bytes(self, whole: WholeFile) -> bytes:
        data = self.read_current(whole.path)
        # A plan's block gives every byte of the file, line ends and byte order mark included.
        if whole.exact and not whole.creates:
            return whole.text.encode("utf-8")
        if data and not whole.overwrites:
            raise EditError(
                f"{whole.label} ({whole.path}): it quotes no old lines, but the file has content",
                "Quote the lines to replace, exactly as the file has them.",
            )
        before = load_text(data, whole.path, end=self.line_end)
        return dump_text(_rewrite_text(whole, before, self.wish))


def _matches_blob_id(base: str, data: bytes) -> bool:
    """Whether a git diff was made against just this content: then its line numbers are right."""
    # `index OLD..NEW` of a git diff has the ids of both contents:
    # https://git-scm.com/docs/diff-format#generate_patch_text_with_p
    return len(base) >= MIN_BLOB_ID_DIGITS and blob_id(data).startswith(base)


def _rewrite_text(whole: WholeFile, before: Text, wish: RemovalWish) -> Text:
    """The new text with the old one's BOM, line ends and missing final newline."""
    lines = check_whole(whole, before.bodies, split_lines(whole.text), wish)
    closed = before.final_newline and (whole.text.endswith("\n") or not lines)
    kept: list[Line] = []
    old = iter(before.lines)
    for tag, text in align_lines(before.bodies, lines, max_pairs=MAX_ALIGNED_CELLS):
        line = next(old) if tag != "+" else Line(text, before.line_end)
        if tag != "-":
            kept.append(line)
    return replace(before, lines=tuple(kept), final_newline=closed)


def merge_hunks(edits: Sequence[Edit]) -> list[Edit]:
    """Hunks for one file belong together: they are located together."""
    whole_edits: dict[tuple[str, int], Edit] = {}
    for number, edit in enumerate(edits):
        before = whole_edits.get((edit.path, 0))
        if isinstance(edit, Patch) and isinstance(before, Patch) and not edit.move_to:
            whole_edits[edit.path, 0] = replace(before, hunks=before.hunks + edit.hunks)
        else:
            whole_edits[edit.path, number if before is not None else 0] = edit
    return list(whole_edits.values())
