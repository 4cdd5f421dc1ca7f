public import GatewayCore

extension HeatPumpEvent {
  /// The body of a delivery, compact: `{type, timestamp, data}`.
  ///
  /// - Returns: `nil` if the reader may not see personal data and nothing else is in it.
  public func body(includesPersonalData: Bool) -> [UInt8]? {
    guard includesPersonalData || !isPersonal else { return nil }
    return json(includesPersonalData: includesPersonalData).encoded
  }

  /// The event in the structured JSON form of CloudEvents 1.0 (JSON format, section 3), compact.
  ///
  /// - Parameters:
  ///   - source: which gateway sent it, an URI reference that is not empty.
  ///   - includesPersonalData: whether the reader may see it.
  /// - Returns: `nil` if the reader may not see personal data and nothing else is in it.
  public func cloudEvent(source: String, includesPersonalData: Bool) -> [UInt8]? {
    guard includesPersonalData || !isPersonal else { return nil }
    var event = JSONObject()
    event["specversion"] = "1.0"
    event["id"] = .string(id.description)
    event["source"] = .string(source)
    event["type"] = .string(type.rawValue)
    event["time"] = .string(timestamp.description)
    if let heatPump {
      event["subject"] = .string("users/\(heatPump.userID)/heat-pumps/\(heatPump.id)")
    }
    event["datacontenttype"] = "application/json"
    // The extension for distributed tracing, version 1.0.
    if let traceparent { event["traceparent"] = .string(traceparent) }
    event["data"] = .object(data(includesPersonalData: includesPersonalData))
    return JSONValue.object(event).encoded
  }

  /// The event as it is kept, personal data included; the sequence is the storage's own.
  public var stored: [UInt8] {
    var event = json(includesPersonalData: true).object ?? JSONObject()
    if let owner { event["app"] = .string(owner) }
    if let traceparent { event["traceparent"] = .string(traceparent) }
    return JSONValue.object(event).encoded
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

  /// The body as a value; what a reader without personal data may not see is left out.
  public func json(includesPersonalData: Bool) -> JSONValue {
    [
      "type": .string(type.rawValue), "timestamp": .string(timestamp.description),
      "data": .object(data(includesPersonalData: includesPersonalData)),
    ]
  }

  // Every member is always there, so that a reader needs no case for absence; the operation comes
  // with the types about writes only, the subscription with those about subscriptions, the job with
  // those about jobs.
  private func data(includesPersonalData: Bool) -> JSONObject {
    var data = JSONObject()
    data["id"] = .string(id.description)
    data["sequence"] = .number(ExactDecimal(sequence))
    data["organisation"] = .string(organisation)
    data["user_id"] = text(heatPump?.userID.description)
    data["heat_pump_id"] = text(heatPump?.id.description)
    data["alias"] = text(heatPump?.alias)
    data["cause"] = text(cause?.rawValue)
    let shown =
      includesPersonalData ? changes : changes.compactMap(\.withoutPersonalData)
    data["changes"] = .array(
      shown.map { ["pointer": .string($0.pointer), "from": $0.from, "to": $0.to] })
    let representation = heatPump?.representation
    data["heat_pump"] =
      (includesPersonalData
        ? representation : representation.map(FieldTable.removingPersonalData(from:))) ?? .null
    if let operationID { data["operation_id"] = .string(operationID.description) }
    if let subscription { data["subscription_id"] = .string(subscription.id.description) }
    if let job { data["job"] = job.representation }
    return data
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
  fileprivate init?(stored data: JSONValue) throws(EventFault) {
    guard let id = try optionalMember(data, "heat_pump_id", ResourceID.init(_:)) else {
      return nil
    }
    let representation = data["heat_pump"] ?? .null
    self.init(
      userID: try member(data, "user_id", ResourceID.init(_:)), id: id,
      alias: try optionalMember(data, "alias") { $0 },
      // A bare nil would be taken for the JSON literal.
      representation: representation.isNull ? JSONValue?.none : representation)
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
