import GatewayCore

/// Which member of the upstream's answer goes to which slot, found without making a `String`.
///
/// One hash table per object (open addressing over the first and the last eight bytes of the name),
/// all in flat arrays, so that a look-up follows no reference. Names are compared word by word.
struct AnswerIndex: Sendable {
  /// How a slot's value is checked; ``FieldKind`` without its payload, so that it is cheap to copy.
  enum Check: UInt8, Sendable {
    case boolean, integer, decimal, text, time, uuid, level, actions, object
  }

  /// What is known about the member of a slot.
  struct Entry: Sendable {
    let check: Check
    /// For objects: the container that has their members.
    let container: UInt8
    let nameCount: UInt8
    let firstWord: UInt16
  }

  static let shared = AnswerIndex(fields: FieldTable.fields)

  /// The answer paths by slot; behind the fields' own come those of the objects around them.
  private(set) var slotPaths: [[String]] = []
  /// By container: all slots below it, cleared when an object comes twice.
  private(set) var slotsBelow: [[Int]] = []
  /// By slot.
  private(set) var entries: [Entry] = []
  // Each name, filled up with zeros to whole words.
  private var names: [UInt64] = []
  private var buckets: [UInt8] = []

  private static let size = 256
  private static let free = UInt8.max

  private init(fields: [Field]) {
    var checks: [[String]: Check] = [:]
    for field in fields where field.slot == slotPaths.count {
      slotPaths.append(field.answerPath)
      checks[field.answerPath] = Check(field.kind)
    }
    entries = slotPaths.map { add($0, checks[$0] ?? .text) }
    _ = addContainer([])
    precondition(slotPaths.count < Int(Self.free), "slots are counted in bytes")
  }

  /// The slot of a member, or `nil` if the container has none of that name.
  func find(_ bytes: Span<UInt8>, _ name: Range<Int>, container: Int) -> Int? {
    guard !name.isEmpty else { return nil }
    var bucket = Self.bucket(bytes, name)
    while true {
      let slot = buckets[container &* Self.size &+ bucket]
      guard slot != Self.free else { return nil }
      let entry = entries[Int(slot)]
      if Int(entry.nameCount) == name.count, stands(entry, bytes, at: name.lowerBound) {
        return Int(slot)
      }
      bucket = (bucket &+ 1) & (Self.size - 1)
    }
  }

  /// Whether a member's name stands at a place of the text; whether it ends there is not looked at.
  @inline(__always)
  func stands(_ entry: Entry, _ bytes: Span<UInt8>, at start: Int) -> Bool {
    let end = start &+ Int(entry.nameCount)
    guard start >= 0, start < end, end &+ 8 <= bytes.count else {
      return end <= bytes.count && standsAtTheEnd(entry, bytes, at: start)
    }
    var (position, word) = (start, Int(entry.firstWord))
    while true {
      // In bounds: 0 <= start <= position < end, and end + 8 <= bytes.count.
      let different = unsafe bytes.word(uncheckedAt: position) ^ names[word]
      position &+= 8
      guard position < end else {
        return different << UInt64(truncatingIfNeeded: 8 &* (position &- end)) == 0
      }
      guard different == 0 else { return false }
      word &+= 1
    }
  }

  // Where no whole word can be read behind the name.
  private func standsAtTheEnd(_ entry: Entry, _ bytes: Span<UInt8>, at start: Int) -> Bool {
    (0..<Int(entry.nameCount)).allSatisfy { offset in
      let word = names[Int(entry.firstWord) + offset / 8]
      return bytes[start + offset] == UInt8(truncatingIfNeeded: word >> UInt64(offset % 8 * 8))
    }
  }

  private static func bucket(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Int {
    let start = name.lowerBound
    let first = bytes.word(of: start..<min(start + 8, name.upperBound))
    let last = bytes.word(of: max(name.upperBound - 8, start)..<name.upperBound)
    let mixed = (first ^ (last &* 0x9E37_79B9_7F4A_7C15)) &* 0xD6E8_FEB8_6659_FD93
    return Int(truncatingIfNeeded: mixed >> 56)
  }

  private mutating func addContainer(_ path: [String]) -> Int {
    let container = slotsBelow.count
    slotsBelow.append([])
    buckets += [UInt8](repeating: Self.free, count: Self.size)
    var below: [Int] = []
    var nested: [[String]] = []
    for (slot, member) in slotPaths.enumerated()
    where member.count > path.count && member.starts(with: path) {
      let inner = Array(member.prefix(path.count + 1))
      if member == inner {
        put(slot, into: container)
        below.append(slot)
      } else if !nested.contains(inner) {
        nested.append(inner)
      }
    }
    for inner in nested {
      let slot = slotPaths.count
      slotPaths.append(inner)
      entries.append(add(inner, .object, container: slotsBelow.count))
      put(slot, into: container)
      below += [slot] + slotsBelow[addContainer(inner)]
    }
    slotsBelow[container] = below
    return container
  }

  private mutating func add(_ path: [String], _ check: Check, container: Int = 0) -> Entry {
    let name = Array((path.last ?? "").utf8)
    let entry = Entry(
      check: check, container: UInt8(container), nameCount: UInt8(name.count),
      firstWord: UInt16(names.count))
    for start in stride(from: 0, to: name.count, by: 8) {
      names.append(name.span.word(of: start..<min(start + 8, name.count)))
    }
    return entry
  }

  private mutating func put(_ slot: Int, into container: Int) {
    let name = Array((slotPaths[slot].last ?? "").utf8)
    var bucket = Self.bucket(name.span, name.indices)
    while buckets[container * Self.size + bucket] != Self.free {
      bucket = (bucket + 1) & (Self.size - 1)
    }
    buckets[container * Self.size + bucket] = UInt8(slot)
  }
}

extension AnswerIndex.Check {
  init(_ kind: FieldKind) {
    switch kind {
    case .boolean: self = .boolean
    case .integer: self = .integer
    case .decimal: self = .decimal
    case .text, .enumeration, .pending: self = .text
    case .time: self = .time
    case .uuid: self = .uuid
    case .level: self = .level
    case .actions: self = .actions
    }
  }
}
