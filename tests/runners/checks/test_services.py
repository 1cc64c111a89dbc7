"""A check's services are there when it begins, are its own, and end with it."""

import shutil
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from bot.config.machine import Settings
from bot.config.repository import parse_repo_config
from bot.errors import UserError
from bot.plan import Check
from runners.checks.check import run_check
from runners.checks.service_scripts import REDIS
from runners.checks.verdict import Verdict, explain_limit
from runners.sandbox import open_sandbox

Kind = Literal["bwrap", "none"]
Judge = Callable[..., Verdict]
# Answers on its port half a second after its start, with its first argument.
SERVER = """
import http.server, sys, time
time.sleep(0.3)
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"served")
print("starting", flush=True)
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""
GET = "import sys,urllib.request as r; print(r.urlopen('http://127.0.0.1:'+sys.argv[1]).read())"
WEB = f"""
[services.web]
run = "exec python3 server.py {{port}}"
ready = "python3 -c \\"{GET}\\" $WEB_PORT"
env = {{ WEB_PORT = "{{port}}" }}
timeout = 10
[checks.it]
run = "python3 -c \\"{GET}\\" $WEB_PORT"
"""


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    def judged(config: str, kind: Kind = "bwrap", name: str = "it") -> Verdict:
        parsed = parse_repo_config(config)
        (tmp_path / "server.py").write_text(SERVER)
        sandbox = open_sandbox(Settings(sandbox=kind), parsed)
        return run_check(Check("run", name), parsed, tmp_path, sandbox)

    return judged


@pytest.mark.parametrize("kind", ["bwrap", "none"])
def test_a_check_begins_when_its_service_is_ready(judge: Judge, kind: Kind) -> None:
    """On a port that is free, which the variable names."""
    verdict = judge(WEB, kind)
    assert (verdict.passed, verdict.output) == (True, "b'served'\n")


@pytest.mark.slow
def test_it_ends_with_the_check(judge: Judge) -> None:
    """Without a sandbox, too, where nothing but the bot would end it."""
    port = judge(WEB.replace("print(r.url", "print(sys.argv[1], r.url"), "none").output.split()[0]
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(port))) != 0


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("exec python3 server.py {port}", "echo no such table >&2; exit 3", "ended with exit 3"),
        ("timeout = 10", "timeout = 1", "was not ready within 1 s"),
    ],
)
@pytest.mark.slow
def test_one_that_is_not_to_be_had_makes_the_check_red_and_shows_its_log(
    judge: Judge, old: str, new: str, why: str
) -> None:
    """Its command is the repository's, and code under change may be why."""
    config = WEB.replace(old, new).replace("time.sleep(0.3)", "time.sleep(9)")
    if "timeout" in old:
        config = config.replace("exec python3 server.py {port}", "echo no such table; sleep 60")
    verdict = judge(config)
    assert (verdict.passed, verdict.ran) == (False, True)
    assert verdict.why == f"the service web {why}"
    assert "no such table" in verdict.output
    assert "bricklayer-service" not in verdict.output
    assert "[services.web]" in explain_limit(verdict)


def test_one_that_ends_while_the_check_runs_shows_its_log(judge: Judge) -> None:
    """Else a check reads as if the code could not reach its database."""
    until = "while [ ! -e $TMPDIR/{} ]; do sleep 0.02; done"
    verdict = judge(f"""
[services.web]
run = "touch $TMPDIR/up; {until.format("stop")}; echo out of memory"
ready = "test -e $TMPDIR/up"
[checks.it]
run = "touch $TMPDIR/stop; {until.format("service-web.end")}; exit 3"
""")
    assert (verdict.passed, verdict.ran, verdict.exit_code) == (False, True, 3)
    assert "The service web ended before the check did" in verdict.output
    assert "out of memory" in verdict.output


def test_a_check_may_need_none_of_them(judge: Judge) -> None:
    """Its exit code and output are as if there were no services."""
    config = WEB + '[checks.none]\nrun = "echo ${WEB_PORT:-none}; exit 7"\nservices = []\n'
    verdict = judge(config, name="none")
    assert (verdict.exit_code, verdict.output) == (7, "none\n")


POSTGRES = """
[services.{name}]
kind = "{kind}"
env = {{ PGUSER = "app", PGDATABASE = "app_test" }}
[checks.it]
run = "psql -Atc 'create table t (n int); select current_user, current_database()' $DATABASE_URL"
"""


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("psql"), reason="needs PostgreSQL's server and client")
def test_postgresql_is_started_from_what_is_installed(judge: Judge) -> None:
    """With the user and database that are asked for, on its usual port, whatever it is called."""
    verdict = judge(POSTGRES.format(name="db", kind="postgres"))
    assert (verdict.passed, verdict.output) == (True, "CREATE TABLE\napp|app_test\n")
    again = judge(POSTGRES.format(name="postgres", kind=""))
    assert again.passed, "what one check wrote, the next one must not see"


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("redis-server"), reason="needs a Redis server")
@pytest.mark.parametrize("kind", ["bwrap", "none"])
def test_redis_is_started_from_what_is_installed(judge: Judge, kind: Kind) -> None:
    config = '[services.redis]\n[checks.it]\nrun = "redis-cli -u $REDIS_URL incr n"\n'
    assert [judge(config, kind).output for _ in range(2)] == ["1\n", "1\n"]


def test_a_known_one_that_is_not_installed_is_the_machine_s_fault(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No model is asked to mend what no code can."""
    absent = REDIS.run.replace("redis-server", "no-redis").replace("valkey-server", "no-valkey")
    monkeypatch.setattr("runners.checks.services.KNOWN", {"redis": replace(REDIS, run=absent)})
    verdict = judge('[services.redis]\n[checks.it]\nrun = "true"\n')
    assert (verdict.passed, verdict.ran) == (False, False)
    assert verdict.why == "the service redis ended with exit 127"
    assert "no Redis server is here: have this machine install one, or [setup]" in verdict.output


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[services.db]", "`run` is missing, or `kind`"),
        ('[services.db]\nrun = "x"', "`ready` is missing"),
        ('[services.db]\nrun = "x"\nready = "y"\nkind = "redis"', "take out one of both"),
        ('[checks.a]\nrun = "x"\nservices = ["db"]', "there is no [services.db]"),
        ('[services.db]\nkind = "mysql"', "kind"),
    ],
)
def test_a_service_that_cannot_be_started_is_refused_when_it_is_read(text: str, told: str) -> None:
    with pytest.raises(UserError) as refused:
        parse_repo_config(text)
    assert told in refused.value.what
