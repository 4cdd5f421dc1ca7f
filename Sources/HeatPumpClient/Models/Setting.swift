/// What becomes of one setting.
public enum Setting<Value: Sendable & Hashable & Encodable>: Sendable, Hashable {
  /// It stays as it is.
  case unchanged
  /// It gets this value; `.to(nil)` sets it to null, where it may be.
  case to(Value)
}

extension Setting: Encodable {
  /// Writes the value; what stays as it is has none, and its owner leaves it out.
  public func encode(to encoder: any Encoder) throws {
    guard case .to(let value) = self else { return }
    try value.encode(to: encoder)
  }
}

/// Settings that stand in one group of the patch.
public protocol PatchGroup: Sendable, Hashable, Encodable {
  /// Leaves everything as it is.
  init()
}

// The encoding that the compiler makes calls these in the place of the general one, so that what
// stays as it is has no member, and a group of such no object.
extension KeyedEncodingContainer {
  mutating func encode<Value>(_ setting: Setting<Value>, forKey key: Key) throws {
    guard case .to(let value) = setting else { return }
    try encode(value, forKey: key)
  }

  mutating func encode<Group: PatchGroup>(_ group: Group, forKey key: Key) throws {
    guard group != Group() else { return }
    try encodeGroup(group, forKey: key)
  }

  private mutating func encodeGroup(_ group: some Encodable, forKey key: Key) throws {
    try encode(group, forKey: key)
  }
}
