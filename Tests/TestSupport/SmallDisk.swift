import Glibc

/// A disk of a few megabytes in memory, unmounted when the test lets go of it.
public final class SmallDisk: Sendable {
  private let folder: TemporaryFolder
  private let options: String

  /// Whether this process may mount it.
  public static let isPossible = (try? SmallDisk()) != nil

  /// Mounts the disk.
  ///
  /// - Parameter megabytes: its size.
  /// - Throws: ``ScriptedServerFault`` if the system refuses.
  public init(megabytes: Int = 1) throws {
    folder = try TemporaryFolder()
    options = "size=\(megabytes)m"
    guard mount("tmpfs", folder.path, "tmpfs", 0, options) == 0 else {
      throw ScriptedServerFault(call: "mount", code: errno)
    }
  }

  deinit {
    umount2(folder.path, CInt(MNT_DETACH))
  }

  /// The path of a file on it.
  public func file(_ name: String) -> String { folder.path + "/" + name }

  /// Lets nobody write to it, or everybody again. No file may be open for writing.
  ///
  /// - Throws: ``ScriptedServerFault`` if the system refuses.
  public func setReadOnly(_ isReadOnly: Bool) throws {
    let flags = UInt(MS_REMOUNT) | (isReadOnly ? UInt(MS_RDONLY) : 0)
    guard mount("tmpfs", folder.path, "tmpfs", flags, options) == 0 else {
      throw ScriptedServerFault(call: "mount", code: errno)
    }
  }
}
