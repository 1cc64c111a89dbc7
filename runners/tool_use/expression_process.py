"""A process of its own, run by path: finds lines that match an expression of a model's.

Whoever writes an expression says how long it takes and how much memory: `(?R)` recurses until none
is left, and `((a{9999}){9999}){9999}` takes all of it while it is compiled, which no time-out of
the library ends. So this process has limits, and whoever began it kills it.

Each line of standard input is JSON: first the expression, then texts. Each is answered by a line:
what is wrong as text, else the numbers of the lines that match, from 1.
"""

import json
import resource
import sys
from itertools import islice

import regex

MAX_MEMORY_BYTES = 512 << 20
MAX_CPU_SECONDS = 20
"""Should nobody be left to kill it."""
MAX_FOUND = 51
"""Lines of one text that are told."""


def main() -> None:
    limit(resource.RLIMIT_AS, MAX_MEMORY_BYTES)
    limit(resource.RLIMIT_CPU, MAX_CPU_SECONDS)
    limit(resource.RLIMIT_CORE, 0)
    answer([])  # from here on a death is the expression's doing
    try:
        pattern = regex.compile(json.loads(sys.stdin.buffer.readline()))
        answer([])
        while line := sys.stdin.buffer.readline():
            numbered = enumerate(json.loads(line).split("\n"), 1)
            met = (number for number, text in numbered if pattern.search(text))
            answer(list(islice(met, MAX_FOUND)))
    except (MemoryError, RecursionError):
        answer("it takes too much memory")
    except (ValueError, regex.error) as exc:  # flags that exclude each other are a ValueError
        answer(f"not a regular expression: {exc}")


def limit(what: int, most: int) -> None:
    """As far as the process may: its own limit can be lower."""
    _, hard = resource.getrlimit(what)
    least = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (least, least))


def answer(told: str | list[int]) -> None:
    sys.stdout.write(f"{json.dumps(told)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
