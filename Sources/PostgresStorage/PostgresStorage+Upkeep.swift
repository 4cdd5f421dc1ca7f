public import GatewayCore
public import Storage

extension PostgresStorage {
  /// ``Storage/prune(operations:keys:settings:)``. It goes in many short transactions, so that
  /// nobody waits long behind it: if it throws, some rows may have gone.
  @discardableResult
  public func prune(
    operations: Timestamp, keys: Timestamp, settings: Timestamp
  ) async throws(StorageFault) -> Int {
    try await ShortSteps.prune(
      self, operations: operations, keys: keys, settings: settings)
  }

  /// ``MeasuredStorage/measures()``.
  public func measures() async throws(StorageFault) -> StorageMeasures {
    try await read { try await $0.measures() }
  }
}

extension Session {
  fileprivate func measures() async throws -> StorageMeasures {
    let asked = (
      bytes: send(
        """
        SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::bigint FROM pg_class
        WHERE relkind = 'r' AND relnamespace = (
          SELECT oid FROM pg_namespace WHERE nspname = current_schema())
        """),
      open: send(
        """
        SELECT state, count(*), min(accepted_at) FROM operation
        WHERE state IN ('queued', 'sent') GROUP BY state
        """),
      accepted: send("SELECT count(*) FROM operation WHERE state = 'accepted'"),
      subscriptions: send(
        "SELECT state, count(*) FROM subscription WHERE state <> 'deleted' GROUP BY state"),
      deliveries: send(
        """
        SELECT count(*), min(queued_at) FROM subscription
        JOIN delivery ON delivery.subscription = subscription.number
        WHERE subscription.state = 'active' AND delivery.state = 'pending'
        """),
      jobs: send(
        """
        SELECT state, count(*) FROM job
        WHERE state IN ('queued', 'running', 'reverting') GROUP BY state
        """)
    )
    var measures = StorageMeasures()
    measures.databaseBytes = try await asked.bytes.rows().first { try $0.integer() } ?? 0
    let open = try await asked.open.rows().all { row in
      (try row.name(OperationState.self), Int(try row.integer()), try row.time())
    }
    for (state, count, oldest) in open {
      measures.operations[state] = count
      measures.oldestOpen = min(measures.oldestOpen ?? oldest, oldest)
    }
    measures.operations[.accepted] = try await asked.accepted.rows().first { row in
      Int(try row.integer())
    }
    let states = try await asked.subscriptions.rows().all { row in
      (try row.text(), Int(try row.integer()))
    }
    measures.subscriptions = Dictionary(states) { first, _ in first }
    let waiting = try await asked.deliveries.rows().first { row in
      (Int(try row.integer()), try row.optionalTime())
    }
    (measures.pendingDeliveries, measures.oldestDelivery) = waiting ?? (0, nil)
    let jobs = try await asked.jobs.rows().all { row in
      (try row.name(JobState.self), Int(try row.integer()))
    }
    measures.jobs = Dictionary(jobs) { first, _ in first }
    return measures
  }
}
