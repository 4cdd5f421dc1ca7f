internal import GatewayCore

extension ColumnReading {
  /// The columns of an event of home automation, and those of ``operation()`` behind them.
  package mutating func hookEvent() throws(StorageFault) -> StoredHookEvent {
    let (sequence, id, organisation) = (try integer(), try id(), try text())
    let (hook, key, receivedAt, decidedAt) = (try text(), try bytes(), try time(), try time())
    let (body, rule, refusal) = (try optionalBytes(), try optionalText(), try optionalText())
    let (replays, operationID) = (try integer(), try optionalID())
    let heatPump = try optionalHeatPump()
    return StoredHookEvent(
      id: id, organisation: organisation, hook: hook, key: key, receivedAt: receivedAt,
      decidedAt: decidedAt, body: body, sequence: sequence, rule: rule, heatPump: heatPump,
      refusal: refusal, operation: operationID == nil ? nil : try operation(),
      replays: Int(replays))
  }

  /// The columns of an event of the log: number, id, organisation, type, time, whether it is
  /// personal, body, and the heat pump that it is about, if any.
  package mutating func loggedEvent() throws(StorageFault) -> StoredEvent {
    let (sequence, id, organisation) = (try integer(), try id(), try text())
    let (type, at, isPersonal, body) = (try text(), try time(), try flag(), try bytes())
    return StoredEvent(
      sequence: sequence,
      event: NewEvent(
        id: id, organisation: organisation, heatPump: try optionalHeatPump(), type: type, at: at,
        isPersonal: isPersonal, body: body))
  }

  /// The columns of a delivery: the two numbers of its id, subscription, event, type, state,
  /// attempts and their counts, three times, owner and fence.
  package mutating func delivery() throws(StorageFault) -> StoredDelivery {
    let (subscription, sequence) = (try integer(), try integer())
    return StoredDelivery(
      id: DeliveryID.of(sequence: sequence, subscription: subscription), subscriptionID: try id(),
      eventID: try id(), sequence: sequence, eventType: try text(), state: try name(),
      attempts: try deliveryAttempts(), attemptCount: Int(try integer()),
      tries: Int(try integer()), queuedAt: try time(), changedAt: try time(), nextAt: try time(),
      owner: try optionalID(), fence: try integer())
  }

  private mutating func deliveryAttempts() throws(StorageFault) -> [DeliveryAttempt] {
    guard let attempts = Texts.attemptList(try bytes()) else { throw damage() }
    return attempts
  }

  /// The columns of a subscription, its number first.
  package mutating func subscription() throws(StorageFault)
    -> (number: Int64, subscription: StoredSubscription)
  {
    let (number, id, organisation) = (try integer(), try id(), try text())
    let (app, createdAt, url) = (try text(), try time(), try text())
    let terms = SubscriptionTerms(
      url: url, selection: try selection(), state: try subscriptionState(),
      isCloudEvents: try flag(), secrets: try secrets(), description: try optionalText())
    let subscription = StoredSubscription(
      id: id, organisation: organisation, app: app, terms: terms, createdAt: createdAt,
      changedAt: try time(), failingSince: try optionalTime(), warnedAtPercent: Int(try integer()),
      version: try integer())
    return (number, subscription)
  }

  /// Two columns: the types and the heat pumps that are wanted.
  package mutating func selection() throws(StorageFault) -> EventSelection {
    let types = try optionalBytes().map { bytes throws(StorageFault) in
      guard let names = Texts.nameList(bytes) else { throw damage() }
      return names
    }
    let heatPumps = try optionalBytes().map { bytes throws(StorageFault) in
      guard let ids = Octets.ids(bytes) else { throw damage() }
      return ids
    }
    return EventSelection(types: types, heatPumps: heatPumps)
  }

  private mutating func subscriptionState() throws(StorageFault) -> SubscriptionState {
    let name = try text()
    let fault = damage()
    guard let state = SubscriptionState(name: name, reason: try optionalText()) else {
      throw fault
    }
    return state
  }

  private mutating func secrets() throws(StorageFault) -> [SealedSecret] {
    guard let secrets = Texts.sealedSecrets(try bytes()) else { throw damage() }
    return secrets
  }
}

extension SubscriptionState {
  /// Its name in a column.
  package var name: String {
    switch self {
    case .active: "active"
    case .paused: "paused"
    case .disabled: "disabled"
    }
  }

  /// Why it is disabled.
  package var reason: String? {
    guard case .disabled(let reason) = self else { return nil }
    return reason
  }

  /// The reverse of ``name`` and ``reason``; `nil` for anything else.
  package init?(name: String, reason: String?) {
    switch (name, reason) {
    case ("active", nil): self = .active
    case ("paused", nil): self = .paused
    case ("disabled", let reason?): self = .disabled(reason: reason)
    default: return nil
    }
  }
}
