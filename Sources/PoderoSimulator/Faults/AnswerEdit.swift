import GatewayCore

/// A way to spoil a finished answer.
enum AnswerEdit: Sendable {
  case grow(bytes: Int)
  case spoil
  case relabel(String)
  case surprise
  case drop(String)

  func apply(to response: inout HTTPResponse) {
    switch self {
    case .grow(let bytes): Self.grow(&response.body, by: bytes)
    case .spoil: response.body = response.body.dropLast() + Array(",,}".utf8)
    case .relabel(let type):
      response.headers.removeAll { $0.name == "Content-Type" }
      response.headers.append(.init("Content-Type", type))
    case .surprise: Self.changeObjects(&response.body, Self.surprise)
    case .drop(let field): Self.changeObjects(&response.body) { $0[field] = nil }
    }
  }

  /// Puts one large member into the first object; on bytes, since a tree of that size is slow.
  private static func grow(_ body: inout [UInt8], by count: Int) {
    var padding = Array("\"padding\":\"".utf8)
    padding.append(contentsOf: repeatElement(UInt8(ascii: "x"), count: count))
    padding.append(UInt8(ascii: "\""))
    guard let brace = body.firstIndex(of: UInt8(ascii: "{")) else {
      body = Array("[{".utf8) + padding + Array("}]".utf8)
      return
    }
    let isEmpty = body.count > brace + 1 && body[brace + 1] == UInt8(ascii: "}")
    if !isEmpty { padding.append(UInt8(ascii: ",")) }
    body.insert(contentsOf: padding, at: brace + 1)
  }

  /// Values beyond the enumerations, only where the field is there.
  private static let unknownValues: [String: JSONValue] = [
    "connection_status": "degraded", "monitoring_status": "paused", "steering_status": "learning",
    "price_zone": "XX_9", "optimization_level": "Ultra", "current_mode": "turbo",
    "lifecycle_state": "migrating", "actual_steering_state": "experimental",
    "operational_mode": "defrosting",
  ]

  private static func surprise(_ object: inout JSONObject) {
    for (key, value) in unknownValues where object[key] != nil { object[key] = value }
    object["grid_signal"] = ["level": 3, "source": ["kind": "unknown"]]
    object["firmware_version"] = "9.9.9"
  }

  private static func changeObjects(
    _ body: inout [UInt8], _ change: (inout JSONObject) -> Void
  ) {
    guard let json = try? JSONValue(parsing: body) else { return }
    func changed(_ value: JSONValue) -> JSONValue {
      guard var object = value.object else { return value }
      change(&object)
      return .object(object)
    }
    let elements = json.array.map { JSONValue.array($0.map(changed)) }
    body = (elements ?? changed(json)).encoded
  }
}
