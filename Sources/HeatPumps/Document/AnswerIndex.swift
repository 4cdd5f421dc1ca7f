import GatewayCore

/// Which member of the upstream's answer goes to which slot, found without making a `String`.
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
    /// For objects: the container that describes their members.
    let container: Int
  }

  /// One object's members: open addressing over a hash of a few bytes and the length.
  struct Container: Sendable {
    var entries: [Entry] = []
    var buckets: [UInt8] = []
    var names: [UInt8] = []
    /// All slots below, cleared when an object comes twice.
    var slots: [Int] = []
  }

  static let shared = AnswerIndex(fields: FieldTable.fields)

  private(set) var containers: [Container] = []
  private(set) var slotPaths: [[String]] = []

  private init(fields: [Field]) {
    var checks: [[String]: Check] = [:]
    for field in fields where field.slot == slotPaths.count {
      slotPaths.append(field.answerPath)
      checks[field.answerPath] = Check(field.kind)
    }
    addContainer([], checks: checks)
  }

  private mutating func addContainer(_ path: [String], checks: [[String]: Check]) {
    let place = containers.count
    containers.append(Container())
    var container = Container()
    for (slot, member) in slotPaths.enumerated()
    where member.count == path.count + 1 && member.starts(with: path) {
      guard let check = checks[member] else { continue }
      container.add(member[path.count], slot: slot, check: check)
    }
    var nested: [String] = []
    for member in slotPaths where member.count > path.count + 1 && member.starts(with: path) {
      if !nested.contains(member[path.count]) { nested.append(member[path.count]) }
    }
    for name in nested {
      let own = slotPaths.count
      slotPaths.append(path + [name])
      container.add(name, slot: own, check: .object, container: containers.count)
      addContainer(path + [name], checks: checks)
      container.slots += containers[container.entries.last?.container ?? place].slots
    }
    container.slots += container.entries.map(\.slot)
    container.finish()
    containers[place] = container
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

extension AnswerIndex.Container {
  private static let size = 256

  mutating func add(_ name: String, slot: Int, check: AnswerIndex.Check, container: Int = 0) {
    entries.append(
      .init(
        nameStart: names.count, nameCount: name.utf8.count, slot: slot, check: check,
        container: container))
    names.append(contentsOf: name.utf8)
  }

  mutating func finish() {
    buckets = [UInt8](repeating: .max, count: Self.size)
    for (place, entry) in entries.enumerated() {
      let name = entry.nameStart..<entry.nameStart + entry.nameCount
      var bucket = Self.bucket(names.span, name)
      while buckets[bucket] != .max { bucket = (bucket + 1) & (Self.size - 1) }
      buckets[bucket] = UInt8(place)
    }
  }

  /// The place of the entry with that name, or `nil`.
  @inline(__always)
  func find(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Int? {
    guard !name.isEmpty else { return nil }
    var bucket = Self.bucket(bytes, name)
    while buckets[bucket] != .max {
      let place = Int(buckets[bucket])
      let entry = entries[place]
      if entry.nameCount == name.count, isSame(bytes, name.lowerBound, entry) { return place }
      bucket = (bucket + 1) & (Self.size - 1)
    }
    return nil
  }

  @inline(__always)
  private func isSame(_ bytes: Span<UInt8>, _ start: Int, _ entry: AnswerIndex.Entry) -> Bool {
    for offset in 0..<entry.nameCount
    where bytes[start + offset] != names[entry.nameStart + offset] {
      return false
    }
    return true
  }

  @inline(__always)
  private static func bucket(_ bytes: Span<UInt8>, _ name: Range<Int>) -> Int {
    let last = name.upperBound - 1
    let first = Int(bytes[name.lowerBound])
    let middle = Int(bytes[name.lowerBound + name.count / 2])
    let third = Int(bytes[name.lowerBound + name.count / 3])
    return (first &* 3 ^ middle &* 37 ^ third &* 101 ^ Int(bytes[last]) &* 11 &+ name.count &* 59)
      & (size - 1)
  }
}
