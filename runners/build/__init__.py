"""Building one job: its durable workflow, its attempts, and the branch they land on."""
