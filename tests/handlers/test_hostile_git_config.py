"""No program that a repository's git configuration or the person's names is ever started."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.project import Project

from bot.git.commits import commit_tree, list_commits
from bot.git.diff import diff_commits, diff_file, read_diffstat
from bot.git.find_repo import describe_uncommitted, open_repo
from bot.git.write_tree import write_tree

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

FIXED = "def withdraw(balance, amount):\n    return balance - amount\n"
FIX = f"### Task: fix\n- file: bank.py\n- check: test\n\n```python file=bank.py\n{FIXED}```\n"
# Every setting of https://git-scm.com/docs/git-config that is a program or leads to one.
PROGRAMS = (
    "alias.status",
    "alias.log",
    "alias.diff",
    "browser.x.cmd",
    "core.alternateRefsCommand",
    "core.askPass",
    "core.editor",
    "core.fsmonitor",
    "core.gitProxy",
    "core.pager",
    "core.sshCommand",
    "credential.helper",
    "credential.https://example.com.helper",
    "diff.external",
    "diff.x.command",
    "diff.x.textconv",
    "difftool.x.cmd",
    "filter.x.clean",
    "filter.x.process",
    "filter.x.smudge",
    "gpg.openpgp.program",
    "gpg.program",
    "gpg.ssh.defaultKeyCommand",
    "gpg.ssh.program",
    "gpg.x509.program",
    "imap.tunnel",
    "init.templateDir",
    "interactive.diffFilter",
    "man.x.cmd",
    "merge.x.driver",
    "mergetool.x.cmd",
    "pager.diff",
    "pager.grep",
    "pager.log",
    "pager.status",
    "receive.procReceiveRefs",
    "remote.origin.receivepack",
    "remote.origin.uploadpack",
    "sendemail.smtpServer",
    "sequence.editor",
    "submodule.sub.update",
    "trailer.x.cmd",
    "trailer.x.command",
    "uploadpack.packObjectsHook",
    "web.browser",
)
# What makes git want one of them, or look elsewhere.
SWITCHES = {
    "color.diff": "always",
    "color.ui": "always",
    "commit.gpgSign": "true",
    "core.hooksPath": "{room}/hooks",
    "core.attributesFile": "{room}/attributes",
    "core.worktree": "{room}/elsewhere",
    "diff.noprefix": "true",
    "extensions.partialClone": "origin",
    "extensions.worktreeConfig": "true",
    "filter.x.required": "true",
    "include.path": "{room}/included",
    "log.showSignature": "true",
    "merge.default": "x",
    "protocol.allow": "always",
    "protocol.ext.allow": "always",
    "remote.origin.promisor": "true",
    "remote.origin.url": "ext::sh -c touch% {room}/ran/ext",
    "status.submoduleSummary": "true",
    "submodule.recurse": "true",
    "tag.gpgSign": "true",
    "url.ext::sh -c true.insteadOf": "https://",
}
HOOKS = ("pre-commit", "post-commit", "reference-transaction", "post-index-change", "post-checkout")
EVERYTHING = "* filter=x diff=x merge=x\n*.md filter=x\n"


def quoted(key: str, value: str) -> str:
    section, _, name = key.rpartition(".")
    section, _, sub = section.partition(".")
    head = f'[{section} "{sub}"]' if sub else f"[{section}]"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{head}\n\t{name} = "{escaped}"\n'


def hostile_settings(room: Path) -> str:
    """Each program leaves a file of its own name when it is started; then it says nothing more."""
    lines = []
    for key in PROGRAMS:
        program = room / "programs" / key.replace("/", "_").replace(":", "_")
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\ntouch {shlex.quote(str(room / 'ran' / program.name))}\n")
        program.chmod(0o755)
        bang = "!" if key.startswith(("alias", "submodule", "credential")) else ""
        lines.append(quoted(key, f"{bang}{program}"))
    lines += [quoted(key, value.format(room=room)) for key, value in SWITCHES.items()]
    return "".join(lines)


@pytest.fixture
def ran(project: Project) -> Iterator[Path]:
    """The folder of what was started. The tree's attributes ask for all there is."""
    ran = project.room / "ran"
    ran.mkdir()
    project.write(".gitattributes", EVERYTHING)
    project.commit()
    sign_head(project)
    yield ran
    assert sorted(one.name for one in ran.iterdir()) == []


def set_hooks(project: Project, ran: Path) -> None:
    for place in (project.room / "hooks", project.repo / ".git" / "hooks"):
        place.mkdir(exist_ok=True)
        for name in HOOKS:
            (place / name).write_text(f"#!/bin/sh\ntouch {ran}/hook-{name}\n")
            (place / name).chmod(0o755)
    (project.room / "attributes").write_text(EVERYTHING)
    (project.room / "included").write_text(quoted("core.fsmonitor", f"touch {ran}/included"))
    (project.repo / ".git" / "info").mkdir(exist_ok=True)
    (project.repo / ".git" / "info" / "attributes").write_text(EVERYTHING)


def make_hostile(project: Project, ran: Path) -> None:
    """From here on the repository's own configuration names programs."""
    set_hooks(project, ran)
    settings = hostile_settings(project.room)
    with (project.repo / ".git" / "config").open("a") as file:
        file.write(settings)
    (project.repo / ".git" / "config.worktree").write_text(settings)


def sign_head(project: Project) -> None:
    """The commit has a signature, so that who is told to would have it verified."""
    raw = project.git("cat-file", "commit", "HEAD")
    head, _, rest = raw.partition("\n\n")
    signature = "gpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----"
    signed = f"{head}\n{signature}\n\n{rest}\n"
    file = project.room / "signed"
    file.write_text(signed)
    made = project.git("hash-object", "-t", "commit", "-w", str(file))
    project.git("update-ref", "HEAD", made)


@pytest.mark.parametrize("whose", ["the repository's", "the person's"])
def test_no_program_that_git_is_configured_with_is_started(
    project: Project, ran: Path, monkeypatch: pytest.MonkeyPatch, whose: str
) -> None:
    """By any command that reads or writes a repository, whosever the configuration is."""
    plan = project.plan(FIX)
    (project.room / "issue.md").write_text("# How does withdraw work?\n\nTell me.\n")
    project.models(planner="## reply: plan\nANSWER: It subtracts.\n")
    if whose == "the person's":
        person = project.room / "gitconfig"
        person.write_text(hostile_settings(project.room))
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(person))
    else:
        make_hostile(project, ran)
    bank = project.repo / "bank.py"
    bank.write_text(bank.read_text() + "# touched\n")
    for args, ends in (
        (("map",), 0),
        (("map", "--query", "withdraw", "--rev", "main"), 0),
        (("check", plan), 0),
        (("context", plan, "fix"), 0),
        (("context", plan, "fix", "--run-check"), 0),
        (("run", plan, "--dry-run"), 0),
        (("run", plan), 0),
        (("run", plan), 0),
        (("plan", project.room / "issue.md"), 0),
    ):
        code, out = project.bricklayer(*args)
        assert (code, sorted(one.name for one in ran.iterdir())) == (ends, []), (args, out)


def test_a_changed_file_is_named_and_nothing_is_started_for_it(project: Project, ran: Path) -> None:
    """Also in a linked work tree, which has a HEAD and an index of its own."""
    linked = project.room / "linked"
    project.git("worktree", "add", "-q", "-b", "other", str(linked))
    make_hostile(project, ran)
    (project.repo / "bank.py").write_text("changed\n")
    assert describe_uncommitted(project.repo) == "bank.py"
    assert describe_uncommitted(project.repo / "..") == ""
    assert describe_uncommitted(linked) == ""
    (linked / ".bricklayer.toml").unlink()
    assert describe_uncommitted(linked) == ".bricklayer.toml"
    assert list(ran.iterdir()) == []


def test_differences_are_told_as_git_itself_makes_them(project: Project, ran: Path) -> None:
    """No colour, no other prefix, no words of a textconv, no signature between the commits."""
    old = project.git("rev-parse", "HEAD")
    make_hostile(project, ran)
    repo = open_repo(project.repo)
    new = commit_tree(repo, write_tree(repo, old, {"bank.py": b"new\n"}), old, "second\n")
    assert "\ndiff --git a/bank.py b/bank.py" in "\n" + diff_commits(repo, old, new)
    assert "\x1b" not in diff_commits(repo, old, new) + read_diffstat(repo, old, new) + diff_file(
        repo, old, new, "bank.py"
    )
    assert [commit.message for commit in list_commits(repo, f"{old}~1", new)] == [
        "state\n",
        "second\n",
    ]
    assert list(ran.iterdir()) == []
