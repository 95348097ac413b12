"""Makes a state database in which every app is applied, without applying all of them: some apps are applied by the
engine for real; the others, which it has only read, get the rows of the first of these under their own names.
Whoever uses it checks that a pass then finds nothing to do. Only apps that were applied for real may be changed
afterwards: the recorded digests of the others are those of their model, and their snapshots have no trees."""
import sqlite3
import time


def settle(database, real, journal=True):
    """`real`: names of apps that were applied; the first is the model. The engine must not be running. Without
    `journal` the others get no runs and snapshots, which are most of the bytes."""
    connection = sqlite3.connect(database, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -200000")
        connection.execute("BEGIN IMMEDIATE")
        for name in real:
            row = connection.execute("SELECT sync, recorded_steps FROM app WHERE name = ?", (name,)).fetchone()
            if row is None or row[0] != "Synced" or row[1] == 0:
                raise RuntimeError("%s was not applied: %r" % (name, row))
        _copy_rows(connection, real[0], journal)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def _copy_rows(connection, model, journal):
    now = int(time.time() * 1000)
    first_run = connection.execute("SELECT coalesce(max(id), 0) FROM run").fetchone()[0]
    run_of_model = connection.execute("SELECT last_run FROM app WHERE name = ?", (model,)).fetchone()[0]
    values = {"model": model, "first": first_run, "run": run_of_model, "now": now}
    connection.execute("CREATE TEMP TABLE settled AS SELECT row_number() OVER (ORDER BY id) + :first AS run, "
                       "environment, name FROM app WHERE recorded_steps = 0 AND presence = 'present'", values)
    connection.execute("CREATE UNIQUE INDEX temp.settled_name ON settled (environment, name)")
    _insert(connection, "recorded_step", values, "r.name = :model",
            {"environment": "s.environment", "name": "s.name", "run": "s.run",
             "step": "replace(r.step, :model, s.name)"})
    if journal:
        _copy_journal(connection, values)
    connection.execute("""
        UPDATE app SET sync = m.sync, health = m.health, reason = m.reason, diagnostics = m.diagnostics, dirty = 0,
               desired_digest = m.desired_digest, applied_ref = app.revision_ref, applied_commit = app.revision_commit,
               current_snapshot = m.current_snapshot, recorded_serial = m.recorded_serial,
               recorded_steps = m.recorded_steps, last_run = s.run
        FROM settled s, (SELECT * FROM app WHERE name = :model) m
        WHERE app.environment = s.environment AND app.name = s.name""", values)
    connection.execute("DROP TABLE settled")


def _copy_journal(connection, values):
    _insert(connection, "run", values, "r.id = :run",
            {"id": "s.run", "environment": "s.environment", "name": "s.name",
             "plan": "replace(r.plan, :model, s.name)"})
    _insert(connection, "run_action", values, "r.run = :run", {"run": "s.run"})
    connection.execute("""
        INSERT INTO snapshot
        SELECT a.environment, a.name, r.number, a.source, a.directory, a.revision_ref, a.revision_commit, a.tree,
               r.pattern_tree, r.pattern, r.provider, r.desired_digest, r.healthy, :now, s.run
        FROM settled s JOIN app a USING (environment, name) JOIN snapshot r ON r.name = :model""", values)


def _insert(connection, table, values, where, replaced):
    """Copies the model's rows of a table for every settled app, with some columns replaced."""
    columns = [row[1] for row in connection.execute("PRAGMA table_info(%s)" % table)]
    taken = ", ".join(replaced.get(column, "r." + column) for column in columns
                      if column != "id" or column in replaced)
    names = ", ".join(column for column in columns if column != "id" or column in replaced)
    connection.execute("INSERT INTO %s (%s) SELECT %s FROM settled s JOIN %s r ON %s" % (
        table, names, taken, table, where), values)
