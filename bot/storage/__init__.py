"""What survives a restart: jobs, attempts, deliveries and tickets, in SQLite or PostgreSQL."""
