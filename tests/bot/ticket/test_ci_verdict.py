"""What is done about the checks of a commit, out of all that reports on it."""

from dataclasses import replace
from zlib import crc32

import pytest

from bot.config.repository import CiConfig
from bot.github.types import BranchRules, CheckRun, Checks, RequiredCheck, Status, WorkflowRun
from bot.ticket.ci_findings import Evidence
from bot.ticket.ci_verdict import MAX_RECHECK_SECONDS, Moment, Verdict, judge_checks
from bot.ticket.job_report import JobReport, read_job_report
from bot.ticket.messages_checks import ci_blocked, ci_remarks, ci_waiting

CI = CiConfig(wait=3600, settle=30, grace=180)
LATER = CI.wait + 1
OPEN = {"queued", "in_progress", "waiting", "pending", "requested"}
ACTIONS, OTHER = 15368, 99


def checks(said: str) -> Checks:
    """Words, oldest first: `name:state` is a job of Actions, `name%state` another App's check run,
    `name=state` a status, `name@state` a workflow run.

    `CI/test:failure` is the job of a workflow; a number after `#` is the run of it, from 1, and one
    after `~` the attempt; what follows `(` is what the App says.
    """
    runs, statuses, workflows = [], [], []
    for number, each in enumerate(said.split(), 1):
        word, _, words = each.partition("(")
        name, sign, state = next(word.partition(s) for s in ":%=@" if s in word)
        state, _, attempt = state.partition("~")
        name, _, run = name.partition("#")
        path, _, job = name.rpartition("/")
        status, ended = (state, "") if state in OPEN else ("completed", state)
        suite = (
            crc32(f"{path or name}#{run}".encode()) if sign in ":@" and (path or sign == "@") else 0
        )
        if sign in ":%":
            app, number_of_job = (ACTIONS, number) if sign == ":" else (OTHER, 0)
            text = words.replace("_", " ")
            runs.append(
                CheckRun(number, job, status, ended, app, "", suite, number_of_job, "", text)
            )
        elif sign == "=":
            statuses.append(Status(name, state, words.replace("_", " "), ""))
        else:
            file = f".github/workflows/{name}.yml"
            tries = int(attempt or 1)
            workflows.append(
                WorkflowRun(number, name, file, suite, "push", status, ended, "", tries)
            )
    return Checks(tuple(runs), tuple(statuses), tuple(workflows))


TEST_LOG = """\
=================================== FAILURES ===================================
________________________________ test_subtracts ________________________________

    def test_subtracts():
>       assert withdraw(5, 2) == 3
E       assert 7 == 3

test_bank.py:5: AssertionError
=========================== short test summary info ============================
FAILED test_bank.py::test_subtracts - assert 7 == 3
============================== 1 failed in 0.05s ===============================
##[error]Process completed with exit code 1.
"""
OTHER_LOG = TEST_LOG.replace("test_subtracts", "test_other")
REPORTS = {
    "failing test": read_job_report(TEST_LOG),
    "another test": read_job_report(OTHER_LOG),
    "network": read_job_report(
        "curl: (6) Could not resolve host: docs.example\n##[error]Process completed with exit code 6."
    ),
    "lost": read_job_report(
        "", ["The hosted runner lost communication with the server. Anything in your workflow"]
    ),
    "billing": read_job_report(
        "", ["The job was not started because recent account payments have failed or"]
    ),
    "title": read_job_report(
        '##[error]No release type found in pull request title "Mend it". Add a prefix'
    ),
    "summary": read_job_report(
        "##[error]docs did not pass\n##[error]Process completed with exit code 1."
    ),
    "time": read_job_report(TEST_LOG, ["The job has exceeded the maximum execution time of 6m0s"]),
    "nothing": JobReport(),
    "awaited": JobReport(awaited=True),
}


REPORTS["lost, awaited"] = replace(REPORTS["lost"], awaited=True)


def judge(  # noqa: PLR0913  # what may be known beside the checks
    said: str,
    *,
    waited: float = 60,
    quiet: float = 31,
    workflows: bool = True,
    base: str = "",
    logs: dict[str, str] | None = None,
    base_logs: dict[str, str] | None = None,
    required: str = "",
    config: CiConfig = CI,
    **moment: object,
) -> Verdict:
    """As the stage does: what failed is read only where the verdict asks for it.

    Of a failing job without a log here it is that of a failing test.
    """
    here, there = checks(said), checks(base)
    rules = BranchRules(tuple(RequiredCheck(name) for name in required.split()))
    made = Moment(waited, quiet, workflows, rules, **moment)  # type: ignore[arg-type]
    verdict = judge_checks(here, config, made)
    if verdict.colour != "unread":
        return verdict
    # Those of the base come after those of the head, as other ids would.
    there = replace(there, runs=tuple(replace(run, id=run.id + 1000) for run in there.runs))
    told = {run.id: (logs or {}).get(run.name, "failing test") for run in here.runs}
    told |= {run.id: (base_logs or {}).get(run.name, "failing test") for run in there.runs}
    reports = {number: REPORTS[kind] for number, kind in told.items()}
    return judge_checks(here, config, replace(made, evidence=Evidence(there, reports)))


Row = tuple[str, dict[str, object], str, str]
KINDS: dict[str, Row] = {
    # what reports, what else is known, the colour, and of what each finding is
    "nothing yet": ("", {"waited": 10, "quiet": 10}, "waiting", ""),
    "nothing, and no workflow there": ("", {"waited": 31, "workflows": False}, "none", ""),
    "somebody else's CI may yet begin": (
        "",
        {"waited": 29, "quiet": 29, "workflows": False},
        "waiting",
        "",
    ),
    "workflows that never began": ("", {"waited": 181}, "unbegun", ""),
    "one runs": ("test:in_progress", {}, "waiting", "running"),
    "one is queued": ("test:queued", {}, "waiting", "running"),
    "all green, just now": ("test:success", {"quiet": 5}, "waiting", ""),
    "all green, and quiet": ("test:success", {}, "green", ""),
    "neutral and skipped are no objection": ("a:neutral b:skipped", {}, "green", ""),
    "one is red": ("a:success b:failure", {"quiet": 0}, "red", "code"),
    "red, while another runs": ("a:failure b:in_progress", {}, "waiting", "running"),
    "red, and another never ended": (
        "a:failure b:in_progress",
        {"waited": LATER},
        "red",
        "code",
    ),
    "it never ended": ("a:success b:in_progress", {"waited": LATER}, "blocked", "running"),
    "a job that Actions ended for its time": ("a:timed_out", {}, "red", "code"),
    "a status is green": ("ci/x=success", {"workflows": False}, "green", ""),
    "a workflow has no job yet": ("CI@queued", {}, "waiting", "running"),
    "a workflow was skipped whole": ("CI@skipped a:success", {}, "green", ""),
    # Superseded.
    "a push's run, cancelled by that of the pull request": (
        "CI#1@cancelled CI#1/test:cancelled CI#2@success CI#2/test:success",
        {},
        "green",
        "",
    ),
    "cancelled before it had a job": (
        "CI#1@cancelled CI#2@success CI#2/test:success",
        {},
        "green",
        "",
    ),
    "red, then run anew": (
        "CI#1@failure CI#1/test:failure CI#2@success CI#2/test:success",
        {},
        "green",
        "",
    ),
    "red, then run anew where the runs may not be read": (
        "test:failure test:success",
        {},
        "green",
        "",
    ),
    "red, and running anew": (
        "CI#1@failure CI#1/test:failure CI#2@in_progress CI#2/test:in_progress",
        {},
        "waiting",
        "running",
    ),
    "green, then red when run anew": (
        "CI#1@success CI#1/test:success CI#2@failure CI#2/test:failure",
        {},
        "red",
        "code",
    ),
    "two workflows with a job of one name": (
        "CI@failure CI/test:failure docs@success docs/test:success",
        {},
        "red",
        "code",
    ),
    "two Apps with a check of one name": ("test%failure test:success", {}, "green", "no_log"),
    "skipped for another event, after it was red": (
        "CI#1@failure CI#1/test:failure CI#2@skipped CI#2/test:skipped",
        {},
        "red",
        "code",
    ),
    "skipped for another event, after it was cancelled": (
        "CI#1@cancelled CI#1/test:cancelled CI#2@success CI#2/test:skipped",
        {},
        "green",
        "",
    ),
    # Cancelled and given up.
    "a person pressed cancel": ("CI@cancelled CI/test:cancelled", {}, "waiting", "cancelled"),
    "cancelled, and nobody came": (
        "CI@cancelled CI/test:cancelled",
        {"waited": LATER},
        "blocked",
        "cancelled",
    ),
    "a matrix that ends with its first failure": (
        "CI@failure CI/a:failure CI/b:cancelled",
        {},
        "red",
        "code",
    ),
    "a job that ran out of its time is cancelled": (
        "CI@cancelled CI/a:cancelled",
        {"logs": {"a": "time"}},
        "red",
        "code",
    ),
    "GitHub gave it up": ("x%stale", {"waited": LATER}, "blocked", "stale"),
    # Only a person can do it.
    "DCO": ("a:success DCO%action_required", {}, "blocked", "asks"),
    "DCO, while another runs": ("a:in_progress DCO%action_required", {}, "blocked", "asks"),
    "DCO, and a red test": ("a:failure DCO%action_required", {}, "red", "code"),
    "a workflow wants approval": ("CI@action_required", {}, "waiting", "approval"),
    "approval that nobody gave": (
        "CI@action_required",
        {"waited": LATER},
        "blocked",
        "approval",
    ),
    "another is red, and one wants approval": (
        "a:failure CI@action_required",
        {},
        "red",
        "code",
    ),
    # Nothing to read.
    "coverage": ("a:success codecov/patch=failure", {}, "green", "no_log"),
    "coverage as a check run": ("a:success codecov/patch%failure", {}, "green", "no_log"),
    "an error of a service": ("a:success ci/x=error", {}, "green", "no_log"),
    "coverage that is required": (
        "a:success codecov/patch=failure",
        {"required": "a codecov/patch"},
        "blocked",
        "no_log",
    ),
    "a log that is gone": ("a:failure", {"logs": {"a": "nothing"}}, "red", "code"),
    "a log that is not there yet": ("a:failure", {"logs": {"a": "awaited"}}, "waiting", "log"),
    "… and never comes": (
        "a:failure",
        {"logs": {"a": "awaited"}, "quiet": 181},
        "red",
        "code",
    ),
    "no log, for the runner was lost": (
        "CI@failure CI/a:failure",
        {"logs": {"a": "lost, awaited"}},
        "rerun",
        "infrastructure",
    ),
    "a workflow's file cannot be read": ("CI@startup_failure", {}, "blocked", "unstarted"),
    "… and it is so on the base": (
        "a:success CI@startup_failure",
        {"base": "CI@startup_failure"},
        "green",
        "shared",
    ),
    # Not about the files.
    "a lint of the title": (
        "a:success lint:failure",
        {"logs": {"lint": "title"}},
        "green",
        "request",
    ),
    "a required lint of the title": (
        "lint:failure",
        {"logs": {"lint": "title"}, "required": "lint"},
        "blocked",
        "request",
    ),
    "a lint of the title, and a red test": (
        "a:failure lint:failure",
        {"logs": {"lint": "title"}},
        "red",
        "code",
    ),
    # The base.
    "red on the base, and run for the first time": (
        "CI@failure CI/docs:failure",
        {"base": "CI@failure CI/docs:failure"},
        "rerun",
        "shared",
    ),
    "red on the base, and again": (
        "CI@failure~2 CI/docs:failure",
        {"base": "CI@failure CI/docs:failure"},
        "green",
        "shared",
    ),
    "red on the base by another test": (
        "CI@failure CI/test:failure",
        {"base": "CI@failure CI/test:failure", "base_logs": {"test": "another test"}},
        "red",
        "code",
    ),
    "the base's log is gone": (
        "CI@failure~2 CI/test:failure",
        {"base": "CI@failure CI/test:failure", "base_logs": {"test": "nothing"}},
        "green",
        "shared",
    ),
    "green on the base": (
        "CI@failure CI/test:failure",
        {"base": "CI@success CI/test:success"},
        "red",
        "code",
    ),
    "red on the base, then green there": (
        "CI@failure CI/test:failure",
        {"base": "CI#1@failure CI#1/test:failure CI#2@success CI#2/test:success"},
        "red",
        "code",
    ),
    "coverage is red on the base": (
        "a:success cov=failure",
        {"base": "cov=failure", "workflows": False},
        "green",
        "no_log",
    ),
    # The runner and the network.
    "the runner was lost": (
        "CI@failure CI/a:failure",
        {"logs": {"a": "lost"}},
        "rerun",
        "infrastructure",
    ),
    "the runner was lost twice": (
        "CI@failure~2 CI/a:failure",
        {"logs": {"a": "lost"}},
        "blocked",
        "infrastructure",
    ),
    "the network, where the runs may not be read": (
        "a:failure",
        {"logs": {"a": "network"}},
        "blocked",
        "infrastructure",
    ),
    "a job that sums up one without its runner": (
        "CI@failure CI/docs:failure CI/all:failure",
        {"logs": {"docs": "network", "all": "summary"}},
        "rerun",
        "infrastructure",
    ),
    "the runner was lost, and a test is red": (
        "CI@failure CI/a:failure CI/b:failure",
        {"logs": {"a": "lost"}},
        "red",
        "code",
    ),
    "not started for reasons of the account": (
        "CI@failure CI/a:failure",
        {"logs": {"a": "billing"}},
        "blocked",
        "account",
    ),
    # Pending, maybe for ever.
    "a status is pending": ("a:success ci/x=pending", {}, "waiting", "pending"),
    "a status never ended": ("a:success ci/x=pending", {"waited": LATER}, "green", "pending"),
    "an App's check never ended": ("a:success x%queued", {"waited": LATER}, "green", "pending"),
    "pending because it is a draft": ("a:success WIP=pending", {}, "green", "review"),
    "… also where it is required": (
        "a:success WIP%in_progress",
        {"required": "a WIP"},
        "green",
        "review",
    ),
    "pending for a label, in its own words": (
        "a:success merge=pending(Not_mergeable._Needs_approved_label.",
        {},
        "green",
        "review",
    ),
    "a red test beside what is pending": (
        "a:failure ci/x=pending",
        {"quiet": CI.grace + 1},
        "red",
        "code",
    ),
    "… which may be about to end": ("a:failure ci/x=pending", {}, "waiting", "pending"),
    "a deployment waits for its environment": (
        "CI@success CI/a:success deploy@waiting deploy/preview:waiting",
        {},
        "waiting",
        "environment",
    ),
    "… for ever": (
        "CI@success CI/a:success deploy@waiting deploy/preview:queued",
        {"waited": LATER},
        "green",
        "environment",
    ),
    "… and a red test beside it": (
        "CI@failure CI/a:failure deploy@waiting deploy/preview:waiting",
        {},
        "red",
        "code",
    ),
    # What counts.
    "a required one has not reported": ("a:success", {"required": "a b"}, "waiting", "missing"),
    "… at all": ("a:success", {"required": "a b", "waited": LATER}, "blocked", "missing"),
    "… and nothing else has": (
        "",
        {"required": "b", "waited": 200, "workflows": False},
        "waiting",
        "missing",
    ),
    "a required one stays pending": (
        "a:success b=pending",
        {"required": "a b", "waited": LATER},
        "blocked",
        "pending",
    ),
    "another than the required one is pending": (
        "a:success b=pending",
        {"required": "a"},
        "green",
        "pending",
    ),
    "another than the required one runs": (
        "a:success b:in_progress",
        {"required": "a"},
        "waiting",
        "running",
    ),
    "another than the required one runs for ever": (
        "a:success b:in_progress",
        {"required": "a", "waited": LATER},
        "green",
        "running",
    ),
    "another than the required one is red": (
        "a:success b:failure",
        {"required": "a"},
        "red",
        "code",
    ),
    "… and no round is left": (
        "a:success b:failure",
        {"required": "a", "may_fix": False},
        "green",
        "code",
    ),
    "the required one is red, and no round is left": (
        "a:failure",
        {"required": "a", "may_fix": False},
        "red",
        "code",
    ),
    "ignored": (
        "a:success tide=pending codecov/patch=failure",
        {"config": CI.model_copy(update={"ignore": ("tide", "codecov/*")})},
        "green",
        "",
    ),
    "required by the settings alone": (
        "CI@failure CI/test:success CI/docs:failure ci/x=pending",
        {"config": CI.model_copy(update={"require": ("test",)}), "required": "docs"},
        "green",
        "not_required",
    ),
    "required as the page of a pull request names it": (
        "CI@failure CI/a_1:failure b:success",
        {"config": CI.model_copy(update={"require": ("CI / a_*",)})},
        "red",
        "code",
    ),
    "required by the settings, and absent": (
        "a:success",
        {"config": CI.model_copy(update={"require": ("a", "b", "c*")}), "waited": LATER},
        "blocked",
        "missing",
    ),
}


@pytest.mark.parametrize("case", KINDS)
def test_each_kind_of_check_has_its_own_next_step(case: str) -> None:
    """The colour is what is done; the findings say why."""
    said, settings, colour, kinds = KINDS[case]
    found = judge(said, **settings)  # type: ignore[arg-type]
    assert (found.colour, {one.kind for one in found.findings}) == (colour, set(kinds.split()))


@pytest.mark.parametrize("case", KINDS)
def test_what_waits_is_looked_at_again_in_time(case: str) -> None:
    """A wait has an end, and none is longer than a look at what runs is worth."""
    said, settings, *_ = KINDS[case]
    found = judge(said, **settings)  # type: ignore[arg-type]
    assert (found.colour == "waiting") == (found.recheck_seconds > 0)
    assert found.recheck_seconds <= MAX_RECHECK_SECONDS


@pytest.mark.parametrize("case", KINDS)
def test_whatever_is_in_the_way_is_named_with_a_next_step(case: str) -> None:
    """What a person has to do is said for each of them, and each is named."""
    said, settings, colour, _ = KINDS[case]
    found = judge(said, **settings)  # type: ignore[arg-type]
    texts = {
        "blocked": ci_blocked(found.findings),
        "green": ci_remarks(found.findings),
        "waiting": ci_waiting(found.done, found.total, found.findings),
    }
    text = texts.get(colour, "")
    for one in found.findings:
        assert colour not in {"blocked", "green"} or f"`{one.name}`" in text
    lines = [line for line in text.splitlines() if line.startswith("- ")]
    assert colour != "blocked" or all(line.count(". ") for line in lines)


def test_only_jobs_that_are_the_codes_fault_are_to_be_fixed() -> None:
    found = judge("a:failure b:success lint:failure ci/x=error", logs={"lint": "title"})
    assert [run.name for run in found.failed] == ["a"]
    assert found.names == ("a",)


def test_no_log_is_read_where_nothing_that_counts_has_failed() -> None:
    """Logs and the base's checks cost calls: they are asked for once something is red."""
    for said in ("a:success", "a:in_progress b:failure", "codecov=failure", "DCO%action_required"):
        found = judge_checks(checks(said), CI, Moment(60, 31, workflows=True))
        assert found.colour != "unread"


def test_what_was_asked_to_run_again_is_waited_for_and_never_asked_again() -> None:
    """GitHub may show the old attempt for a while, or refuse to run it again."""
    said, lost = "CI@failure CI/a:failure", {"a": "lost"}
    (run,) = judge(said, logs=lost).reruns
    assert judge(said, logs=lost, rerun=[run]).colour == "waiting"
    assert judge(said, logs=lost, rerun=[run], waited=LATER).colour == "blocked"
    assert judge(said, logs=lost, refused=[run]).colour == "blocked"


def test_what_is_done_is_counted_in_checks_and_never_below_none() -> None:
    """A workflow that runs is no check by itself: its jobs are."""
    found = judge("test:in_progress CI@in_progress lint:success", quiet=60)
    assert (found.colour, found.done, found.total) == ("waiting", 1, 2)


def test_words_of_an_app_are_quoted_and_reach_whoever_must_act() -> None:
    found = judge("DCO%action_required(There_is_a_@commit_`without`_sign-off")
    text = ci_blocked(found.findings)
    assert "sign-off" in text
    assert "@commit" not in text


@pytest.mark.parametrize(
    ("base", "its_log", "colour"),
    [
        ("failure", "failing test", "rerun"),
        ("failure", "nothing", "rerun"),
        ("failure", "lost", "red"),
        ("failure", "network", "red"),
        ("failure", "billing", "red"),
        ("cancelled", "nothing", "red"),
        ("stale", "nothing", "red"),
    ],
)
def test_a_base_that_never_ran_the_check_to_its_end_shares_no_failure(
    base: str, its_log: str, colour: str
) -> None:
    """Pushes to the base cancel each other, and its runner may have been lost."""
    there = f"CI/test:{base} CI@{base}"
    verdict = judge("CI/test:failure CI@failure", base=there, base_logs={"test": its_log})
    assert verdict.colour == colour
