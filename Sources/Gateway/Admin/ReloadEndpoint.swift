import Configuration
import GatewayCore

/// `POST /admin/reload`: reads the configuration anew, as SIGHUP does, and says what came of it.
enum ReloadEndpoint {
  // Keys of an identity provider that is away take seconds.
  private static let time = Duration.seconds(30)

  /// Answers once the configuration is in force, or refused.
  static func answer(_ call: Call, _ gateway: GatewayState) throws(GatewayFault) -> Disposition {
    guard let reloader = gateway.reloader.withLock({ $0 }) else {
      throw GatewayFault(.shuttingDown, "The gateway is stopping.")
    }
    let deadline = call.request.arrival + min(time, call.timeout ?? time)
    return call.later(deadline: deadline, requestID: call.requestID) {
      () async throws(GatewayFault) in
      switch await reloader.reload(.request) {
      case .loaded(let generation, let changes, let needsRestart, let warnings):
        return .json(
          [
            "generation": .number(ExactDecimal(generation)),
            "changes": .array(
              changes.map { ["path": .string($0.path), "change": .string($0.kind.rawValue)] }),
            "needs_restart": .array(needsRestart.map(JSONValue.string)),
            "warnings": .array(warnings.map(json)),
          ], headers: [.init("Cache-Control", "no-store")])
      case .refused(let mistakes):
        let number = mistakes.count == 1 ? "a mistake" : "\(mistakes.count) mistakes"
        var fault = GatewayFault(
          .configurationRefused,
          "The configuration has \(number); the one before stays in force.")
        fault.extensions["errors"] = .array(mistakes.map(json))
        throw fault
      }
    }
  }

  /// A mistake or warning with its place in the file; without one if it is not about a place.
  static func json(_ problem: ConfigurationProblem) -> JSONValue {
    var json = JSONObject()
    json["pointer"] = .string(pointer(problem.path))
    json["code"] = "invalid_configuration"
    json["detail"] = .string(problem.message)
    if problem.line > 0 {
      json["line"] = .number(ExactDecimal(problem.line))
      json["column"] = .number(ExactDecimal(problem.column))
    }
    return .object(json)
  }

  /// The JSON Pointer (RFC 6901) that says the same as `apps[0].may_write[/pause/until].minimum`.
  static func pointer(_ path: String) -> String {
    var tokens: [String] = []
    var token = ""
    var isInBrackets = false
    for character in path {
      switch character {
      case "[" where !isInBrackets, "." where !isInBrackets:
        if !token.isEmpty { tokens.append(token) }
        token = ""
        isInBrackets = character == "["
      case "]" where isInBrackets:
        tokens.append(token)
        token = ""
        isInBrackets = false
      default: token.append(character)
      }
    }
    if !token.isEmpty { tokens.append(token) }
    return tokens.map { pointerStep($0) }.joined()
  }
}
