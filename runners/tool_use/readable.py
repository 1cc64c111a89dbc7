"""Which files of a tree a model may read by tools: tracked text, but for what is kept from it."""

from collections.abc import Collection

from bot.git.repo import Repo
from bot.text.plain_text import decode_text
from bot.text.secret_files import is_secret_file
from bot.text.visible_markdown import show_file_text
from runners.edits.model import EditError
from runners.edits.openat import safe_path

MAX_FILE_BYTES = 2 << 20
"""Of a file that is read or searched; what is larger is no source that a person wrote."""
MAX_LISTED = 100
"""Names of a folder that are told."""
OWN_FOLDER = ".bricklayer"
"""Files of the bot's own begin so; what a task needs of its notes stands in the prompt."""


class UnreadableError(Exception):
    """The text says to the model why it is not shown the file."""


def is_kept_back(path: str) -> bool:
    """Whether the path is none that any model may read, whatever stands there."""
    top = path.partition("/")[0].casefold()
    return top.startswith(OWN_FOLDER) or is_secret_file(path)


def read_tracked_text(
    repo: Repo, tree: str, path: str, exact: Collection[str] = ()
) -> tuple[str, str]:
    """The path as git has it, and the file's text, without hidden characters but in `exact` ones.

    Raises UnreadableError.
    """
    try:
        path = safe_path(path)
    except EditError as exc:
        raise UnreadableError(f"refused: {exc.reason}. {exc.hint}") from exc
    if is_kept_back(path):
        raise UnreadableError(f"refused: {path} is not shown to models")
    entry = repo.find_entry(tree, path)
    if entry is None:
        raise UnreadableError(f"there is no {path} in the repository; search finds paths")
    if entry.kind == "dir":
        names = sorted(repo.list_folder(tree, path))[:MAX_LISTED]
        shown = [name for name in names if not is_kept_back(name)]
        raise UnreadableError(f"{path} is a folder; it has:\n" + "\n".join(shown))
    if entry.kind != "file":
        raise UnreadableError(f"refused: {path} is a {entry.kind}, no plain file")
    data = repo.read_file(tree, path) or b""
    if len(data) > MAX_FILE_BYTES:
        raise UnreadableError(f"{path} is too large to be read: {len(data):,} bytes")
    text = decode_text(data)
    if text is None:
        raise UnreadableError(f"{path} is no UTF-8 text")
    return path, text if path in exact else show_file_text(path, text)
