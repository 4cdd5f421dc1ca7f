import GatewayCore

/// A number of places for open streams, shared by the servers of a listener.
public final class StreamPlaces: Sendable {
  private struct Taken: Sendable {
    var count = 0
    var byAddress: [String: Int] = [:]
  }

  private let limit: Int
  private let perAddress: Int
  private let taken = Locked(Taken())

  /// Creates as many free places as `limit`.
  ///
  /// - Parameter perAddress: how many of them one client address may have.
  public init(_ limit: Int, perAddress: Int = .max) {
    self.limit = limit
    self.perAddress = perAddress
  }

  /// Takes a place; `false` if there is none, or none for that address.
  func take(for peer: String) -> Bool {
    taken.withLock { taken in
      let own = taken.byAddress[peer, default: 0]
      guard taken.count < limit, own < perAddress else { return false }
      taken.count += 1
      taken.byAddress[peer] = own + 1
      return true
    }
  }

  /// Gives an address's place back.
  func giveBack(of peer: String) {
    taken.withLock { taken in
      taken.count -= 1
      let own = taken.byAddress[peer, default: 0]
      taken.byAddress[peer] = own > 1 ? own - 1 : nil
    }
  }
}
