import GatewayCore

/// `/control/…`: steers the simulator from outside the process. No authentication; loopback only.
struct ControlEndpoint: Sendable {
  let core: SimulatorCore

  private struct Call: Sendable {
    let rest: [String]
    let query: QueryString
    let body: JSONValue
  }

  private typealias Handler =
    @Sendable (SimulatorCore, Call) throws(ControlFault) -> JSONValue

  /// Answers a request whose path begins with `/control/`.
  func answer(_ path: [String], _ query: QueryString, _ request: HTTPRequest) -> HTTPResponse {
    guard Self.isLoopback(request.peer) else {
      return .json(["detail": "The control calls are for this machine only."], status: 403)
    }
    guard let name = path.first, let methods = Self.handlers[name] else {
      let names = Self.handlers.keys.sorted().map { JSONValue.string("/control/\($0)") }
      return .json(["detail": "Not Found", "calls": .array(names)], status: 404)
    }
    guard let handler = methods[request.method] else {
      return .json(["detail": "Method not allowed"], status: 405)
    }
    let body = try? JSONValue(parsing: request.body)
    guard body != nil || request.body.isEmpty else {
      return .json(["detail": "The body is not JSON."], status: 400)
    }
    let call = Call(rest: Array(path.dropFirst()), query: query, body: body ?? .null)
    do {
      return .json(try handler(core, call))
    } catch {
      return .json(["detail": .string(error.message)], status: 400)
    }
  }

  private static func isLoopback(_ peer: String) -> Bool {
    peer == "::1" || peer.hasPrefix("127.") || peer.hasPrefix("::ffff:127.")
  }

  private static let handlers: [String: [HTTPMethod: Handler]] = [
    "stats": [.get: { core, _ in core.statistics }],
    "updates": [.get: updates],
    "calls": [
      .get: { core, call in
        .array(core.calls(after: call.query["after"].flatMap { Int($0) } ?? 0).map(\.json))
      }
    ],
    "estate": [.get: { core, _ in core.estateJSON }],
    "heat-pumps": [.get: heatPump, .post: changeHeatPump],
    "settings": [
      .get: { core, _ in core.settingsJSON },
      .post: { core, call throws(ControlFault) in
        try core.change(SettingsChange(call.body))
        return core.settingsJSON
      },
    ],
    "faults": [.get: { core, _ in core.faultsJSON }, .post: addFault, .delete: deleteFaults],
    "tokens": [
      .delete: { core, _ in
        core.revokeTokens()
        return [:]
      }
    ],
    "reset": [
      .post: { core, _ in
        core.reset()
        return [:]
      }
    ],
    "advance": [.post: advance],
  ]

  private static let updates: Handler = { core, call throws(ControlFault) in
    var wanted: ResourceID?
    if let text = call.query["heat_pump"] {
      guard let id = ResourceID(text) else { throw ControlFault(message: "heat_pump is a UUID") }
      wanted = id
    }
    let after = call.query["after"].flatMap { Int($0) } ?? 0
    return .array(core.updates(of: wanted, after: after).map(\.json))
  }

  private static let heatPump: Handler = { core, call throws(ControlFault) in
    guard let id = call.rest.first.flatMap({ ResourceID($0) }), let json = core.heatPump(id) else {
      throw ControlFault(message: "there is no such heat pump")
    }
    return json
  }

  private static let changeHeatPump: Handler = { core, call throws(ControlFault) in
    guard let id = call.rest.first.flatMap({ ResourceID($0) }) else {
      throw ControlFault(message: "there is no such heat pump")
    }
    guard let object = call.body.object else {
      throw ControlFault(message: "the body is an object of fields")
    }
    let isLater = call.query["visible"] == "next-refresh"
    return try core.changeFromOutside(id, object, atNextRefresh: isLater)
  }

  private static let addFault: Handler = { core, call throws(ControlFault) in
    let id = core.add(try SimulatorFault(call.body))
    return ["id": .count(id)]
  }

  private static let deleteFaults: Handler = { core, call throws(ControlFault) in
    guard let text = call.rest.first else {
      core.clearFaults()
      return [:]
    }
    guard let id = Int(text), core.removeFault(id) else {
      throw ControlFault(message: "there is no such fault")
    }
    return [:]
  }

  private static let advance: Handler = { core, call throws(ControlFault) in
    let duration: Duration
    if let text = call.body["duration"]?.string {
      guard let parsed = Duration(iso8601: text) else {
        throw ControlFault(message: "duration is ISO 8601, such as PT5M")
      }
      duration = parsed
    } else {
      duration = .seconds(try call.body.whole("seconds", 0...315_576_000))
    }
    return ["simulated_time": .time(core.advance(by: duration))]
  }
}
