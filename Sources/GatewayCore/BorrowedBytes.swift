extension [UInt8] {
  /// Appends borrowed bytes in one copy; a slice of an array would cost a retain and a release.
  @inlinable
  @inline(__always)
  public mutating func append(copying bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBufferPointer { buffer in unsafe append(contentsOf: buffer) }
  }
}

extension Span<UInt8> {
  /// Whether both hold the same bytes.
  @inlinable
  public func hasSameBytes(as other: Span<UInt8>) -> Bool {
    guard count == other.count else { return false }
    for index in indices where self[index] != other[index] { return false }
    return true
  }
}
