/// Which of two credentials: a rotation has the old and the new one side by side for a while.
public enum CredentialSlot: String, Sendable, CaseIterable {
  /// The one in use before a rotation.
  case current
  /// The one that a rotation brings.
  case next

  /// The other slot.
  var other: CredentialSlot { self == .current ? .next : .current }
}

/// How the configured credentials differ from those before.
public enum CredentialChange: Sendable {
  /// They are the same.
  case none
  /// Those that were in ``CredentialSlot/next`` and in use are in ``CredentialSlot/current`` now.
  case promoted
  /// They are others.
  case replaced
}

/// Where the client credentials come from, read again for every token request, so that a rotated
/// file counts from the next request on.
public struct CredentialSlots: Sendable {
  /// Gives the credentials of one slot as they are now.
  public typealias Source = @Sendable () throws(SecretFault) -> ClientCredentials

  /// The slot that is tried first.
  public let current: Source
  /// The slot that is tried when the server refuses the first, if there is one.
  public let next: Source?

  /// Creates the slots.
  public init(current: @escaping Source, next: Source? = nil) {
    self.current = current
    self.next = next
  }

  func source(_ slot: CredentialSlot) -> Source? {
    slot == .current ? current : next
  }

  /// The slots to try, the preferred one first.
  func order(preferring slot: CredentialSlot) -> [CredentialSlot] {
    [slot, slot.other].filter { source($0) != nil }
  }
}
