"""Building one job: its durable workflow, its attempts, the branch it leaves."""
