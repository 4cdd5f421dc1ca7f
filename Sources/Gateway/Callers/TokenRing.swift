import GatewayCore
import Identity

/// Whose an access token is: as ``KeyRing`` for keys. The tokens themselves are kept nowhere.
final class TokenRing: Sendable {
  /// Which tokens are an app's: those of a provider that have all of these claims.
  struct Rule: Sendable {
    let provider: String
    let claims: [String: String]
    let owner: App
  }

  /// Why a token is nobody's.
  enum Refusal: Error, Sendable, Equatable {
    /// It is not good.
    case token(TokenRefusal)
    /// It is good, but no app's.
    case unmapped
    /// It is good, and two apps'.
    case ambiguous

    /// A word for the log and for metrics.
    var reason: String {
      switch self {
      case .token(let refusal): refusal.rawValue
      case .unmapped: "unmapped"
      case .ambiguous: "ambiguous"
      }
    }
  }

  /// How long a token that was verified is believed without another look.
  static let memory = Duration.seconds(60)

  let verifier: TokenVerifier
  private let rules: [Rule]
  private let remembered: TokenMemory<KeyDigest, App>
  private let clock: any GatewayClock
  private let counters: [String: AtomicCounter]
  // By itself, since it is the one on the fast way.
  private let timesRemembered: AtomicCounter

  /// Creates a ring.
  ///
  /// - Parameters:
  ///   - former: the ring in whose place this one comes; its counts go on. What it remembers does
  ///     not, since its apps may have had other rights.
  ///   - entries: how many verified tokens are remembered.
  init(
    _ verifier: TokenVerifier, _ rules: [Rule], after former: TokenRing? = nil,
    clock: any GatewayClock, entries: Int = 8192
  ) {
    self.verifier = verifier
    self.rules = rules
    self.clock = clock
    remembered = TokenMemory(entries: entries)
    let outcomes = ["accepted", "unmapped", "ambiguous"] + TokenRefusal.allCases.map(\.rawValue)
    counters =
      former?.counters ?? Dictionary(outcomes.map { ($0, AtomicCounter()) }) { first, _ in first }
    timesRemembered = former?.timesRemembered ?? AtomicCounter()
  }

  /// How many tokens were accepted, remembered and refused, by reason.
  var counts: [(outcome: String, count: Int)] {
    let counts = counters.map { ($0.key, $0.value.value) } + [("remembered", timesRemembered.value)]
    return counts.sorted { $0.0 < $1.0 }
  }

  /// Whether a credential has the form of a token and not that of a key.
  static func isToken(_ credential: Span<UInt8>) -> Bool {
    let prefix: StaticString = "pgw_"
    let isKey =
      credential.count >= 4 && (0..<4).allSatisfy { credential[$0] == prefix.utf8Start[$0] }
    return !isKey && credential.indices.count { credential[$0] == UInt8(ascii: ".") } == 2
  }

  /// The app that a token is for, with no more scopes than the token has.
  ///
  /// - Parameter digest: the token's hash.
  func owner(
    of token: Span<UInt8>, _ digest: KeyDigest, at now: MonotonicInstant
  ) throws(Refusal) -> App {
    // Each grows only, so the sum is another whenever the keys of one provider are.
    let generation = verifier.providers.reduce(0) { $0 &+ $1.keeper.generation }
    if let app = remembered.value(digest, generation: generation, at: now) {
      timesRemembered.add()
      return app
    }
    do throws(Refusal) {
      let wall = clock.wall
      let verified = try verify(token, at: wall)
      let app = try owner(of: verified)
      remembered.remember(
        app, digest, generation: generation, until: now + min(Self.memory, verified.end - wall))
      counters["accepted"]?.add()
      return app
    } catch {
      counters[error.reason]?.add()
      throw error
    }
  }

  private func verify(
    _ token: Span<UInt8>, at now: Timestamp
  ) throws(Refusal) -> VerifiedToken {
    do {
      return try verifier.verify(token, at: now)
    } catch {
      throw .token(error)
    }
  }

  private func owner(of token: VerifiedToken) throws(Refusal) -> App {
    let owners = rules.filter { $0.provider == token.provider && token.has($0.claims) }.map(\.owner)
    guard let app = owners.first else { throw .unmapped }
    guard owners.allSatisfy({ $0.name == app.name }) else { throw .ambiguous }
    let scopes = token.scopes?.reduce(into: Scopes()) { $0.formUnion(Scopes(name: $1) ?? []) }
    return app.withToken(scopes: scopes, end: token.end)
  }
}
