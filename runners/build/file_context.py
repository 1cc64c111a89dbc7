"""Gathering what surrounds a task's file: folders, nearby files, and what the job did before.

All of it follows from commits, so that a replay, or a second attempt, gets the same.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import PurePosixPath

from bot.code import Outline, outline_file
from bot.git.commits import list_commits
from bot.git.diff import count_changed_lines
from bot.git.repo import Repo
from bot.git.search import find_mentions
from bot.models.token_estimate import estimate_tokens, fit_last_lines
from bot.plan import Task, written_paths
from bot.prompts.background import README, describe_finished_tasks, describe_folder
from bot.prompts.inputs import FileContext
from bot.prompts.neighbours import TEST_PATH, NearbyCalls
from bot.repo_map import RepoMap, import_graph, shared_maps
from bot.text.plain_text import decode_text
from bot.text.secret_files import NOT_SHOWN, is_secret_file
from bot.text.visible_markdown import show_file_text
from runners.edits.merge_reply import can_merge

MAX_FOLDERS, MAX_FOLDER_FILES = 4, 20
"""Folders that get a note, and files of one that are read for the names they define."""
WINDOW_SHARE = 22
"""The window divided by this is for folder notes and finished tasks: some 370 of 8,192 tokens."""
MAX_OUTLINED_BYTES = 200_000
"""Bytes of a file that is read to know what it defines and calls."""
MAX_IMPORTED_FILES, MAX_MENTIONING_FILES, MAX_SYMBOLS = 16, 12, 24
"""Files read because the task's file imports them, or speak of its names; names looked for."""
# https://go.dev/ref/spec#Packages and https://docs.oracle.com/javase/specs/jls/se21/html/jls-7.html
FOLDER_PACKAGES = frozenset(
    {"go", "java", "kotlin", "scala", "swift", "csharp", "c", "cpp", "ruby", "php"}
)
"""Ruby and PHP load by constants, C by headers: there a folder is the best that is known."""
SYMBOL = re.compile(r"[A-Za-z_]\w{2,60}")


def gather_file_context(
    repo: Repo, tree: str, task: Task, *, window: int, done: Sequence[str]
) -> FileContext:
    """`tree` is where the task starts, `done` are lines on tasks that have landed."""
    path = task.file or next(iter(sorted(written_paths(task))), "")
    body = (repo.read_file(tree, path) if path else None) or b""
    own = outline_files(open_map(repo, tree), [path]).get(path) or outline_file(path, body)
    budget = window // WINDOW_SHARE
    memories = fit_last_lines(done, budget)
    left = budget - estimate_tokens("\n".join(memories))
    folders = fit_last_lines(_folder_notes(repo, tree, path, task.reads), left)
    return FileContext(
        outline=own,
        mergeable=can_merge(body.decode(errors="replace"), path),
        calls=find_nearby_files(repo, tree, path, own, task.reads) if body else NearbyCalls(),
        read=lambda name: read_text(repo, tree, name),
        folders=folders,
        finished_tasks=memories,
    )


def recall_landed_tasks(repo: Repo, job: str, base: str, start: str) -> tuple[str, ...]:
    """The last tasks this job has landed between its base and the commit a task starts from."""
    commits = list_commits(repo, base, start) if start != base else []
    return describe_finished_tasks(
        # The job's commits are on one line, so each has one parent: https://git-scm.com/docs/gitrevisions
        commits,
        job,
        lambda sha: count_changed_lines(repo, f"{sha}^", sha),
    )


def read_text(repo: Repo, tree: str, path: str, *, exact: bool = False) -> str | None:
    """A file's text; None where there is none, or something that is no text.

    As its page shows it, without hidden characters and comments of Markdown, and nothing of a file
    of keys; `exact`: as it is, for an edit of it.
    """
    found = repo.read_file(tree, path) if path else None
    if found is not None and not exact and is_secret_file(path):
        return NOT_SHOWN
    text = None if found is None else decode_text(found)
    return text if exact or text is None else show_file_text(path, text)


def _folder_notes(repo: Repo, tree: str, path: str, reads: Sequence[str]) -> list[str]:
    """The task's own folder last, so that it stays longest."""
    folders = dict.fromkeys(_parent_folder(name) for name in (path, *reads) if name)
    notes = [_folder_note(repo, tree, folder, path) for folder in list(folders)[:MAX_FOLDERS]]
    return [line for line in reversed(notes) if line]


def _parent_folder(path: str) -> str:
    above = str(PurePosixPath(path).parent)
    return "" if above == "." else above


# A tree's id is a hash of its content, so a note about it stays right:
# https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
@lru_cache(maxsize=256)
def _folder_note(repo: Repo, tree: str, folder: str, own: str) -> str:
    """Of a folder without a README, what its files define beside the task's own."""
    files = {p: e for p, e in repo.list_folder(tree, folder).items() if e.kind == "file"}
    readmes = [path for path in sorted(files) if README.fullmatch(PurePosixPath(path).name)]
    first = readmes[0] if readmes and files[readmes[0]].size <= MAX_OUTLINED_BYTES else ""
    if line := describe_folder(folder, read_text(repo, tree, first), {}):
        return line
    others = [path for path in sorted(files) if path != own and not TEST_PATH.search(path)]
    small = [path for path in others if files[path].size <= MAX_OUTLINED_BYTES]
    outlines = outline_files(open_map(repo, tree), small[:MAX_FOLDER_FILES])
    return describe_folder(folder, None, outlines)


def find_nearby_files(
    repo: Repo, tree: str, path: str, own: Outline, reads: Sequence[str]
) -> NearbyCalls:
    """Who calls what among these files. It follows from the tree alone."""
    repo_map = open_map(repo, tree)
    imported = import_graph.imported_files(path, own, repo_map.path_index) if own.imports else []
    mentioning = _mentioning_files(repo, tree, path, own)
    near = dict.fromkeys([*reads, *imported[:MAX_IMPORTED_FILES], *mentioning])
    outlines = outline_files(repo_map, [name for name in near if name != path])
    importing = (
        name
        for name, outline in outlines.items()
        if path in import_graph.imported_files(name, outline, repo_map.path_index)
    )
    package = _package_files(path, own, outlines)
    return NearbyCalls(
        {path: own, **outlines}, frozenset([path, *reads, *imported, *importing, *package])
    )


def _package_files(path: str, own: Outline, others: Iterable[str]) -> Iterator[str]:
    """Files that need no import of each other, in languages whose packages are folders."""
    if own.language in FOLDER_PACKAGES:
        yield from (name for name in others if _parent_folder(name) == _parent_folder(path))


def open_map(repo: Repo, tree: str) -> RepoMap:
    """The tree's map; what was read of a file for one job is there for the next."""
    return shared_maps().map_of(repo, tree)


def outline_files(repo_map: RepoMap, paths: Iterable[str]) -> dict[str, Outline]:
    """Outlines of those that are on the map and no larger than people write."""
    known = (repo_map.by_path.get(path) for path in paths)
    return repo_map.read_outlines(
        [entry.path for entry in known if entry and entry.size <= MAX_OUTLINED_BYTES]
    )


def _mentioning_files(repo: Repo, tree: str, path: str, own: Outline) -> Iterator[str]:
    """Files of the same language; tests are shown for themselves."""
    names = [each.name for each in own.symbols if each.kind in {"function", "method", "class"}]
    known = [name for name in dict.fromkeys(names) if SYMBOL.fullmatch(name)][:MAX_SYMBOLS]
    # The names are found as words, and one word means other things in other languages.
    ending = path.rpartition(".")[2]
    found = [each for each in find_mentions(repo, tree, known) if each.rpartition(".")[2] == ending]
    others = [each for each in found if each != path and not TEST_PATH.search(each)]
    yield from others[:MAX_MENTIONING_FILES]
