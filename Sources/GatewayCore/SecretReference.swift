/// Where a secret is kept; the reference itself is no secret and may be logged.
public enum SecretReference: Hashable, Sendable, CustomStringConvertible {
  /// The environment variable of that name.
  case environment(String)
  /// The file at that path; one trailing newline is dropped.
  case file(String)

  /// `env NAME` or `file PATH`.
  public var description: String {
    switch self {
    case .environment(let name): "env \(name)"
    case .file(let path): "file \(path)"
    }
  }
}
