extension Schema {
  // `owner`, `fence` and `until` are the lease of whoever carries the job on. A job has one row per
  // heat pump, in the order in which they are begun; two indices find it by an operation.
  static let jobs = [
    """
    CREATE TABLE job (
      number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      id uuid NOT NULL UNIQUE,
      organisation text NOT NULL,
      app text NOT NULL,
      key text,
      fingerprint bytea,
      plan bytea NOT NULL,
      created_at bigint NOT NULL,
      size bigint NOT NULL,
      wish text,
      state text NOT NULL,
      started_at bigint,
      reverting_since bigint,
      ended_at bigint,
      ending text,
      reason text,
      owner uuid,
      fence bigint NOT NULL,
      until bigint NOT NULL
    ) WITH (fillfactor = 50)
    """,
    "CREATE INDEX job_list ON job (organisation, number)",
    """
    CREATE INDEX job_open ON job (organisation, number)
      WHERE state IN ('queued', 'running', 'reverting')
    """,
    "CREATE UNIQUE INDEX job_key ON job (app, key) WHERE key IS NOT NULL",
    """
    CREATE TABLE job_member (
      job bigint NOT NULL REFERENCES job (number),
      place bigint NOT NULL,
      user_id uuid NOT NULL,
      id uuid NOT NULL,
      operation uuid,
      refusal text,
      before bytea,
      undo uuid,
      undo_refusal text,
      PRIMARY KEY (job, place)
    ) WITH (fillfactor = 70)
    """,
    """
    CREATE UNIQUE INDEX job_member_operation ON job_member (operation)
      WHERE operation IS NOT NULL
    """,
    "CREATE UNIQUE INDEX job_member_undo ON job_member (undo) WHERE undo IS NOT NULL",
  ]
}
