import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import pytest

from bot.config.machine import Settings
from bot.config.repository import RepoConfig, Setup
from bot.errors import UserError
from runners.checks.setup_cache import run_setup, setup_key
from runners.sandbox import Outcome, Sandbox, open_sandbox

COUNT = "date +%N >> $BRICKLAYER_SETUP/runs; "


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    (tree / "pkg").mkdir(parents=True)
    (tree / "pkg/code.py").write_text("code\n")
    (tree / "package-lock.json").write_text("{}")
    return tree


def sandbox_of(config: RepoConfig, kind: Literal["bwrap", "none"] = "bwrap") -> Sandbox:
    return open_sandbox(Settings(sandbox=kind), config)


def installed(command: str, **more: object) -> RepoConfig:
    return RepoConfig(setup=Setup.model_validate({"command": command, **more}))


def look(config: RepoConfig, checkout: Path, state: Path, line: str) -> Outcome:
    sandbox = sandbox_of(config)
    prepared = run_setup(config, checkout, sandbox, state)
    return sandbox.run(["sh", "-c", line], checkout=checkout, timeout=20, prepared=prepared)


@pytest.mark.parametrize("kind", ["bwrap", "none"])
def test_checks_find_what_setup_left(
    checkout: Path, tmp_path: Path, kind: Literal["bwrap", "none"]
) -> None:
    """In the setup folder, at home and in the checkout; its commands are first on PATH."""
    config = installed(
        "mkdir -p $BRICKLAYER_SETUP/bin node_modules/.bin pkg/deep ~/.cargo; echo 1 > ~/.cargo/x;"
        "echo dep > pkg/deep/dep; echo 'echo tool' > $BRICKLAYER_SETUP/bin/tool;"
        "echo 'echo own' > node_modules/.bin/own; chmod +x $BRICKLAYER_SETUP/bin/tool"
        " node_modules/.bin/own"
    )
    sandbox = sandbox_of(config, kind)
    prepared = run_setup(config, checkout, sandbox, tmp_path / "state")
    line = ["sh", "-c", "tool; own; cat pkg/deep/dep pkg/code.py ~/.cargo/x"]
    outcome = sandbox.run(line, checkout=checkout, timeout=20, prepared=prepared)
    assert outcome.output == "tool\nown\ndep\ncode\n1\n"


@pytest.mark.parametrize("path", ["$BRICKLAYER_SETUP/new", "node_modules/new", "~/.cargo/new"])
def test_what_setup_left_is_read_only(checkout: Path, tmp_path: Path, path: str) -> None:
    """One check cannot change what the next one runs with."""
    config = installed("mkdir node_modules ~/.cargo")
    assert look(config, checkout, tmp_path, f"touch {path}").exit_code == 1
    assert look(config, checkout, tmp_path, "touch own ~/own").exit_code == 0


def test_it_runs_once_for_each_content_of_the_lock_files(checkout: Path, tmp_path: Path) -> None:
    """The same lock files: not again. Other content: again. Other code: not again."""
    config = installed(f"{COUNT} cat package-lock.json > $BRICKLAYER_SETUP/lock")
    show = "cat $BRICKLAYER_SETUP/runs $BRICKLAYER_SETUP/lock"
    first = look(config, checkout, tmp_path, show).output
    (checkout / "pkg/code.py").write_text("other\n")
    assert look(config, checkout, tmp_path, show).output == first
    (checkout / "package-lock.json").write_text("{2}")
    assert look(config, checkout, tmp_path, show).output.endswith("{2}")


def test_two_at_once_run_it_once(checkout: Path, tmp_path: Path) -> None:
    """Lanes that start together wait for one setup instead of making two."""
    config = installed(f"{COUNT} sleep 0.2")
    with ThreadPoolExecutor(3) as pool:
        lines = ["wc -l < $BRICKLAYER_SETUP/runs"] * 3
        found = list(pool.map(lambda line: look(config, checkout, tmp_path, line).output, lines))
    assert found == ["1\n"] * 3


def test_failure_tells_the_end_of_its_output_and_leaves_nothing(
    checkout: Path, tmp_path: Path
) -> None:
    """The error holds what the command said, and the next try runs it anew."""
    config = installed("echo half > $BRICKLAYER_SETUP/half; echo Error: no such package; exit 4")
    with pytest.raises(UserError, match=r"Error: no such package") as told:
        look(config, checkout, tmp_path, "true")
    assert "exit 4" in told.value.what
    assert list(tmp_path.glob("setup/*/setup/half")) == []


def test_killed_midway_leaves_no_half_cache(checkout: Path, tmp_path: Path) -> None:
    """After kill -9 during setup, the next one starts anew and does not see the half-done one."""
    program = (
        "import sys; from pathlib import Path;"
        "from bot.config.machine import *; from bot.config.repository import *;"
        "from runners.sandbox import *; from runners.checks.setup_cache import run_setup;"
        "c = RepoConfig(setup=Setup(command=sys.argv[1]));"
        "run_setup(c, Path(sys.argv[2]), open_sandbox(Settings(), c), Path(sys.argv[3]))"
    )
    command = (
        "if [ -e go ]; then rm go; fi; ls $BRICKLAYER_SETUP > $BRICKLAYER_SETUP/seen;"
        "touch $BRICKLAYER_SETUP/half; cat package-lock.json; echo; sleep $(cat pace)"
    )
    (checkout / "pace").write_text("60")
    argv = [sys.executable, "-c", program, command, str(checkout), str(tmp_path)]
    bot = subprocess.Popen(argv, cwd=Path(__file__).parents[3])
    while not list(tmp_path.glob("setup/*/setup/half")):
        assert bot.poll() is None
    bot.kill()
    bot.wait(10)
    (checkout / "pace").write_text("0")
    config = installed(command)
    assert look(config, checkout, tmp_path, "cat $BRICKLAYER_SETUP/seen").output == "seen\n"


def test_code_copied_for_setup_is_not_kept(checkout: Path, tmp_path: Path) -> None:
    """Only new files stay: a check must not import yesterday's code from the cache."""
    config = installed("echo changed > pkg/code.py; mkdir new; ln -s /etc/passwd link")
    prepared = run_setup(config, checkout, sandbox_of(config), tmp_path)
    assert prepared is not None
    assert prepared.fresh == ("link", "new")
    assert not (prepared.root / "repo/pkg/code.py").exists()


def test_what_the_checkout_has_by_now_wins(checkout: Path, tmp_path: Path) -> None:
    """A file that setup made and a commit now brings is the commit's."""
    config = installed("mkdir gen; echo old > gen/x")
    look(config, checkout, tmp_path, "true")
    (checkout / "gen").mkdir()
    (checkout / "gen/x").write_text("new\n")
    assert look(config, checkout, tmp_path, "cat gen/x").output == "new\n"


def test_the_key_names_all_the_result_depends_on(checkout: Path) -> None:
    """Another command, image, kind of sandbox or named lock file: another cache."""
    setup = Setup(command="npm ci")
    (checkout / "deps.txt").write_text("a")
    keys = [
        setup_key(setup, "", "bwrap", checkout),
        setup_key(Setup(command="npm i"), "", "bwrap", checkout),
        setup_key(setup, "node:22", "bwrap", checkout),
        setup_key(setup, "", "none", checkout),
        setup_key(Setup(command="npm ci", lock_files=("deps.txt",)), "", "bwrap", checkout),
    ]
    assert len(set(keys)) == len(keys)
    assert keys[0] == setup_key(setup, "", "bwrap", checkout)


def test_without_setup_there_is_nothing_to_prepare(checkout: Path, tmp_path: Path) -> None:
    """A repository without [setup] has no cache and no folder for one."""
    config = RepoConfig()
    assert run_setup(config, checkout, sandbox_of(config), tmp_path / "state") is None
    assert not (tmp_path / "state").exists()


def test_a_link_that_setup_left_shows_nothing_of_the_machine(
    checkout: Path, tmp_path: Path
) -> None:
    """It stays a link: inside the sandbox it leads nowhere that is not inside."""
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "key").write_text("mine")
    config = installed(f"ln -s {secret} ~/x; ln -s {secret} way; ln -s $BRICKLAYER_SETUP venv")
    seen = look(config, checkout, tmp_path / "state", "cat ~/x/key way/key; ls -d venv/. ; :")
    assert "mine" not in seen.output
    assert "venv/." in seen.output


def test_setup_cannot_delete_through_a_link(checkout: Path, tmp_path: Path) -> None:
    """A folder of the code that it replaced by a link: what lies behind is not touched."""
    work = tmp_path / "work"
    work.mkdir()
    (work / "code.py").write_text("mine")
    config = installed(f"rm -r pkg; ln -s {work} pkg")
    run_setup(config, checkout, sandbox_of(config), tmp_path / "state")
    assert (work / "code.py").read_text() == "mine"
