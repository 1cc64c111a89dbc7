-- Written by Bricklayer 0.1 (commit c33c6e4): `bricklayer run job.md` in repository.bundle, killed while it built
-- the task `note`, and a few rows of what `bricklayer serve` keeps. Read by sqlite3's .read or executescript.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE bricklayer_jobs (
	id TEXT NOT NULL, 
	repo TEXT NOT NULL, 
	branch TEXT NOT NULL, 
	base TEXT NOT NULL, 
	"plan" TEXT NOT NULL, 
	started FLOAT NOT NULL, 
	run INTEGER NOT NULL, 
	state TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO bricklayer_jobs VALUES('d5a4a0d8e202','/tmp/room/repo/.git','bricklayer/mend-it','9bd9a5f9bad36ff634c5da671b2b6f83ab1fbbba',replace('---\ntitle: Mend it\nchecks: [test]\n---\nWhy.\n\n## Phase: Do\n\n### Task: fix\n- file: bank.py\n- check: test\n\nSubtract.\n\n### Task: note\n- file: NOTE\n- after: fix\n- exists: NOTE\n\n```file=NOTE\nhi\n```\n','\n',char(10)),1795843502.6770722866,1,'building');
CREATE TABLE bricklayer_attempts (
	job TEXT NOT NULL, 
	run INTEGER NOT NULL, 
	task TEXT NOT NULL, 
	number INTEGER NOT NULL, 
	"row" JSON NOT NULL, 
	PRIMARY KEY (job, run, task, number)
);
INSERT INTO bricklayer_attempts VALUES('d5a4a0d8e202',1,'fix',1,'{"task": "fix", "number": 1, "tier": "local", "model": "script:local.md", "tokens_in": 203, "tokens_out": 40, "tokens_cached": 0, "seconds": 0.0003438859998823318, "outcome": "passed", "cost": 0.0, "falls": [{"model": "script:down.md", "why": "the model''s process died", "tokens_in": 0, "tokens_out": 0}], "dropped": []}');
CREATE TABLE dbos_migrations (version INTEGER NOT NULL PRIMARY KEY);
INSERT INTO dbos_migrations VALUES(125);
CREATE TABLE workflow_status (
    workflow_uuid TEXT PRIMARY KEY,
    status TEXT,
    name TEXT,
    authenticated_user TEXT,
    assumed_role TEXT,
    authenticated_roles TEXT,
    request TEXT,
    output TEXT,
    error TEXT,
    executor_id TEXT,
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    updated_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    application_version TEXT,
    application_id TEXT,
    class_name TEXT DEFAULT NULL,
    config_name TEXT DEFAULT NULL,
    recovery_attempts INTEGER DEFAULT 0,
    queue_name TEXT,
    workflow_timeout_ms INTEGER,
    workflow_deadline_epoch_ms INTEGER,
    inputs TEXT,
    started_at_epoch_ms INTEGER,
    deduplication_id TEXT,
    priority INTEGER NOT NULL DEFAULT 0
, queue_partition_key TEXT, forked_from TEXT, "owner_xid" TEXT DEFAULT NULL, "parent_workflow_id" TEXT DEFAULT NULL, "serialization" TEXT DEFAULT NULL, "delay_until_epoch_ms" BIGINT DEFAULT NULL, "was_forked_from" BOOLEAN NOT NULL DEFAULT FALSE, "rate_limited" BOOLEAN NOT NULL DEFAULT FALSE, "completed_at" BIGINT, "attributes" TEXT, "schedule_name" TEXT, "debounce_deadline_epoch_ms" BIGINT DEFAULT NULL, "is_debounced" BOOLEAN NOT NULL DEFAULT FALSE, "application_name" TEXT DEFAULT NULL, "creator_xid" TEXT DEFAULT NULL);
INSERT INTO workflow_status VALUES('d5a4a0d8e202.1','PENDING','Build.build',NULL,NULL,NULL,NULL,NULL,NULL,'d5a4a0d8e202.1',1795843503000,1795843503000,'1','','Build','d5a4a0d8e202.1',1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,'a6099125-1a1c-4daa-8122-3f8440f0721f',NULL,'py_pickle',NULL,0,0,NULL,'null',NULL,NULL,0,'bricklayer','a6099125-1a1c-4daa-8122-3f8440f0721f');
INSERT INTO workflow_status VALUES('d5a4a0d8e202.1:fix','SUCCESS','Build.build_task',NULL,NULL,NULL,NULL,NULL,NULL,'d5a4a0d8e202.1',1795843503000,1795843504000,'1','','Build','d5a4a0d8e202.1',1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,NULL,'d5a4a0d8e202.1','py_pickle',NULL,0,0,1795843504000,'null',NULL,NULL,0,'bricklayer','9e7cbdd4-bcb4-4e58-91ed-84227c45758c');
INSERT INTO workflow_status VALUES('d5a4a0d8e202.1:note','PENDING','Build.build_task',NULL,NULL,NULL,NULL,NULL,NULL,'d5a4a0d8e202.1',1795843503000,1795843503000,'1','','Build','d5a4a0d8e202.1',1,NULL,NULL,NULL,NULL,NULL,NULL,0,NULL,NULL,'a950cb58-dfba-4615-891f-39e6dd21a723','d5a4a0d8e202.1','py_pickle',NULL,0,0,NULL,'null',NULL,NULL,0,'bricklayer','a950cb58-dfba-4615-891f-39e6dd21a723');
CREATE TABLE notifications (
    message_uuid TEXT NOT NULL DEFAULT (hex(randomblob(16))) PRIMARY KEY,
    destination_uuid TEXT NOT NULL,
    topic TEXT,
    message TEXT NOT NULL,
    created_at_epoch_ms INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000), "serialization" TEXT DEFAULT NULL, "consumed" BOOLEAN NOT NULL DEFAULT FALSE, consumed_by_function_id INTEGER,
    FOREIGN KEY (destination_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_events (
    workflow_uuid TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, key),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE streams (
    workflow_uuid TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    "offset" INTEGER NOT NULL, function_id INTEGER NOT NULL DEFAULT 0, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, key, "offset"),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid) 
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_events_history (
    workflow_uuid TEXT NOT NULL,
    function_id INTEGER NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL, "serialization" TEXT DEFAULT NULL,
    PRIMARY KEY (workflow_uuid, function_id, key),
    FOREIGN KEY (workflow_uuid) REFERENCES workflow_status(workflow_uuid)
        ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE TABLE workflow_schedules (
    schedule_id TEXT PRIMARY KEY,
    schedule_name TEXT NOT NULL UNIQUE,
    workflow_name TEXT NOT NULL,
    workflow_class_name TEXT,
    schedule TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'ACTIVE',
    context TEXT NOT NULL
, "last_fired_at" TEXT DEFAULT NULL, "automatic_backfill" BOOLEAN NOT NULL DEFAULT FALSE, "cron_timezone" TEXT DEFAULT NULL, "queue_name" TEXT DEFAULT NULL, "application_name" TEXT DEFAULT NULL);
CREATE TABLE application_versions (
    version_id TEXT NOT NULL PRIMARY KEY,
    version_name TEXT NOT NULL UNIQUE,
    version_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
, "application_name" TEXT DEFAULT NULL);
INSERT INTO application_versions VALUES('9324a226-5d18-4c7e-a0e6-8ef88fb108c5','1',1795843503000,1795843503000,'bricklayer');
CREATE TABLE queues (
    queue_id TEXT PRIMARY KEY DEFAULT (hex(randomblob(16))),
    name TEXT NOT NULL UNIQUE,
    concurrency INTEGER,
    worker_concurrency INTEGER,
    rate_limit_max INTEGER,
    rate_limit_period_sec REAL,
    priority_enabled BOOLEAN NOT NULL DEFAULT FALSE,
    partition_queue BOOLEAN NOT NULL DEFAULT FALSE,
    polling_interval_sec REAL NOT NULL DEFAULT 1.0,
    created_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    updated_at INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
, "application_name" TEXT DEFAULT NULL, "partition_concurrency" INTEGER DEFAULT NULL, "partition_worker_concurrency" INTEGER DEFAULT NULL, "partition_rate_limit_max" INTEGER DEFAULT NULL, "partition_rate_limit_period_sec" REAL DEFAULT NULL);
CREATE TABLE workflow_input (
    workflow_uuid TEXT NOT NULL PRIMARY KEY,
    inputs TEXT,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
);
INSERT INTO workflow_input VALUES('d5a4a0d8e202.1','gASVGAAAAAAAAAB9lCiMBGFyZ3OUKYwGa3dhcmdzlH2UdS4=',1795843503000);
INSERT INTO workflow_input VALUES('d5a4a0d8e202.1:fix','gASVSwAAAAAAAAB9lCiMBGFyZ3OUjANmaXiUKYwRcnVubmVycy53b3JrZmxvd3OUjAdGdXJ0aGVylJOUKYGUXZQoSwApZWKHlIwGa3dhcmdzlH2UdS4=',1795843503000);
INSERT INTO workflow_input VALUES('d5a4a0d8e202.1:note','gASVTAAAAAAAAAB9lCiMBGFyZ3OUjARub3RllCmMEXJ1bm5lcnMud29ya2Zsb3dzlIwHRnVydGhlcpSTlCmBlF2UKEsAKWVih5SMBmt3YXJnc5R9lHUu',1795843503000);
CREATE TABLE workflow_output (
    workflow_uuid TEXT NOT NULL PRIMARY KEY,
    output TEXT,
    error TEXT,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000)
);
INSERT INTO workflow_output VALUES('d5a4a0d8e202.1:fix','gASVKwEAAAAAAACMDHJ1bm5lcnMuZW5kc5SMB1Rhc2tFbmSUk5QpgZRdlCiMA2ZpeJSMCmJvdC5zdGF0ZXOUjAlUYXNrU3RhdGWUk5SMBnBhc3NlZJSFlFKUjACUjCg3MGM0NWZiNzRiNzc2NTcxYzU2MTY3ZGU5MmFmN2QyNzRmOTY2NDM2lGgMjApib3QubGVkZ2VylIwDUm93lJOUKYGUXZQoaAVLAYwFbG9jYWyUjA9zY3JpcHQ6bG9jYWwubWSUS8tLKEsARz82iXMfgAAAaAlHAAAAAAAAAACMCWJvdC50aWVyc5SMBEZhbGyUk5QpgZRdlCiMDnNjcmlwdDpkb3duLm1klIwYdGhlIG1vZGVsJ3MgcHJvY2VzcyBkaWVklEsASwBlYoWUKWVihZRoDGViLg==',NULL,1795843504000);
CREATE TABLE IF NOT EXISTS "operation_outputs" (
    workflow_uuid TEXT NOT NULL,
    function_id INTEGER NOT NULL,
    function_name TEXT NOT NULL DEFAULT '',
    output TEXT,
    error TEXT,
    child_workflow_id TEXT,
    started_at_epoch_ms INTEGER,
    completed_at_epoch_ms INTEGER,
    serialization TEXT,
    application_name TEXT DEFAULT NULL,
    retention_timestamp INTEGER NOT NULL DEFAULT (strftime('%s','now') * 1000),
    PRIMARY KEY (workflow_uuid, function_id)
);
INSERT INTO operation_outputs VALUES('d5a4a0d8e202.1',1,'check_base','gASVMAAAAAAAAACMDHJ1bm5lcnMuZW5kc5SMBEJhc2WUk5QpgZRdlCiMAJR9lIwEdGVzdJRLAXNlYi4=',NULL,NULL,1795843503113,1795843503542,'py_pickle','bricklayer',1795843503000);
INSERT INTO operation_outputs VALUES('d5a4a0d8e202.1',2,'Build.build_task',NULL,NULL,'d5a4a0d8e202.1:fix',1795843503575,1795843503578,NULL,'bricklayer',1795843503000);
INSERT INTO operation_outputs VALUES('d5a4a0d8e202.1',3,'Build.build_task',NULL,NULL,'d5a4a0d8e202.1:note',1795843503593,1795843503595,NULL,'bricklayer',1795843503000);
INSERT INTO operation_outputs VALUES('d5a4a0d8e202.1:fix',1,'start','gASV7AEAAAAAAACMDHJ1bm5lcnMuZW5kc5SMBVN0YXJ0lJOUKYGUXZQojCg5YmQ5YTVmOWJhZDM2ZmY2MzRjNWRhNjcxYjJiNmY4M2FiMWZiYmJhlIwAlGgGWIgBAAA9PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09CkZBSUw6IHRlc3Rfc3VidHJhY3RzICh0ZXN0X2JhbmsuV2l0aGRyYXcudGVzdF9zdWJ0cmFjdHMpCi0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0tLS0gIFt4Ml0KVHJhY2ViYWNrIChtb3N0IHJlY2VudCBjYWxsIGxhc3QpOgogIEZpbGUgInRlc3RfYmFuay5weSIsIGxpbmUgOCwgaW4gdGVzdF9zdWJ0cmFjdHMKICAgIHNlbGYuYXNzZXJ0RXF1YWwod2l0aGRyYXcoNSwgMiksIDMpCkFzc2VydGlvbkVycm9yOiA3ICE9IDMKClJhbiAxIHRlc3QgaW4gVElNRQoKRkFJTEVEIChmYWlsdXJlcz0xKZR9lIwEdGVzdJRLAXNlYi4=',NULL,NULL,1795843503593,1795843503999,'py_pickle','bricklayer',1795843504000);
INSERT INTO operation_outputs VALUES('d5a4a0d8e202.1:fix',2,'budget','gASVBAAAAAAAAACMAJQu',NULL,NULL,1795843504003,1795843504006,'py_pickle','bricklayer',1795843504000);
INSERT INTO operation_outputs VALUES('d5a4a0d8e202.1:fix',3,'ask','gASVuQIAAAAAAACMDHJ1bm5lcnMuZW5kc5SMA1RyeZSTlCmBlF2UKIwPcnVubmVycy5hdHRlbXB0lIwHQXR0ZW1wdJSTlCmBlF2UKEsBjAVsb2NhbJRLAGViaAWMBExhaWSUk5QpgZRdlCiMBWFza2VklIwAlGgQaBBOaBApKWVijApib3QubGVkZ2VylIwDUm93lJOUKYGUXZQojANmaXiUSwFoCowPc2NyaXB0OmxvY2FsLm1klEvLSyhLAEc/NolzH4AAAGgQRwAAAAAAAAAAjAlib3QudGllcnOUjARGYWxslJOUKYGUXZQojA5zY3JpcHQ6ZG93bi5tZJSMGHRoZSBtb2RlbCdzIHByb2Nlc3MgZGllZJRLAEsAZWKFlCllYowoN2ZlYzQxNTRkNDUxN2Q0YTE5NGE4MzcxNDAwOTFhMjgwNjRhYzBmNpRYHAEAAEZvbGRlcnM6Ci0gLi86IGRlZmluZXMgV2l0aGRyYXcKClRhc2s6IFN1YnRyYWN0LgoKYmFuay5weQpgYGAKZGVmIHdpdGhkcmF3KGJhbGFuY2UsIGFtb3VudCk6CiAgICByZXR1cm4gYmFsYW5jZSArIGFtb3VudApgYGAKCnRlc3RfYmFuay5weSwgdGhpcyBtdXN0IHBhc3MKYGBgCmRlZiB0ZXN0X3N1YnRyYWN0cyhzZWxmKToKICAgIHNlbGYuYXNzZXJ0RXF1YWwod2l0aGRyYXcoNSwgMiksIDMpCmBgYAoKUmVwbHkgd2l0aCB0aGUgY29tcGxldGUgbmV3IGJhbmsucHkgaW4gb25lIGNvZGUgYmxvY2sulIxIYGBgcHl0aG9uCmRlZiB3aXRoZHJhdyhiYWxhbmNlLCBhbW91bnQpOgogICAgcmV0dXJuIGJhbGFuY2UgLSBhbW91bnQKYGBglGgQaBApZWIu',NULL,NULL,1795843504011,1795843504259,'py_pickle','bricklayer',1795843504000);
INSERT INTO operation_outputs VALUES('d5a4a0d8e202.1:fix',4,'lay','gASV7gIAAAAAAACMDHJ1bm5lcnMuZW5kc5SMA1RyeZSTlCmBlF2UKIwPcnVubmVycy5hdHRlbXB0lIwHQXR0ZW1wdJSTlCmBlF2UKEsBjAVsb2NhbJRLAGViaAWMBExhaWSUk5QpgZRdlCiMBnBhc3NlZJSMAJRoEGgQTowoNDI2NDA2MjczMjIyY2U5MDM0Y2E5OThjZjhhMTIzNTU5Mzg3ZGE4N5SMB2JhbmsucHmUhZQpZWKMCmJvdC5sZWRnZXKUjANSb3eUk5QpgZRdlCiMA2ZpeJRLAWgKjA9zY3JpcHQ6bG9jYWwubWSUS8tLKEsARz82iXMfgAAAaA9HAAAAAAAAAACMCWJvdC50aWVyc5SMBEZhbGyUk5QpgZRdlCiMDnNjcmlwdDpkb3duLm1klIwYdGhlIG1vZGVsJ3MgcHJvY2VzcyBkaWVklEsASwBlYoWUKWVijCg3ZmVjNDE1NGQ0NTE3ZDRhMTk0YTgzNzE0MDA5MWEyODA2NGFjMGY2lFgcAQAARm9sZGVyczoKLSAuLzogZGVmaW5lcyBXaXRoZHJhdwoKVGFzazogU3VidHJhY3QuCgpiYW5rLnB5CmBgYApkZWYgd2l0aGRyYXcoYmFsYW5jZSwgYW1vdW50KToKICAgIHJldHVybiBiYWxhbmNlICsgYW1vdW50CmBgYAoKdGVzdF9iYW5rLnB5LCB0aGlzIG11c3QgcGFzcwpgYGAKZGVmIHRlc3Rfc3VidHJhY3RzKHNlbGYpOgogICAgc2VsZi5hc3NlcnRFcXVhbCh3aXRoZHJhdyg1LCAyKSwgMykKYGBgCgpSZXBseSB3aXRoIHRoZSBjb21wbGV0ZSBuZXcgYmFuay5weSBpbiBvbmUgY29kZSBibG9jay6UjEhgYGBweXRob24KZGVmIHdpdGhkcmF3KGJhbGFuY2UsIGFtb3VudCk6CiAgICByZXR1cm4gYmFsYW5jZSAtIGFtb3VudApgYGCUaBBoECllYi4=',NULL,NULL,1795843504262,1795843504842,'py_pickle','bricklayer',1795843504000);
INSERT INTO operation_outputs VALUES('d5a4a0d8e202.1:fix',5,'land','gASVLAAAAAAAAACMKDcwYzQ1ZmI3NGI3NzY1NzFjNTYxNjdkZTkyYWY3ZDI3NGY5NjY0MzaULg==',NULL,NULL,1795843504847,1795843504948,'py_pickle','bricklayer',1795843504000);
INSERT INTO operation_outputs VALUES('d5a4a0d8e202.1',4,'DBOS.getResult','gASVKwEAAAAAAACMDHJ1bm5lcnMuZW5kc5SMB1Rhc2tFbmSUk5QpgZRdlCiMA2ZpeJSMCmJvdC5zdGF0ZXOUjAlUYXNrU3RhdGWUk5SMBnBhc3NlZJSFlFKUjACUjCg3MGM0NWZiNzRiNzc2NTcxYzU2MTY3ZGU5MmFmN2QyNzRmOTY2NDM2lGgMjApib3QubGVkZ2VylIwDUm93lJOUKYGUXZQoaAVLAYwFbG9jYWyUjA9zY3JpcHQ6bG9jYWwubWSUS8tLKEsARz82iXMfgAAAaAlHAAAAAAAAAACMCWJvdC50aWVyc5SMBEZhbGyUk5QpgZRdlCiMDnNjcmlwdDpkb3duLm1klIwYdGhlIG1vZGVsJ3MgcHJvY2VzcyBkaWVklEsASwBlYoWUKWVihZRoDGViLg==',NULL,'d5a4a0d8e202.1:fix',1795843503614,1795843504965,'py_pickle','bricklayer',1795843504000);
INSERT INTO operation_outputs VALUES('d5a4a0d8e202.1:note',1,'DBOS.getResult','gASVKwEAAAAAAACMDHJ1bm5lcnMuZW5kc5SMB1Rhc2tFbmSUk5QpgZRdlCiMA2ZpeJSMCmJvdC5zdGF0ZXOUjAlUYXNrU3RhdGWUk5SMBnBhc3NlZJSFlFKUjACUjCg3MGM0NWZiNzRiNzc2NTcxYzU2MTY3ZGU5MmFmN2QyNzRmOTY2NDM2lGgMjApib3QubGVkZ2VylIwDUm93lJOUKYGUXZQoaAVLAYwFbG9jYWyUjA9zY3JpcHQ6bG9jYWwubWSUS8tLKEsARz82iXMfgAAAaAlHAAAAAAAAAACMCWJvdC50aWVyc5SMBEZhbGyUk5QpgZRdlCiMDnNjcmlwdDpkb3duLm1klIwYdGhlIG1vZGVsJ3MgcHJvY2VzcyBkaWVklEsASwBlYoWUKWVihZRoDGViLg==',NULL,'d5a4a0d8e202.1:fix',1795843503614,1795843504964,'py_pickle','bricklayer',1795843504000);
CREATE TABLE bricklayer_deliveries (
	seq INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	event TEXT NOT NULL, 
	body BLOB NOT NULL, 
	at FLOAT NOT NULL, 
	state TEXT NOT NULL, 
	tries INTEGER NOT NULL, 
	said TEXT NOT NULL, 
	PRIMARY KEY (seq), 
	UNIQUE (id)
);
INSERT INTO bricklayer_deliveries VALUES(1,'guid-1','issues',X'7b22616374696f6e223a20226c6162656c6564227d',1.0,'new',0,'');
INSERT INTO bricklayer_deliveries VALUES(2,'guid-2','ping',X'',2.0,'done',1,'nothing to do');
CREATE TABLE bricklayer_tickets (
	"key" TEXT NOT NULL, 
	repo TEXT NOT NULL, 
	issue INTEGER NOT NULL, 
	pull INTEGER NOT NULL, 
	head TEXT NOT NULL, 
	branch TEXT NOT NULL, 
	stage TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO bricklayer_tickets VALUES('octocat/bank#7','octocat/bank',7,0,'','','planning',1,'{"where":{"repo":"octocat/bank","repo_id":1,"clone_url":"https://github.com/octocat/bank.git","default_branch":"main","private":false,"fork":false,"api_url":"","installation":0},"issue":7,"asker":{"id":0,"login":"","bot":false},"title":"","body":"","stage":"planning","paused":false,"why":"","said":"","until":0.0,"since":0.0,"choices":null,"base":"","branch":"","planned":"","head":"","pull":0,"comment":0,"check":0,"approved":"","approver":"","round":null,"ci_rounds":0,"rework_rounds":0,"asks":"","risks":[],"accepted":[],"tasks":[],"notes":[],"rows":[],"done":[],"retry":"","adopt":false,"foreign":"","answer":"","labelled":0.0,"asked":0.0,"seen":"","deaf":0,"former":0}');
CREATE TABLE bricklayer_marks (
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
INSERT INTO bricklayer_marks VALUES('etag:octocat/bank','W/"1"');
CREATE TABLE bricklayer_starts (
	seq INTEGER NOT NULL, 
	person BIGINT NOT NULL, 
	repo TEXT NOT NULL, 
	at FLOAT NOT NULL, 
	PRIMARY KEY (seq)
);
INSERT INTO bricklayer_starts VALUES(1,5,'octocat/bank',1795843507.2279553413);
CREATE INDEX workflow_status_created_at_index ON workflow_status (created_at);
CREATE INDEX idx_workflow_topic ON notifications (destination_uuid, topic);
CREATE INDEX "idx_workflow_status_delayed" ON "workflow_status" ("delay_until_epoch_ms") WHERE status = 'DELAYED';
CREATE INDEX "idx_workflow_status_forked_from" ON "workflow_status" ("forked_from") WHERE "forked_from" IS NOT NULL;
CREATE INDEX "idx_workflow_status_parent_workflow_id" ON "workflow_status" ("parent_workflow_id") WHERE "parent_workflow_id" IS NOT NULL;
CREATE UNIQUE INDEX "uq_workflow_status_dedup_id" ON "workflow_status" ("queue_name", "deduplication_id") WHERE "deduplication_id" IS NOT NULL;
CREATE INDEX "idx_workflow_status_pending" ON "workflow_status" ("created_at") WHERE "status" = 'PENDING';
CREATE INDEX "idx_workflow_status_failed" ON "workflow_status" ("status", "created_at") WHERE "status" IN ('ERROR', 'CANCELLED', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED');
CREATE INDEX "idx_workflow_status_rate_limited" ON "workflow_status" ("queue_name", "started_at_epoch_ms") WHERE "rate_limited" = TRUE;
CREATE INDEX "idx_workflow_status_completed_at" ON "workflow_status" ("completed_at") WHERE "completed_at" IS NOT NULL;
CREATE INDEX "idx_workflow_status_started_at" ON "workflow_status" ("started_at_epoch_ms") WHERE "started_at_epoch_ms" IS NOT NULL;
CREATE INDEX "idx_workflow_status_schedule_name" ON "workflow_status" ("schedule_name") WHERE "schedule_name" IS NOT NULL;
CREATE UNIQUE INDEX "uq_application_versions_owner_version"
    ON application_versions ("application_name", "version_name")
    WHERE "application_name" IS NOT NULL;
CREATE UNIQUE INDEX "uq_application_versions_unclaimed_version"
    ON application_versions ("version_name")
    WHERE "application_name" IS NULL;
CREATE INDEX idx_workflow_input_retention
    ON workflow_input (retention_timestamp);
CREATE INDEX idx_workflow_output_retention
    ON workflow_output (retention_timestamp);
CREATE INDEX idx_operation_outputs_retention
    ON operation_outputs (retention_timestamp);
CREATE INDEX "idx_workflow_status_in_flight_v2" ON "workflow_status" ("queue_name", "status", "priority", "created_at", "application_name") WHERE "status" IN ('ENQUEUED', 'PENDING');
CREATE INDEX "idx_workflow_status_partition_dequeue_v3" ON "workflow_status" ("queue_name", "status", "queue_partition_key", "priority", "created_at", "workflow_uuid", "application_name") WHERE "status" IN ('ENQUEUED', 'PENDING') AND "queue_partition_key" IS NOT NULL;
CREATE INDEX "idx_operation_outputs_completed_at_function_name_v2" ON "operation_outputs" ("completed_at_epoch_ms", "function_name", "application_name");
CREATE INDEX "idx_workflow_status_deadline" ON "workflow_status" ("workflow_deadline_epoch_ms") WHERE "status" IN ('ENQUEUED', 'PENDING', 'DELAYED') AND "workflow_deadline_epoch_ms" IS NOT NULL;
CREATE INDEX "idx_application_versions_timestamp" ON "application_versions" ("version_timestamp" DESC);
CREATE INDEX "idx_application_versions_owner_timestamp" ON "application_versions" ("application_name", "version_timestamp" DESC);
CREATE INDEX ix_bricklayer_deliveries_state ON bricklayer_deliveries (state);
CREATE INDEX ix_bricklayer_tickets_repo ON bricklayer_tickets (repo);
COMMIT;
