"""Published attacks by a name, or a link, that leads out of the folder in which somebody works.

The defences, each of which was taken away once to see its test fail: `safe_path` and `O_NOFOLLOW`
in `runners/edits/openat.py`, which each name in a reply goes through; that a reply's file is 100644
in `bot/git/write_tree.py`, and cannot be the folder of another (`changed_files` in
`runners/edits/file_tree.py`); that the planner is shown what stands in the commit's tree alone
(`open_repo_lookup`), which has no link's content; `describe_odd_tree` in `bot/git/odd_trees.py`.
"""

import contextlib
from pathlib import Path

import pytest
from support.planted import LINK, Other, git, plant

from bot.config.repository import MapConfig
from bot.errors import UserError
from bot.git.checkout import require_usual_tree
from bot.git.repo import Repo
from bot.git.write_tree import write_tree
from runners.edits.apply import apply_reply
from runners.edits.model import EditError
from runners.planning.repo_lookup import look_up, open_repo_lookup

SECRET = "swordfish"  # noqa: S105 - what must not be found


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    root.mkdir()
    (root / "bank.py").write_text("x = 1\n")
    (tmp_path / "repo-private").mkdir()
    (tmp_path / "repo-private" / "key").write_text(SECRET)
    return root


def outside(root: Path) -> set[str]:
    """What stands beside the folder, but for what a test keeps in git."""
    files = (path for path in root.parent.rglob("*") if path.is_file())
    away = (path for path in files if not {root, root.parent / "r.git"} & {*path.parents})
    return {f"{path.name}:{path.read_text()}" for path in away}


FORMS = {
    "fence": "```python file={path}\nevil = 1\n```\n",
    "heading": "### {path}\n\n```python\nevil = 1\n```\n",
    "diff": "```diff\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+evil = 1\n```\n",
    "search": "{path}\n```python\n<<<<<<< SEARCH\n=======\nevil = 1\n>>>>>>> REPLACE\n```\n",
    "patch": "*** Begin Patch\n*** Add File: {path}\n+evil = 1\n*** End Patch\n",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "path",
    ["../evil.py", "a/../../evil.py", "..\\evil.py", "/tmp/evil.py", "~/evil.py", "C:\\evil.py"],  # noqa: S108 - to be refused
)
def test_zip_slip_2018_06_a_name_in_an_archive_climbs_out(root: Path, form: str, path: str) -> None:
    """Hundreds of unpackers wrote `../../evil` where it says; here a reply is what is unpacked.

    https://security.snyk.io/research/zip-slip-vulnerability https://nvd.nist.gov/vuln/detail/CVE-2007-4559
    """
    before = outside(root)
    try:
        written = apply_reply(root, "bank.py", FORMS[form].format(path=path))
    except EditError:
        written = []
    assert outside(root) == before
    assert {Path(each).resolve() for each in written} <= {Path("bank.py").resolve()}


@pytest.mark.parametrize("form", FORMS)
def test_cve_2025_53110_a_folder_whose_name_begins_alike(root: Path, form: str) -> None:
    """The MCP file server compared paths as texts, and so did Claude Code (CVE-2025-54794).

    https://github.com/advisories/GHSA-hc55-p739-j48w
    """
    before = outside(root)
    path = str(root.parent / "repo-private" / "key")
    with contextlib.suppress(EditError):
        apply_reply(root, "bank.py", FORMS[form].format(path=path))
    assert outside(root) == before
    repo = plant(root.parent / "r.git", {"bank.py": "x\n"})
    lookup = open_repo_lookup(repo, repo.resolve_rev("main"), MapConfig())
    names = [path, "../repo-private/key", "../repo-private"]
    assert SECRET not in look_up(lookup, names, "", 4000).text


def test_cve_2025_53109_a_link_inside_is_read_and_written_through(root: Path) -> None:
    """A link in an allowed folder led the MCP file server to any file of the machine.

    https://github.com/advisories/GHSA-q66q-fx2p-7w4m
    """
    target = root.parent / "repo-private"
    (root / "docs").symlink_to(target)
    (root / "note").symlink_to(target / "key")
    before = outside(root)
    for path in ("docs/key", "docs/new", "note"):
        with pytest.raises(EditError, match="link"):
            apply_reply(root, path, f"```text file={path}\nevil\n```\n")
    assert outside(root) == before
    tree = {"note": Other(LINK, str(target / "key").encode())}
    repo = plant(root.parent / "r.git", {**tree, "docs": Other(LINK, str(target).encode())})
    lookup = open_repo_lookup(repo, repo.resolve_rev("main"), MapConfig())
    assert SECRET not in look_up(lookup, ["note", "docs/key", "docs"], "", 4000).text


PATCH = """\
```diff
diff --git a/link b/link
new file mode 120000
--- /dev/null
+++ b/link
@@ -0,0 +1 @@
+{target}
{more}```
"""
BELOW = """\
diff --git a/link/key b/link/key
new file mode 100644
--- /dev/null
+++ b/link/key
@@ -0,0 +1 @@
+evil
"""


def test_cve_2023_23946_a_patch_makes_a_link_and_then_writes_through_it(root: Path) -> None:
    """`git apply` wrote outside of the work tree by a link that the same patch had made.

    https://nvd.nist.gov/vuln/detail/CVE-2023-23946
    """
    target = root.parent / "repo-private"
    before = outside(root)
    with pytest.raises(EditError, match="cannot be a file and hold"):
        apply_reply(root, "bank.py", PATCH.format(target=target, more=BELOW))
    apply_reply(root, "link", PATCH.format(target=target, more=""))
    assert not (root / "link").is_symlink()
    assert outside(root) == before
    repo = plant(root.parent / "r.git", {"bank.py": "x\n"})
    made = write_tree(repo, "main", {"link": str(target).encode()})
    assert repo.list_entries(made)["link"].mode == "100644"


def test_cve_2026_44471_a_link_and_a_folder_of_one_name(root: Path) -> None:
    """gitoxide checked a tree out that has both, and wrote the folder's files through the link.

    https://nvd.nist.gov/vuln/detail/CVE-2026-44471
    """
    folder, target = root.parent / "r.git", root.parent / "repo-private"
    plant(folder, {"a": str(target)})
    link = git(folder, "rev-parse", "main:a")
    below = git(folder, "mktree", given=f"100644 blob {link}\tkey\n".encode())
    entries = ((b"120000", link), (b"40000", below))
    raw = b"".join(mode + b" d\0" + bytes.fromhex(sha) for mode, sha in entries)
    argv = ("hash-object", "-t", "tree", "-w", "--literally", "--stdin")
    tree = git(folder, *argv, given=raw)
    before = outside(root)
    with pytest.raises(UserError, match="twice"):
        require_usual_tree(Repo(folder), tree)
    assert outside(root) == before
