import GatewayCore
import Logging

/// One attempt to get a token: the slots one after another, and either style if the settings allow.
///
/// At most four requests: two slots, each in two styles.
struct TokenFetch: Sendable {
  let endpoint: TokenEndpoint
  let slots: CredentialSlots
  let logger: Logger

  func run(
    slot preferred: CredentialSlot, encoding: TokenEndpoint.Encoding
  ) async -> TokenState.Outcome {
    var encoding = encoding
    var outcome = TokenFailure.secretUnreadable
    for slot in slots.order(preferring: preferred) {
      guard let credentials = read(slot) else { continue }
      switch await request(credentials, &encoding) {
      case .granted(let grant):
        return .granted(grant, slot: slot, encoding: encoding)
      case .clientRefused:
        outcome = .refused
        logger.warning(
          "the token endpoint refuses the client credentials", metadata: ["slot": "\(slot)"])
      case .styleRefused:
        logger.warning("the token endpoint takes the request in no style")
        return .failed(.refused, retryAfter: nil)
      case .failed(let failure, let retryAfter, let cause):
        logger.warning(
          "the token request failed",
          metadata: ["slot": "\(slot)", "failure": "\(failure.rawValue)", "cause": "\(cause)"])
        return .failed(failure, retryAfter: retryAfter)
      }
    }
    return .failed(outcome, retryAfter: nil)
  }

  /// What is shown to the endpoint first.
  func credentials(preferring preferred: CredentialSlot) -> Secret? {
    slots.order(preferring: preferred).lazy.compactMap { read($0) }.first?.basicAuthorization
  }

  private func read(_ slot: CredentialSlot) -> ClientCredentials? {
    do {
      return try slots.source(slot)?()
    } catch {
      logger.error(
        "a client secret cannot be read", metadata: ["slot": "\(slot)", "reason": "\(error)"])
      return nil
    }
  }

  private func request(
    _ credentials: ClientCredentials, _ encoding: inout TokenEndpoint.Encoding
  ) async -> TokenEndpoint.Answer {
    let answer = await endpoint.request(credentials, encoding)
    guard case .styleRefused = answer, endpoint.settings.style == .auto else { return answer }
    let second = await endpoint.request(credentials, encoding.other)
    if case .styleRefused = second { return second }
    encoding = encoding.other
    return second
  }
}
