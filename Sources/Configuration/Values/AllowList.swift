/// What a caller may touch; what is not listed is denied.
public enum AllowList<Element: Hashable & Sendable>: Sendable, Equatable {
  /// `["*"]`: everything in the caller's organisation.
  case everything
  /// Only these; may be empty.
  case only(Set<Element>)

  /// Whether `element` is allowed.
  public func allows(_ element: Element) -> Bool {
    switch self {
    case .everything: true
    case .only(let elements): elements.contains(element)
    }
  }
}
