"""Jobs whose texts hurt: markup, characters that nobody sees, and more than fits."""

from dataclasses import replace

from bot.ticket.progress import EndedTask
from bot.ticket.stages import Stage
from browser.night_jobs import BANK_PLAN, NightJob, attempt, write_plan

ELEMENT = "x-hostile"
"""No page has one, unless a text became markup."""
MARKUP = (
    f"<{ELEMENT}>markup</{ELEMENT}>",
    f"</title></a></td></script><{ELEMENT}>closed</{ELEMENT}>",
    "<img src=x onerror=\"document.body.append(document.createElement('x-hostile'))\">",
    f'"><{ELEMENT} autofocus onfocus=alert(1) x="',
    f"'-alert(1)-'<{ELEMENT}>",
    f"&lt;{ELEMENT}&gt;&#60;{ELEMENT}&#62;",
    "{{ 7 * 7 }} {% raw %} ${7*7} <%= 7*7 %>",
    "javascript:alert(1)//",
    f"\r\nX-Header: 1\r\n\r\n<{ELEMENT}>",
)
UNSEEN = (
    "\u202egnp.exe\u202c turned around",
    "approve\u200b\u200c\u200d\u2060 zero width",
    "\u2066\u2067\u2068 isolated and never closed",
    "a" + "\u0301" * 80 + " marks",
    "\x00\x1b[31mred\x07 bell",
    "\ufeff\u00a0\u3000",
    "שלום עולם مرحبا بالعالم",
)
LONG = ("W" * 256, "word " * 50, "a/" * 128, "🧱" * 120)
TITLES = (*MARKUP, *UNSEEN, *LONG)
OLDEST = 400.0
"""Hours ago: what waits for a person longest stands first."""
_STAGES = (Stage.APPROVAL, Stage.BLOCKED, Stage.BUILDING, Stage.REVIEW, Stage.MERGED)


def hurt(number: int, title: str) -> NightJob:
    """The same text wherever a job has one."""
    stage = _STAGES[number % len(_STAGES)]
    job = NightJob(
        100 + number,
        title,
        stage,
        began=OLDEST - number,
        plan=BANK_PLAN,
        why=title if stage is Stage.BLOCKED else "",
        risks=(title,) if stage is Stage.APPROVAL else (),
        rows=(
            attempt("write-statement", 3, "local", title[:200]),
            attempt("write-statement", 4, "senior", "check failed"),
        ),
        tasks=(EndedTask("write-statement", "blocked", title, "", "Implement"),),
    )
    return job if stage is Stage.APPROVAL else replace(job, pull=500 + number)


HURTFUL = tuple(hurt(number, title) for number, title in enumerate(TITLES))


def make_many(count: int) -> tuple[NightJob, ...]:
    """Jobs of every stage that a list shows, the newest first."""
    kinds = ("Refuse", "Round", "Export", "Rename", "Cover", "Document")
    return tuple(
        NightJob(
            1000 + number,
            f"{kinds[number % len(kinds)]} the thing {number}",
            _STAGES[number % len(_STAGES)],
            began=number / 4,
            repo=("octocat/bank", "octocat/website", "octocat/tools")[number % 3],
            plan=write_plan(f"Thing {number}", "change"),
            why="the check failed." if number % len(_STAGES) == 1 else "",
        )
        for number in range(count)
    )
