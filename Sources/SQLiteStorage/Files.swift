import Glibc
import Storage

/// The few calls about files that the database library does not make.
enum Files {
  /// What tells one file from another, whatever its name.
  struct Identity: Equatable, Sendable {
    let device: UInt64
    let number: UInt64
  }

  /// What is at a path.
  struct Status: Sendable {
    let identity: Identity
    let size: Int64
    let isFile: Bool
  }

  /// Looks at a path.
  ///
  /// - Returns: `nil` if nothing is there.
  /// - Throws: `unavailable` if one cannot know.
  static func status(of path: String) throws(StorageFault) -> Status? {
    var status = stat()
    guard stat(path, &status) == 0 else {
      let code = errno
      if code == ENOENT || code == ENOTDIR { return nil }
      throw fault("cannot look at \(path)", code)
    }
    return Status(
      identity: Identity(device: UInt64(status.st_dev), number: UInt64(status.st_ino)),
      size: Int64(status.st_size), isFile: status.st_mode & S_IFMT == S_IFREG)
  }

  /// Makes sure that a file or folder may be written.
  ///
  /// - Throws: `unavailable`.
  static func requireWritable(_ path: String) throws(StorageFault) {
    guard access(path, W_OK) == 0 else { throw fault("cannot write \(path)", errno) }
  }

  /// The folder that a path lies in.
  static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  /// Makes a folder and those above it, for the owner's eyes only. One that exists stays as it is.
  ///
  /// - Throws: `unavailable`.
  static func makeFolder(_ path: String) throws(StorageFault) {
    if path.isEmpty || mkdir(path, 0o700) == 0 { return }
    let code = errno
    switch code {
    case EEXIST: return
    case ENOENT where folder(of: path) != path:
      try makeFolder(folder(of: path))
      try makeFolder(path)
    default: throw fault("cannot make the folder \(path)", code)
    }
  }

  /// Makes an empty file that did not exist before, for the owner's eyes only. SQLite gives the
  /// files beside it the same rights.
  ///
  /// - Throws: `unavailable`.
  static func makeFile(_ path: String) throws(StorageFault) {
    let descriptor = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw fault("cannot make the file \(path)", errno) }
    close(descriptor)
  }

  /// Removes a file, if it is there.
  static func remove(_ path: String) {
    unlink(path)
  }

  /// Gives a finished file its name, durably, unless that name is taken.
  ///
  /// - Returns: whether it was free.
  /// - Throws: `unavailable`.
  static func publish(_ path: String, as name: String) throws(StorageFault) -> Bool {
    guard link(path, name) == 0 else {
      let code = errno
      if code == EEXIST { return false }
      throw fault("cannot make the file \(name)", code)
    }
    remove(path)
    try synchronize(folder(of: name))
    return true
  }

  private static func synchronize(_ folder: String) throws(StorageFault) {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw fault("cannot open the folder \(folder)", errno) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw fault("cannot write the folder \(folder)", errno) }
  }

  private static func fault(_ words: String, _ code: CInt) -> StorageFault {
    let reason = strerror(code).map { String(cString: $0) } ?? "error \(code)"
    return .unavailable("\(words): \(reason)")
  }
}
