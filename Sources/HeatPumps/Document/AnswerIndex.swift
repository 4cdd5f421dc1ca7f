import GatewayCore

/// Which member of the upstream's answer goes to which slot, found without making a `String`.
///
/// One hash table per object (open addressing over the length and a few bytes of the name), all in
/// flat arrays, so that a look-up follows no reference.
struct AnswerIndex: Sendable {
  /// How a slot's value is checked; ``FieldKind`` without its payload, so that it is cheap to copy.
  enum Check: UInt8, Sendable {
    case boolean, integer, decimal, text, time, uuid, level, actions, object
  }

  struct Entry: Sendable {
    let nameStart: Int
    let nameCount: Int
    let slot: Int
    let check: Check
    /// For objects: the container that has their members.
    let container: Int
  }

  static let shared = AnswerIndex(fields: FieldTable.fields)

  /// The answer paths by slot; behind the fields' own come those of the objects around them.
  private(set) var slotPaths: [[String]] = []
  /// By container: all slots below it, cleared when an object comes twice.
  private(set) var slotsBelow: [[Int]] = []
  private var entries: [Entry] = []
  private var names: [UInt8] = []
  private var buckets: [UInt8] = []

  private static let size = 256
  private static let free = UInt8.max

  private init(fields: [Field]) {
    var checks: [[String]: Check] = [:]
    for field in fields where field.slot == slotPaths.count {
      slotPaths.append(field.answerPath)
      checks[field.answerPath] = Check(field.kind)
    }
    _ = addContainer([], checks)
  }

  /// The entry of a member, or `nil` if the container has none of that name.
  @inline(__always)
  func find(_ bytes: Span<UInt8>, _ name: Range<Int>, container: Int) -> Entry? {
    guard !name.isEmpty else { return nil }
    let base = container * Self.size
    var bucket = Self.bucket(bytes, name)
    while true {
      let place = buckets[base + bucket]
      guard place != Self.free else { return nil }
      let entry = entries[Int(place)]
      if entry.nameCount == name.count, isSame(bytes, name.lowerBound, entry) { return entry }
      bucket = (bucket + 1) & (Self.size - 1)
    }
  }

  @inline(__always)
  private func isSame(_ bytes: Span<UInt8>, _ start: Int, _ entry: Entry) -> Bool {
    for offset in 0..<entry.nameCount
    where bytes[start + offset] != names[entry.nameStart + offset] {
      return false
    }
    return true
  }

  @inline(__always)
  private static func bucket(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Int {
    let first = Int(bytes[name.lowerBound])
    let third = Int(bytes[name.lowerBound + name.count / 3])
    let middle = Int(bytes[name.lowerBound + name.count / 2])
    let last = Int(bytes[name.upperBound - 1])
    return (first &* 3 ^ middle &* 37 ^ third &* 101 ^ last &* 11 &+ name.count &* 59)
      & (size - 1)
  }

  private mutating func addContainer(_ path: [String], _ checks: [[String]: Check]) -> Int {
    let container = slotsBelow.count
    slotsBelow.append([])
    buckets += [UInt8](repeating: Self.free, count: Self.size)
    var below: [Int] = []
    var nested: [String] = []
    for (slot, member) in slotPaths.enumerated()
    where member.count > path.count && member.starts(with: path) {
      let name = member[path.count]
      if member.count == path.count + 1, let check = checks[member] {
        add(name, to: container, slot: slot, check: check)
        below.append(slot)
      } else if !nested.contains(name) {
        nested.append(name)
      }
    }
    for name in nested {
      let slot = slotPaths.count
      slotPaths.append(path + [name])
      let inner = addContainer(path + [name], checks)
      add(name, to: container, slot: slot, check: .object, inner: inner)
      below += [slot] + slotsBelow[inner]
    }
    slotsBelow[container] = below
    return container
  }

  private mutating func add(
    _ name: String, to container: Int, slot: Int, check: Check, inner: Int = 0
  ) {
    let start = names.count
    names.append(contentsOf: name.utf8)
    let base = container * Self.size
    var bucket = Self.bucket(names.span, start..<names.count)
    while buckets[base + bucket] != Self.free { bucket = (bucket + 1) & (Self.size - 1) }
    buckets[base + bucket] = UInt8(entries.count)
    entries.append(
      Entry(
        nameStart: start, nameCount: names.count - start, slot: slot, check: check,
        container: inner))
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
