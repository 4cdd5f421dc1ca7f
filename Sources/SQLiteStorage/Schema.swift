import GRDB
import Storage

/// The tables, and how a file of an older release becomes one of this release.
///
/// A migration that was released is never changed: a new one is added below it.
enum Schema {
  /// Marks a file as one of ours: the letters `HPGW`.
  static let applicationID: Int64 = 0x4850_4757

  /// All migrations that this release knows, by their names.
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1 operations, answers, audit") { database in
      try database.execute(sql: heatPumps + operations + keys + answers + audit + health)
      try database.execute(sql: "PRAGMA application_id = \(applicationID)")
    }
    // Nothing is rewritten by those up to the fifth, so that a large file opens as fast as before.
    // The sixth reads all operations once: some seconds for each million.
    migrator.registerMigration("2 hook events", foreignKeyChecks: .immediate) { database in
      try database.execute(sql: hookEvents)
    }
    migrator.registerMigration("3 events out", foreignKeyChecks: .immediate) { database in
      try database.execute(sql: eventsOut)
    }
    migrator.registerMigration("4 traces", foreignKeyChecks: .immediate) { database in
      try database.execute(sql: "ALTER TABLE operation ADD COLUMN traceparent TEXT")
    }
    migrator.registerMigration("5 fleet jobs", foreignKeyChecks: .immediate) { database in
      try database.execute(sql: jobs)
    }
    migrator.registerMigration("6 leaner operations", foreignKeyChecks: .immediate) { database in
      try database.execute(sql: leanerOperations)
    }
    return migrator
  }

  /// Makes sure that a file is a gateway's, and of a version that this release knows.
  ///
  /// - Throws: ``StorageFault/damaged(_:)``.
  static func check(_ database: Database, mayBeBlank: Bool) throws {
    let isOurs = try Int64.fetchOne(database, sql: "PRAGMA application_id") == applicationID
    let isBlank = try Int64.fetchOne(database, sql: "SELECT count(*) FROM sqlite_schema") == 0
    guard isOurs || isBlank && mayBeBlank else {
      throw StorageFault.damaged("it is the database of another program")
    }
    guard try !migrator.hasBeenSuperseded(database) else {
      throw StorageFault.damaged("it was made by a newer version")
    }
  }

  // A heat pump has its row from the first time that it is named: for its lane, and so that other
  // tables hold a small number in place of three names.
  private static let heatPumps = """
    CREATE TABLE heat_pump (
      number INTEGER PRIMARY KEY,
      organisation TEXT NOT NULL,
      user BLOB NOT NULL CHECK (length(user) = 16),
      id BLOB NOT NULL CHECK (length(id) = 16),
      lane_owner BLOB CHECK (length(lane_owner) = 16),
      lane_fence INTEGER NOT NULL,
      lane_until INTEGER NOT NULL,
      UNIQUE (id, organisation, user)
    ) STRICT;
    """

  // Times are microseconds since 1970. AUTOINCREMENT, so that a number is not given out again after
  // the newest operations were pruned. The partial indices hold what waits for something, which is
  // little, however long the history is.
  private static let operations = """
    CREATE TABLE operation (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
      heat_pump INTEGER NOT NULL REFERENCES heat_pump (number),
      state TEXT NOT NULL,
      changed_at INTEGER NOT NULL,
      accepted_at INTEGER NOT NULL,
      expires_at INTEGER NOT NULL,
      not_before INTEGER NOT NULL,
      retries INTEGER NOT NULL,
      origin_kind TEXT NOT NULL,
      origin_name TEXT NOT NULL,
      origin_occasion TEXT NOT NULL,
      key_app TEXT,
      key_name TEXT,
      patch BLOB NOT NULL,
      precondition BLOB,
      attempts BLOB NOT NULL,
      superseded BLOB NOT NULL,
      outcome BLOB NOT NULL
    ) STRICT;
    CREATE INDEX operation_history ON operation (heat_pump, sequence);
    CREATE INDEX operation_open ON operation (heat_pump, sequence)
      WHERE state IN ('queued', 'sent');
    CREATE INDEX operation_accepted ON operation (sequence) WHERE state = 'accepted';
    CREATE INDEX operation_ended ON operation (changed_at)
      WHERE state NOT IN ('queued', 'sent');
    """

  // An operation has its place in one of two indices, that of the open ones or that of the ended
  // ones: a burst about many heat pumps touches one page of an index for each of them, not two.
  private static let leanerOperations = """
    DROP INDEX operation_ended;
    DROP INDEX operation_history;
    CREATE INDEX operation_history ON operation (heat_pump, sequence)
      WHERE state NOT IN ('queued', 'sent');
    """

  private static let keys = """
    CREATE TABLE idempotency_key (
      number INTEGER PRIMARY KEY,
      app TEXT NOT NULL,
      name TEXT NOT NULL,
      fingerprint BLOB NOT NULL,
      operation BLOB NOT NULL CHECK (length(operation) = 16),
      made_at INTEGER NOT NULL,
      status INTEGER,
      headers BLOB,
      body BLOB,
      UNIQUE (app, name)
    ) STRICT;
    CREATE INDEX idempotency_key_age ON idempotency_key (made_at);
    """

  private static let answers = """
    CREATE TABLE answer (
      heat_pump INTEGER PRIMARY KEY REFERENCES heat_pump (number),
      fetched_at INTEGER NOT NULL,
      upstream BLOB NOT NULL
    ) STRICT;
    CREATE INDEX answer_age ON answer (fetched_at);
    CREATE TABLE settings (
      heat_pump INTEGER NOT NULL REFERENCES heat_pump (number),
      tag INTEGER NOT NULL,
      seen_at INTEGER NOT NULL,
      fields BLOB NOT NULL,
      PRIMARY KEY (heat_pump, tag)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX settings_age ON settings (seen_at);
    """

  // The trail repeats the names in place of numbers, since a record's hash covers them.
  private static let audit = """
    CREATE TABLE audit (
      sequence INTEGER PRIMARY KEY,
      at INTEGER NOT NULL,
      organisation TEXT NOT NULL,
      user BLOB NOT NULL,
      heat_pump BLOB NOT NULL,
      operation BLOB NOT NULL,
      origin_kind TEXT NOT NULL,
      origin_name TEXT NOT NULL,
      origin_occasion TEXT NOT NULL,
      state TEXT NOT NULL,
      changes BLOB NOT NULL,
      previous BLOB NOT NULL,
      hash BLOB NOT NULL
    ) STRICT;
    CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
      BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
    CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
      BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
    """

  // One row, rewritten to find out whether the disk takes a write.
  private static let health = """
    CREATE TABLE health (number INTEGER PRIMARY KEY, checks INTEGER NOT NULL) STRICT;
    INSERT INTO health VALUES (1, 0);
    """

  // An event's operation is found by its id, which is known before either is stored; an operation
  // names its event by its number, so that neither needs an index for the other. Numbers are not
  // given out again, so an operation may outlive its event. There are as few indices as can be,
  // since each is written with every event: the last three hold nothing while an operation is open.
  private static let hookEvents = """
    CREATE TABLE hook_event (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
      organisation TEXT NOT NULL,
      hook TEXT NOT NULL,
      key BLOB NOT NULL CHECK (length(key) = 32),
      received_at INTEGER NOT NULL,
      decided_at INTEGER NOT NULL,
      rule TEXT,
      heat_pump INTEGER REFERENCES heat_pump (number),
      refusal TEXT,
      operation BLOB CHECK (length(operation) = 16),
      replays INTEGER NOT NULL,
      UNIQUE (key, hook),
      CHECK (operation IS NULL OR (heat_pump IS NOT NULL AND refusal IS NULL))
    ) STRICT;
    CREATE TABLE hook_event_body (
      event INTEGER PRIMARY KEY REFERENCES hook_event (sequence) ON DELETE CASCADE,
      body BLOB NOT NULL
    ) STRICT;
    ALTER TABLE operation ADD COLUMN hook_event INTEGER;
    CREATE INDEX hook_event_ignored ON hook_event (sequence)
      WHERE operation IS NULL AND refusal IS NULL;
    CREATE INDEX hook_event_refused ON hook_event (sequence) WHERE refusal IS NOT NULL;
    CREATE INDEX operation_hook_event ON operation (state, hook_event)
      WHERE hook_event IS NOT NULL AND state NOT IN ('queued', 'sent');
    """
}
