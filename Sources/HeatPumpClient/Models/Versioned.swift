/// A value that is changed by version, and the tag of the one that was read.
public struct Versioned<Value: Sendable>: Sendable {
  /// The value.
  public var value: Value
  /// The entity tag: for `ifMatch`, so that nobody's change is overwritten.
  public var tag: String?

  /// Creates a value with its tag.
  public init(_ value: Value, tag: String?) {
    self.value = value
    self.tag = tag
  }
}

extension Versioned: Equatable where Value: Equatable {}

extension Versioned: Hashable where Value: Hashable {}
