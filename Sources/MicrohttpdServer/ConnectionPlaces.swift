import GatewayCore

/// How many connections each client address has open, over all servers of a listener.
public final class ConnectionPlaces: Sendable {
  /// An address without its port; IPv4 and its mapped form in IPv6 are one.
  struct Address: Hashable, Sendable {
    private let high: UInt64
    private let low: UInt64

    /// Takes the 4 or 16 bytes of an address over.
    init(_ bytes: Span<UInt8>) {
      var words: (UInt64, UInt64) = (0, bytes.count == 4 ? 0xFFFF : 0)
      for index in bytes.indices {
        words = (words.0 << 8 | words.1 >> 56, words.1 << 8 | UInt64(bytes[index]))
      }
      (high, low) = words
    }
  }

  private let limit: Int
  private let open = Locked<[Address: Int]>([:])

  /// Creates places, `limit` for each address.
  public init(_ limit: Int) {
    self.limit = limit
  }

  /// Takes a place; `false` if the address has all that it may have.
  func take(_ address: Address) -> Bool {
    open.withLock { open in
      let count = open[address, default: 0]
      guard count < limit else { return false }
      open[address] = count + 1
      return true
    }
  }

  /// Gives a place back.
  func giveBack(_ address: Address) {
    open.withLock { open in
      let count = open[address, default: 0]
      // Whoever has none open is forgotten, so that there are no more entries than connections.
      open[address] = count > 1 ? count - 1 : nil
    }
  }
}
