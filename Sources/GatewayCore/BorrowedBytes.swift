extension [UInt8] {
  /// Appends borrowed bytes in one copy; a slice of an array would cost a retain and a release.
  @inlinable
  @inline(__always)
  public mutating func append(copying bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBufferPointer { buffer in unsafe append(contentsOf: buffer) }
  }
}
