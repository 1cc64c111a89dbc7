"""The repository's template for pull requests, which GitHub's page would have put into the text."""

from bot.git.repo import Repo

# https://docs.github.com/en/communities/using-templates-to-encourage-useful-issues-and-pull-requests/creating-a-pull-request-template-for-your-repository
FOLDERS = ("", "docs/", ".github/")
NAMES = ("pull_request_template.md", "pull_request_template.txt", "pull_request_template")
MAX_TEMPLATE_BYTES = 16 << 10
"""A longer one is left out: a pull request's text has at most 65,536 characters."""


def read_pull_template(repo: Repo, commit: str) -> str:
    """As a commit of the default branch has it; empty where there is none.

    Names are not case sensitive. Of a folder of several templates GitHub takes none by itself.
    """
    wanted = [f"{folder}{name}" for folder in FOLDERS for name in NAMES]
    found = {path.lower(): path for path in repo.list_entries(commit) if path.lower() in wanted}
    path = next((found[name] for name in wanted if name in found), "")
    raw = (repo.read_file(commit, path) if path else None) or b""
    return "" if len(raw) > MAX_TEMPLATE_BYTES else raw.decode(errors="replace").strip()
