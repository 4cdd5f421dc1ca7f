public import GatewayCore

/// How an answer came about, as the caller sees it in `Cache-Status` (RFC 9211), `Age` and
/// `Cache-Control` (RFC 9111).
public struct CacheOutcome: Sendable, Equatable {
  /// The kind, also a metric label.
  public enum Kind: String, Sendable, CaseIterable {
    /// Served from memory while fresh.
    case hit
    /// Served from memory while a refresh runs.
    case revalidating
    /// Fetched.
    case fetched
    /// The last answer in place of one that could not be fetched.
    case replaced

    /// The place in `allCases`.
    public var index: Int {
      switch self {
      case .hit: 0
      case .revalidating: 1
      case .fetched: 2
      case .replaced: 3
      }
    }
  }

  /// The kind.
  public let kind: Kind
  /// Seconds since the fetch.
  public let age: Duration
  private let freshFor: Duration
  private let origin: Origin

  // Most outcomes are never written out, so the words are made only when they are wanted.
  private enum Origin: Equatable {
    case memory
    case upstream(ForwardReason, collapsed: Bool)
    case failure(ProblemType)
  }

  /// From memory; fresh or, with a negative `ttl`, being refreshed.
  public static func hit(age: Duration, _ policy: CachePolicy) -> CacheOutcome {
    let left = policy.fresh - age
    return CacheOutcome(
      kind: left > .zero ? .hit : .revalidating, age: age, freshFor: left, origin: .memory)
  }

  /// Fetched just now.
  public static func fetched(
    _ reason: ForwardReason, collapsed: Bool, _ policy: CachePolicy
  ) -> CacheOutcome {
    CacheOutcome(
      kind: .fetched, age: .zero, freshFor: policy.fresh,
      origin: .upstream(reason, collapsed: collapsed))
  }

  /// The last answer, because the upstream failed in that way.
  public static func replaced(age: Duration, failure: ProblemType) -> CacheOutcome {
    CacheOutcome(kind: .replaced, age: age, freshFor: .zero, origin: .failure(failure))
  }

  /// `Age`, `Cache-Control`, `Cache-Status`, and `Gateway-Stale` where it applies.
  public var headers: [HTTPResponse.Header] {
    var headers = [
      HTTPResponse.Header("Age", String(max(0, Int(age.seconds)))),
      HTTPResponse.Header("Cache-Control", "private, max-age=\(lifetime)"),
      HTTPResponse.Header("Cache-Status", "podero-gateway; \(detail)"),
    ]
    if kind == .replaced { headers.append(HTTPResponse.Header("Gateway-Stale", "true")) }
    return headers
  }

  // Counted from the fetch, since a cache subtracts `Age` from it (RFC 9111, section 4.2.3).
  private var lifetime: Int { freshFor > .zero ? Int((age + freshFor).seconds) : 0 }

  private var detail: String {
    switch origin {
    case .memory: "hit; ttl=\(Int(freshFor.seconds.rounded(.down)))"
    case .upstream(let reason, let collapsed):
      "fwd=\(reason.rawValue); stored" + (collapsed ? "; collapsed" : "")
    case .failure(let type): "fwd=stale; detail=\(type.rawValue)"
    }
  }
}
