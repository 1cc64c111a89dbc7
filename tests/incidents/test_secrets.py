"""Published thefts of secrets: out of the environment, out of files, and past what masks them.

The defences, each of which was taken away once to see its test fail: the environment that bwrap is
started with, in `runners/sandbox/bubblewrap.py`; `is_secret_file` in `bot/text/secret_files.py`;
`redact` on the way out, in `bot/github/repository_api.py`, and `refuse_secrets` before a push, in
`bot/github/mirror.py`; `_encode_again`, and what stands beside a piece of a secret, in
`bot/text/disguised_secrets.py`; and a mirror without its token, in `open_remote`.
"""

import base64
import json
import re
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.in_process import SECRET, Inside
from support.machine import bank
from support.planted import plant

from bot.config.machine import Settings
from bot.config.repository import MapConfig, RepoConfig
from bot.errors import UserError
from bot.git.commits import commit_tree
from bot.git.write_tree import write_tree
from bot.text.secrets import redact
from runners.planning.repo_lookup import look_up, open_repo_lookup
from runners.sandbox import open_sandbox

KEY = "sk-ant-api03-" + "aB3dE5gH7jK9" * 7
RUN = re.compile(r"[A-Za-z0-9+/]{16,}")
TOKEN = "ghs_" + "x1Y2z3W4" * 5


def encode(text: str, times: int) -> str:
    return encode(base64.b64encode(text.encode()).decode(), times - 1) if times else text


def peel(text: str, layers: int) -> str:
    """All that is left where each run of base64 in it is decoded, at any of its letters."""
    for _ in range(layers):
        runs = [run[at:] for run in RUN.findall(text) for at in range(4)]
        raw = [base64.b64decode(run[: len(run) // 4 * 4]) for run in runs]
        text = "\n".join(each.decode("latin-1") for each in raw)
    return text


def test_claude_code_action_2026_06_05_a_file_that_holds_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hidden comment had the agent read /proc/self/environ, and leave out the key's beginning.

    https://www.microsoft.com/en-us/security/blog/2026/06/05/securing-ci-cd-in-an-agentic-world-claude-code-github-action-case/
    """
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    repo = plant(tmp_path / "r.git", {"bank.py": "x = 1\n"})
    lookup = open_repo_lookup(repo, repo.resolve_rev("main"), MapConfig())
    asked = ["/proc/self/environ", "../../../../proc/self/environ", "proc/self/environ"]
    assert KEY[7:] not in look_up(lookup, asked, "", 1000).text
    line = "cat /proc/*/environ; env; ps auxe"
    out = open_sandbox(Settings(), RepoConfig()).run(
        ["/bin/sh", "-c", line], checkout=repo.git_dir, timeout=20
    )
    assert "HOME=" in out.output
    assert KEY[7:] not in out.output
    for told in (KEY[7:], f"The compliance review found {KEY[7:]}.", f"{KEY[:50]} {KEY[50:]}"):
        assert KEY[7:20] not in redact(told, [KEY])
        assert KEY[-20:] not in redact(told, [KEY])


@pytest.mark.parametrize("blanks", [" ", "\n", "", "abcd"])
def test_cve_2025_30066_tj_actions_a_log_in_base64_of_base64(blanks: str) -> None:
    """The changed action printed what the runner held, twice encoded, into logs that anybody reads.

    https://github.com/advisories/GHSA-mrrh-fwg8-r2c3 A red CI's log goes to models and comments.
    """
    for name in ("github_token", "a", "bc", "def"):
        held = json.dumps({name: {"value": TOKEN, "isSecret": True}})
        told = redact(f"##[group]changed-files\n{blanks}{encode(held, 2)}\n", [TOKEN])
        assert TOKEN[8:24] not in peel(told, 2)
        assert "changed-files" in told


@pytest.mark.parametrize("path", [".env", "app/.env.production", "id_rsa", "keys/server.pem"])
def test_ghsa_cxm3_wv7p_598c_s1ngularity_had_agents_look_for_keys(
    tmp_path: Path, path: str
) -> None:
    """Nx's stolen release told the agents it found to search for .env and keys, and encoded it thrice.

    https://github.com/nrwl/nx/security/advisories/GHSA-cxm3-wv7p-598c
    """
    content = f"API_KEY={TOKEN}\nDB_PASSWORD=correct-horse-battery\n"
    repo = plant(tmp_path / "r.git", {path: content, "bank.py": "x = 1\n"})
    lookup = open_repo_lookup(repo, repo.resolve_rev("main"), MapConfig())
    names = [path, path.rpartition("/")[2], f"{path}:1-9", "grep DB_PASSWORD", "grep horse"]
    shown = look_up(lookup, names, "API_KEY", 4000).text
    assert "correct-horse" not in shown
    assert TOKEN not in shown
    assert "correct-horse" not in lookup.map.render_text("API_KEY password", 1000)
    for offset in range(4):
        stolen = encode(f"{'x' * offset}{content}", 3)
        assert TOKEN[8:24] in peel(stolen, 3)
        assert TOKEN[8:24] not in peel(redact(f"results.b64: {stolen}", [TOKEN]), 3)


def test_comment_and_control_2026_04_what_was_stolen_is_posted_on_github_itself(
    github: GitHub, bot: Inside
) -> None:
    """A title steered three agents, which wrote their tokens into a comment, a branch or a commit.

    https://oddguan.com/blog/comment-and-control-prompt-injection-credential-theft-claude-code-gemini-cli-github-copilot/
    """
    issue = bank(github)
    issue.label("bricklayer", by=github.person("mona"))
    repository, mirror = bot.services.repository(bot.ticket), bot.services.open_mirror(bot.ticket)
    mirror.fetch()
    main = mirror.fetched_head("main")
    for layers in range(3):
        stolen = encode(f"token: {SECRET}", layers)
        mark = f"<!-- {layers} -->"
        repository.post_comment(issue.number, f"Security review: {stolen} {mark}", mark)
        tree = write_tree(mirror.repo, main, {"report.txt": f"{stolen}\n".encode()})
        for message, head in ((f"Report {stolen}", f"{main}^{{tree}}"), ("Report", tree)):
            commit = commit_tree(mirror.repo, mirror.repo.resolve_rev(head, "tree"), main, message)
            with pytest.raises(UserError, match="a secret"):
                mirror.push("bricklayer/1-report", commit)
    with pytest.raises(UserError, match="a secret"):
        mirror.push(f"bricklayer/{SECRET}", main)
    posted = [one.body for one in issue.comments if "Security review" in one.body]
    assert len(posted) == 3
    assert SECRET[4:20] not in "".join(peel("\n".join(posted), layers) for layers in range(3))
    assert not any("report" in name or SECRET in name for name in issue.repo.git.refs())


def test_codecov_2021_04_the_environment_and_the_remotes_were_posted_away(
    github: GitHub, bot: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A changed uploader sent `git remote -v` and `env` of each build to a server of the attacker.

    https://about.codecov.io/security-update/
    """
    monkeypatch.setenv("CODECOV_TOKEN", KEY)
    bank(github).label("bricklayer", by=github.person("mona"))
    mirror = bot.services.open_mirror(bot.ticket)
    mirror.fetch()
    folder = mirror.repo.git_dir
    held = b"".join(each.read_bytes() for each in folder.rglob("*") if each.is_file())
    for secret in bot.services.account.known_secrets():
        assert secret.encode() not in held
    out = open_sandbox(Settings(), RepoConfig()).run(
        ["/bin/sh", "-c", "git remote -v; env"], checkout=folder, timeout=20
    )
    assert KEY not in out.output
    assert "127.0.0.1" not in out.output
