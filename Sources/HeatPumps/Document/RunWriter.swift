/// Writes a text of many short runs into memory of a fixed size.
///
/// What does not fit is counted and left out, so that a run costs one check and memory never grows
/// in between; the whole text is then written once more into enough, which a good guess makes rare.
/// A writer is lent to a closure and cannot be copied, so that it does not outlive its memory.
@safe struct RunWriter: ~Copyable {
  private let memory: UnsafeMutableRawPointer
  private let capacity: Int
  /// The length of the text so far. If that is `capacity` at the most, all of it is written: from a
  /// greater length, it goes back only to one that it had before.
  private(set) var count = 0

  // Runs up to this length are copied by a few moves of this length, without a call.
  private static let shortRun = 32

  /// The text that `write` makes; it is called a second time if the text outgrows the guess.
  @inline(__always)
  static func text(guess: Int, _ write: (inout RunWriter) -> Void) -> [UInt8] {
    var (capacity, needed) = (guess, 0)
    while true {
      let text = unsafe [UInt8](unsafeUninitializedCapacity: max(capacity, 1)) { buffer, count in
        // An array of at least one byte has memory.
        guard let memory = UnsafeMutableRawPointer(buffer.baseAddress) else { return }
        var writer = unsafe RunWriter(memory: memory, capacity: buffer.count)
        write(&writer)
        needed = writer.count
        count = needed <= buffer.count ? needed : 0
      }
      if text.count == needed { return text }
      capacity = 2 * needed
    }
  }

  private init(memory: UnsafeMutableRawPointer, capacity: Int) {
    unsafe self.memory = memory
    self.capacity = capacity
  }

  /// Appends a byte.
  @inline(__always)
  mutating func append(_ byte: UInt8) {
    // In bounds: 0 <= count < capacity.
    if count < capacity { unsafe memory.storeBytes(of: byte, toByteOffset: count, as: UInt8.self) }
    count &+= 1
  }

  /// Appends a run of other bytes.
  @inline(__always)
  mutating func append(_ source: Span<UInt8>, _ run: Range<Int>) {
    let (start, length) = (run.lowerBound, Self.shortRun)
    guard run.count <= length, start >= 0, start <= source.count &- length,
      count <= capacity &- length
    else { return append(source.extracting(run)) }
    // In bounds, by the guard: 0 <= start and start + 32 <= source.count on the one side, and
    // 0 <= count and count + 32 <= capacity on the other. What is beyond the run is written over
    // by the next one, or is not part of the text.
    unsafe source.withUnsafeBytes { bytes in
      if let first = bytes.baseAddress {
        unsafe (memory + count).copyMemory(from: first + start, byteCount: length)
      }
    }
    count &+= run.count
  }

  /// Appends all of other bytes.
  mutating func append(_ source: Span<UInt8>) {
    if count &+ source.count <= capacity {
      unsafe source.withUnsafeBytes { bytes in
        guard let first = bytes.baseAddress else { return }
        // In bounds: 0 <= count and count + bytes.count <= capacity.
        unsafe (memory + count).copyMemory(from: first, byteCount: bytes.count)
      }
    }
    count += source.count
  }

  /// Takes back the last bytes, if the very last is `byte`.
  ///
  /// - Returns: whether it was. That is not known of a text that does not fit; it stays as it is.
  @inline(__always)
  @discardableResult
  mutating func takeBack(_ length: Int, if byte: UInt8) -> Bool {
    guard length <= count, count > 0, count <= capacity else { return false }
    // In bounds: 0 < count <= capacity.
    let last = unsafe memory.load(fromByteOffset: count &- 1, as: UInt8.self)
    guard last == byte else { return false }
    count &-= length
    return true
  }

  /// Takes back all that was appended since the text had a certain length; nothing in front of that
  /// may have been taken back in between.
  mutating func takeBack(to length: Int) {
    precondition(length >= 0 && length <= count)
    count = length
  }
}
