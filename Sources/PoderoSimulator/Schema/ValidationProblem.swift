import GatewayCore

/// One entry of a 422's `detail`, in the words of the upstream's validation library.
struct ValidationProblem: Sendable, Equatable {
  let type: String
  let location: [String]
  let message: String
  var context: JSONValue?

  init(_ type: String, at location: [String], _ message: String, context: JSONValue? = nil) {
    self.type = type
    self.location = location
    self.message = message
    self.context = context
  }

  var json: JSONValue {
    var object = JSONObject()
    object["type"] = .string(type)
    object["loc"] = .array(location.map { .string($0) })
    object["msg"] = .string(message)
    if let context { object["ctx"] = context }
    return .object(object)
  }

  /// The whole answer for several problems at once.
  static func response(_ problems: [ValidationProblem]) -> HTTPResponse {
    .json(["detail": .array(problems.map(\.json))], status: 422)
  }
}
