extension Schema {
  // An organisation has its row from the first time that it is named here; `pruned` is the newest
  // number that has left its feed. The feed's index holds all that pruning asks about.
  static let eventLog = [
    """
    CREATE TABLE event_organisation (
      number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      name text NOT NULL UNIQUE,
      pruned bigint NOT NULL
    )
    """,
    """
    CREATE TABLE event (
      sequence bigint PRIMARY KEY,
      id uuid NOT NULL UNIQUE,
      organisation bigint NOT NULL REFERENCES event_organisation (number),
      heat_pump bigint REFERENCES heat_pump (number),
      type text NOT NULL,
      at bigint NOT NULL,
      is_personal boolean NOT NULL,
      size bigint NOT NULL,
      body bytea NOT NULL
    )
    """,
    "CREATE INDEX event_feed ON event (organisation, sequence) INCLUDE (at, size)",
    """
    CREATE TABLE detector (
      heat_pump bigint PRIMARY KEY REFERENCES heat_pump (number),
      version bigint NOT NULL,
      state bytea NOT NULL
    )
    """,
  ]

  // Numbers are not given out again, since the ids of deliveries hold them. A subscription in the
  // state 'deleted' is gone for everybody; its row waits until its deliveries have been removed.
  static let subscriptions = [
    """
    CREATE TABLE subscription (
      number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
      id uuid NOT NULL UNIQUE,
      organisation bigint NOT NULL REFERENCES event_organisation (number),
      app text NOT NULL,
      url text NOT NULL,
      types bytea,
      heat_pumps bytea,
      state text NOT NULL,
      reason text,
      is_cloud_events boolean NOT NULL,
      secrets bytea NOT NULL,
      description text,
      created_at bigint NOT NULL,
      changed_at bigint NOT NULL,
      failing_since bigint,
      warned_at_percent bigint NOT NULL,
      version bigint NOT NULL,
      turn bigint NOT NULL
    ) WITH (fillfactor = 70)
    """,
    "CREATE INDEX subscription_owner ON subscription (organisation, app)",
  ]

  // One row per event and subscription, and one index for what waits: `due_at` is when the next try
  // is due or when the present holder's lease runs out, so that finding what may be claimed looks
  // at nothing else. Events have no reference from here, which would need an index of its own:
  // whoever removes one locks it and removes its deliveries.
  static let deliveries = [
    """
    CREATE TABLE delivery (
      subscription bigint NOT NULL REFERENCES subscription (number),
      event bigint NOT NULL,
      state text NOT NULL,
      due_at bigint NOT NULL,
      owner uuid,
      fence bigint NOT NULL,
      queued_at bigint NOT NULL,
      changed_at bigint NOT NULL,
      tries bigint NOT NULL,
      attempt_count bigint NOT NULL,
      attempts bytea NOT NULL,
      PRIMARY KEY (subscription, event)
    )
    """,
    "CREATE INDEX delivery_due ON delivery (subscription, due_at) WHERE state = 'pending'",
  ]
}
