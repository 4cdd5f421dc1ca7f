import Credentials
import GatewayCore
import Logging
import TestSupport

/// A broker between a clock moved by hand and a token endpoint played by a script.
struct BrokerFixture: Sendable {
  static let url = "https://login.example/oauth2/token/"

  let clock = ManualClock()
  let transport: FakeTransport
  let log = LogRecorder()
  let broker: TokenBroker

  init(
    _ script: [FakeTransport.Step], then fallback: FakeTransport.Step = .status(500),
    slots: CredentialSlots = BrokerFixture.slots(), sharing: (any TokenSharing)? = nil,
    seed: UInt64 = 1,
    configure: (inout TokenSettings) -> Void = { _ in }
  ) {
    transport = FakeTransport(script, then: fallback)
    var settings = TokenSettings(tokenURL: Self.url)
    configure(&settings)
    broker = TokenBroker(
      settings: settings, slots: slots, sharing: sharing, transport: transport, clock: clock,
      random: SeededRandom(seed: seed), logger: log.logger)
  }

  static func slots(next: Bool = false) -> CredentialSlots {
    CredentialSlots(current: source("old"), next: next ? source("new") : nil)
  }

  static func source(_ name: String) -> CredentialSlots.Source {
    { ClientCredentials(clientID: name, clientSecret: Secret("canary-" + name)) }
  }

  func token(within duration: Duration = .seconds(30)) async -> Result<String, CredentialFault> {
    do {
      let token = try await broker.token(deadline: clock.monotonic + duration)
      return .success(token.value.revealedForTest)
    } catch {
      return .failure(error)
    }
  }

  /// The bodies of all requests so far.
  var bodies: [String] { transport.requests.map { String(decoding: $0.body ?? [], as: UTF8.self) } }
}

let jsonBody = #"{"grant_type":"client_credentials"}"#
let formBody = "grant_type=client_credentials"

func oauthError(_ code: String, status: Int = 400) -> FakeTransport.Step {
  .json(["error": .string(code), "error_description": "words-of-the-server"], status: status)
}
