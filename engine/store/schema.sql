-- The tables of the state database, version 8. This file makes a new database; an older one is
-- brought here by the steps in schema.cc. Read docs/state.md for the whole.
--
-- Conventions: times are milliseconds since 1970 (UTC) in columns named …_at_ms; Git object ids are
-- 20 bytes, or an empty BLOB for "none"; enumerations are stored by the names of engine/model;
-- lists, diagnostics, errors, steps and plans are JSON as engine/model/codec.h writes it, with ''
-- for an empty list. Outputs of steps are sealed (engine/base/seal.h). No secret value is in clear.

-- Facts about the database itself. This table never changes its shape, so that an older program can
-- read who wrote a newer database. 'written_by': the version that made the schema; 'seal_check': a
-- known text, sealed, so that a wrong key is noticed at once.
CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value BLOB NOT NULL
) WITHOUT ROWID;

-- One row: who may write. Each process that opens the database for writing takes the next epoch; a
-- write that carries an older one is refused.
CREATE TABLE lease (
  id          INTEGER PRIMARY KEY CHECK (id = 1),
  epoch       INTEGER NOT NULL,
  holder      TEXT    NOT NULL,
  taken_at_ms INTEGER NOT NULL
);
INSERT INTO lease (id, epoch, holder, taken_at_ms) VALUES (1, 0, '', 0);

-- What was last read from each source.
CREATE TABLE source (
  name               TEXT PRIMARY KEY,
  url                TEXT NOT NULL,
  environment        TEXT NOT NULL,
  revision_ref       TEXT NOT NULL,
  revision_commit    BLOB NOT NULL,
  tree               BLOB NOT NULL,
  patterns_tree      BLOB NOT NULL,
  config_digest      TEXT NOT NULL,
  last_success_at_ms INTEGER,
  last_attempt_at_ms INTEGER,
  error              TEXT              -- NULL: the last attempt succeeded.
) WITHOUT ROWID;

-- One row per app: its manifest's place, what was last found out about it, and what people decided.
CREATE TABLE app (
  id                  INTEGER PRIMARY KEY,
  environment         TEXT    NOT NULL,
  name                TEXT    NOT NULL,
  source              TEXT    NOT NULL,
  directory           TEXT    NOT NULL,
  tree                BLOB    NOT NULL,
  revision_ref        TEXT    NOT NULL,
  revision_commit     BLOB    NOT NULL,
  presence            TEXT    NOT NULL,
  pattern             TEXT    NOT NULL,
  depends_on          TEXT    NOT NULL,
  sync                TEXT    NOT NULL,
  health              TEXT    NOT NULL,
  reason              TEXT    NOT NULL,
  diagnostics         TEXT    NOT NULL,
  dirty               INTEGER NOT NULL,
  desired_digest      TEXT    NOT NULL,
  applied_ref         TEXT    NOT NULL,
  applied_commit      BLOB    NOT NULL,
  current_snapshot    INTEGER NOT NULL,
  pinned_snapshot     INTEGER NOT NULL,
  rejected            TEXT    NOT NULL,
  suspended_at_ms     INTEGER,           -- NULL: not suspended.
  suspended_by        TEXT,
  suspended_reason    TEXT,
  retry_attempts      INTEGER,           -- NULL: nothing failed.
  retry_at_ms         INTEGER,           -- NULL: parked until the input changes.
  retry_kind          TEXT,
  retry_digest        TEXT,
  last_run            INTEGER NOT NULL,
  -- The store's own: how many looks were saved, so that the end of a run does not undo a newer one.
  looks               INTEGER NOT NULL DEFAULT 0,
  -- Of the recorded steps; every change of them adds one to the serial.
  recorded_serial     INTEGER NOT NULL DEFAULT 0,
  recorded_steps      INTEGER NOT NULL DEFAULT 0,
  -- The snapshot of an automatic rollback that was decided and has not begun; 0: none. Since
  -- version 2, at the end because a migration can only append.
  owed_rollback       INTEGER NOT NULL DEFAULT 0,
  UNIQUE (environment, name)
);
CREATE INDEX app_place ON app (source, directory, environment, name, tree, presence);
CREATE INDEX app_needing_work ON app (environment, name)
  WHERE dirty = 1 OR retry_at_ms IS NOT NULL;
CREATE INDEX app_owing ON app (environment, name) WHERE owed_rollback > 0;
CREATE INDEX app_by_name ON app (name, environment);

-- Each step as it last succeeded, with its outputs; tainted while and after a start that did not.
CREATE TABLE recorded_step (
  environment     TEXT    NOT NULL,
  name            TEXT    NOT NULL,
  address         TEXT    NOT NULL,
  step            TEXT    NOT NULL,
  outputs         BLOB    NOT NULL,      -- Sealed; empty: none.
  tainted         INTEGER NOT NULL,
  outcome_unknown INTEGER NOT NULL,
  run             INTEGER NOT NULL,
  PRIMARY KEY (environment, name, address),
  FOREIGN KEY (environment, name) REFERENCES app (environment, name) ON DELETE CASCADE
);

-- The journal. Runs outlive their app. Old plans lose their actions, the rows stay.
CREATE TABLE run (
  id             INTEGER PRIMARY KEY,
  environment    TEXT    NOT NULL,
  name           TEXT    NOT NULL,
  plan           TEXT    NOT NULL,
  has_actions    INTEGER NOT NULL,       -- 0: the plan was pruned to its head.
  trigger_kind   TEXT    NOT NULL,
  status         TEXT    NOT NULL,
  snapshot       INTEGER NOT NULL,
  started_at_ms  INTEGER NOT NULL,
  finished_at_ms INTEGER,
  recoveries     INTEGER NOT NULL DEFAULT 0,
  error          TEXT,
  app_looks      INTEGER NOT NULL        -- app.looks when it began.
);
CREATE UNIQUE INDEX run_unfinished ON run (environment, name) WHERE status = 'running';
CREATE INDEX run_of_app ON run (environment, name, id);
CREATE INDEX run_with_actions ON run (environment, name, id) WHERE has_actions = 1;

-- Intent before the effect, outcome after it. An action without a row is pending.
CREATE TABLE run_action (
  run            INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  position       INTEGER NOT NULL,
  status         TEXT    NOT NULL,
  started_at_ms  INTEGER,
  finished_at_ms INTEGER,
  error          TEXT,
  record_before  TEXT    NOT NULL,       -- The recorded step before the start: none, absent, clean,
                                         -- tainted or unknown; a skipped action goes back there.
  run_before     INTEGER NOT NULL,       -- The run that had touched it before.
  PRIMARY KEY (run, position)
) WITHOUT ROWID;

-- What to go back to. The trees lie in the source's mirror.
CREATE TABLE snapshot (
  environment     TEXT    NOT NULL,
  name            TEXT    NOT NULL,
  number          INTEGER NOT NULL,
  source          TEXT    NOT NULL,
  directory       TEXT    NOT NULL,
  revision_ref    TEXT    NOT NULL,
  revision_commit BLOB    NOT NULL,
  app_tree        BLOB    NOT NULL,
  pattern_tree    BLOB    NOT NULL,
  pattern         TEXT    NOT NULL,
  provider        TEXT    NOT NULL,
  desired_digest  TEXT    NOT NULL,
  healthy         INTEGER NOT NULL,
  created_at_ms   INTEGER NOT NULL,
  run             INTEGER NOT NULL,
  PRIMARY KEY (environment, name, number),
  FOREIGN KEY (environment, name) REFERENCES app (environment, name) ON DELETE CASCADE
) WITHOUT ROWID;

-- What happened, for people. The oldest go when there are too many.
CREATE TABLE event (
  id          INTEGER PRIMARY KEY,
  at_ms       INTEGER NOT NULL,
  severity    TEXT    NOT NULL,
  type        TEXT    NOT NULL,
  source      TEXT    NOT NULL,
  environment TEXT    NOT NULL,          -- '' together with name: it concerns no app.
  name        TEXT    NOT NULL,
  run         INTEGER NOT NULL,
  message     TEXT    NOT NULL
);
CREATE INDEX event_of_app ON event (environment, name, id) WHERE name <> '';
CREATE INDEX event_of_source ON event (source, id) WHERE source <> '';

-- What asks for a look at a source: each accepted delivery, and people, raise `asked`; a look that
-- was recorded sets `looked` to what `asked` was when it began. asked > looked: a look is owed.
-- Since version 3.
CREATE TABLE source_request (
  source           TEXT PRIMARY KEY,
  asked            INTEGER NOT NULL,
  looked           INTEGER NOT NULL,
  asked_at_ms      INTEGER NOT NULL,
  asked_by         TEXT    NOT NULL,
  waiting_since_ms INTEGER               -- NULL: no look is owed.
) WITHOUT ROWID;

-- The looks that answered requests, so that a delivery can say what it caused. The oldest go.
CREATE TABLE source_look (
  id     INTEGER PRIMARY KEY,
  source TEXT    NOT NULL,
  number INTEGER NOT NULL,
  at_ms  INTEGER NOT NULL,
  result TEXT    NOT NULL,
  apps   INTEGER NOT NULL DEFAULT 0      -- How many apps it found changed. Since version 6.
);
CREATE INDEX look_of_source ON source_look (source, number);

-- Authentic webhook requests. The oldest go.
CREATE TABLE delivery (
  id             INTEGER PRIMARY KEY,
  source         TEXT    NOT NULL,
  provider       TEXT    NOT NULL,
  delivery_id    TEXT    NOT NULL,       -- The provider's; '': it sends none.
  body_sha256    TEXT    NOT NULL,
  received_at_ms INTEGER NOT NULL,
  kind           TEXT    NOT NULL,
  summary        TEXT    NOT NULL,
  outcome        TEXT    NOT NULL,
  asked          INTEGER NOT NULL,       -- The request it raised; 0: none.
  repeats        INTEGER NOT NULL,
  event          INTEGER NOT NULL DEFAULT 0, -- The event that tells of it; 0: none. Since version 6.
  request        TEXT    NOT NULL DEFAULT '' -- The HTTP request's id. Since version 6.
);
CREATE INDEX delivery_of_source ON delivery (source, id);
CREATE INDEX delivery_waiting ON delivery (source, delivery_id) WHERE delivery_id <> '' AND asked > 0;
CREATE INDEX delivery_of_event ON delivery (event) WHERE event > 0;

-- The apps that a look found changed. A run with an id above last_run that began when at least
-- `looks` looks had been saved of the app is one that the look led to. The oldest go. Since
-- version 6.
CREATE TABLE look_app (
  id          INTEGER PRIMARY KEY,
  look        INTEGER NOT NULL,
  environment TEXT    NOT NULL,
  name        TEXT    NOT NULL,
  looks       INTEGER NOT NULL,
  last_run    INTEGER NOT NULL
);
CREATE INDEX app_of_look ON look_app (look);
CREATE INDEX look_of_app ON look_app (environment, name, id);

-- Who may use the API. Of a token only its SHA-256 is kept. Since version 4, as the three
-- tables below and the index app_by_name.
CREATE TABLE api_token (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  digest          BLOB    NOT NULL UNIQUE,
  name            TEXT    NOT NULL,
  role            TEXT    NOT NULL,
  apps            TEXT    NOT NULL,      -- A glob of environment/name; '': all.
  created_by      TEXT    NOT NULL,
  created_at_ms   INTEGER NOT NULL,
  expires_at_ms   INTEGER,               -- NULL: never.
  last_used_at_ms INTEGER,
  revoked_at_ms   INTEGER
);

-- Who asked for what; each row carries a keyed hash over itself and the row before it.
CREATE TABLE audit (
  id          INTEGER PRIMARY KEY,
  at_ms       INTEGER NOT NULL,
  actor       TEXT    NOT NULL,
  address     TEXT    NOT NULL,
  action      TEXT    NOT NULL,
  target      TEXT    NOT NULL,
  plan_digest TEXT    NOT NULL,
  result      TEXT    NOT NULL,
  detail      TEXT    NOT NULL,
  request     TEXT    NOT NULL,
  previous    TEXT    NOT NULL,
  hash        TEXT    NOT NULL
);

-- One row: where the chain begins (after the last row that is no longer kept) and ends, sealed.
CREATE TABLE audit_ends (
  id           INTEGER PRIMARY KEY CHECK (id = 1),
  dropped      INTEGER NOT NULL,
  dropped_hash TEXT    NOT NULL,
  last         INTEGER NOT NULL,
  last_hash    TEXT    NOT NULL,
  seal         TEXT    NOT NULL
);
INSERT INTO audit_ends (id, dropped, dropped_hash, last, last_hash, seal)
VALUES (1, 0, '', 0, '', '');

-- What was answered to API requests that carried an Idempotency-Key, for a day.
CREATE TABLE idempotency (
  token         INTEGER NOT NULL,
  key           TEXT    NOT NULL,
  request       TEXT    NOT NULL,        -- Digest of the request.
  process       TEXT    NOT NULL,        -- Who carries it out.
  created_at_ms INTEGER NOT NULL,
  status        INTEGER,                 -- NULL: not answered yet.
  answer        TEXT,
  PRIMARY KEY (token, key)
) WITHOUT ROWID;
CREATE INDEX idempotency_age ON idempotency (created_at_ms);

-- What the API accepted to do. Rows that are not over are taken up at the next start; of the others
-- the oldest go. Since version 7.
CREATE TABLE operation (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  actor       TEXT    NOT NULL,          -- As in the audit, like the next four.
  address     TEXT    NOT NULL,
  action      TEXT    NOT NULL,
  target      TEXT    NOT NULL,
  request     TEXT    NOT NULL,
  environment TEXT    NOT NULL,          -- '' together with name: it is for no single app.
  name        TEXT    NOT NULL,
  body        TEXT    NOT NULL,          -- Of the request, as it came.
  asked_by    TEXT    NOT NULL,
  exact       INTEGER NOT NULL,          -- Only for the app as it was.
  serial      INTEGER NOT NULL,          -- Of the app when it was accepted, like the next one.
  last_run    INTEGER NOT NULL,
  asked_at_ms INTEGER NOT NULL,
  ended_at_ms INTEGER,                   -- NULL: it is not over.
  document    TEXT    NOT NULL           -- How it ended, as the API shows it.
);
CREATE INDEX operation_unfinished ON operation (id) WHERE ended_at_ms IS NULL;

-- What is still to be told to somebody outside. Rows go when they were delivered. Since version 5.
CREATE TABLE outbox (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  target          TEXT    NOT NULL,
  topic           TEXT    NOT NULL,      -- Rows of one target and topic are delivered in order.
  kind            TEXT    NOT NULL,
  source          TEXT    NOT NULL,
  environment     TEXT    NOT NULL,      -- '' together with name: it concerns no app.
  name            TEXT    NOT NULL,
  revision_ref    TEXT    NOT NULL,
  revision_commit BLOB    NOT NULL,
  run             INTEGER NOT NULL,
  message         TEXT    NOT NULL,
  at_ms           INTEGER NOT NULL,
  attempts        INTEGER NOT NULL,
  next_at_ms      INTEGER NOT NULL,
  error           TEXT    NOT NULL
);
CREATE INDEX outbox_of_topic ON outbox (target, topic, id);
CREATE INDEX outbox_due ON outbox (next_at_ms);

-- What was last told about each topic, so that nothing is told twice.
CREATE TABLE told (
  topic           TEXT PRIMARY KEY,
  kind            TEXT    NOT NULL,
  revision_commit BLOB    NOT NULL,
  at_ms           INTEGER NOT NULL
) WITHOUT ROWID;

-- One row: up to which event the outbox has been filled.
CREATE TABLE outbox_reader (
  id    INTEGER PRIMARY KEY CHECK (id = 1),
  event INTEGER NOT NULL
);
INSERT INTO outbox_reader (id, event) VALUES (1, 0);

-- What was last seen of what is really there of an app, and of its steps. Since version 8.
CREATE TABLE drift (
  environment   TEXT    NOT NULL,
  name          TEXT    NOT NULL,
  verdict       TEXT    NOT NULL,
  reason        TEXT    NOT NULL,
  serial        INTEGER NOT NULL,  -- Of the recorded steps it was compared with.
  checked_at_ms INTEGER NOT NULL,
  PRIMARY KEY (environment, name),
  FOREIGN KEY (environment, name) REFERENCES app (environment, name) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE TABLE drift_step (
  environment TEXT    NOT NULL,
  name        TEXT    NOT NULL,
  position    INTEGER NOT NULL,
  address     TEXT    NOT NULL,
  verdict     TEXT    NOT NULL,
  detail      TEXT    NOT NULL,
  PRIMARY KEY (environment, name, position),
  FOREIGN KEY (environment, name) REFERENCES app (environment, name) ON DELETE CASCADE
) WITHOUT ROWID;
