"""What of a job is on the server by now."""

from fake_github.issues import Issue

from bot.commit_trailers import parse_trailers
from bot.git.commits import list_commits, read_commits
from bot.git.progress_commit import Progress, read_progress
from bot.git.repo import Repo

REF = "refs/bricklayer/wip/1"


def saved(issue: Issue) -> tuple[Repo, Progress | None]:
    """What another machine would find on the server now."""
    repo = Repo(issue.repo.git.path)
    sha = issue.repo.git.refs().get(REF, "")
    return repo, read_progress(repo, str(sha)) if sha else None


def list_saved(issue: Issue) -> set[str]:
    """The tasks that passed."""
    repo, progress = saved(issue)
    if progress is None:
        return set()
    commits = list_commits(repo, "refs/heads/main", progress.head)
    if progress.passed:
        commits += read_commits(repo, "--no-walk=unsorted", *progress.passed, "--")
    return {parse_trailers(each.message).get("Bricklayer-Task", "") for each in commits} - {""}
