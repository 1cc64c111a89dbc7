"""thin, until merged"""


def may(permission):
    return permission in {"admin", "maintain", "write"}


def label_matches(label, configured):
    return label == configured


def plan_risks(job, config):
    return ()


def diff_risks(repo, base, head, config):
    return ()


def needs_yes(mode, risks):
    return mode == "always" or (mode == "risky" and bool(risks))
