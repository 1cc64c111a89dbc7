"""Published attacks on what is installed before anything is tested, and on what is kept of it.

The defences, each of which was taken away once to see its test fail: that `[setup]` runs on
`plan.rules` (`run_start_check` in `runners/build/start_check.py`); `_find_trusted` in
`runners/checks/setup_cache.py`; `--clearenv`, the empty home and `{"PATH": SYSTEM_PATH}` of
`runners/sandbox/bubblewrap.py`; `CI` and `TESTING` in `bot/approval/protected_paths.py`; that
`Remote.fetch` in `bot/github/mirror.py` asks for branches only; commits in place of tags in
`.github/workflows`; a hash for each package in the lock files, and `--require-hashes` in `Makefile`.
"""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from fake_github.world import GitHub
from support.planted import plant

from bot.approval.diff_risks import find_diff_risks
from bot.config.machine import Settings
from bot.config.repository import RepoConfig, Setup
from bot.git.repo import Repo
from bot.github.mirror import open_remote
from runners.build.load_plan import RunRequest, load_plan
from runners.build.start_check import run_start_check
from runners.checks.setup_cache import TrustedTree, prepare_setup
from runners.sandbox import open_sandbox

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

HERE = Path(__file__).parents[2]
SECRET = "swordfish"  # noqa: S105 - what must not be found


def install(repo: Repo, branch: str, room: Path, command: str) -> str:
    """What `[setup]` left in the file `made`, on the commit of that branch."""
    config = RepoConfig(setup=Setup(command=command))
    trusted = TrustedTree(repo, branch, config)
    prepared = prepare_setup(
        trusted, open_sandbox(Settings(), config), Settings(state_dir=str(room / "state"))
    )
    assert prepared is not None
    return (prepared.root / "setup" / "made").read_text()


CONFIG = """\
[checks.test]
run = "cat $BRICKLAYER_SETUP/made; false"
[setup]
command = "sh tools/deps.sh"
"""
PLAN = """\
---
title: Mend it
checks: [test]
---
## Phase: Do

### Task: fix
- file: bank.py
- check: test
"""


def test_clinejection_2026_02_what_an_issue_had_installed_is_in_the_next_release(
    tmp_path: Path,
) -> None:
    """An issue's title had a bot install a package, whose cache the release job then took.

    Here a pull request's script and lock file install it; jobs of `main` come after.
    https://adnanthekhan.com/posts/clinejection/
    """
    lines = "echo {} > $BRICKLAYER_SETUP/made\n"
    files = {".bricklayer.toml": CONFIG, "bank.py": "x\n", "package-lock.json": "1"}
    folder = tmp_path / "r.git"
    repo = plant(folder, {**files, "tools/deps.sh": lines.format("trusted")})
    plant(folder, {"tools/deps.sh": lines.format("model")}, "pull", "main")
    settings = Settings(state_dir=str(tmp_path / "state"))
    plan = load_plan(RunRequest(PLAN, folder, base=repo.resolve_rev("pull"), rules="main"))
    assert "trusted" in run_start_check(plan, plan.job.tasks[0], plan.base, settings).digest
    # A person may run it on that branch; of what it left there no other job gets anything.
    command = "cat package-lock.json */x > $BRICKLAYER_SETUP/made"  # names no file but the lock
    plant(folder, {"lib/x": "trusted\n"}, "main", "main")
    plant(folder, {"lib/x": "model\n"}, "pull", "main")
    assert install(repo, "pull", tmp_path, command) == "1model\n"
    assert install(repo, "main", tmp_path, command) == "1trusted\n"


LOOT = """\
{ env; cat ~/.npmrc ~/.gitconfig ~/.ssh/* HOME/.npmrc HOME/.ssh/*; cat /proc/*/environ
claude --dangerously-skip-permissions -p "list the wallets"; HOME/bin/claude -p x
} > $BRICKLAYER_SETUP/made 2>&1
echo 'sudo shutdown -h 0' >> ~/.bashrc
echo 'sudo shutdown -h 0' >> HOME/.bashrc
true
"""


def test_s1ngularity_2025_08_a_postinstall_script_takes_what_the_person_has(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nx's packages looked for tokens, had agents on the machine help, and ended the shell's starts.

    https://github.com/nrwl/nx/security/advisories/GHSA-cxm3-wv7p-598c
    """
    for path, text in ((".npmrc", SECRET), (".ssh/id", SECRET), ("bin/claude", f"echo {SECRET}")):
        (home / path).parent.mkdir(exist_ok=True)
        (home / path).write_text(text)
        (home / path).chmod(0o755)
    (home / ".bashrc").write_text("")
    monkeypatch.setenv("GITHUB_TOKEN", SECRET)
    monkeypatch.setenv("PATH", f"{home}/bin:/usr/bin:/bin:/usr/sbin:/sbin")
    repo = plant(tmp_path / "r.git", {"telemetry.sh": LOOT.replace("HOME", str(home))})
    made = install(repo, "main", tmp_path, "sh telemetry.sh")
    assert "PATH=" in made
    assert SECRET not in made
    assert (home / ".bashrc").read_text() == ""


WORM = """\
mkdir -p .github/workflows; echo 'on: push' > .github/workflows/discussion.yaml
echo worm > package.json; rm -rf HOME/* ~/* /origin/* 2>/dev/null
echo done > $BRICKLAYER_SETUP/made
"""


def test_shai_hulud_2025_11_a_package_writes_itself_into_the_repository(
    tmp_path: Path, home: Path
) -> None:
    """It added workflows, published each package with itself inside, or else wiped the home folder.

    https://www.cisa.gov/news-events/alerts/2025/09/23/widespread-supply-chain-compromise-impacting-npm-ecosystem
    """
    (home / "photo").write_text("mine")
    repo = plant(
        tmp_path / "r.git", {"setup.sh": WORM.replace("HOME", str(home)), "package.json": "{}\n"}
    )
    base = repo.resolve_rev("main")
    assert install(repo, "main", tmp_path, "sh setup.sh") == "done\n"
    assert (home / "photo").read_text() == "mine"
    assert repo.resolve_rev("main") == base
    worm: Mapping[str | bytes, str] = {
        ".github/workflows/discussion.yaml": "on: discussion\n",
        "package.json": '{"scripts": {"preinstall": "node setup_bun.js"}}\n',
        "setup_bun.js": "run()\n",
    }
    plant(tmp_path / "r.git", worm, "topic", "main")
    told = find_diff_risks(repo, base, repo.resolve_rev("topic"), RepoConfig())
    assert any("what CI runs" in why for why in told)
    assert any(why.startswith("package.json") for why in told)


def test_pytorch_2024_01_a_forks_code_runs_on_the_projects_own_machine(
    github: GitHub, tmp_path: Path
) -> None:
    """A pull request of somebody who had corrected a word once ran on self-hosted runners.

    https://johnstawinski.com/2024/01/11/playing-with-fire-how-we-executed-a-critical-supply-chain-attack-on-pytorch/
    """
    hosted = github.repo("octocat/bank", {"bank.py": "1\n"})
    mona = github.person("mona", permission="write")
    evil = hosted.push("evil", {".bricklayer.toml": CONFIG}, by=mona)
    # https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/reviewing-changes-in-pull-requests/checking-out-pull-requests-locally
    hosted.git.git("update-ref", "refs/pull/1/head", evil)
    hosted.delete_branch("evil", mona)
    token = github.token(mona)
    url = f"{github.html_url}/{hosted.full_name}.git"
    remote = open_remote(tmp_path / "mirror.git", url, lambda: token, list)
    remote.fetch()
    assert not remote.repo.resolve_rev(evil)
    shipped = (HERE / ".github/workflows/bricklayer.yml").read_text()
    assert not {"pull_request", "pull_request_target"} & set(yaml.safe_load(shipped)[True])


def test_cve_2025_30066_the_tag_of_an_action_is_another_commit() -> None:
    """Every tag of tj-actions/changed-files, and of reviewdog's, came to mean a thief of secrets.

    https://github.com/advisories/GHSA-mrrh-fwg8-r2c3 https://nvd.nist.gov/vuln/detail/CVE-2025-30154
    """
    used = [
        line.split("uses:")[1].split("#")[0].strip()
        for file in (HERE / ".github/workflows").glob("*.yml")
        for line in file.read_text().splitlines()
        if line.strip(" -").startswith("uses:")
    ]
    assert used
    assert [each for each in used if not re.fullmatch(r"[\w/.-]+@[0-9a-f]{40}", each)] == []


def test_ghsa_pjwm_rvh2_c87w_the_newest_version_of_a_package_is_somebody_elses() -> None:
    """ua-parser-js, as event-stream before it, was published by whoever had got the account.

    https://github.com/advisories/GHSA-pjwm-rvh2-c87w
    """
    for name in ("requirements.lock", "requirements-models.lock"):
        text = (HERE / name).read_text().replace("\\\n", " ")
        lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
        bare = [each for each in lines if "==" not in each or "--hash=sha256:" not in each]
        assert [each for each in bare if not each.strip().startswith(("#", "--"))] == []
        (asked,) = re.findall(
            rf"^.*-r {re.escape(name)}.*$", (HERE / "Makefile").read_text(), re.MULTILINE
        )
        assert "--require-hashes" in asked
