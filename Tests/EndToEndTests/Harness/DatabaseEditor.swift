import Glibc
import TestSupport

/// SQLite itself, without the gateway's own code above it: for what somebody else does to the file.
///
/// The library is called by name, since the tests are not linked against it; the gateway is.
struct DatabaseEditor: Sendable {
  struct Failure: Error {
    let words: String
  }

  let path: String

  /// Runs statements, each of which may give rows.
  ///
  /// - Returns: the first column of all rows, as text.
  @discardableResult
  func run(_ sql: String) throws -> [String] {
    let library = try Library()
    var database: OpaquePointer?
    defer { _ = library.close(database) }
    guard library.open(path, &database) == 0 else { throw Failure(words: "cannot open \(path)") }
    // The gateway writes, too.
    _ = library.setPatience(database, 10_000)
    var rows: [String] = []
    var message: UnsafeMutablePointer<CChar>?
    let code = withUnsafeMutablePointer(to: &rows) { pointer in
      library.execute(
        database, sql,
        { rows, count, values, _ in
          let value = count > 0 ? values?[0].map { String(cString: $0) } : nil
          rows?.assumingMemoryBound(to: [String].self).pointee.append(value ?? "")
          return 0
        }, pointer, &message)
    }
    guard code == 0 else {
      throw Failure(words: message.map { String(cString: $0) } ?? "code \(code)")
    }
    return rows
  }

  /// What SQLite finds wrong with the file; `["ok"]` if nothing is.
  func integrity() throws -> [String] { try run("PRAGMA integrity_check") }

  /// Changes the audit trail behind the gateway's back.
  func forge(_ sql: String) throws {
    try run("DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_deleted; " + sql)
  }
}

private struct Library {
  typealias Open =
    @convention(c) (UnsafePointer<CChar>, UnsafeMutablePointer<OpaquePointer?>) -> CInt
  typealias Close = @convention(c) (OpaquePointer?) -> CInt
  typealias SetPatience = @convention(c) (OpaquePointer?, CInt) -> CInt
  typealias Callback =
    @convention(c) (
      UnsafeMutableRawPointer?, CInt, UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?,
      UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    ) -> CInt
  typealias Execute =
    @convention(c) (
      OpaquePointer?, UnsafePointer<CChar>, Callback?, UnsafeMutableRawPointer?,
      UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
    ) -> CInt

  let open: Open
  let close: Close
  let setPatience: SetPatience
  let execute: Execute

  init() throws {
    let handle = dlopen("libsqlite3.so.0", RTLD_NOW)
    func symbol(_ name: String) throws -> UnsafeMutableRawPointer {
      guard let symbol = dlsym(handle, name) else {
        throw DatabaseEditor.Failure(words: "no \(name)")
      }
      return symbol
    }
    // The types are those of the library's stable interface.
    open = unsafeBitCast(try symbol("sqlite3_open"), to: Open.self)
    close = unsafeBitCast(try symbol("sqlite3_close"), to: Close.self)
    setPatience = unsafeBitCast(try symbol("sqlite3_busy_timeout"), to: SetPatience.self)
    execute = unsafeBitCast(try symbol("sqlite3_exec"), to: Execute.self)
  }
}
