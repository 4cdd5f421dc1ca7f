extension Schema {
  // `owner`, `fence` and `until` are the lease of whoever carries the job on.
  private static let job = """
    CREATE TABLE job (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
      organisation TEXT NOT NULL,
      app TEXT NOT NULL,
      key TEXT,
      fingerprint BLOB,
      plan BLOB NOT NULL,
      created_at INTEGER NOT NULL,
      size INTEGER NOT NULL,
      wish TEXT,
      state TEXT NOT NULL,
      started_at INTEGER,
      reverting_since INTEGER,
      ended_at INTEGER,
      ending TEXT,
      reason TEXT,
      owner BLOB CHECK (length(owner) = 16),
      fence INTEGER NOT NULL,
      until INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX job_list ON job (organisation, number);
    CREATE INDEX job_open ON job (organisation, number)
      WHERE state IN ('queued', 'running', 'reverting');
    CREATE UNIQUE INDEX job_key ON job (app, key) WHERE key IS NOT NULL;
    """

  // One row per heat pump, in the order in which they are begun. The two indices find a job by its
  // operation; who has no jobs does not pay for them.
  private static let members = """
    CREATE TABLE job_member (
      job INTEGER NOT NULL REFERENCES job (number),
      place INTEGER NOT NULL,
      user BLOB NOT NULL CHECK (length(user) = 16),
      id BLOB NOT NULL CHECK (length(id) = 16),
      operation BLOB CHECK (length(operation) = 16),
      refusal TEXT,
      before BLOB,
      undo BLOB CHECK (length(undo) = 16),
      undo_refusal TEXT,
      PRIMARY KEY (job, place)
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX job_member_operation ON job_member (operation)
      WHERE operation IS NOT NULL;
    CREATE UNIQUE INDEX job_member_undo ON job_member (undo) WHERE undo IS NOT NULL;
    """

  /// Fleet jobs and their heat pumps.
  static let jobs = job + members
}
