import Crypto
import GatewayCore

/// The sessions of operators' browsers, in memory only: a restart ends them all.
///
/// Of a session's token just the hash is kept, as of a key. A session ends when nobody has used it
/// for a while, when it has lasted long enough, and when its operator says so. It lasts no longer
/// than the key that began it: whoever asks for a session looks that key up again.
final class AdminSessions: Sendable {
  /// How long a session lasts.
  struct Settings: Sendable {
    /// Without being used.
    var idle: Duration = .seconds(1800)
    /// At all.
    var lifetime: Duration = .seconds(43_200)
  }

  /// A session that is good.
  struct Session: Sendable {
    /// The key that began it.
    let key: KeyDigest
    /// What a request must repeat to change something.
    let csrfToken: String
  }

  private struct Entry: Sendable {
    let key: KeyDigest
    let isSecure: Bool
    let startedAt: MonotonicInstant
    var usedAt: MonotonicInstant
  }

  /// How many sessions a key has at most. One more ends the one that was unused for longest, so
  /// that a holder of one key cannot end another's.
  static let mostPerKey = 16

  let settings: Settings
  private let random: any RandomSource
  private let secret: SymmetricKey
  // By the hashes of their tokens.
  private let entries = Locked<[KeyDigest: Entry]>([:])

  /// Creates a store without sessions.
  ///
  /// - Parameter random: must be cryptographically secure.
  init(_ settings: Settings = Settings(), random: any RandomSource) {
    self.settings = settings
    self.random = random
    secret = SymmetricKey(data: random.bytes(32))
  }

  /// How many sessions there are; some may have run out.
  var count: Int { entries.withLock { $0.count } }

  /// Begins a session.
  ///
  /// - Parameter isSecure: whether the browser came over https.
  /// - Returns: its token, 256 random bits in base64url; it is kept nowhere here.
  func begin(_ key: KeyDigest, isSecure: Bool, at now: MonotonicInstant) -> String {
    let token = Self.text(random.bytes(32))
    let digest = KeyDigest(hashing: token.utf8.span)
    entries.withLock { entries in
      entries = entries.filter { isGood($0.value, at: now) }
      let own = entries.filter { $0.value.key == key }.sorted { $0.value.usedAt < $1.value.usedAt }
      for (old, _) in own.dropLast(Self.mostPerKey - 1) { entries[old] = nil }
      entries[digest] = Entry(key: key, isSecure: isSecure, startedAt: now, usedAt: now)
    }
    return token
  }

  /// The session of a token, which counts as used.
  ///
  /// - Parameter isSecure: whether the token came in the cookie for https. One that was given out
  ///   there is not taken from anywhere else.
  /// - Returns: `nil` if there is none, or none any more.
  func use(_ token: String, isSecure: Bool, at now: MonotonicInstant) -> Session? {
    let digest = KeyDigest(hashing: token.utf8.span)
    let key = entries.withLock { entries -> KeyDigest? in
      guard let entry = entries[digest], entry.isSecure == isSecure else { return nil }
      guard isGood(entry, at: now) else {
        entries[digest] = nil
        return nil
      }
      entries[digest]?.usedAt = max(entry.usedAt, now)
      return entry.key
    }
    return key.map { Session(key: $0, csrfToken: csrfToken(of: token)) }
  }

  /// The key that began a session, as long as that is good; asking does not count as using it.
  ///
  /// - Parameter token: the hash of the session's token.
  func key(ofTokenHashed token: KeyDigest, at now: MonotonicInstant) -> KeyDigest? {
    entries.withLock { entries in
      entries[token].flatMap { isGood($0, at: now) ? $0.key : nil }
    }
  }

  /// Ends the session of a token, if there is one.
  func end(_ token: String) {
    let digest = KeyDigest(hashing: token.utf8.span)
    entries.withLock { $0[digest] = nil }
  }

  private func isGood(_ entry: Entry, at now: MonotonicInstant) -> Bool {
    now - entry.startedAt < settings.lifetime && now - entry.usedAt < settings.idle
  }

  // Derived, so that it need not be kept; under a secret of this process, so that whoever sees it
  // learns nothing about the session's token.
  private func csrfToken(of token: String) -> String {
    let code = HMAC<SHA256>.authenticationCode(for: Array("csrf:\(token)".utf8), using: secret)
    return Self.text(Array(code))
  }

  // Base64url without padding (RFC 4648, section 5): fit for a cookie as it is.
  private static func text(_ bytes: [UInt8]) -> String {
    let text = Base64.text(bytes).utf8.compactMap { byte -> UInt8? in
      switch byte {
      case UInt8(ascii: "+"): UInt8(ascii: "-")
      case UInt8(ascii: "/"): UInt8(ascii: "_")
      case UInt8(ascii: "="): nil
      default: byte
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
