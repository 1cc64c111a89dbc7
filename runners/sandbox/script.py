"""What runs inside, around the command: the same few shell lines in every kind of sandbox."""

from collections.abc import Sequence

# Copies the checkout, says "ready", runs the command and says when it left the disk full.
# $1 mark, $2 checkout, $3 its copy, $4 folders whose file systems are limited, $5 most threads;
# then the command. bash has ulimit -u where dash has -p, and each exits on the other's.
SCRIPT = """
mark=$1 origin=$2 repo=$3 room=$4 most=$5; shift 5
umask 022
mkdir -p "$repo" "$HOME" "$TMPDIR" || exit 125
cp -a "$origin/." "$repo/" && rm -rf "$repo/.git" && cd "$repo" || exit 125
if [ -n "$BRICKLAYER_PATH" ]; then PATH=$BRICKLAYER_PATH:$PATH; fi
unset BRICKLAYER_PATH OLDPWD
if [ -n "$most" ]; then
  for flag in u p; do
    if (ulimit -$flag "$most") 2>/dev/null; then ulimit -$flag "$most"; break; fi
  done
fi
printf '%s ready\\n' "$mark"
"$@"
code=$?
full=
for each in $room; do
  if [ "$(stat -f -c %a "$each" 2>/dev/null || echo 99)" -lt 16 ]; then full=$each; fi
done
if [ -n "$full" ]; then
  printf '\\n%s disk\\n' "$mark"
elif grep -qs '^oom_kill [1-9]' /sys/fs/cgroup/memory.events; then
  printf '\\n%s memory\\n' "$mark"
fi
exit $code
"""


def wrapped(  # noqa: PLR0913 - the five words the script reads, and the command
    command: Sequence[str],
    *,
    mark: str,
    origin: str,
    repo: str,
    rooms: Sequence[str] = (),
    threads: int = 0,
    before: str = "",
) -> list[str]:
    """`before`: shell lines ahead of all others. No `threads` means no such limit."""
    words = [mark, origin, repo, " ".join(rooms), str(threads or "")]
    return ["/bin/sh", "-c", before + SCRIPT, "sh", *words, *command]
