"""What was done on this machine, read back from the database and the jobs' folders."""
