/// What kind of value a writable pointer takes; decides which bounds and literals fit it.
public enum PointerKind: String, Sendable, CaseIterable {
  /// A decimal number; bounded by `minimum` and `maximum`.
  case number
  /// A point in time; bounded by `maximum_ahead`.
  case time
  /// `true` or `false`; has no bounds.
  case boolean
  /// Text; has no bounds.
  case text
}

/// The pointers of the simplified heat pump that can be written, as the field table lists them.
public struct PointerCatalogue: Sendable {
  /// Kinds by pointer, such as `/hot_water/standard_temperature`.
  public let writable: [String: PointerKind]

  /// Creates a catalogue.
  public init(writable: [String: PointerKind]) {
    self.writable = writable
  }
}
