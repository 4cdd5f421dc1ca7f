import GatewayCore

/// The access tokens that are out.
struct TokenStore: Sendable {
  private var expiries: [String: MonotonicInstant] = [:]
  private(set) var issued = 0

  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
  private static let randomCount = 16
  private static let pruningThreshold = 10_000

  /// Makes a token that lives for `lifetime`.
  mutating func issue(lifetime: Duration, at now: MonotonicInstant) -> String {
    if expiries.count >= Self.pruningThreshold { prune(at: now) }
    issued += 1
    let random = SystemRandomSource()
    let token =
      PoderoSimulator.tokenPrefix
      + String(
        decoding: (0..<Self.randomCount).map { _ in
          Self.alphabet[Int(random.next() % UInt64(Self.alphabet.count))]
        }, as: UTF8.self)
    expiries[token] = now + lifetime
    return token
  }

  /// Whether a token was issued, has not expired and was not revoked.
  func isValid(_ token: String, at now: MonotonicInstant) -> Bool {
    guard let expiry = expiries[token] else { return false }
    return now < expiry
  }

  /// Makes all tokens invalid at once.
  mutating func revokeAll() { expiries.removeAll() }

  /// How many tokens are valid.
  func validCount(at now: MonotonicInstant) -> Int { expiries.values.count { now < $0 } }

  private mutating func prune(at now: MonotonicInstant) {
    expiries = expiries.filter { now < $0.value }
  }
}
