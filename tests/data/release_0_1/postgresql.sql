-- What Bricklayer 0.1 (commit c33c6e4) sent to an empty PostgreSQL, and one row of its ledger.
CREATE TABLE bricklayer_attempts (
	job TEXT NOT NULL, 
	run INTEGER NOT NULL, 
	task TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	row JSON NOT NULL, 
	PRIMARY KEY (job, run, task, number)
);
CREATE TABLE bricklayer_jobs (
	id TEXT NOT NULL, 
	repo TEXT NOT NULL, 
	branch TEXT NOT NULL, 
	base TEXT NOT NULL, 
	plan TEXT NOT NULL, 
	started FLOAT NOT NULL, 
	run INTEGER NOT NULL, 
	state TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE bricklayer_deliveries (
	seq SERIAL NOT NULL, 
	id TEXT NOT NULL, 
	event TEXT NOT NULL, 
	body BYTEA NOT NULL, 
	at FLOAT NOT NULL, 
	state TEXT NOT NULL, 
	tries INTEGER NOT NULL, 
	said TEXT NOT NULL, 
	PRIMARY KEY (seq), 
	UNIQUE (id)
);
CREATE INDEX ix_bricklayer_deliveries_state ON bricklayer_deliveries (state);
CREATE TABLE bricklayer_marks (
	key TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (key)
);
CREATE TABLE bricklayer_starts (
	seq SERIAL NOT NULL, 
	person BIGINT NOT NULL, 
	repo TEXT NOT NULL, 
	at FLOAT NOT NULL, 
	PRIMARY KEY (seq)
);
CREATE TABLE bricklayer_tickets (
	key TEXT NOT NULL, 
	repo TEXT NOT NULL, 
	issue INTEGER NOT NULL, 
	pull INTEGER NOT NULL, 
	head TEXT NOT NULL, 
	branch TEXT NOT NULL, 
	stage TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (key)
);
CREATE INDEX ix_bricklayer_tickets_repo ON bricklayer_tickets (repo);
INSERT INTO bricklayer_attempts VALUES('d5a4a0d8e202',1,'fix',1,'{"task": "fix", "number": 1, "tier": "local", "model": "script:local.md", "tokens_in": 203, "tokens_out": 40, "tokens_cached": 0, "seconds": 0.0003438859998823318, "outcome": "passed", "cost": 0.0, "falls": [{"model": "script:down.md", "why": "the model''s process died", "tokens_in": 0, "tokens_out": 0}], "dropped": []}');
