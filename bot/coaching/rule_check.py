"""The command that enforces a rule: `find`, `grep` and `awk`, as any system has them."""

import re
import shlex
from collections.abc import Sequence

from bot.coaching.character_sets import write_set
from bot.coaching.rules import Rule

# The lessons themselves, and what `[setup]` makes in a checkout.
LEFT_OUT = (".bricklayer", ".git", ".tox", ".venv", "__pycache__", "node_modules", "venv")
CONFIG = ".bricklayer.toml"
"""It names what the rule is about."""
MAX_PLACES = 50
"""As many are printed at most."""
_SPECIAL = frozenset(".[]*^$\\+?(){}|")
# A set as `fnmatch` reads it: a bracket behind its beginning is one of its characters.
_SIGN = re.compile(r"\[!?+\]?+[^\]]*+\]|.", re.DOTALL)
_WORD = re.compile(r"\w", re.ASCII)


def write_command(rule: Rule, scope: Sequence[str], lesson: str) -> str:
    """A shell line that exits 0 where each file in scope keeps the rule.

    Else it prints the lesson and the places, and exits 1. Paths that a plan names change nothing.
    """
    files = " -o ".join(f"-regex {shlex.quote(_to_regex(glob))}" for glob in scope)
    pruned = " -o ".join(f"-name {shlex.quote(name)}" for name in _choose_left_out(scope))
    return (
        "rule() {\n"
        "  command -v find grep awk >/dev/null || return 127\n"
        f"  found=$(find . -type d \\( {pruned} \\) -prune"
        f" -o -type f ! -name {CONFIG} \\( {files} \\)"
        f" {_write_search(rule)} | head -n {MAX_PLACES})\n"
        f'  [ -z "$found" ] || {{ printf \'%s\\n\' {shlex.quote(lesson)} "$found"; return 1; }}\n'
        "}\n"
        "rule"
    )


def is_searched(path: str) -> bool:
    """Whether the command reads the file, where its scope has it."""
    *folders, name = path.split("/")
    return name != CONFIG and not set(folders) & set(LEFT_OUT)


def plant_violation(rule: Rule, text: str) -> str:
    """The file's text once it breaks the rule."""
    if rule.kind == "forbid":
        return f"{text}\n{rule.texts[0]}\n"
    return f"x{text}" if rule.kind == "begin" else "x\n"


def _write_search(rule: Rule) -> str:
    """Prints a line for each place, or nothing."""
    if rule.kind == "begin":
        # `index`, as the text is taken literally; ENVIRON, as -v would read its backslashes:
        # https://pubs.opengroup.org/onlinepubs/9699919799/utilities/awk.html
        program = 'FNR == 1 && index($0, ENVIRON["begin"]) != 1 { print FILENAME ":1: " $0 }'
        return f"-exec env begin={shlex.quote(rule.texts[0])} awk {shlex.quote(program)} {{}} +"
    patterns = " ".join(f"-e {shlex.quote(_to_pattern(text))}" for text in rule.texts)
    if rule.kind == "forbid":
        return f"-exec grep -nE {patterns} /dev/null {{}} +"
    pattern = shlex.quote(_to_pattern(rule.texts[0]))
    return f"-exec sh -c {shlex.quote(_REQUIRE)} require {pattern} {{}} +"


_REQUIRE = 'pattern=$1; shift; grep -LE -e "$pattern" -- "$@"; :'


def _to_pattern(text: str) -> str:
    """As an extended regular expression; a word is not met within a longer one."""
    before = "(^|[^[:alnum:]_])" if _WORD.match(text[0]) else ""
    after = "([^[:alnum:]_]|$)" if _WORD.match(text[-1]) else ""
    return f"{before}{''.join(map(_escape, text))}{after}"


def _to_regex(glob: str) -> str:
    r"""Of whole paths below `.`, in what basic and Emacs' syntax have in common.

    https://www.gnu.org/software/findutils/manual/html_node/find_html/Regular-Expressions.html
    """
    if "/" not in glob.rstrip("/") and not glob.endswith("/"):
        return r"\./.*" if glob == "**" else rf"\./\(.*/\)*{_glob_part(glob)}"
    parts = [*glob.strip("/").split("/"), *(["**"] if glob.endswith("/") else [])]
    found = r"\./"
    for at, part in enumerate(parts):
        last = at == len(parts) - 1
        if part == "**":
            found += ".*" if last else r"\(.*/\)*"
        else:
            found += _glob_part(part) + ("" if last else "/")
    return found


def _glob_part(part: str) -> str:
    known = {"*": "[^/]*", "?": "[^/]"}
    return "".join(
        write_set(sign) if len(sign) > 1 else known.get(sign) or _escape(sign)
        for sign in _SIGN.findall(part)
    )


def _escape(sign: str) -> str:
    if sign not in _SPECIAL:
        return sign
    # Within brackets all are literal but these two.
    return {"^": r"\^", "\\": r"\\"}.get(sign, f"[{sign}]")


def _choose_left_out(scope: Sequence[str]) -> tuple[str, ...]:
    named = {part for glob in scope for part in glob.split("/")}
    return tuple(name for name in LEFT_OUT if name not in named)
