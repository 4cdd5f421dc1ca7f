/// How long a last answer is good for what.
public struct CachePolicy: Sendable, Equatable {
  /// Until this age it is served as it is.
  public var fresh: Duration
  /// For this long after that it is served while one refresh runs in the background.
  public var staleWhileRevalidate: Duration
  /// Until this age it is served when the upstream fails.
  public var staleIfError: Duration

  /// Creates a policy; the defaults are 30 s, 15 min and 24 h.
  public init(
    fresh: Duration = .seconds(30), staleWhileRevalidate: Duration = .seconds(900),
    staleIfError: Duration = .seconds(86400)
  ) {
    self.fresh = fresh
    self.staleWhileRevalidate = staleWhileRevalidate
    self.staleIfError = staleIfError
  }

  /// Nothing younger than this is fetched again, whatever a caller asks for: otherwise one
  /// impatient app would turn the cache off for all.
  public static let shortestRefetch = Duration.seconds(5)

  /// However many callers find an answer stale, and however quickly refreshing it fails: the next
  /// try comes no earlier than this after the last.
  public static let refreshInterval = Duration.seconds(5)
  /// For so long after a failure callers are served the last answer at once, while the tries go on
  /// in the background: one of them has waited for it in vain already.
  public static let failureMemory = Duration.seconds(30)

  /// What to do with an answer of that age for a request with those directives.
  public func verdict(age: Duration, _ directives: CacheDirectives) -> CacheVerdict {
    if directives.onlyIfCached {
      return age < acceptableAge(directives, otherwise: fresh + staleWhileRevalidate)
        ? .serve : .refuse
    }
    if let limit = directives.freshestOnly {
      if age < Self.shortestRefetch { return .serve }
      // A limit above the freshness does not make a stale answer fresh.
      if age >= limit { return .fetch(.request) }
    }
    if age < fresh { return .serve }
    if let staleness = directives.maxStale, age < fresh + staleness { return .serve }
    return age < fresh + staleWhileRevalidate ? .serveAndRefresh : .fetch(.stale)
  }

  /// Whether an answer of that age may stand in for one that could not be fetched. A caller that
  /// limits the age gets the failure in place of an answer older than that.
  public func mayReplaceFailure(age: Duration, _ directives: CacheDirectives) -> Bool {
    age < staleIfError
      && age < directives.freshestOnly.map { max($0, Self.shortestRefetch) } ?? staleIfError
  }

  private func acceptableAge(_ directives: CacheDirectives, otherwise: Duration) -> Duration {
    let acceptable = max(otherwise, fresh + (directives.maxStale ?? .zero))
    guard let limit = directives.freshestOnly else { return acceptable }
    return min(acceptable, max(limit, Self.shortestRefetch))
  }
}

/// What to do with a cached answer.
public enum CacheVerdict: Sendable, Equatable {
  /// Serve it.
  case serve
  /// Serve it, and refresh it in the background.
  case serveAndRefresh
  /// Fetch a new one first, for that reason.
  case fetch(ForwardReason)
  /// Answer that nothing is cached.
  case refuse
}

/// Why a request was forwarded; the words of RFC 9211, section 2.2.
public enum ForwardReason: String, Sendable {
  /// Nothing was stored.
  case miss
  /// What was stored is too old.
  case stale
  /// The request's directives forbade what was stored.
  case request
}

/// The request's `Cache-Control` (RFC 9111, section 5.2.1), as far as it counts here.
public struct CacheDirectives: Sendable, Equatable {
  /// `no-cache` (as zero) or `max-age`: the oldest answer that the caller takes.
  public var freshestOnly: Duration?
  /// `max-stale`: how long after its freshness an answer is still welcome.
  public var maxStale: Duration?
  /// `only-if-cached`.
  public var onlyIfCached: Bool

  /// No directives.
  public static let none = CacheDirectives()

  /// Creates directives.
  public init(
    freshestOnly: Duration? = nil, maxStale: Duration? = nil, onlyIfCached: Bool = false
  ) {
    self.freshestOnly = freshestOnly
    self.maxStale = maxStale
    self.onlyIfCached = onlyIfCached
  }

  /// Reads the header's value. Unknown directives and unreadable numbers are ignored, as RFC 9111,
  /// section 5.2.3 asks for.
  public init(header: String) {
    self.init()
    for directive in header.lowercased().split(separator: ",") {
      let parts = directive.split(separator: "=", maxSplits: 1).map(trimmed)
      let seconds = parts.count == 2 ? Int(parts[1].filter { $0 != "\"" }) : nil
      switch parts.first {
      case "no-cache": freshestOnly = .zero
      case "max-age":
        guard let seconds, seconds >= 0, freshestOnly == nil else { break }
        freshestOnly = .seconds(seconds)
      case "max-stale":
        guard parts.count == 1 || (seconds ?? -1) >= 0 else { break }
        maxStale = .seconds(min(seconds ?? 31_536_000, 31_536_000))
      case "only-if-cached": onlyIfCached = true
      default: break
      }
    }
  }
}

private func trimmed(_ text: Substring) -> Substring {
  var text = text
  while text.first == " " || text.first == "\t" { text.removeFirst() }
  while text.last == " " || text.last == "\t" { text.removeLast() }
  return text
}
