internal import GatewayCore

extension HeatPumpEvent {
  /// The body of a delivery, compact: `{type, timestamp, data}`.
  ///
  /// - Returns: `nil` if the reader may not see personal data and nothing else is in it.
  public func body(includesPersonalData: Bool) -> [UInt8]? {
    guard includesPersonalData || !isPersonal else { return nil }
    return plain(includesPersonalData: includesPersonalData).closed()
  }

  /// The event in the structured JSON form of CloudEvents 1.0 (JSON format, section 3), compact.
  ///
  /// - Parameters:
  ///   - source: which gateway sent it, an URI reference that is not empty.
  ///   - includesPersonalData: whether the reader may see it.
  /// - Returns: `nil` if the reader may not see personal data and nothing else is in it.
  public func cloudEvent(source: String, includesPersonalData: Bool) -> [UInt8]? {
    guard includesPersonalData || !isPersonal else { return nil }
    var event = JSONObjectText()
    event.append("specversion", "1.0")
    event.append("id", .string(id.description))
    event.append("source", .string(source))
    event.append("type", .string(type.rawValue))
    event.append("time", .string(timestamp.description))
    if let heatPump {
      event.append(
        "subject", .string("users/\(heatPump.userID)/heat-pumps/\(heatPump.id)"))
    }
    event.append("datacontenttype", "application/json")
    // The extension for distributed tracing, version 1.0.
    if let traceparent { event.append("traceparent", .string(traceparent)) }
    event.append("data", text: data(includesPersonalData: includesPersonalData))
    return event.closed()
  }

  /// The event as it is kept, personal data included; the sequence is the storage's own.
  public var stored: [UInt8] {
    var event = plain(includesPersonalData: true)
    if let owner { event.append("app", .string(owner)) }
    if let traceparent { event.append("traceparent", .string(traceparent)) }
    return event.closed()
  }

  /// Reads ``stored``.
  ///
  /// - Parameter sequence: the place that the storage has given it.
  /// - Throws: ``EventFault`` for bytes that are no event, or one of a type that is unknown here.
  public init(stored bytes: [UInt8], sequence: Int) throws(EventFault) {
    guard let body = try? JSONValue(parsing: bytes) else { throw EventFault(member: "") }
    let data = body["data"] ?? .null
    self.init(
      id: try member(data, "id", ResourceID.init(_:)), sequence: sequence,
      type: try member(body, "type", HeatPumpEventType.init(rawValue:)),
      timestamp: try member(body, "timestamp", Timestamp.init(rfc3339:)),
      organisation: try member(data, "organisation") { $0 },
      heatPump: try EventHeatPump(stored: data),
      cause: try optionalMember(data, "cause", ChangeCause.init(rawValue:)),
      changes: try HeatPumpEvent.changes(data),
      operationID: try optionalMember(data, "operation_id", ResourceID.init(_:)),
      subscription: try HeatPumpEvent.subscription(body, data),
      job: try HeatPumpEvent.job(body, data),
      // One that is no trace is none, and no reason to keep the event from anybody.
      traceparent: body["traceparent"]?.string.flatMap { isTraceparent($0) ? $0 : nil })
  }

  private static func subscription(
    _ body: JSONValue, _ data: JSONValue
  ) throws(EventFault) -> EventSubscription? {
    guard let id = try optionalMember(data, "subscription_id", ResourceID.init(_:)) else {
      return nil
    }
    return EventSubscription(id: id, app: try member(body, "app") { $0 })
  }

  private static func job(
    _ body: JSONValue, _ data: JSONValue
  ) throws(EventFault) -> EventJob? {
    guard let job = data["job"] else { return nil }
    return EventJob(
      id: try member(job, "id", ResourceID.init(_:)), app: try member(body, "app") { $0 },
      representation: job)
  }

  private static func changes(_ data: JSONValue) throws(EventFault) -> [FieldChange] {
    guard let list = data["changes"]?.array else { throw EventFault(member: "changes") }
    var changes: [FieldChange] = []
    for change in list {
      guard let pointer = change["pointer"]?.string, let from = change["from"],
        let to = change["to"]
      else { throw EventFault(member: "changes") }
      changes.append(FieldChange(pointer: pointer, from: from, to: to))
    }
    return changes
  }

  private func plain(includesPersonalData: Bool) -> JSONObjectText {
    var body = JSONObjectText()
    body.append("type", type.rawValue)
    body.append("timestamp", timestamp)
    body.append("data", text: data(includesPersonalData: includesPersonalData))
    return body
  }

  // Every member is always there, so that a reader needs no case for absence; the operation comes
  // with the types about writes only, the subscription with those about subscriptions, the job with
  // those about jobs. What a reader without personal data may not see is left out.
  private func data(includesPersonalData: Bool) -> [UInt8] {
    var data = JSONObjectText()
    data.append("id", id)
    data.append("sequence", .number(ExactDecimal(sequence)))
    data.append("organisation", organisation)
    if let heatPump {
      data.append("user_id", heatPump.userID)
      data.append("heat_pump_id", heatPump.id)
    } else {
      data.append("user_id", .null)
      data.append("heat_pump_id", .null)
    }
    data.append("alias", text(heatPump?.alias))
    data.append("cause", text(cause?.rawValue))
    let shown =
      includesPersonalData ? changes : changes.compactMap(\.withoutPersonalData)
    data.append("changes", list: shown.map(\.text))
    data.append("heat_pump", text: heatPump?.shown(includesPersonalData) ?? Array("null".utf8))
    if let operationID { data.append("operation_id", operationID) }
    if let subscription { data.append("subscription_id", subscription.id) }
    if let job { data.append("job", job.representation) }
    return data.closed()
  }
}

extension FieldChange {
  fileprivate var text: [UInt8] {
    var change = JSONObjectText()
    change.append("pointer", pointer)
    change.append("from", from)
    change.append("to", to)
    return change.closed()
  }
}

/// Bytes that are no stored event.
public struct EventFault: Error, Equatable, Sendable, CustomStringConvertible {
  /// The member that is missing or wrong; empty if the bytes are no JSON.
  public let member: String

  /// The member's name, never what it holds.
  public var description: String {
    member.isEmpty ? "the stored event is no JSON" : "the stored event's \(member) is unreadable"
  }
}

extension EventHeatPump {
  fileprivate func shown(_ includesPersonalData: Bool) -> [UInt8]? {
    guard !includesPersonalData else { return representation }
    return representation.flatMap { try? JSONValue(parsing: $0) }
      .map { FieldTable.removingPersonalData(from: $0).encoded }
  }

  fileprivate init?(stored data: JSONValue) throws(EventFault) {
    guard let id = try optionalMember(data, "heat_pump_id", ResourceID.init(_:)) else {
      return nil
    }
    let representation = data["heat_pump"] ?? .null
    self.init(
      userID: try member(data, "user_id", ResourceID.init(_:)), id: id,
      alias: try optionalMember(data, "alias") { $0 },
      representation: representation.isNull ? nil : representation.encoded)
  }
}

private func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

private func member<Value>(
  _ object: JSONValue, _ name: String, _ read: (String) -> Value?
) throws(EventFault) -> Value {
  guard let value = object[name]?.string.flatMap(read) else { throw EventFault(member: name) }
  return value
}

private func optionalMember<Value>(
  _ object: JSONValue, _ name: String, _ read: (String) -> Value?
) throws(EventFault) -> Value? {
  if object[name] ?? .null == .null { return nil }
  return try member(object, name, read)
}
