import Glibc

/// A folder of its own below /tmp, gone with all that is in it when nobody holds it any more.
public final class TemporaryFolder: Sendable {
  /// The folder, without a trailing slash.
  public let path: String

  /// Makes the folder.
  ///
  /// - Throws: ``ScriptedServerFault`` if the system refuses.
  public init() throws {
    var template = Array("/tmp/gateway-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw ScriptedServerFault(call: "mkdtemp", code: errno) }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit {
    remove()
  }

  /// Removes it with all that is in it.
  public func remove() {
    removeTree(path)
  }

  /// Writes a file with mode 0600.
  ///
  /// - Returns: its path.
  /// - Throws: ``ScriptedServerFault`` if it cannot be written.
  @discardableResult
  public func write(_ text: String, to name: String) throws -> String {
    let file = path + "/" + name
    let descriptor = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw ScriptedServerFault(call: "open", code: errno) }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
      throw ScriptedServerFault(call: "write", code: errno)
    }
    return file
  }
}

// Links are removed, never followed.
private func removeTree(_ path: String) {
  var status = stat()
  guard lstat(path, &status) == 0 else { return }
  if status.st_mode & S_IFMT == S_IFDIR, let directory = opendir(path) {
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    closedir(directory)
    for name in names { removeTree(path + "/" + name) }
  }
  remove(path)
}
