extension Schema {
  /// What the second step adds, for gateways that do more together.
  static let cluster = members + tokens + keyProof + listening

  // Deliveries and turns of a silent gateway are freed once.
  private static let members = [
    "ALTER TABLE gateway ADD COLUMN is_silent boolean NOT NULL DEFAULT false"
  ]

  // One row for each organisation and its credentials. Whoever has the turn is its `holder`, until
  // then at most. Generations come from a sequence, so that they grow whatever rows come and go.
  private static let tokens = [
    "CREATE SEQUENCE access_token_generation",
    """
    CREATE TABLE access_token (
      organisation text NOT NULL,
      credentials bytea NOT NULL,
      generation bigint NOT NULL,
      sealed bytea,
      slot text,
      life bigint,
      kept_at timestamptz,
      fence bigint NOT NULL,
      holder uuid,
      turn_ends_at timestamptz,
      paused_until timestamptz,
      reason text,
      used_at timestamptz NOT NULL,
      PRIMARY KEY (organisation, credentials)
    ) WITH (fillfactor = 50)
    """,
  ]

  // Sealed under the key that all gateways have.
  private static let keyProof = [
    "CREATE TABLE key_proof (number bigint PRIMARY KEY CHECK (number = 1), sealed bytea NOT NULL)"
  ]

  // Whose heat pumps are listened to at a gateway: the ids of users, one after the other.
  private static let listening = [
    """
    CREATE TABLE listening (
      gateway uuid NOT NULL REFERENCES gateway (id) ON DELETE CASCADE,
      organisation text NOT NULL,
      users bytea NOT NULL,
      PRIMARY KEY (gateway, organisation)
    )
    """
  ]
}
