"""What tokens, keys and passwords of well-known services look like.

The services are those of https://github.com/gitleaks/gitleaks (`config/gitleaks.toml`) and of
GitHub's own list, https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns
Each shape is looked for only where its word stands in the text, and takes time in proportion to
the text: no repetition without a bound is followed by anything that may fail.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache

_END = r"(?![A-Za-z0-9])"
# Word in lower case, what stands before, what follows it.
_PREFIXED = (
    *((f"gh{kind}_", r"[A-Za-z0-9_.-]{20,255}") for kind in "oprsu"),
    ("github_pat_", r"[A-Za-z0-9_]{20,255}"),
    *(
        (word, r"[A-Za-z0-9_.=-]{16,255}")
        for word in (
            *("glpat-", "glptt-", "gldt-", "glrt-", "glcbt-", "glft-", "glsoat-", "glimt-"),
            *("glagent-", "gloas-", "glffct-"),
        )
    ),
    ("sk-", r"(?=[A-Za-z0-9_-]{0,60}[0-9A-Z])[A-Za-z0-9_-]{20,255}"),
    *((word, r"[A-Z0-9]{16}" + _END) for word in ("AKIA", "ASIA", "ABIA", "ACCA")),
    ("AIza", r"[A-Za-z0-9_-]{35}"),
    ("ya29.", r"[A-Za-z0-9_-]{20,400}"),
    ("GOCSPX-", r"[A-Za-z0-9_-]{24,40}"),
    *((f"xox{kind}-", r"[A-Za-z0-9-]{10,255}") for kind in "abeoprs"),
    ("xapp-", r"[0-9]-[A-Za-z0-9-]{10,255}"),
    ("npm_", r"[A-Za-z0-9]{36}"),
    ("pypi-AgE", r"[A-Za-z0-9_-]{40,1000}"),
    ("hf_", r"[A-Za-z0-9]{30,60}"),
    ("api_org_", r"[A-Za-z0-9]{30,60}"),
    *(
        (f"{kind}_{mode}_", r"[A-Za-z0-9]{10,255}")
        for kind in ("sk", "rk")
        for mode in ("live", "test", "prod")
    ),
    ("whsec_", r"[A-Za-z0-9+/=]{24,100}"),
    *((word, r"[A-Za-z0-9]{40,100}") for word in ("gsk_", "xai-", "fw_", "csk-", "pplx-")),
    ("nvapi-", r"[A-Za-z0-9_-]{50,100}"),
    ("tvly-", r"[A-Za-z0-9_-]{24,60}"),
    ("r8_", r"[A-Za-z0-9]{37,40}"),
    *((f"{word}_v1_", r"[a-f0-9]{64}") for word in ("dop", "doo", "dor")),
    *((f"dckr_{word}_", r"[A-Za-z0-9_-]{27,60}") for word in ("pat", "oat")),
    *(
        (f"dp.{word}.", r"[A-Za-z0-9_.-]{40,80}")
        for word in (*("pt", "st", "ct", "sa", "scim", "audit"),)
    ),
    ("SG.", r"[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}"),
    ("xkeysib-", r"[a-f0-9]{64}-[A-Za-z0-9]{16}"),
    ("key-", r"[a-f0-9]{32}" + _END),
    ("rubygems_", r"[a-f0-9]{48}"),
    ("CLOJARS_", r"[A-Za-z0-9]{60}"),
    *((f"shp{word}_", r"[A-Fa-f0-9]{32}") for word in ("at", "ca", "pa", "ss")),
    *((word, r"[A-Za-z0-9_-]{22,60}") for word in ("sq0atp-", "sq0csp-", "sq0idp-")),
    ("EAAAE", r"[A-Za-z0-9_-]{54,80}"),
    ("dapi", r"[a-f0-9]{32}" + _END),
    ("lin_api_", r"[A-Za-z0-9]{40}"),
    ("ntn_", r"[A-Za-z0-9]{40,60}"),
    ("secret_", r"[A-Za-z0-9]{43}" + _END),
    *((word, r"[A-Za-z0-9_=-]{50,300}") for word in ("ATATT3", "ATCTT3", "ATBB")),
    *((word, r"[A-Za-z0-9_-]{20,300}") for word in ("hvs.", "hvb.", "hvr.")),
    ("glsa_", r"[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}"),
    ("glc_", r"[A-Za-z0-9+/=]{32,400}"),
    ("NRAK-", r"[A-Z0-9]{27}"),
    ("NRJS-", r"[a-f0-9]{19}"),
    ("NRII-", r"[A-Za-z0-9_-]{32}"),
    *((f"pscale_{word}_", r"[A-Za-z0-9_.=-]{32,64}") for word in ("tkn", "pw", "oauth")),
    ("PMAK-", r"[a-f0-9]{24}-[a-f0-9]{34}"),
    ("pnu_", r"[A-Za-z0-9]{36}"),
    ("pul-", r"[a-f0-9]{40}"),
    *((word, r"[A-Za-z0-9_=+/.-]{40,400}") for word in ("sntrys_", "sntryu_", "sgp_", "sbp_")),
    ("sb_secret_", r"[A-Za-z0-9_-]{20,60}"),
    ("tskey-", r"[a-z]{2,12}-[A-Za-z0-9-]{16,80}"),
    *((word, r"[A-Za-z0-9_+/=,-]{40,1000}") for word in ("fo1_", "fm1a_", "fm1r_", "fm2_")),
    ("duffel_", r"(?:test|live)_[A-Za-z0-9_=-]{43}"),
    ("dt0c01.", r"[A-Z0-9]{24}\.[A-Z0-9]{64}"),
    *((word, r"[A-Za-z0-9]{54}") for word in ("EZAK", "EZTK")),
    ("figd_", r"[A-Za-z0-9_-]{36,80}"),
    ("fio-u-", r"[A-Za-z0-9_=-]{64}"),
    ("HRKU-AA", r"[A-Za-z0-9_-]{58}"),
    ("pat-na1-", r"[a-f0-9-]{36}"),
    ("pat-eu1-", r"[a-f0-9-]{36}"),
    ("ico-", r"[A-Za-z0-9]{32}" + _END),
    ("AKCp", r"[A-Za-z0-9]{69}"),
    ("cmVmd", r"[A-Za-z0-9]{59}" + _END),
    ("nfp_", r"[A-Za-z0-9]{36,60}"),
    ("API-", r"[A-Z0-9]{26}" + _END),
    ("sha256~", r"[A-Za-z0-9_-]{43}"),
    ("A3-", r"[A-Z0-9]{6}-[A-Z0-9-]{28,33}"),
    ("ops_eyJ", r"[A-Za-z0-9+/=]{100,2000}"),
    ("rdme_", r"[a-z0-9]{70}"),
    ("tk-us-", r"[A-Za-z0-9_-]{48}"),
    ("shippo_", r"(?:test|live)_[A-Fa-f0-9]{40}"),
    ("tfp_", r"[A-Za-z0-9_.=-]{59}"),
    ("p8e-", r"[A-Za-z0-9]{32}"),
    ("LTAI", r"[A-Za-z0-9]{20}" + _END),
    ("AGE-SECRET-KEY-1", r"[A-Z0-9]{58}"),
    ("4b1d", r"[A-Za-z0-9]{38}" + _END),
    *((f"FLWSECK{word}-", r"[A-Za-z0-9]{12,64}") for word in ("", "_TEST", "_LIVE")),
    ("SK", r"[a-f0-9]{32}" + _END),
    ("v1.0-", r"[a-f0-9]{24}-[a-f0-9]{146}"),
    ("t1.", r"[A-Za-z0-9_-]{20,200}\.[A-Za-z0-9_-]{80,100}"),
    ("AQVN", r"[A-Za-z0-9_-]{35,38}"),
)
# As far as a key looks like one, whether or not it has its end.
_KEY_BLOCK = r"""
    -----BEGIN[ ][A-Z0-9 ]{0,40}PRIVATE[ ]KEY(?:[ ]BLOCK)?-----
    (?: (?:(?!-----)[\s\S]){0,16384} -----END[ ][A-Z0-9 ]{0,40}PRIVATE[ ]KEY(?:[ ]BLOCK)?-----
      | (?:(?:\s|\\[nr])*+ [A-Za-z0-9+/=]{16,}+)* )
"""
_OTHERS = (
    ("private key", re.compile(_KEY_BLOCK, re.VERBOSE)),
    (
        "private-lines",
        re.compile(r"Private-Lines:[ \d]{1,8}(?:\s{1,4}[A-Za-z0-9+/=]{20,100}){1,200}"),
    ),
    (
        "eyj",
        re.compile(
            r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{8,4096}+\.eyJ[A-Za-z0-9_-]{8,8192}+"
            r"\.[A-Za-z0-9_-]{8,2048}"
        ),
    ),
    (
        "hooks.slack.com",
        re.compile(r"(?<=hooks\.slack\.com/)(?:services|workflows|triggers)/[A-Za-z0-9+/]{20,100}"),
    ),
    ("api/webhooks", re.compile(r"(?<=/api/webhooks/)\d{17,20}/[A-Za-z0-9_-]{60,80}")),
    (
        "webhook.office.com",
        re.compile(r"(?<=webhook\.office\.com/)webhookb2/[A-Za-z0-9@/-]{80,200}"),
    ),
    (":aa", re.compile(r"(?<![0-9])[0-9]{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9_-])")),
    ("accountkey=", re.compile(r"(?<=AccountKey=)[A-Za-z0-9+/]{40,100}={0,2}", re.IGNORECASE)),
    (
        "sharedaccesskey=",
        re.compile(r"(?<=SharedAccessKey=)[A-Za-z0-9+/]{40,100}={0,2}", re.IGNORECASE),
    ),
    ("sig=", re.compile(r"(?<=[?&]sig=)[A-Za-z0-9%+/=]{40,120}")),
    (
        "q~",
        re.compile(
            r"(?<![A-Za-z0-9_~.-])[A-Za-z0-9_~.]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34}(?![A-Za-z0-9_~.-])"
        ),
    ),
    ("-us", re.compile(r"(?<![A-Za-z0-9])[a-f0-9]{32}-us[0-9]{1,2}(?![A-Za-z0-9])")),
    ("pat", re.compile(r"(?<![A-Za-z0-9])pat[A-Za-z0-9]{14}\.[a-f0-9]{64}(?![A-Za-z0-9])")),
    (".atlasv1.", re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_=-]{60,70}")),
    (
        "authorization",
        re.compile(
            r"(?i)(?<=authorization)[\"']?\s{0,3}[:=]\s{0,3}[\"']?(?:basic|bearer|token)\s{1,3}"
            r"(?P<secret>[A-Za-z0-9_~+/.-]{20,2000}=?=?)"
        ),
    ),
    (
        "://",
        re.compile(
            r"(?<![A-Za-z0-9+.-])[a-z][a-z0-9+.-]{1,20}://[^\s/:@'\"`<>{}$]{0,64}+"
            r":(?P<secret>[^\s/:@'\"`<>{}$]{6,128}+)@(?=[A-Za-z0-9\[])"
        ),
    ),
    ("_authtoken", re.compile(r"(?<=_authToken=)[\"']?(?P<secret>[A-Za-z0-9_~+/.=-]{16,300})")),
)
# A value that was given to a name such as API_KEY, where it looks as if it was made by chance.
_ASSIGNED = re.compile(
    r"(?i:api_?key|secret|token|passwd|password|pwd|access_?key|private_?key|client_?secret|auth"
    r"|credentials?)[A-Za-z0-9_.-]{0,30}[\"'\]]{0,2}[ \t]{0,3}(?::=|=>|=|:)[ \t]{0,3}"
    r"(?P<quote>[\"'`]?)(?P<secret>[A-Za-z0-9_+/=.~-]{16,128}+)(?P=quote)(?=[\s,;)\]}]|$)"
)
_NAMES = ("key", "secret", "token", "passw", "pwd", "auth", "credential")
_MIN_ENTROPY_BITS = 3.6
_WORDS = re.compile(r"[a-z]{5,}|[A-Z]{5,}|[A-Z][a-z]{4,}")
_MAX_WORD_SHARE = 0.4
# What people write in the place of a secret.
_STANDS_IN = re.compile(
    r"(?i)example|changeme|placeholder|your[-_]|xxxx|1234|abcd|dummy|sample|redacted|password|passwd"
    r"|secret|user|pass$|\.\.\.|\*\*\*"
)


def find_shapes(text: str) -> Iterator[tuple[int, int]]:
    """Where each token begins and ends; some may overlap."""
    small = text.lower()
    for word, shape in _shapes():
        if word in small:
            for hit in shape.finditer(text):
                named = "secret" in shape.groupindex
                if not named or not _STANDS_IN.search(hit["secret"]):
                    yield hit.span("secret" if named else 0)
    if any(name in small for name in _NAMES):
        for hit in _ASSIGNED.finditer(text):
            if _looks_made_by_chance(hit["secret"]):
                yield hit.span("secret")


def _looks_made_by_chance(value: str) -> bool:
    """Letters and digits mixed without words: no path, name or number of a program."""
    if not re.search(r"[0-9]", value) or not re.search(r"[A-Za-z]", value):
        return False
    if _STANDS_IN.search(value) or "." in value.strip(".") or value.count("/") > 1:
        return False
    counts = Counter(value)
    bits = -sum(n / len(value) * math.log2(n / len(value)) for n in counts.values())
    words = sum(map(len, _WORDS.findall(value)))
    return bits >= _MIN_ENTROPY_BITS and words <= _MAX_WORD_SHARE * len(value)


@cache
def _shapes() -> tuple[tuple[str, re.Pattern[str]], ...]:
    prefixed = (
        (word.lower(), re.compile(rf"(?<![A-Za-z0-9]){re.escape(word)}{rest}"))
        for word, rest in _PREFIXED
    )
    return (*prefixed, *_OTHERS)
