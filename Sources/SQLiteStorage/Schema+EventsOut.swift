extension Schema {
  // An organisation has its row from the first time that it is named here; `pruned` is the newest
  // number that has left its feed. The feed's index holds all that pruning asks about.
  private static let eventLog = """
    CREATE TABLE event_organisation (
      number INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      pruned INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE event (
      sequence INTEGER PRIMARY KEY AUTOINCREMENT,
      id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
      organisation INTEGER NOT NULL REFERENCES event_organisation (number),
      heat_pump INTEGER REFERENCES heat_pump (number),
      type TEXT NOT NULL,
      at INTEGER NOT NULL,
      is_personal INTEGER NOT NULL,
      size INTEGER NOT NULL,
      body BLOB NOT NULL
    ) STRICT;
    CREATE INDEX event_feed ON event (organisation, sequence, at, size);
    CREATE TABLE detector (
      heat_pump INTEGER PRIMARY KEY REFERENCES heat_pump (number),
      version INTEGER NOT NULL,
      state BLOB NOT NULL
    ) STRICT;
    """

  // Numbers are not given out again, since the ids of deliveries hold them. A subscription in the
  // state 'deleted' is gone for everybody; its row waits until its deliveries have been removed.
  private static let subscriptions = """
    CREATE TABLE subscription (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
      organisation INTEGER NOT NULL REFERENCES event_organisation (number),
      app TEXT NOT NULL,
      url TEXT NOT NULL,
      types BLOB,
      heat_pumps BLOB,
      state TEXT NOT NULL,
      reason TEXT,
      is_cloud_events INTEGER NOT NULL,
      secrets BLOB NOT NULL,
      description TEXT,
      created_at INTEGER NOT NULL,
      changed_at INTEGER NOT NULL,
      failing_since INTEGER,
      warned_at_percent INTEGER NOT NULL,
      version INTEGER NOT NULL,
      turn INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX subscription_owner ON subscription (organisation, app);
    """

  // One row per event and subscription, in the order in which a subscription's deliveries are
  // listed, and one index for what waits: `due_at` is when the next try is due or when the present
  // holder's lease runs out, so that finding what may be claimed looks at nothing else. Events have
  // no reference from here, which would need an index of its own: whoever removes one removes its
  // deliveries.
  private static let deliveries = """
    CREATE TABLE delivery (
      subscription INTEGER NOT NULL REFERENCES subscription (number),
      event INTEGER NOT NULL,
      state TEXT NOT NULL,
      due_at INTEGER NOT NULL,
      owner BLOB CHECK (length(owner) = 16),
      fence INTEGER NOT NULL,
      queued_at INTEGER NOT NULL,
      changed_at INTEGER NOT NULL,
      tries INTEGER NOT NULL,
      attempt_count INTEGER NOT NULL,
      attempts BLOB NOT NULL,
      PRIMARY KEY (subscription, event)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX delivery_due ON delivery (subscription, due_at) WHERE state = 'pending';
    """

  /// The event log, subscriptions and deliveries.
  static let eventsOut = eventLog + subscriptions + deliveries
}
