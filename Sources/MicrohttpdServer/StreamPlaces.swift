import GatewayCore

/// A number of places for open streams, shared by the servers of a listener.
public final class StreamPlaces: Sendable {
  private let free: Locked<Int>

  /// Creates as many free places as `limit`.
  public init(_ limit: Int) {
    free = Locked(limit)
  }

  /// Takes a place; `false` if there is none.
  func take() -> Bool {
    free.withLock { free in
      guard free > 0 else { return false }
      free -= 1
      return true
    }
  }

  /// Gives a place back.
  func giveBack() {
    free.withLock { $0 += 1 }
  }
}
