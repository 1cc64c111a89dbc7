"""The pieces of work before or after which a test kills the command, each under a name.

Whoever renames one of them renames it here: a test holds that every name leads somewhere.
"""

KILL_POINTS = {
    "check the base": "runners.build.preflight.check_job_base",
    "start a task": "runners.build.preflight.check_task_base",
    "ask a model": "runners.build.ask_attempt.ask_tier",
    "ask for a turn": "runners.build.turn_steps.ask_turn",
    "do a turn": "runners.build.turn_steps.run_tools",
    "apply a reply": "runners.build.judge_attempt.apply_and_check",
    "begin an epoch": "runners.build.landing.begin_epoch",
    "judge again": "runners.build.second_turn.judge_again",
    "commit an attempt": "runners.build.branch.commit_attempt",
    "land a commit": "runners.build.landing.land_together",
    "move the branch": "runners.build.branch.move_branch",
    "keep the old branch": "runners.build.branch.delete_branch",
    "plan an epoch": "runners.build.replan.ask_epoch",
    "plan anew": "runners.build.plan_anew.ask_anew",
    "end a replan": "runners.build.plan_anew.replan_result",
    "end an epoch": "runners.build.replan.epoch_result",
    "the final gate": "runners.build.final_gate.run_final_gate",
    "a mutant": "runners.build.mutation.try_mutant",
    "ask what was a surprise": "runners.build.reflections.ask_reflection",
    "close the lanes": "runners.build.lanes.Lanes.close_all",
}
