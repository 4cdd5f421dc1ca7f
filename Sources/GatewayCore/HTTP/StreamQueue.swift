/// The bytes of a stream that wait for their reader, first in, first out.
///
/// Pieces are kept as they came and never joined, so that one array sent to many streams stays one
/// array.
struct StreamQueue: Sendable {
  // What a piece costs beside its bytes, rounded up, so that very many tiny ones are bounded too.
  private static let pieceCost = 32

  private var pieces: [[UInt8]] = []
  // The first piece that is not read whole, and how much of it is.
  private var first = 0
  private var offset = 0
  /// How much memory waits here, in bytes: more than the bytes alone.
  private(set) var cost = 0

  var isEmpty: Bool { first == pieces.count }

  /// Whether the bytes can wait here too without the cost passing the limit.
  func fits(_ bytes: [UInt8], within limit: Int) -> Bool {
    cost + bytes.count + StreamQueue.pieceCost <= limit
  }

  mutating func append(_ bytes: [UInt8]) {
    guard !bytes.isEmpty else { return }
    pieces.append(bytes)
    cost += bytes.count + StreamQueue.pieceCost
  }

  /// Moves as many bytes out as the buffer takes.
  ///
  /// - Returns: how many.
  mutating func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    var filled = 0
    while filled < buffer.count, first < pieces.count {
      let count = min(pieces[first].count - offset, buffer.count - filled)
      unsafe pieces[first].withUnsafeBytes { piece in
        unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<(filled + count)])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: piece[offset..<(offset + count)]))
      }
      filled += count
      offset += count
      cost -= count
      if offset == pieces[first].count { dropFirst() }
    }
    return filled
  }

  /// Drops all, but for the rest of a piece whose beginning was read: a reader must not find the
  /// next one in its middle.
  mutating func removeAllButBegun() {
    let rest = offset > 0 ? pieces[first] : []
    let begun = offset
    removeAll()
    guard begun > 0 else { return }
    append(rest)
    offset = begun
    cost -= begun
  }

  mutating func removeAll() {
    self = StreamQueue()
  }

  private mutating func dropFirst() {
    pieces[first] = []
    first += 1
    offset = 0
    cost -= StreamQueue.pieceCost
    if first == pieces.count {
      // An idle stream holds no buffer.
      pieces = []
      first = 0
    } else if first >= 64, first > pieces.count / 2 {
      pieces.removeFirst(first)
      first = 0
    }
  }
}
