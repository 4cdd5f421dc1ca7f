#if canImport(Glibc)
  import Glibc
#endif

/// Bytes that open a door: a client secret, an access token, a signing key.
///
/// The value cannot be printed, interpolated, mirrored or encoded: every textual form reads
/// `<redacted>`. It leaves only through ``withBytes(_:)``, which makes each use easy to find. The
/// memory is overwritten when the last reference goes.
public struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable, Equatable
{
  private let storage: SecretStorage

  /// Keeps a copy of `bytes`.
  public init(_ bytes: some Collection<UInt8>) {
    storage = SecretStorage(bytes)
  }

  /// Keeps the UTF-8 form of `text`.
  public init(_ text: String) {
    storage = SecretStorage(Array(text.utf8))
  }

  /// The number of bytes; zero for an empty secret.
  public var count: Int { storage.bytes.count }

  /// Whether there is nothing in it.
  public var isEmpty: Bool { storage.bytes.isEmpty }

  /// Lends the bytes for one use. Don't keep a copy longer than that use.
  public func withBytes<Result, Failure: Error>(
    _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    // A second reference, not a second copy.
    let bytes = storage.bytes
    return try body(bytes.span)
  }

  /// A longer secret made of `prefix` and this one, such as `Bearer ` and a token.
  public func prefixed(by prefix: String) -> Secret {
    var bytes = Array(prefix.utf8)
    bytes.reserveCapacity(bytes.count + count)
    bytes.append(contentsOf: storage.bytes)
    defer { wipe(&bytes) }
    return Secret(bytes)
  }

  /// Always `<redacted>`.
  public var description: String { "<redacted>" }

  /// Always `<redacted>`.
  public var debugDescription: String { "<redacted>" }

  /// A mirror without children, so that `dump` shows nothing either.
  public var customMirror: Mirror { Mirror(self, children: []) }

  /// Compares in time that depends on the lengths alone.
  public static func == (left: Secret, right: Secret) -> Bool {
    left.withBytes { left in right.withBytes { right in constantTimeEquals(left, right) } }
  }
}

/// Compares two byte sequences without telling by its duration where they differ.
///
/// - Returns: `true` if both have the same length and bytes.
public func constantTimeEquals(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
  guard left.count == right.count else { return false }
  var difference: UInt8 = 0
  for index in left.indices {
    difference |= left[index] ^ right[index]
  }
  return difference == 0
}

/// Overwrites `bytes` so that the optimiser cannot leave it out.
public func wipe(_ bytes: inout [UInt8]) {
  let count = bytes.count
  unsafe bytes.withUnsafeMutableBytes { buffer in
    guard let base = buffer.baseAddress else { return }
    unsafe explicit_bzero(base, count)
  }
}

private final class SecretStorage: @unchecked Sendable {
  // Sendable is safe: the bytes are written in `init` and wiped in `deinit`, where nobody else can
  // hold a reference.
  private(set) var bytes: [UInt8] = []

  init(_ bytes: some Collection<UInt8>) {
    // Byte by byte into storage of its own: a copied array would share the caller's, and wiping
    // would then wipe a copy.
    self.bytes.reserveCapacity(bytes.count)
    for byte in bytes { self.bytes.append(byte) }
  }

  deinit {
    wipe(&bytes)
  }
}
