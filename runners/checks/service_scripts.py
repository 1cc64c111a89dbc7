"""Shell lines that start a service before a check, wait until it can be used, and show its log.

They run in the check's own sandbox: the service has no network but the sandbox's, writes where the
check writes, within the same limits, and ends with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

LOG_BYTES = 6000
"""Of its end, shown where a service fails."""


@dataclass(frozen=True, slots=True)
class KnownService:
    """`{port}` stands for its port, in `run`, `ready` and `env`.

    `image_ready` is for a container of its public image, `image_env` what that image is told.
    """

    port: int
    run: str
    ready: str
    image_ready: str
    env: Mapping[str, str] = field(default_factory=dict)
    image_env: Mapping[str, str] = field(default_factory=dict)


# Only server programs are needed, no clients: a wheel or an image may have no others. The user and
# the database are made by the server's single-user mode, and its pid file tells when it is ready.
# https://www.postgresql.org/docs/current/app-initdb.html
# https://www.postgresql.org/docs/current/app-postgres.html#APP-POSTGRES-SINGLE-USER
# Data that lives for one check need not survive a crash:
# https://www.postgresql.org/docs/current/non-durability.html
POSTGRES = KnownService(
    5432,
    """
set -e
bin=$(dirname "$(command -v initdb || true)")
if [ ! -x "$bin/postgres" ]; then
  for each in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/local/pgsql/bin; do
    if [ -x "$each/initdb" ]; then bin=$each; fi
  done
fi
if [ ! -x "$bin/postgres" ]; then
  echo "no PostgreSQL server is here: have this machine install one, or [setup]"
  exit 127
fi
"$bin/initdb" -D "$TMPDIR/postgres" -U "$PGUSER" -A trust -E UTF8 --no-locale --no-sync
if [ "$PGDATABASE" != postgres ]; then
  printf 'CREATE DATABASE "%s"\\n' "$PGDATABASE" |
    "$bin/postgres" --single -D "$TMPDIR/postgres" postgres
fi
exec "$bin/postgres" -D "$TMPDIR/postgres" -h 127.0.0.1 -p {port} -k "$TMPDIR" \\
  -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=32MB
""",
    "grep -q '^ready' \"$TMPDIR/postgres/postmaster.pid\"",
    # By TCP: while it makes its database, the image's server listens on a socket only.
    'pg_isready -h 127.0.0.1 -U "$POSTGRES_USER"',
    MappingProxyType(
        {
            "PGHOST": "127.0.0.1",
            "PGPORT": "{port}",
            "PGUSER": "postgres",
            "PGPASSWORD": "postgres",
            "PGDATABASE": "postgres",
        }
    ),
    # A variable of the image, and the one whose value it gets:
    # https://hub.docker.com/_/postgres
    MappingProxyType(
        {
            "POSTGRES_USER": "PGUSER",
            "POSTGRES_PASSWORD": "PGPASSWORD",
            "POSTGRES_DB": "PGDATABASE",
        }
    ),
)
# https://redis.io/docs/latest/operate/oss_and_stack/management/config/
REDIS = KnownService(
    6379,
    """
server=$(command -v redis-server || command -v valkey-server)
if [ -z "$server" ]; then
  echo "no Redis server is here: have this machine install one, or [setup]"
  exit 127
fi
mkdir -p "$TMPDIR/redis"
exec "$server" --port {port} --bind 127.0.0.1 --save '' --appendonly no --dir "$TMPDIR/redis"
""",
    "grep -q 'Ready to accept connections' \"$SERVICE_LOG\"",
    "redis-cli ping | grep -q PONG || valkey-cli ping | grep -q PONG",
    MappingProxyType({"REDIS_URL": "redis://127.0.0.1:{port}/0"}),
)
KNOWN: Mapping[str, KnownService] = MappingProxyType(
    {
        "postgres": POSTGRES,
        "postgresql": POSTGRES,
        "redis": REDIS,
        "valkey": REDIS,
    }
)
DATABASE_URL = "postgresql://$PGUSER:$PGPASSWORD@$PGHOST:$PGPORT/$PGDATABASE"

# $1 name, $2 seconds, $3 the command, $4 the command that tells when it is ready, $5 a mark for the
# line by which the bot learns that it failed. What has ended is told by a file, as a process that
# nobody has waited for seems to be there still.
START = """
start_service() {
  SERVICE_LOG=$TMPDIR/service-$1.log service_end=$TMPDIR/service-$1.end; export SERVICE_LOG
  { (eval "$3"); echo "$?" >"$service_end"; } </dev/null >"$SERVICE_LOG" 2>&1 &
  service_until=$(($(date +%s) + $2)) service_why=
  while [ -z "$service_why" ]; do
    if [ -e "$service_end" ]; then
      service_why="ended with exit $(cat "$service_end")"
    elif (eval "$4") >/dev/null 2>&1; then
      return 0
    elif [ "$(date +%s)" -ge "$service_until" ]; then
      service_why="was not ready within $2 s"
    else
      sleep 0.05
    fi
  done
  printf '%s: the end of its log:\\n' "$1"
  tail -c LOG_BYTES "$SERVICE_LOG"
  printf '\\n%s %s %s\\n' "$5" "$1" "$service_why"
  trap - EXIT
  exit 125
}
# Which of them ended while the check ran, and what they said.
show_ended_services() {
  service_code=$?
  for service_end in "$TMPDIR"/service-*.end; do
    [ -e "$service_end" ] && [ "$service_code" != 0 ] || continue
    service_log=${service_end%.end}.log
    printf '\\nThe service %s ended before the check did; the end of its log:\\n' \\
      "$(basename "${service_log%.log}" | cut -c 9-)"
    tail -c LOG_BYTES "$service_log"
  done
  exit "$service_code"
}
trap show_ended_services EXIT
""".replace("LOG_BYTES", str(LOG_BYTES))
