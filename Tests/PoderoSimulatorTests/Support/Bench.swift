import GatewayCore
import TestSupport

@testable import PoderoSimulator

/// A simulator without a network, on a clock that stands still.
struct Bench {
  let core: SimulatorCore
  let clock: ManualClock

  static let secret = "bench-secret"
  static let user = PoderoSimulator.userID(1)
  static let heatPump = PoderoSimulator.heatPumpID(1)
  static let base = "/api/partners/v2.0/org/\(SimulatorSettings.defaultOrganisationID)/users"
  static let list = "\(base)/\(user)/heat-pumps"
  static let detail = "\(list)/\(heatPump)"

  init(_ change: (inout SimulatorSettings) -> Void = { _ in }) {
    let clock = ManualClock(wall: "2026-11-24T10:00:00Z")
    var settings = SimulatorSettings()
    settings.clock = clock
    settings.clientSecrets = [Secret(Self.secret)]
    change(&settings)
    self.clock = clock
    core = SimulatorCore(settings)
  }

  /// `demo-client:bench-secret`
  static let basic = "Basic ZGVtby1jbGllbnQ6YmVuY2gtc2VjcmV0"

  func send(
    _ method: HTTPMethod, _ target: String, _ headers: [(String, String)] = [], body: String = "",
    peer: String = "127.0.0.1"
  ) -> HTTPResponse? {
    let request = HTTPRequest(
      method: method, target: target, headers: headers.map { (name: $0.0, value: $0.1) },
      body: Array(body.utf8), peer: peer)
    let decision = core.handle(request)
    if let exchange = decision.exchange { core.end(exchange) }
    guard case .answer(let response, _) = decision.outcome else { return nil }
    return response
  }

  func requestToken(
    authorization: String = basic, type: String = "application/json",
    body: String = #"{"grant_type":"client_credentials"}"#
  ) -> HTTPResponse? {
    send(
      .post, "/oauth2/token/", [("Authorization", authorization), ("Content-Type", type)],
      body: body)
  }

  func token() -> String { requestToken()?.json?["access_token"]?.string ?? "" }

  func get(_ target: String) -> HTTPResponse? {
    send(.get, target, [("Authorization", "Bearer \(token())")])
  }

  func put(_ body: String, _ headers: [(String, String)] = []) -> HTTPResponse? {
    send(.put, Self.detail, [("Authorization", "Bearer \(token())")] + headers, body: body)
  }
}

extension HTTPResponse {
  var json: JSONValue? { try? JSONValue(parsing: body) }
}

/// A JSON value from its text.
func json(_ text: String) -> JSONValue? { try? JSONValue(parsing: Array(text.utf8)) }
