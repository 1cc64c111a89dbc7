"""How often the stall signals agree with other agents' tests. BRICKLAYER_BENCH names the cases."""

import json
import os
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from runners.stalls import StallLimits, find_stall  # noqa: E402 - a script finds the rooms by its own place

OFF = StallLimits(0, 0, 0, False, 0, 0, 1, 0, 50, 0, 0, False)  # noqa: FBT003 - every field, in order


def read_limits(stated: dict[str, dict[str, Any]]) -> dict[str, StallLimits]:
    """The measured agents' thresholds; words in the file ("at 3, stuck at >3") are read here."""
    oh0, oh1, opendev, gemini = (stated[name] for name in ("oh0", "oh1", "opendev", "gemini"))
    cycles = replace(
        OFF,
        cycle_repeats=opendev["cycle_repeats"],
        max_cycle_actions=opendev["cycle_len_max"],
        window_events=opendev["window"],
    )
    return {
        "oh0": replace(
            OFF,
            observations=oh0["same_action_and_observation"],
            errors=oh0["same_action_and_error"],
            messages=oh0["identical_agent_messages_no_observation_between"],
            identical_messages=True,
            alternating=6,
            condensations=oh0["condensations_in_a_row"],
        ),
        "oh1": replace(
            OFF,
            observations=oh1["same_action_and_observation"],
            errors=4,
            messages=oh1["consecutive_agent_messages"],
            alternating=oh1["alternating"],
            window_events=oh1["window_events"],
            since_user=oh1["only_after_last_user_message"],
        ),
        "opendev": cycles,
        "opendevrs": cycles,
        "gemini": replace(
            OFF,
            cycle_repeats=gemini["identical_calls"],
            chunk_characters=gemini["content_chunk_chars"],
            chunk_repeats=gemini["content_repeats"],
        ),
    }


def fit_limits(profile: StallLimits, expected: dict[str, Any]) -> StallLimits:
    """The profile with what a single case sets otherwise."""
    stated = expected.get("thresholds", {})
    if stated:
        profile = replace(
            profile,
            observations=stated["action_observation"],
            errors=stated["action_error"] + 1,
            messages=stated["monologue"],
            alternating=stated["alternating_pattern"],
            window_events=expected["window"],
        )
    return replace(profile, since_user=expected.get("mode") == "interactive")


def main() -> int:
    folder = Path(os.environ.get("BRICKLAYER_BENCH", ROOT.parent / "shared" / "bench"))
    if not (folder / "stall.jsonl").is_file():
        print(f"skipped: no stall.jsonl in {folder}")
        return 0
    known = read_limits(json.loads((folder / "stall_profiles.json").read_text()))
    right, cases = Counter[str](), Counter[str]()
    for line in (folder / "stall.jsonl").read_text().splitlines():
        case = json.loads(line)
        agent = case["id"].split("-")[0]
        stall = find_stall(case["model_output"], fit_limits(known[agent], case["expected"]))
        cases[agent] += 1
        right[agent] += (stall is not None) == case["expected"]["stuck"]
        if (stall is not None) != case["expected"]["stuck"]:
            print(f"differs: {case['id']}: {stall}, expected {case['expected']}")
    for agent, count in cases.items():
        print(f"{agent:10} {right[agent]:3} of {count}")
    print(f"{'all':10} {right.total():3} of {cases.total()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
