internal import GatewayCore

extension ColumnReading {
  /// The columns of an operation: id, heat pump, origin, patch, precondition, times, whether it
  /// retries, its earliest time; then number, state, attempts, time, superseded fields, outcome.
  package mutating func operation() throws(StorageFault) -> StoredOperation {
    let request = try newOperation()
    return StoredOperation(
      request: request, sequence: try integer(), state: try name(), attempts: try attempts(),
      changedAt: try time(), supersededFields: try superseded(), outcome: try bytes())
  }

  private mutating func newOperation() throws(StorageFault) -> NewOperation {
    let (id, heatPump, origin, patch) = (try id(), try heatPump(), try origin(), try bytes())
    let precondition = try optionalBytes().map { bytes throws(StorageFault) in
      guard let tags = Octets.numbers(bytes) else { throw damage() }
      return tags
    }
    return NewOperation(
      id: id, heatPump: heatPump, origin: origin, patch: patch, precondition: precondition,
      acceptedAt: try time(), expiresAt: try time(), retries: try flag(),
      notBefore: try time(), traceparent: try optionalText())
  }

  private mutating func origin() throws(StorageFault) -> OperationOrigin {
    OperationOrigin(kind: try name(), name: try text(), occasion: try text())
  }

  private mutating func attempts() throws(StorageFault) -> [SendAttempt] {
    guard let attempts = Octets.attempts(try bytes()) else { throw damage() }
    return attempts
  }

  private mutating func superseded() throws(StorageFault) -> [String: ResourceID] {
    guard let fields = Texts.supersededFields(try bytes()) else { throw damage() }
    return fields
  }

  /// The columns of an idempotency key: fingerprint, operation, time; then status, headers and body
  /// of its answer, if it has one.
  package mutating func keyRecord() throws(StorageFault) -> KeyRecord {
    var record = KeyRecord(
      fingerprint: try bytes(), operationID: try id(), madeAt: try time())
    if let status = try optionalInteger() { record.answer = try answer(status) }
    return record
  }

  private mutating func answer(_ status: Int64) throws(StorageFault) -> StoredAnswer {
    guard let headers = Texts.headerLines(try bytes()) else { throw damage() }
    return StoredAnswer(status: Int(status), headers: headers, body: try bytes())
  }

  /// The columns of an audit record: number, time, heat pump, operation, origin, state, changes,
  /// the hash before and its own.
  package mutating func auditRecord() throws(StorageFault) -> AuditRecord {
    let sequence = try integer()
    do {
      return try auditRecord(sequence)
    } catch {
      throw .damaged("audit record \(sequence): \(error.words)")
    }
  }

  private mutating func auditRecord(_ sequence: Int64) throws(StorageFault) -> AuditRecord {
    let at = try time()
    let heatPump = try heatPump()
    let entry = AuditEntry(
      at: at, heatPump: heatPump, operationID: try id(), origin: try origin(),
      state: try name(), changes: try bytes())
    return AuditRecord(
      sequence: sequence, entry: entry, previous: try bytes(), hash: try bytes())
  }
}

extension StorageFault {
  fileprivate var words: String {
    guard case .damaged(let words) = self else { return description }
    return words
  }
}
