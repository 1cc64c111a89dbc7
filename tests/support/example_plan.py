"""A plan that uses every part of the format, as the documentation show it."""

EXAMPLE = """\
---
title: Withdraw must subtract
issue: octocat/bank#12        # absent in a hand-written job
base: main                    # the bot pins it to a SHA
checks: [test]                # the job's final gate
---
Why, and how. This text opens the PR.

## Phase: Research
### Task: find-callers
- kind: query
- reads: src/bank.py, src/cli.py

Which callers rely on withdraw() returning None?

## Phase: Implement
- epochs: 2
- done: test

### Task: fix-withdraw
- file: src/bank.py
- after: find-callers
- check: test tests/test_bank.py
- absent: src/old.py

withdraw() must subtract the amount.

### Task: cover-withdraw
- file: tests/test_bank.py
- check: test tests/test_bank.py
- bites: yes                  # must fail on the code before fix-withdraw

```python file=tests/test_bank.py
def test_it():
    assert 1
```
"""
