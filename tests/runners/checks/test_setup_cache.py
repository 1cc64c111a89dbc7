import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import pytest
from support.setup_source import Source, installed, make_source, sandbox_of

from bot.config.repository import RepoConfig
from bot.errors import UserError
from runners.checks.setup_cache import TrustedTree, prepare_setup
from runners.sandbox import Outcome, Prepared, open_sandbox

COUNT = "date +%N >> $BRICKLAYER_SETUP/runs; "


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return make_source(tmp_path, {"pkg/code.py": "code\n", "package-lock.json": "{}"})


def look(config: RepoConfig, source: Source, line: str, commit: str = "") -> Outcome:
    """What a check sees on the checkout of the newest commit, whatever commit setup ran on."""
    prepared = source.prepare(config, commit)
    argv = ["sh", "-c", line]
    return sandbox_of(config).run(argv, checkout=source.checkout, timeout=20, prepared=prepared)


@pytest.mark.parametrize("kind", ["bwrap", "none"])
def test_checks_find_what_setup_left(source: Source, kind: Literal["bwrap", "none"]) -> None:
    """In the setup folder, at home and in the checkout; its commands are first on PATH."""
    config = installed(
        "mkdir -p $BRICKLAYER_SETUP/bin node_modules/.bin pkg/deep ~/.cargo; echo 1 > ~/.cargo/x;"
        "echo dep > pkg/deep/dep; echo 'echo tool' > $BRICKLAYER_SETUP/bin/tool;"
        "echo 'echo own' > node_modules/.bin/own; chmod +x $BRICKLAYER_SETUP/bin/tool"
        " node_modules/.bin/own"
    )
    sandbox = sandbox_of(config, kind)
    prepared = source.prepare(config, sandbox=sandbox)
    line = ["sh", "-c", "tool; own; cat pkg/deep/dep pkg/code.py ~/.cargo/x"]
    outcome = sandbox.run(line, checkout=source.checkout, timeout=20, prepared=prepared)
    assert outcome.output == "tool\nown\ndep\ncode\n1\n"


def test_it_runs_once_for_each_content_of_the_lock_files(source: Source) -> None:
    """The same lock files: not again. Other content: again. Other code: not again."""
    config = installed(f"{COUNT} cat package-lock.json > $BRICKLAYER_SETUP/lock")
    show = "cat $BRICKLAYER_SETUP/runs $BRICKLAYER_SETUP/lock"
    first = look(config, source, show).output
    source.commit({"pkg/code.py": "other\n"})
    assert look(config, source, show).output == first
    source.commit({"package-lock.json": "{2}"})
    assert look(config, source, show).output.endswith("{2}")


def test_another_toolchain_of_the_machine_is_another_cache(source: Source, tmp_path: Path) -> None:
    """What one version compiled need not fit the next one."""
    roots = set()
    for version in ("18.1.0", "20.1.0", "20.1.0"):
        (tmp_path / version / "bin").mkdir(parents=True, exist_ok=True)
        config = installed("true")
        settings = source.settings.model_copy(update={"toolchains": (str(tmp_path / version),)})
        trusted = TrustedTree(source.repo, source.head, config)
        prepared = prepare_setup(trusted, open_sandbox(settings, config), settings)
        roots.add(prepared.root if prepared else None)
    assert len(roots) == 2


def test_two_at_once_run_it_once(source: Source) -> None:
    """Lanes that start together wait for one setup instead of making two."""
    config = installed(f"{COUNT} sleep 0.2")
    with ThreadPoolExecutor(3) as pool:
        lines = ["wc -l < $BRICKLAYER_SETUP/runs"] * 3
        found = list(pool.map(lambda line: look(config, source, line).output, lines))
    assert found == ["1\n"] * 3


def test_failure_tells_the_end_of_its_output_and_leaves_nothing(source: Source) -> None:
    """The error holds what the command said, and the next try runs it anew."""
    config = installed("echo half > $BRICKLAYER_SETUP/half; echo Error: no such package; exit 4")
    with pytest.raises(UserError, match=r"Error: no such package") as told:
        look(config, source, "true")
    assert "exit 4" in told.value.what
    assert source.caches == []


@pytest.mark.slow
def test_killed_midway_leaves_no_half_cache(source: Source) -> None:
    """After kill -9 during setup, the next one starts anew and does not see the half-done one."""
    program = (
        "import sys; from pathlib import Path;"
        "from bot.config.machine import *; from bot.config.repository import *;"
        "from bot.git.repo import *; from runners.sandbox import *;"
        "from runners.checks.setup_cache import *;"
        "c = RepoConfig(setup=Setup(command=sys.argv[1])); s = Settings(state_dir=sys.argv[4]);"
        "t = TrustedTree(Repo(Path(sys.argv[2])), sys.argv[3], c);"
        "prepare_setup(t, open_sandbox(s, c), s)"
    )
    command = (
        "ls $BRICKLAYER_SETUP > $BRICKLAYER_SETUP/seen; touch $BRICKLAYER_SETUP/half; echo;"
        "while cat pk*/code.py | grep -q code; do sleep 0.1; done"
    )
    argv = [sys.executable, "-c", program, command, str(source.repo.git_dir), source.head]
    bot = subprocess.Popen([*argv, str(source.room / "state")], cwd=Path(__file__).parents[3])
    while not list(source.room.glob("state/repos/*/setup/*/setup/half")):
        assert bot.poll() is None
    bot.kill()
    bot.wait(10)
    source.commit({"pkg/code.py": "go on\n"})
    assert look(installed(command), source, "cat $BRICKLAYER_SETUP/seen").output == "seen\n"


def test_code_copied_for_setup_is_not_kept(source: Source) -> None:
    """Only new files stay: a check must not import yesterday's code from the cache."""
    config = installed("echo changed > pkg/code.py; mkdir new; ln -s /etc/passwd link")
    prepared = source.prepare(config)
    assert prepared.fresh == ("link", "new")
    assert not (prepared.root / "repo/pkg/code.py").exists()


def test_what_the_checkout_has_by_now_wins(source: Source) -> None:
    """A file that setup made and a commit now brings is the commit's."""
    config = installed("mkdir -p gen; echo old > gen/x")
    look(config, source, "true")
    source.commit({"gen/x": "new\n"})
    assert look(config, source, "cat gen/x").output == "new\n"


def test_without_setup_there_is_nothing_to_prepare(source: Source) -> None:
    """A repository without [setup] has no cache and no folder for one."""
    config = RepoConfig()
    trusted = TrustedTree(source.repo, source.head, config)
    assert prepare_setup(trusted, sandbox_of(config), source.settings) is None
    assert not (source.room / "state").exists()


def test_a_link_that_setup_left_shows_nothing_of_the_machine(source: Source) -> None:
    """It stays a link: inside the sandbox it leads nowhere that is not inside."""
    secret = source.room / "secret"
    secret.mkdir()
    (secret / "key").write_text("mine")
    config = installed(f"ln -s {secret} ~/x; ln -s {secret} way; ln -s $BRICKLAYER_SETUP venv")
    seen = look(config, source, "cat ~/x/key way/key; ls -d venv/. ; :")
    assert "mine" not in seen.output
    assert "venv/." in seen.output


def test_setup_cannot_delete_through_a_link(source: Source) -> None:
    """A folder of the code that it replaced by a link: what lies behind is not touched."""
    work = source.room / "work"
    work.mkdir()
    (work / "code.py").write_text("mine")
    config = installed(f"rm -r pkg; ln -s {work} pkg")
    source.prepare(config)
    assert (work / "code.py").read_text() == "mine"


def test_what_an_unmerged_branch_installed_is_nothing_to_the_default_branch(
    source: Source,
) -> None:
    """The same lock files and command, but another commit: only one that it builds on counts."""
    config = installed("cat pk*/code.py > $BRICKLAYER_SETUP/seen")
    trusted = source.head
    source.prepare(config, source.commit({"pkg/code.py": "evil\n"}, onto=trusted))
    assert look(config, source, "cat $BRICKLAYER_SETUP/seen").output == "code\n"
    later = source.commit({"pkg/code.py": "later\n"})
    assert look(config, source, "cat $BRICKLAYER_SETUP/seen", later).output == "code\n"
    assert len(source.caches) == 2


@pytest.mark.parametrize("made", ["pkg", "pkg/code.py"])
def test_a_file_that_became_a_folder_or_a_folder_a_file_is_no_fault(
    source: Source, made: str
) -> None:
    """Whatever setup does to its copy of the code, a check sees the code as it is committed."""
    config = installed(f"rm -r {made}; if [ {made} = pkg ]; then echo > pkg; else mkdir {made}; fi")
    assert look(config, source, "cat pkg/code.py").output == "code\n"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["bwrap", "none"])
@pytest.mark.parametrize(
    "command",
    [
        "dd if=/dev/zero of=$BRICKLAYER_SETUP/x bs=1M count=8 2>&1; sleep 20",
        (
            "python3 -c \"import os, time; f = open('x', 'wb'); os.unlink('x'); f.write(bytes(8 << 20));"
            'f.flush(); time.sleep(20)"'
        ),
        "cd ~; python3 -c \"[open(str(n), 'w') for n in range(4500)]\"; sleep 20",
    ],
)
def test_setup_has_a_disk_limit(
    source: Source, kind: Literal["bwrap", "none"], command: str
) -> None:
    """In bytes and in files; what it wrote until then is removed."""
    config = installed(f"ulimit -n 10000; {command}", disk=1)
    with pytest.raises(UserError, match="ended by disk") as told:
        source.prepare(config, sandbox=sandbox_of(config, kind))
    assert "write 1 MiB" in told.value.hint
    assert source.caches == []


def test_a_cache_in_use_is_not_swept_and_an_old_one_is(source: Source) -> None:
    """The one that was just made belongs to whoever has it; the room is for none else."""
    settings = source.settings.model_copy(update={"setup_cache": 0})
    told: list[str] = []

    def prepare() -> Prepared | None:
        trusted = TrustedTree(source.repo, source.head, installed("touch ~/x"))
        return prepare_setup(trusted, sandbox_of(trusted.config), settings, told.append)

    first = prepare()
    assert first
    assert source.caches == [first.root]
    source.commit({"package-lock.json": "{3}"})
    second = prepare()
    assert second
    assert source.caches == sorted([first.root, second.root])
    assert first.lease
    first.lease.close()
    source.commit({"package-lock.json": "{4}"})
    third = prepare()
    assert third
    assert source.caches == sorted([second.root, third.root])
    assert [line.rpartition(": ")[2] for line in told] == [str(first.root)]
