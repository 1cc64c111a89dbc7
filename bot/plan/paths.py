"""Which paths a plan may name: those inside the repository, without hidden or misleading parts."""

from bot.text.invisible import has_hidden

MAX_PATH_CHARACTERS = 512


def path_fault(path: str) -> str:
    """Why a plan may not name `path`; empty where it may."""
    parts = path.split("/")
    reasons = {
        "is empty": not path,
        "has hidden or control characters": has_hidden(path) or "\n" in path or "\t" in path,
        # `~` is a home folder to a shell, and `C:` a drive to Windows:
        # https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html#tag_18_06_01
        "is absolute": path.startswith(("/", "~")) or path[1:2] == ":",
        "has a backslash": "\\" in path,
        "stands between backticks": "`" in path,
        # A command takes such an argument for an option, and checks get paths as arguments:
        # https://pubs.opengroup.org/onlinepubs/9699919799/basedefs/V1_chap12.html
        "starts with a dash": any(part.startswith("-") for part in parts[:1]),
        "has an empty part, `.` or `..`": any(part in ("", ".", "..") for part in parts),
        "leads into .git": any(_is_git(part) for part in parts),
        "begins or ends with a blank": path != path.strip(),
        f"is longer than {MAX_PATH_CHARACTERS} characters": len(path) > MAX_PATH_CHARACTERS,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def _is_git(part: str) -> bool:
    """Whether some file system takes `part` for `.git`: by case, dots at its end, a short name."""
    # Windows and macOS ignore case; Windows ignores blanks and dots at the end and what follows a
    # colon (a stream), and knows `.git` as GIT~1 too. A plan is portable: refused everywhere.
    # https://git-scm.com/docs/git-config#Documentation/git-config.txt-coreprotectNTFS
    name = part.casefold().split(":", maxsplit=1)[0].rstrip(" .")
    return name in {".git", "git~1"}
