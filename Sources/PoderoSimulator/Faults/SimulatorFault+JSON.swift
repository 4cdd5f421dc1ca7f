import GatewayCore

/// Why a control call was refused, in words for the person who sent it.
struct ControlFault: Error, Sendable {
  let message: String
}

extension SimulatorFault {
  /// Reads the control endpoint's form: `{"kind":"status","status":503,"call":"update","count":2}`.
  ///
  /// - Throws: ``ControlFault`` that says what is missing.
  init(_ json: JSONValue) throws(ControlFault) {
    self.init(try Self.kind(json))
    if let scope = json["call"]?.string ?? json["scope"]?.string, scope != "any" {
      guard let call = SimulatedCall(rawValue: scope) else {
        throw ControlFault(message: "call is any or one of: \(Self.callNames)")
      }
      self.call = call
    }
    if let text = json["heat_pump"]?.string {
      guard let id = ResourceID(text) else { throw ControlFault(message: "heat_pump is a UUID") }
      heatPump = id
    }
    count = json["count"]?.integer
    if let probability = json["probability"]?.number?.approximate {
      guard (0...1).contains(probability) else {
        throw ControlFault(message: "probability is 0 through 1")
      }
      self.probability = probability
    }
    if let seed = json["seed"]?.integer { self.seed = UInt64(bitPattern: Int64(seed)) }
  }

  private static var callNames: String {
    SimulatedCall.allCases.map(\.rawValue).joined(separator: ", ")
  }

  private typealias Reader = @Sendable (JSONValue) throws(ControlFault) -> Kind

  private static let readers: [String: Reader] = [
    "latency": { json throws(ControlFault) in
      .latency(.milliseconds(try json.whole("milliseconds", 0...3_600_000)))
    },
    "revoke_tokens": { _ in .revokeTokens },
    "status": { json throws(ControlFault) in
      .status(
        try json.whole("status", 200...599), retryAfter: try json.retryAfter(),
        applied: json["applied"]?.bool ?? false)
    },
    "html_page": { json throws(ControlFault) in
      .htmlPage(
        json["status"] == nil ? 502 : try json.whole("status", 200...599),
        applied: json["applied"]?.bool ?? false)
    },
    "truncated_body": { _ in .truncatedBody },
    "hang": { json in .hang(applied: json["applied"]?.bool ?? false) },
    "reset_before_read": { _ in .resetBeforeRead },
    "reset_before_applying": { _ in .resetBeforeApplying },
    "reset_after_applying": { _ in .resetAfterApplying },
    "huge_body": { json throws(ControlFault) in
      .hugeBody(megabytes: try json.whole("megabytes", 1...512))
    },
    "malformed_json": { _ in .malformedJSON },
    "content_type": { json throws(ControlFault) in .contentType(try json.word("content_type")) },
    "unknown_values": { _ in .unknownValues },
    "drop_field": { json throws(ControlFault) in .dropField(try json.word("field")) },
    "ignore_field": { json throws(ControlFault) in .ignoreField(try json.word("field")) },
    "drip": { json throws(ControlFault) in
      .drip(
        bytes: try json.whole("bytes", 1...1_000_000),
        interval: .milliseconds(try json.whole("milliseconds", 0...3_600_000)))
    },
  ]

  private static func kind(_ json: JSONValue) throws(ControlFault) -> Kind {
    guard let name = json["kind"]?.string, let reader = readers[name] else {
      let names = readers.keys.sorted().joined(separator: ", ")
      throw ControlFault(message: "kind is one of: \(names)")
    }
    return try reader(json)
  }
}

extension JSONValue {
  /// A whole number that must be there, within bounds.
  func whole(_ key: String, _ bounds: ClosedRange<Int>) throws(ControlFault) -> Int {
    guard let number = self[key]?.integer, bounds.contains(number) else {
      throw ControlFault(
        message: "\(key) is a whole number, \(bounds.lowerBound) through \(bounds.upperBound)")
    }
    return number
  }

  /// A string that must be there and fit into a header line.
  func word(_ key: String) throws(ControlFault) -> String {
    guard let text = self[key]?.string, !text.isEmpty, text.utf8.allSatisfy({ $0 >= 0x20 }) else {
      throw ControlFault(message: "\(key) is a string")
    }
    return text
  }

  fileprivate func retryAfter() throws(ControlFault) -> SimulatorFault.RetryAfter? {
    if self["retry_after_seconds"] != nil {
      return .seconds(try whole("retry_after_seconds", 0...86400))
    }
    guard self["retry_after_date_in_seconds"] != nil else { return nil }
    return .dateIn(try whole("retry_after_date_in_seconds", 0...86400))
  }
}
