import Crypto
import GatewayCore
import TestSupport

/// A receiver of events that verifies each by itself, without any of the gateway's code.
final class Receiver: Sendable {
  /// An event as it came.
  struct Message: Sendable {
    let id: String
    let timestamp: String
    let signature: String
    /// Whether one of the signatures is that of the secret.
    let isGenuine: Bool
    let body: JSONValue
    /// The body's bytes.
    let raw: [UInt8]
    let contentType: String?
  }

  /// What is done with an event.
  enum Manner: Sendable {
    /// An answer of that status, with more header lines.
    case answer(String, headers: [String] = [])
    /// Never an answer.
    case silence
  }

  private struct State: Sendable {
    var secrets: [String] = []
    var messages: [Message] = []
    var manner: @Sendable (Message, Int) -> Manner
  }

  private let state: Locked<State>
  private let server: ScriptedServer

  /// Starts a receiver.
  ///
  /// - Parameter manner: gets the event and how many came before it.
  init(_ manner: @escaping @Sendable (Message, Int) -> Manner) throws {
    let state = Locked(State(manner: manner))
    self.state = state
    server = try ScriptedServer { _ in
      [
        .answerEach { request in
          let chosen = state.withLock { state in
            let message = Message(request, secrets: state.secrets)
            state.messages.append(message)
            return state.manner(message, state.messages.count - 1)
          }
          switch chosen {
          case .answer(let status, let headers):
            return httpAnswer(status, headers: headers, text: "thanks, receiver-canary")
          case .silence: return []
          }
        }
      ]
    }
  }

  /// Where events go.
  var url: String { server.url("/hooks") }

  /// All that came.
  var messages: [Message] { state.withLock { $0.messages } }

  /// The ids of what was genuine.
  var genuine: Set<String> { Set(messages.filter(\.isGenuine).map(\.id)) }

  /// Takes a secret; those before stay good.
  func trust(_ secret: String) { state.withLock { $0.secrets.append(secret) } }

  /// Forgets all secrets but one.
  func trustOnly(_ secret: String) { state.withLock { $0.secrets = [secret] } }

  func stop() { server.stop() }
}

extension Receiver.Message {
  fileprivate init(_ request: ScriptedServer.Request, secrets: [String]) {
    id = request["webhook-id"] ?? ""
    timestamp = request["webhook-timestamp"] ?? ""
    signature = request["webhook-signature"] ?? ""
    raw = request.body
    body = (try? JSONValue(parsing: request.body)) ?? .null
    contentType = request["content-type"]
    let signed = Array("\(id).\(timestamp).".utf8) + request.body
    let given = signature.split(separator: " ").map(String.init)
    isGenuine = secrets.contains { secret in
      let text = Array(secret.dropFirst("whsec_".count).utf8)
      guard let key = Base64.bytes(text.span) else { return false }
      let code = HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: key))
      return given.contains("v1," + Base64.text(Array(code)))
    }
  }
}
