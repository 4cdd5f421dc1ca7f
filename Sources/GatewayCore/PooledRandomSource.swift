import Glibc

/// The system's cryptographically secure generator, asked for many numbers at once: an event needs
/// four, and asking takes a system call.
///
/// A number that was handed out is wiped, so that whoever reads the memory later does not learn it.
public final class PooledRandomSource: RandomSource {
  private struct Pool: Sendable {
    var words = [UInt64](repeating: 0, count: PooledRandomSource.size)
    var left = 0
  }

  // 256 bytes are the most that the system hands out whole, whatever happens meanwhile.
  private static let size = 32
  private let pool = Locked(Pool())

  /// Creates the source; nothing is asked for yet.
  public init() {}

  /// 64 bits from the system.
  public func next() -> UInt64 {
    pool.withLock { pool in
      if pool.left == 0 {
        // Never blocks once the system has started, and fails for larger sizes only.
        let code = unsafe pool.words.withUnsafeMutableBytes { bytes in
          unsafe getentropy(bytes.baseAddress, bytes.count)
        }
        precondition(code == 0, "getentropy failed with \(errno)")
        pool.left = Self.size
      }
      pool.left -= 1
      defer { pool.words[pool.left] = 0 }
      return pool.words[pool.left]
    }
  }
}
