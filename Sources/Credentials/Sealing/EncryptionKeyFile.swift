public import GatewayCore
import Glibc

/// A file that holds an encryption key, made where there is none yet.
public enum EncryptionKeyFile {
  /// Reads the key in a file, or makes the file with a new key and mode 0600.
  ///
  /// The file appears at once and whole: of several processes that start together, one makes it and
  /// all read the same. What was sealed under a key that got lost is lost with it.
  ///
  /// - Parameter random: must be cryptographically secure.
  /// - Throws: ``EncryptionKeyFault`` if the file is there and not fit, or cannot be made.
  public static func readOrMake(
    _ path: String, random: any RandomSource = SystemRandomSource(),
    reader: SecretReader = SecretReader()
  ) throws(EncryptionKeyFault) -> EncryptionKey {
    let reference = SecretReference.file(path)
    do {
      return try EncryptionKey(reference, reader: reader)
    } catch {
      guard error.reason == .secret(.missing) else { throw error }
    }
    let code = make(path, random)
    guard code == 0 else { throw EncryptionKeyFault(reference, .unwritable(errno: code)) }
    // Read again, since it may be another process's.
    return try EncryptionKey(reference, reader: reader)
  }

  // Returns 0 or an `errno`.
  private static func make(_ path: String, _ random: any RandomSource) -> Int32 {
    let draft = "\(path).\(String(random.next(), radix: 16)).new"
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { return errno }
    defer { unlink(draft) }
    var code = fill(descriptor, random)
    if close(descriptor) != 0, code == 0 { code = errno }
    guard code == 0 else { return code }
    // Unlike renaming, linking never takes the place of what another process has just put there.
    if link(draft, path) != 0, errno != EEXIST { return errno }
    return synchronizeFolder(of: path)
  }

  private static func fill(_ descriptor: Int32, _ random: any RandomSource) -> Int32 {
    var key = random.bytes(EncryptionKey.byteCount)
    defer { wipe(&key) }
    var text: [UInt8] = []
    text.reserveCapacity(64)
    defer { wipe(&text) }
    Base64.append(key.span, to: &text)
    text.append(UInt8(ascii: "\n"))
    var start = 0
    while start < text.count {
      let count = text.withUnsafeBytes { bytes in
        write(descriptor, bytes.baseAddress?.advanced(by: start), bytes.count - start)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return count < 0 ? errno : EIO }
      start += count
    }
    return fsync(descriptor) == 0 ? 0 : errno
  }

  // Else a power cut could leave what was sealed and take the key.
  private static func synchronizeFolder(of path: String) -> Int32 {
    let folder =
      path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return errno }
    defer { close(descriptor) }
    return fsync(descriptor) == 0 ? 0 : errno
  }
}
