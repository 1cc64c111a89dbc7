"""The server of the models breaks off, drips, goes and comes back: nothing is given up for it."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from fake_models.server import ScriptedAnswer
from support.tcp_proxy import TcpProxy, proxy_to

from faults.progress import PAUSE, count_landed, wait_until_asked
from faults.right_end import read_attempts, require_right_branch, require_right_run
from faults.seeds import IN_CI, ONLY_HERE
from faults.twelve import BRANCH, TASKS
from faults.words_project import WordsProject

BROKEN = ScriptedAnswer("```file=words/first-1\ngood", broken=True)
DRIPS = ScriptedAnswer(drip=True)


@pytest.fixture
def proxy(project: WordsProject) -> Iterator[TcpProxy]:
    """What the job reaches its models through."""
    server = urlsplit(project.models_server.server.url)
    assert server.hostname
    assert server.port
    with proxy_to((server.hostname, server.port)) as made:
        project.write_settings(url=f"http://127.0.0.1:{made.port}/v1")
        yield made


@ONLY_HERE
def test_an_answer_that_breaks_off_is_asked_for_again(project: WordsProject) -> None:
    """What the broken ones took is paid and stands in the rows, and no attempt is lost for them."""
    project.models_server.faults = [BROKEN] * 4
    code, out = project.finish(project.start_job())
    assert code == 0, out
    rows = read_attempts("", project.state / "bricklayer")
    require_right_branch(project.repo, "main", BRANCH, rows, whole_calls=False)
    assert project.models_server.repeated().total() == 4


@ONLY_HERE
def test_an_answer_that_drips_for_ever_is_given_up_after_the_time_limit(
    project: WordsProject,
) -> None:
    project.write_settings(more="timeout = 4\n")
    project.models_server.faults = [DRIPS] * 2
    code, out = project.finish(project.start_job())
    assert code == 0, out
    rows = read_attempts("", project.state / "bricklayer")
    require_right_branch(project.repo, "main", BRANCH, rows, whole_calls=False)
    assert project.models_server.repeated().total() == 2


@pytest.mark.parametrize(
    "seconds", [pytest.param(15, marks=IN_CI), pytest.param(300, marks=ONLY_HERE)]
)
def test_a_server_that_is_gone_is_waited_for(
    project: WordsProject, proxy: TcpProxy, seconds: float
) -> None:
    """No attempt is counted, no other tier is asked in its place, and since when is said."""
    process = project.start_job()
    wait_until_asked(project, 3, process)
    proxy.refuse()
    PAUSE.wait(seconds)
    landed = count_landed(project)
    assert process.poll() is None, process.communicate()[0]
    proxy.heal()
    code, out = project.finish(process)
    assert landed < len(TASKS)
    assert "down since" in out
    assert "answers again" in out
    require_right_run(project, code, out, kills=1)


@ONLY_HERE
def test_a_server_that_restarts_again_and_again(project: WordsProject, proxy: TcpProxy) -> None:
    process = project.start_job()
    for _ in range(4):
        PAUSE.wait(1.5)
        proxy.refuse()
        PAUSE.wait(1.5)
        proxy.heal()
    code, out = project.finish(process)
    require_right_run(project, code, out, kills=4)


@ONLY_HERE
def test_a_network_that_swallows_everything(project: WordsProject, proxy: TcpProxy) -> None:
    project.write_settings(url=f"http://127.0.0.1:{proxy.port}/v1", more="timeout = 10\n")
    process = project.start_job()
    wait_until_asked(project, 3, process)
    proxy.silence()
    PAUSE.wait(25)
    proxy.heal()
    code, out = project.finish(process)
    require_right_run(project, code, out, kills=3)


@ONLY_HERE
@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_server_that_answers_with_errors_for_a_while(project: WordsProject, status: int) -> None:
    headers = {"Retry-After": "2"} if status == 429 else {}
    project.models_server.faults = [ScriptedAnswer("busy", status=status, headers=headers)] * 12
    code, out = project.finish(project.start_job())
    require_right_run(project, code, out, kills=12)
