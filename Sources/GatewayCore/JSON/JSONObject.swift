/// An object's members in the order they came.
///
/// Equal objects have the same members in any order (RFC 8259, section 4).
public struct JSONObject: Hashable, Sendable {
  /// The members in their order; no key stands twice.
  public private(set) var members: [(key: String, value: JSONValue)] = []
  // Few objects have many members; those that do get an index.
  private var index: [String: Int]?

  private static let indexThreshold = 16

  /// An object without members.
  public init() {}

  /// The number of members.
  public var count: Int { members.count }

  /// Whether there are no members.
  public var isEmpty: Bool { members.isEmpty }

  /// The keys in their order.
  public var keys: [String] { members.map(\.key) }

  /// Reads, replaces, appends or (with `nil`) removes a member.
  public subscript(key: String) -> JSONValue? {
    get { position(of: key).map { members[$0].value } }
    set {
      switch (position(of: key), newValue) {
      case (let position?, let value?):
        members[position].value = value
      case (let position?, nil):
        members.remove(at: position)
        rebuildIndex()
      case (nil, let value?):
        append(key, value)
      case (nil, nil):
        break
      }
    }
  }

  /// Whether there is a member of that key.
  public func contains(_ key: String) -> Bool { position(of: key) != nil }

  /// Makes room for that many members.
  mutating func reserveCapacity(_ count: Int) { members.reserveCapacity(count) }

  /// Appends a member whose key no other member has.
  mutating func append(_ key: String, _ value: JSONValue) {
    members.append((key, value))
    if index != nil {
      index?[key] = members.count - 1
    } else if members.count > Self.indexThreshold {
      rebuildIndex()
    }
  }

  private func position(of key: String) -> Int? {
    if let index { return index[key] }
    return members.firstIndex { $0.key == key }
  }

  private mutating func rebuildIndex() {
    guard members.count > Self.indexThreshold else { return index = nil }
    index = Dictionary(uniqueKeysWithValues: members.enumerated().map { ($1.key, $0) })
  }

  /// Whether both have the same members.
  public static func == (left: JSONObject, right: JSONObject) -> Bool {
    left.count == right.count && left.members.allSatisfy { right[$0.key] == $0.value }
  }

  /// Equal objects hash alike, whatever their order.
  public func hash(into hasher: inout Hasher) {
    var combined = 0
    for member in members {
      var inner = Hasher()
      inner.combine(member.key)
      inner.combine(member.value)
      combined ^= inner.finalize()
    }
    hasher.combine(combined)
  }
}
