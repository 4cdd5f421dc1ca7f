import Glibc

/// A disk of one megabyte in memory, unmounted when the test lets go of it.
final class SmallDisk: Sendable {
  private let folder: TemporaryFolder

  /// Whether this process may mount it.
  static let isPossible = (try? SmallDisk()) != nil

  init() throws {
    folder = try TemporaryFolder()
    guard mount("tmpfs", folder.path, "tmpfs", 0, "size=1m") == 0 else {
      throw TemporaryFolder.Failure(code: errno)
    }
  }

  deinit {
    umount2(folder.path, CInt(MNT_DETACH))
  }

  /// The path of a file on it.
  func file(_ name: String) -> String { folder.file(name) }

  /// Lets nobody write to it, or everybody again. No file may be open for writing.
  func setReadOnly(_ isReadOnly: Bool) throws {
    let flags = UInt(MS_REMOUNT) | (isReadOnly ? UInt(MS_RDONLY) : 0)
    guard mount("tmpfs", folder.path, "tmpfs", flags, "size=1m") == 0 else {
      throw TemporaryFolder.Failure(code: errno)
    }
  }
}
