public import GatewayCore

/// Why a secret could not be read. It names the place, never the value.
public struct SecretFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong with the place or its content.
  public enum Reason: String, Sendable, CaseIterable {
    /// The environment variable is not set, or the file does not exist.
    case missing = "is missing"
    /// The file exists and may not be read by this process.
    case unreadable = "cannot be read"
    /// The path names a directory, a pipe, a socket or a device.
    case notAFile = "is not a regular file"
    /// There is nothing in it, or a newline only.
    case empty = "is empty"
    /// It holds a NUL byte.
    case containsNUL = "contains a NUL byte"
    /// It is larger than 64 KiB.
    case tooLarge = "is larger than 64 KiB"
    /// It is to be read as text and is not valid UTF-8.
    case notText = "is not UTF-8 text"
  }

  /// Where the secret was looked for.
  public let reference: SecretReference
  /// What is wrong.
  public let reason: Reason

  /// Creates a fault.
  public init(_ reference: SecretReference, _ reason: Reason) {
    self.reference = reference
    self.reason = reason
  }

  /// Place and reason.
  public var description: String { "\(reference) \(reason.rawValue)" }
}

/// A finding about a secret that was read all the same.
public struct SecretWarning: Sendable, Equatable, CustomStringConvertible {
  /// The file that the secret is kept in.
  public let reference: SecretReference
  /// The file's permission bits, such as `0o644`.
  public let mode: UInt32

  /// Creates a warning.
  public init(reference: SecretReference, mode: UInt32) {
    self.reference = reference
    self.mode = mode
  }

  /// The place and its permissions.
  public var description: String {
    "\(reference) can be read by every user (mode \(String(mode, radix: 8))); use 0600 or 0640"
  }
}
