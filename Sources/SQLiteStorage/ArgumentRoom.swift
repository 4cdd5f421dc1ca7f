import GRDBSQLite

/// Where texts and bytes lie while a statement runs that has them for arguments, so that SQLite
/// need not copy each to a piece of memory of its own. What does not fit, it does.
final class ArgumentRoom {
  private let memory: UnsafeMutableRawBufferPointer
  /// How much is taken; the statement that has put something here last gives it back first.
  var used = 0

  init(bytes: Int = 32_768) {
    memory = .allocate(byteCount: bytes, alignment: 1)
  }

  deinit { memory.deallocate() }

  /// Copies bytes here.
  ///
  /// - Returns: where they lie until they are given back; `nil` if there is no room.
  func copy(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawPointer? {
    guard bytes.count <= memory.count - used, let start = memory.baseAddress else { return nil }
    let place = start + used
    if let source = bytes.baseAddress {
      place.copyMemory(from: source, byteCount: bytes.count)
    }
    used += bytes.count
    return UnsafeRawPointer(place)
  }
}
