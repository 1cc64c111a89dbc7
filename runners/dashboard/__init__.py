"""What the dashboard's pages show, read from the database and the jobs' folders: no new truth."""
