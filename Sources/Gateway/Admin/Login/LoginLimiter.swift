import GatewayCore

/// How often somebody may try to log in: from one address, and from all together.
///
/// Keys are too long to be guessed; this keeps what tries it from costing and logging much.
final class LoginLimiter: Sendable {
  // Ten at once, then one in six seconds.
  private static let perAddress = (rate: 1.0 / 6, burst: 10.0)
  private static let together = (rate: 10.0, burst: 50.0)
  // After this time an address's bucket is full again, and so is no different from a new one.
  private static let memory = Duration.seconds(60)
  /// How many addresses are told apart; all beyond that count as one.
  static let mostAddresses = 1024

  private struct Address: Sendable {
    let limiter: RateLimiter
    var seenAt: MonotonicInstant
  }

  private let all: RateLimiter
  private let addresses = Locked<[String: Address]>([:])

  init(now: MonotonicInstant) {
    all = RateLimiter(
      requestsPerSecond: Self.together.rate, burst: Self.together.burst, now: now)
  }

  /// Takes one attempt's worth.
  ///
  /// - Parameter peer: the address that it comes from.
  /// - Returns: `nil` if it may be made, otherwise how long until one may.
  func take(_ peer: String, at now: MonotonicInstant) -> Duration? {
    // The address first: who is over its own limit uses up nobody else's.
    limiter(of: Self.place(of: peer), at: now).take(at: now) ?? all.take(at: now)
  }

  private func limiter(of place: String, at now: MonotonicInstant) -> RateLimiter {
    addresses.withLock { addresses in
      var place = place
      if addresses[place] == nil, addresses.count >= Self.mostAddresses {
        addresses = addresses.filter { now - $0.value.seenAt < Self.memory }
        if addresses.count >= Self.mostAddresses { place = "" }
      }
      let limiter =
        addresses[place]?.limiter
        ?? RateLimiter(
          requestsPerSecond: Self.perAddress.rate, burst: Self.perAddress.burst, now: now)
      addresses[place] = Address(limiter: limiter, seenAt: now)
      return limiter
    }
  }

  // Who has one IPv6 address has all of its network's (RFC 6177).
  private static func place(of peer: String) -> String {
    guard peer.contains(":"), let range = AddressRange("\(peer)/64") else { return peer }
    return "\(range)"
  }
}
