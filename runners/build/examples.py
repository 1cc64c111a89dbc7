"""Accepted changes of the same repository that are nearest to a task: how its people want it done.

Only commits count that people have merged and that the job starts from: so a task that is replayed
never sees what was once made of it. It follows from commits alone, so a replay shows the same.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath

from bot.approval.protected_paths import reasons_in
from bot.commit_trailers import parse_trailers
from bot.config.repository import RepoConfig
from bot.git.commits import is_ancestor, read_commits
from bot.git.diff import diff_file, list_changed_paths
from bot.git.objects import Commit
from bot.git.repo import Repo
from bot.ledger import EXAMPLE, strip_to_line
from bot.models.token_estimate import estimate_tokens
from bot.plan import Task, written_paths
from bot.prompts.ingredients import Ingredient
from bot.repo_map.entry_kinds import FileWords
from bot.repo_map.files import Source
from bot.repo_map.postings import match_words
from bot.repo_map.ranking import rank_by_words, weigh_words
from bot.repo_map.terms import parse_question
from bot.text.code_words import count_words
from bot.text.escape import fence_text
from bot.text.invisible import strip_hidden
from bot.text.secret_files import is_secret_file
from bot.text.secrets import find_secrets
from runners.build.load_plan import CheckedPlan

MAX_EXAMPLES = 2
MAX_EXAMPLE_TOKENS = 800
"""Of all of them."""
MAX_LOOKED_AT = 10_000
"""Commits of the history, newest first, among which ours are looked for."""
MAX_RANKED = 2_000
"""Of ours, the newest."""
MAX_READ = 12
"""Whose diffs are read, nearest first."""
MAX_FILES = 4
"""A change of more is no example of one thing."""
_TRAILER = "\nBricklayer-Task: "
# Of a diff's head only the names of the file tell anything.
_HEAD = ("diff --git ", "index ", "new file mode ", "deleted file mode ", "similarity index ")


@dataclass(frozen=True, slots=True)
class Accepted:
    """A commit of ours that people merged: its task's words, and the paths that it changed."""

    sha: str
    words: str
    paths: tuple[str, ...]


def select_examples(plan: CheckedPlan, task: Task) -> tuple[Ingredient, ...]:
    """The nearest that fit, at most two; none for a question."""
    own = tuple(sorted(written_paths(task)))
    if task.kind != "code" or not own:
        return ()
    # What people merged, but nothing that came after what the job starts from.
    merged = plan.rules if is_ancestor(plan.repo, plan.rules, plan.base) else plan.base
    return _select(plan.repo, merged, task.text, own, _hashable(plan.config))


@dataclass(frozen=True)
class _Rules:
    """The configuration, told from another by its protected paths alone."""

    protected: tuple[str, ...]

    def permits(self, path: str) -> bool:
        config = RepoConfig.model_validate({"protect": {"paths": self.protected}})
        return not is_secret_file(path) and next(reasons_in(config, path), None) is None


def _hashable(config: RepoConfig) -> _Rules:
    return _Rules(tuple(config.protect.paths))


# A commit never changes what it holds, and an attempt asks more than once.
@lru_cache(maxsize=256)
def _select(
    repo: Repo, merged: str, text: str, own: tuple[str, ...], rules: _Rules
) -> tuple[Ingredient, ...]:
    found: list[Ingredient] = []
    left = MAX_EXAMPLE_TOKENS
    for each in _rank(list_accepted(repo, merged), text, own)[:MAX_READ]:
        shown = _show(repo, each) if all(map(rules.permits, each.paths)) else ""
        if shown and (tokens := estimate_tokens(shown)) <= left:
            left -= tokens
            found.append(Ingredient(EXAMPLE, each.sha[:12], shown))
        if len(found) == MAX_EXAMPLES:
            break
    return tuple(found)


@lru_cache(maxsize=4)
def list_accepted(repo: Repo, merged: str) -> tuple[Accepted, ...]:
    """Newest first."""
    newest = ("--no-merges", f"--max-count={MAX_LOOKED_AT}", merged, "--")
    ours = [each for each in read_commits(repo, *newest) if _TRAILER in each.message]
    ours = [each for each in ours if parse_trailers(each.message).get("Bricklayer-Task")]
    paths = list_changed_paths(repo, (each.sha for each in ours[:MAX_RANKED]))
    return tuple(
        Accepted(each.sha, _strip_trailers(each), paths[each.sha])
        for each in ours
        if 0 < len(paths.get(each.sha, ())) <= MAX_FILES
    )


def _strip_trailers(commit: Commit) -> str:
    return commit.message.replace("\r\n", "\n").rstrip().rpartition("\n\n")[0]


def _rank(known: Sequence[Accepted], text: str, own: Sequence[str]) -> list[Accepted]:
    """By the words that the map ranks files by, those of paths too; in one of its languages."""
    endings = {PurePosixPath(path).suffix for path in own}
    like = [e for e in known if endings & {PurePosixPath(path).suffix for path in e.paths}]
    question = parse_question("\n".join((text, *own)))
    matches = match_words(question.words, _read_words(like))
    ranked = rank_by_words(matches, weigh_words(question, matches))
    by_name = {_name(each): each for each in like}
    return [by_name[each.path] for each in ranked]


def _read_words(known: Sequence[Accepted]) -> Iterator[tuple[Source, FileWords]]:
    for each in known:
        counts = count_words(each.words.encode(errors="replace"))
        source = Source(_name(each), each.sha, 0, "", "code")
        yield source, FileWords(counts, sum(counts.values()))


def _name(accepted: Accepted) -> str:
    """Its paths, whose words count for more, and itself, so that no two have one name."""
    return " ".join((*accepted.paths, accepted.sha))


def _show(repo: Repo, accepted: Accepted) -> str:
    """Empty where it has what no model is to be shown, or is no text."""
    diffs = [diff_file(repo, f"{accepted.sha}^", accepted.sha, path) for path in accepted.paths]
    lines = [line for diff in diffs for line in diff.splitlines() if not line.startswith(_HEAD)]
    text, title = "\n".join(lines), strip_to_line(accepted.words.partition("\n")[0])
    if not text or any(line.startswith("Binary files ") for line in lines):
        return ""
    if strip_hidden(text, content=True) != text or find_secrets(f"{title}\n{text}", ()):
        return ""
    return fence_text(f"{accepted.sha[:7]}: {title}", text)
