import GatewayCore

/// Where a request wants to go.
struct Route: Sendable {
  enum Destination: Sendable, Equatable {
    case call(SimulatedCall)
    /// The parts of the path behind `/control/`.
    case control([String])
    /// A path that is known, with a method that it does not take.
    case wrongMethod(allowed: String)
    case nowhere
  }

  private(set) var destination: Destination
  private(set) var query = QueryString()
  /// The path's ids as they were written, in the order organisation, user, heat pump.
  private(set) var pathIDs: [String] = []

  private static let base = ["api", "partners", "v2.0", "org"]

  init(method: HTTPMethod, target: String) {
    let bytes = Array(target.utf8)
    let pathEnd = bytes.firstIndex(of: UInt8(ascii: "?")) ?? bytes.endIndex
    if pathEnd < bytes.endIndex { query = QueryString(bytes[(pathEnd + 1)...]) }
    let parts = bytes[..<pathEnd]
      .split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).dropFirst()
      .map { String(decoding: $0, as: UTF8.self) }
    destination = .nowhere
    if parts.first == "control" {
      destination = .control(Array(parts.dropFirst()))
    } else if parts == ["oauth2", "token", ""] {
      destination = method == .post ? .call(.token) : .wrongMethod(allowed: "POST")
    } else if parts.starts(with: Self.base) {
      enter(Array(parts.dropFirst(Self.base.count)), method)
    }
  }

  /// The heat pump in the path, if one is there and is a UUID.
  var heatPump: ResourceID? {
    pathIDs.count == 3 ? ResourceID(pathIDs[2]) : nil
  }

  private mutating func enter(_ parts: [String], _ method: HTTPMethod) {
    guard parts.count >= 2, parts[1] == "users" else { return }
    let isGet = method == .get
    switch parts.count {
    case 2:
      pathIDs = [parts[0]]
      destination = isGet ? .call(.users) : .wrongMethod(allowed: "GET")
    case 4 where parts[3] == "heat-pumps":
      pathIDs = [parts[0], parts[2]]
      destination = isGet ? .call(.list) : .wrongMethod(allowed: "GET")
    case 5 where parts[3] == "heat-pumps":
      pathIDs = [parts[0], parts[2], parts[4]]
      destination =
        isGet
        ? .call(.detail)
        : method == .put ? .call(.update) : .wrongMethod(allowed: "GET, PUT")
    case 6 where parts[3] == "heat-pumps":
      guard let call = ["statistics": SimulatedCall.statistics, "savings": .savings][parts[5]]
      else { return }
      pathIDs = [parts[0], parts[2], parts[4]]
      destination = isGet ? .call(call) : .wrongMethod(allowed: "GET")
    default: return
    }
  }
}
