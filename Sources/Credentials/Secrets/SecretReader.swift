public import GatewayCore
import Glibc

/// Reads secrets from the places that the configuration names.
///
/// A file is opened and checked anew by every call, so that a rotated one is picked up.
public struct SecretReader: Sendable {
  /// A secret and what is to be said about its place.
  public struct Reading: Sendable {
    /// The secret.
    public let secret: Secret
    /// A finding about the file's permissions, if any.
    public let warning: SecretWarning?
    /// The file's permission bits, such as `0o600`; `nil` for an environment variable.
    public let mode: UInt32?
  }

  /// The largest secret that is accepted: 64 KiB.
  public static let maximumBytes = 64 << 10

  private let environment: @Sendable (String) -> String?

  /// Creates a reader.
  ///
  /// - Parameter environment: gives the value of an environment variable, or `nil`.
  public init(
    environment: @escaping @Sendable (String) -> String? = SecretReader.processEnvironment
  ) {
    self.environment = environment
  }

  /// The process's own environment.
  public static let processEnvironment: @Sendable (String) -> String? = { name in
    getenv(name).map { String(cString: $0) }
  }

  /// Reads the secret.
  ///
  /// - Throws: ``SecretFault`` if it is missing, empty, too large, or holds a NUL byte.
  public func read(_ reference: SecretReference) throws(SecretFault) -> Reading {
    switch reference {
    case .environment(let name):
      guard let value = environment(name) else { throw SecretFault(reference, .missing) }
      var bytes = Array(value.utf8)
      defer { wipe(&bytes) }
      return Reading(secret: try check(bytes[...], reference), warning: nil, mode: nil)
    case .file(let path):
      return try readFile(path, reference)
    }
  }

  private func readFile(
    _ path: String, _ reference: SecretReference
  ) throws(SecretFault) -> Reading {
    // Without O_NONBLOCK a pipe that nobody writes to would hang before it can be refused.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
      throw SecretFault(reference, errno == ENOENT || errno == ENOTDIR ? .missing : .unreadable)
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw SecretFault(reference, .unreadable) }
    let kind = status.st_mode & S_IFMT
    guard kind == S_IFREG else { throw SecretFault(reference, .notAFile) }
    var bytes = try contents(of: descriptor, reference)
    defer { wipe(&bytes) }
    let secret = try check(bytes.droppingTrailingNewline, reference)
    let isWorldReadable = status.st_mode & S_IROTH != 0
    let mode = UInt32(status.st_mode & 0o7777)
    return Reading(
      secret: secret,
      warning: isWorldReadable ? SecretWarning(reference: reference, mode: mode) : nil, mode: mode)
  }

  private func contents(
    of descriptor: Int32, _ reference: SecretReference
  ) throws(SecretFault) -> [UInt8] {
    // Room for one byte and a line's end more than allowed, taken at once: a growing array would
    // leave unwiped copies behind.
    var bytes = [UInt8](repeating: 0, count: Self.maximumBytes + 3)
    var count = 0
    while count < bytes.count {
      let outcome = bytes.withUnsafeMutableBytes { buffer in
        Glibc.read(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count)
      }
      if outcome < 0, errno == EINTR { continue }
      guard outcome >= 0 else {
        wipe(&bytes)
        throw SecretFault(reference, .unreadable)
      }
      if outcome == 0 { break }
      count += outcome
    }
    defer { wipe(&bytes) }
    return Array(bytes[..<count])
  }

  private func check(
    _ bytes: ArraySlice<UInt8>, _ reference: SecretReference
  ) throws(SecretFault) -> Secret {
    guard !bytes.isEmpty else { throw SecretFault(reference, .empty) }
    guard bytes.count <= Self.maximumBytes else { throw SecretFault(reference, .tooLarge) }
    guard !bytes.contains(0) else { throw SecretFault(reference, .containsNUL) }
    return Secret(bytes)
  }
}

extension [UInt8] {
  /// All but one line's end (`\n` or `\r\n`).
  fileprivate var droppingTrailingNewline: ArraySlice<UInt8> {
    guard last == UInt8(ascii: "\n") else { return self[...] }
    let rest = dropLast()
    return rest.last == UInt8(ascii: "\r") ? rest.dropLast() : rest
  }
}
