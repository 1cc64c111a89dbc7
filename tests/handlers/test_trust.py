"""A job says passed only where its checks did, and what is a person's stays theirs."""

import re
import subprocess
from pathlib import Path
from typing import Literal

import pytest
from support.project import CONFIG, Project

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

FIXED = "def withdraw(balance, amount):\n    return balance - amount\n"
FIX = f"### Task: fix\n- file: bank.py\n- check: test\n\n```python file=bank.py\n{FIXED}```\n"
ASK = "### Task: fix\n- file: bank.py\n- check: test\n\nSubtract.\n"
NOTE = "\n### Task: note\n- file: NOTE\n- exists: NOTE\n\n```file=NOTE\nhi\n```\n"
GOOD = f"## reply: fix\n```python\n{FIXED}```\n"


def test_a_check_written_over_lines_still_fails(project: Project) -> None:
    """The line end of a block string in the config must not turn what is red green."""
    config = CONFIG.replace('"python3 -m unittest -q"', '"""\npython3 -m unittest -q\n"""')
    project.write(".bricklayer.toml", config)
    project.commit()
    code, out = project.bricklayer("run", project.plan(NOTE))
    assert code == 1, out
    assert "the final gate: test" in out


@pytest.mark.parametrize("exit_", ["os._exit(0)", "os.execv('/bin/true', ['true'])"])
def test_leaving_before_the_tests_have_run_is_no_pass(project: Project, exit_: str) -> None:
    """Code that ends the process with 0 proves nothing: the tests it ran before are missed."""
    project.models(local=f"## reply: fix\n```python\nimport os\n\n{FIXED}\n\n{exit_}\n```\n")
    code, out = project.bricklayer("run", project.plan(ASK))
    assert code == 1, out
    assert "it now reports none" in out
    assert project.landed() == []


@pytest.mark.parametrize("path", ["../bank.py", "/box/repo/bank.py", "a//b.py", "./bank.py"])
def test_a_reply_may_speak_of_any_path(project: Project, path: str) -> None:
    """A path git could not have is a word like any other, not an error for ever."""
    project.models(local=GOOD.replace("```python", f"Mind `{path}`:\n\n`{path}`\n```python", 1))
    code, out = project.bricklayer("run", project.plan(ASK))
    assert code in (0, 1), out
    assert "Traceback" not in out


@pytest.mark.real_start
def test_killed_between_the_end_and_its_record(project: Project) -> None:
    """The workflow is over but the job's state was not written: the next run writes it."""
    plan = project.plan(FIX)
    project.killed_at("close the lanes", "before", "run", plan)
    code, out = project.bricklayer("run", plan)
    assert code == 0, out
    assert project.landed() == ["fix"]


@pytest.mark.slow
@pytest.mark.real_start
def test_a_branch_that_was_deleted_is_said_to_be_gone(project: Project) -> None:
    """Its commits are the person's to bring back; no commits are mentioned that are not there."""
    plan = project.plan(FIX + NOTE)
    project.killed_at("land a commit", "after", "run", plan)
    project.git("branch", "-D", "bricklayer/mend-it")
    code, out = project.bricklayer("run", plan)
    assert code == 2, out
    assert "is gone" in out


@pytest.mark.slow
def test_a_branch_checked_out_meanwhile_is_not_moved(project: Project) -> None:
    """Moved under a checkout, its next commit would undo the bot's."""
    plan = project.plan(FIX)
    project.killed_at("land a commit", "before", "run", plan)
    project.git("checkout", "-q", "bricklayer/mend-it")
    code, out = project.bricklayer("run", plan)
    assert code == 2, out
    assert "is checked out somewhere" in out
    assert project.git("status", "--porcelain") == ""
    project.git("checkout", "-q", "main")
    assert project.bricklayer("run", plan)[0] == 0


def test_a_linked_work_tree_builds_on_its_own_head(project: Project, tmp_path: Path) -> None:
    """Not on that of the main one."""
    linked = tmp_path / "linked"
    project.git("worktree", "add", "-q", "-b", "other", str(linked))
    (linked / "extra").write_text("x")
    for argv in (["add", "-A"], ["commit", "-qm", "extra"]):
        subprocess.run(["git", *argv], cwd=linked, timeout=30, check=True)
    code, out = project.bricklayer("run", project.plan(FIX), "--repo", linked)
    assert code == 0, out
    assert project.git("rev-parse", "bricklayer/mend-it~1") == project.git("rev-parse", "other")


def test_no_filter_of_the_person_runs(project: Project, tmp_path: Path) -> None:
    """A tree may ask for a filter by attribute; the program is the person's, with their rights."""
    ran = tmp_path / "ran"
    project.write(".gitattributes", "*.py filter=nosy\n")
    project.commit()
    project.git("config", "filter.nosy.smudge", f"touch {ran}; cat")
    project.git("config", "filter.nosy.required", "true")
    project.git("config", "submodule.recurse", "true")
    code, out = project.bricklayer("run", project.plan(FIX))
    assert code == 0, out
    assert not ran.exists()


def test_what_was_mended_is_seen_by_the_next_run(project: Project) -> None:
    """A job that ended with nothing on its branch is built on what HEAD is by then."""
    project.write(".bricklayer.toml", CONFIG.replace("python3 -m unittest -q", "no-such-program"))
    project.commit()
    plan = project.plan(FIX)
    code, out = project.bricklayer("run", plan)
    assert code == 2, "it is for a person to mend, before a model is asked"
    assert "did not find its command" in out
    project.write(".bricklayer.toml", CONFIG)
    project.commit()
    code, out = project.bricklayer("run", plan)
    assert code == 0, out


def test_what_only_leaves_out_is_told(project: Project) -> None:
    """A part of a job that passes is not the job."""
    code, out = project.bricklayer("run", project.plan(FIX + NOTE), "--only", "fix")
    assert code == 0, out
    assert "not asked for this time: note" in out


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ('[checks.a]\nrun = "true # all"\n', "hide the paths"),
        ('[checks.a]\nrun = "x\\u0000"\n', "checks.a.run"),
        ('[checks.a]\nrun = "x"\n[env]\n"" = "1"\n', "env"),
        ('[checks.a]\nrun = "x"\n[setup]\ncommand = "x"\nlock_files = ["../x"]\n', "lock_files"),
        ('[checks.a]\nrun = "x"\n[setup]\ncommand = "x"\nlock_files = ["/proc/x"]\n', "lock_files"),
        (f"a = {'[' * 5000}\n", "not TOML"),
    ],
)
def test_a_config_that_cannot_work_is_refused_with_the_key(
    project: Project, config: str, text: str
) -> None:
    """Exit 2, the file and the key, no trace."""
    project.write(".bricklayer.toml", config)
    project.commit()
    code, out = project.bricklayer("check", project.plan(FIX))
    assert code == 2, out
    assert text in out
    assert "Traceback" not in out


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ('database_url = "nonsense"\n', "no such database"),
        ('[[lanes]]\nname = "a"\n[[lanes]]\nname = "a"\n', "a name of its own"),
        (
            '[tiers.local]\nmodels = ["openai-chat:q"]\nanswer = 8192\ncontext = 4096\n',
            "answer = 8192 and context = 4096: they must leave room",
        ),
    ],
)
def test_settings_that_cannot_work_are_refused(project: Project, settings: str, text: str) -> None:
    """The same for the machine's own file."""
    (project.room / "bricklayer.toml").write_text(settings)
    code, out = project.bricklayer("run", project.plan(FIX))
    assert code == 2, out
    assert re.search(text, out)


def test_a_plan_that_was_mended_can_begin_anew(project: Project) -> None:
    """What the first version built is kept under another name; nothing is lost, nothing is mixed."""
    code, out = project.bricklayer("run", project.plan(FIX))
    assert code == 0, out
    before = project.git("rev-parse", "bricklayer/mend-it")
    changed_plan = project.plan(FIX.replace("- check: test", "- check: test\n\nSubtract.") + NOTE)
    code, out = project.bricklayer("run", changed_plan)
    assert code == 2
    assert "--fresh" in out
    code, out = project.bricklayer("run", changed_plan, "--fresh")
    assert code == 0, out
    assert "is kept as bricklayer/mend-it.1" in out
    assert project.git("rev-parse", "bricklayer/mend-it.1") == before
    assert project.landed() == ["fix", "note"]


def test_what_is_refused_when_beginning_anew_leaves_all_as_it_was(project: Project) -> None:
    """A model that is not there: the branch stays, and the job goes on later."""
    plan = project.plan(FIX)
    assert project.bricklayer("run", plan)[0] == 0
    before = project.git("for-each-ref")
    settings = project.room / "bricklayer.toml"
    settings.write_text(f'[tiers.local]\nmodels = ["script:{project.room}/none.md"]\n')
    code, out = project.bricklayer("run", plan, "--fresh")
    assert code == 2, out
    assert "none.md" in out
    assert project.git("for-each-ref") == before
    project.models()
    code, out = project.bricklayer("run", plan)
    assert code == 0, out
    assert project.git("for-each-ref") == before


def test_a_branch_without_a_commit_of_its_own_is_not_kept_twice(project: Project) -> None:
    """A job that was blocked before its first commit leaves nothing that a new one could lose."""
    plan = project.plan(FIX.replace("check: test", "check: gone"))
    assert project.bricklayer("run", plan)[0] == 1
    assert project.git("rev-parse", "bricklayer/mend-it") == project.git("rev-parse", "main")
    code, out = project.bricklayer("run", project.plan(FIX), "--fresh")
    assert code == 0, out
    assert "is kept as" not in out
    assert project.git("branch", "--list", "bricklayer/*").split() == ["bricklayer/mend-it"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_while_beginning_anew_nothing_is_kept_twice(
    project: Project, when: Literal["before", "after"]
) -> None:
    """What the branch held has one other name, whenever the kill came, and the job is done once."""
    plan = project.plan(FIX)
    assert project.bricklayer("run", plan)[0] == 0
    held = project.git("rev-parse", "bricklayer/mend-it")
    project.killed_at("keep the old branch", when, "run", plan, "--fresh")
    code, out = project.bricklayer("run", plan, "--fresh")
    assert code == 0, out
    assert project.git("rev-parse", "bricklayer/mend-it.1") == held
    assert project.git("branch", "--list", "bricklayer/mend-it.2") == ""
    assert project.landed() == ["fix"]


def test_what_is_not_committed_is_said_to_be_left_out(project: Project) -> None:
    """The job builds on HEAD: a person who forgot to commit reads so, and the base."""
    project.write("bank.py", "half done\n")
    code, out = project.bricklayer("run", project.plan(FIX))
    assert code == 0, out
    assert "not committed, so not part of the job: bank.py" in out
    assert f"on base {project.git('rev-parse', 'main')[:12]}" in out


def test_a_model_that_cannot_be_opened_is_told_before_anything_is_built(project: Project) -> None:
    """A script that is not there is found at the start, not after the first tasks."""
    (project.room / "bricklayer.toml").write_text(
        f'[tiers.local]\nmodels = ["script:{project.room}/none.md"]\n'
    )
    code, out = project.bricklayer("run", project.plan(FIX + NOTE))
    assert code == 2, out
    assert "none.md" in out
    assert project.git("branch", "--list", "bricklayer/*") == ""


def test_check_minds_what_a_run_would_stumble_over(project: Project) -> None:
    """A block that does not fit, a test that is nowhere: a warning with the line, refused nowhere."""
    block = "```edit=bank.py\n<<<<<<< SEARCH\nno such line\n=======\nx\n>>>>>>> REPLACE\n```\n"
    body = f"### Task: fix\n- file: bank.py\n- check: test tests/gone.py\n\n{block}"
    code, out = project.bricklayer("check", project.plan(body))
    assert code == 0, out
    assert "warning: tests/gone.py" in out
    assert "warning: plan line" in out
    assert "can be built, with 2 warnings" in out


def test_what_decides_the_checks_is_minded_wherever_a_plan_is_met(project: Project) -> None:
    """By `check`, by `plan` at its end, and by `run` before it builds; none refuses it."""
    paths = (".bricklayer.toml", ".GitHub/workflows/ci.yml", "docs/CODEOWNERS", ".gitattributes")
    done = "exists: bank.py\n- guard: yes"
    settings = (project.repo / ".bricklayer.toml").read_text()
    text = {".bricklayer.toml": f"{settings}# x"}
    body = "".join(
        f"### Task: t{n}\n- file: {path}\n- {done}\n\nAdd it.\n\n"
        f"```file={path}\n{text.get(path, '# x')}\n```\n\n"
        for n, path in enumerate((*paths, "bank/github.py"))
    )
    order = project.plan(body, head="checks: [true]")
    project.models(planner=f"## reply: plan\n{order.read_text()}")
    (project.room / "issue.md").write_text("Add them.")
    written = project.room / "out.md"
    for argv in (
        ("check", order),
        ("plan", project.room / "issue.md", "--out", written),
        ("run", order),
    ):
        code, out = project.bricklayer(*argv)
        assert code == 0, out
        for n, path in enumerate(paths):
            text = f"warning: task t{n} writes {path}: it decides which checks run"
            assert text in out
            last = {"plan": "next:", "check": "can be built, with 4 warnings:"}.get(
                argv[0], "attempt"
            )
            assert out.index(text) < out.index(last)
        assert out.count("warning:") == len(paths)


@pytest.mark.parametrize(
    ("config", "text"),
    [
        ('[checks.test]\nrun = "x"\ntimeuot = 3\n', "Did you mean timeout?"),
        ('[check.test]\nrun = "x"\n', "Did you mean checks?"),
        ("[sandbox]\nzzz = 3\n", "Known keys here: memory"),
        ("[checks]\ntest = 3\n", "checks.test"),
    ],
)
def test_a_misspelled_key_is_told_with_the_one_that_is_near(
    project: Project, config: str, text: str
) -> None:
    """The keys of the table it stands in, not of the whole file."""
    project.write(".bricklayer.toml", config)
    project.commit()
    code, out = project.bricklayer("check", project.plan(FIX))
    assert code == 2
    assert text in out
