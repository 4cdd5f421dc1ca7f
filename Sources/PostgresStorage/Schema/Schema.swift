/// The tables. Times are microseconds since 1970. They are the same as in SQLite, but for what
/// several writers at once need.
enum Schema {
  /// The first release's.
  static let first =
    heatPumps + operations + keys + answers + audit + counters + hookEvents + eventLog
    + subscriptions + deliveries + sharing

  // A heat pump has its row from the first time that it is named: for its lane, and so that other
  // tables hold a small number in place of three names. Whoever changes what belongs to a lane
  // locks the row first. Room is left in each page, so that a lane's changes stay in it.
  private static let heatPumps = [
    """
    CREATE TABLE heat_pump (
      number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      organisation text NOT NULL,
      user_id uuid NOT NULL,
      id uuid NOT NULL,
      lane_owner uuid,
      lane_fence bigint NOT NULL,
      lane_until bigint NOT NULL,
      UNIQUE (id, organisation, user_id)
    ) WITH (fillfactor = 70)
    """
  ]

  // The partial indices hold what waits for something, which is little, however long the history
  // is.
  private static let operations = [
    """
    CREATE TABLE operation (
      sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      id uuid NOT NULL UNIQUE,
      heat_pump bigint NOT NULL REFERENCES heat_pump (number),
      state text NOT NULL,
      changed_at bigint NOT NULL,
      accepted_at bigint NOT NULL,
      expires_at bigint NOT NULL,
      not_before bigint NOT NULL,
      retries boolean NOT NULL,
      origin_kind text NOT NULL,
      origin_name text NOT NULL,
      origin_occasion text NOT NULL,
      key_app text,
      key_name text,
      hook_event bigint,
      traceparent text,
      patch bytea NOT NULL,
      precondition bytea,
      attempts bytea NOT NULL,
      superseded bytea NOT NULL,
      outcome bytea NOT NULL
    )
    """,
    "CREATE INDEX operation_history ON operation (heat_pump, sequence)",
    """
    CREATE INDEX operation_open ON operation (heat_pump, sequence)
      WHERE state IN ('queued', 'sent')
    """,
    "CREATE INDEX operation_accepted ON operation (sequence) WHERE state = 'accepted'",
    """
    CREATE INDEX operation_ended ON operation (changed_at)
      WHERE state NOT IN ('queued', 'sent')
    """,
    """
    CREATE INDEX operation_hook_event ON operation (state, hook_event)
      WHERE hook_event IS NOT NULL AND state NOT IN ('queued', 'sent')
    """,
  ]

  private static let keys = [
    """
    CREATE TABLE idempotency_key (
      app text NOT NULL,
      name text NOT NULL,
      fingerprint bytea NOT NULL,
      operation uuid NOT NULL,
      made_at bigint NOT NULL,
      status bigint,
      headers bytea,
      body bytea,
      PRIMARY KEY (app, name)
    )
    """,
    "CREATE INDEX idempotency_key_age ON idempotency_key (made_at)",
  ]

  private static let answers = [
    """
    CREATE TABLE answer (
      heat_pump bigint PRIMARY KEY REFERENCES heat_pump (number),
      fetched_at bigint NOT NULL,
      upstream bytea NOT NULL
    )
    """,
    "CREATE INDEX answer_age ON answer (fetched_at)",
    """
    CREATE TABLE settings (
      heat_pump bigint NOT NULL REFERENCES heat_pump (number),
      tag bigint NOT NULL,
      seen_at bigint NOT NULL,
      fields bytea NOT NULL,
      PRIMARY KEY (heat_pump, tag)
    )
    """,
    "CREATE INDEX settings_age ON settings (seen_at)",
  ]

  // The trail repeats the names in place of numbers, since a record's hash covers them.
  private static let audit = [
    """
    CREATE TABLE audit (
      sequence bigint PRIMARY KEY,
      at bigint NOT NULL,
      organisation text NOT NULL,
      user_id uuid NOT NULL,
      heat_pump uuid NOT NULL,
      operation uuid NOT NULL,
      origin_kind text NOT NULL,
      origin_name text NOT NULL,
      origin_occasion text NOT NULL,
      state text NOT NULL,
      changes bytea NOT NULL,
      previous bytea NOT NULL,
      hash bytea NOT NULL
    )
    """,
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$
    """,
    """
    CREATE TRIGGER audit_is_not_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
  ]

  // `event` is the last number that an event of the log has got, `audit` only stands for the end of
  // the trail. Who locks a row is the only one to add to either until the transaction ends, and
  // what was added can be seen before the next one can begin: so numbers come to light in their
  // order, and a reader that has come to one has missed none before it. A sequence would not do
  // that.
  //
  // One row is rewritten to find out whether writes are taken.
  private static let counters = [
    "CREATE TABLE counter (name text PRIMARY KEY, value bigint NOT NULL) WITH (fillfactor = 10)",
    "INSERT INTO counter VALUES ('event', 0), ('audit', 0)",
    """
    CREATE TABLE health (number bigint PRIMARY KEY, checks bigint NOT NULL)
      WITH (fillfactor = 10)
    """,
    "INSERT INTO health VALUES (1, 0)",
  ]

  // The gateways that live, by the server's clock.
  private static let sharing = [
    "CREATE TABLE gateway (id uuid PRIMARY KEY, seen_at timestamptz NOT NULL)"
  ]

  // An event's operation is found by its id, which is known before either is stored; an operation
  // names its event by its number, so that neither needs an index for the other.
  private static let hookEvents = [
    """
    CREATE TABLE hook_event (
      sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      id uuid NOT NULL UNIQUE,
      organisation text NOT NULL,
      hook text NOT NULL,
      key bytea NOT NULL,
      received_at bigint NOT NULL,
      decided_at bigint NOT NULL,
      rule text,
      heat_pump bigint REFERENCES heat_pump (number),
      refusal text,
      operation uuid,
      replays bigint NOT NULL,
      UNIQUE (key, hook),
      CHECK (operation IS NULL OR (heat_pump IS NOT NULL AND refusal IS NULL))
    )
    """,
    """
    CREATE TABLE hook_event_body (
      event bigint PRIMARY KEY REFERENCES hook_event (sequence) ON DELETE CASCADE,
      body bytea NOT NULL
    )
    """,
    """
    CREATE INDEX hook_event_ignored ON hook_event (sequence)
      WHERE operation IS NULL AND refusal IS NULL
    """,
    "CREATE INDEX hook_event_refused ON hook_event (sequence) WHERE refusal IS NOT NULL",
  ]
}
