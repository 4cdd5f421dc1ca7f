/// Where chance comes from: jitter, ids. Injected, so that tests are exact.
public protocol RandomSource: Sendable {
  /// 64 bits, each equally likely.
  func next() -> UInt64
}

/// The system's cryptographically secure generator.
public struct SystemRandomSource: RandomSource {
  /// Creates the source.
  public init() {}

  /// 64 bits from the system.
  public func next() -> UInt64 {
    var generator = SystemRandomNumberGenerator()
    return generator.next()
  }
}

extension RandomSource {
  /// A number in `0..<1`.
  public func fraction() -> Double {
    Double(next() >> 11) * 0x1p-53
  }

  /// A duration between zero and `limit`: "full jitter".
  public func jitter(upTo limit: Duration) -> Duration {
    limit * fraction()
  }

  /// So many bytes, each equally likely.
  public func bytes(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    // Reserved at once, so that no part of a key stays behind unwiped.
    bytes.reserveCapacity(count)
    while bytes.count < count {
      let word = next()
      for index in 0..<min(8, count - bytes.count) {
        bytes.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * index)))
      }
    }
    return bytes
  }

  /// A version 7 UUID (RFC 9562, section 5.7): ordered by time to the millisecond.
  ///
  /// - Parameter now: the wall-clock time to put into it.
  public func timeOrderedID(at now: Timestamp) -> ResourceID {
    let milliseconds = UInt64(clamping: now.microseconds / 1000) & 0xFFFF_FFFF_FFFF
    return ResourceID(
      high: milliseconds << 16 | 0x7000 | next() & 0x0FFF,
      low: 0x8000_0000_0000_0000 | next() >> 2)
  }
}
