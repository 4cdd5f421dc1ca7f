internal import CLibpq
internal import GatewayCore
internal import Glibc

/// One of libpq's connections. Confined to one thread at a time; nothing in it waits.
///
/// | memory | who frees it, when |
/// |---|---|
/// | the connection | `deinit` |
/// | results | ``next()``, after they were copied |
/// | notifications | ``nextNotification()``, after they were copied |
@safe final class LibpqHandle {
  /// What a connection that is being made waits for.
  enum Step {
    case readable, writable, done
    case failed
  }

  /// What the server has answered.
  enum Event {
    case rows(PostgresRows)
    /// A statement was refused.
    case refused(PostgresFault)
    /// A statement was passed over, since one before it was refused.
    case skipped
    /// The end of what belongs to one statement.
    case end
    /// The end of a round.
    case roundEnd
  }

  private let pointer: OpaquePointer

  /// Begins to connect.
  ///
  /// - Parameters:
  ///   - url: libpq's own form, or a list of `keyword=value`.
  ///   - before: settings that the URL may change.
  ///   - after: settings that it may not.
  /// - Throws: `lost` if there is no memory.
  init(
    url: Secret, before: [(String, String)], after: [(String, String)]
  ) throws(PostgresFault) {
    let made = unsafe url.withBytes { bytes -> OpaquePointer? in
      // libpq keeps a copy of its own; this one is wiped.
      var text: [UInt8] = []
      text.reserveCapacity(bytes.count + 1)
      for index in bytes.indices { text.append(bytes[index]) }
      text.append(0)
      defer { wipe(&text) }
      return unsafe text.withUnsafeBytes { text in
        let address = unsafe text.baseAddress?.assumingMemoryBound(to: CChar.self)
        return unsafe connect(address, before: before, after: after)
      }
    }
    guard let made = unsafe made else { throw .lost("there is no memory for a connection") }
    unsafe pointer = made
    // What libpq has to remark goes to standard error otherwise.
    unsafe PQsetNoticeProcessor(made, { _, _ in }, nil)
  }

  deinit {
    unsafe PQfinish(pointer)
  }

  /// The descriptor; it may change while ``advance()`` has not come to its end.
  var socket: Int32 { unsafe PQsocket(pointer) }

  /// Whether it is of use.
  var isGood: Bool { unsafe PQstatus(pointer) == CONNECTION_OK }

  /// Whether the connection is encrypted.
  var isEncrypted: Bool { unsafe PQsslInUse(pointer) == 1 }

  /// The server's version, such as 150004.
  var serverVersion: Int { Int(unsafe PQserverVersion(pointer)) }

  /// The library's words for the last failure.
  var words: String { unsafe String(cString: PQerrorMessage(pointer)) }

  /// Goes on connecting.
  func advance() -> Step {
    guard unsafe PQstatus(pointer) != CONNECTION_BAD else { return .failed }
    switch unsafe PQconnectPoll(pointer) {
    case PGRES_POLLING_READING: return .readable
    case PGRES_POLLING_WRITING: return .writable
    case PGRES_POLLING_OK: return .done
    default: return .failed
    }
  }

  /// Makes a connection that is there take statements without waiting, many before the first
  /// answer.
  func enterPipeline() -> Bool {
    unsafe PQsetnonblocking(pointer, 1) == 0 && PQenterPipelineMode(pointer) == 1
  }

  /// Tells the server that nothing more comes, long before the connection is freed.
  func hangUp() {
    let socket = socket
    if socket >= 0 { _ = shutdown(socket, Int32(SHUT_RDWR)) }
  }

  // MARK: Sending

  func prepare(_ name: String, _ sql: String, _ values: [PostgresValue]) -> Bool {
    let types = values.map(\.type)
    return unsafe PQsendPrepare(pointer, name, sql, Int32(types.count), types) == 1
  }

  func run(prepared name: String, _ values: [PostgresValue]) -> Bool {
    unsafe withParameters(values) { count, pointers, lengths, formats in
      unsafe PQsendQueryPrepared(pointer, name, count, pointers, lengths, formats, 1)
    } == 1
  }

  func run(_ sql: String, _ values: [PostgresValue]) -> Bool {
    let types = values.map(\.type)
    return unsafe withParameters(values) { count, pointers, lengths, formats in
      unsafe PQsendQueryParams(pointer, sql, count, types, pointers, lengths, formats, 1)
    } == 1
  }

  func endRound() -> Bool {
    unsafe PQpipelineSync(pointer) == 1
  }

  /// Writes what waits.
  ///
  /// - Returns: whether all of it has gone; `nil` if the connection has failed.
  func flush() -> Bool? {
    switch unsafe PQflush(pointer) {
    case 0: true
    case 1: false
    default: nil
    }
  }

  // MARK: Receiving

  /// Reads what is there; `false` if the connection has failed.
  func receive() -> Bool {
    unsafe PQconsumeInput(pointer) == 1
  }

  /// Whether ``next()`` would have to wait.
  var isWaiting: Bool { unsafe PQisBusy(pointer) == 1 }

  /// The next thing that the server has answered.
  func next() -> Event {
    guard let result = unsafe PQgetResult(pointer) else { return .end }
    defer { unsafe PQclear(result) }
    return switch unsafe PQresultStatus(result) {
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK: unsafe .rows(rows(of: result))
    case PGRES_PIPELINE_SYNC: .roundEnd
    case PGRES_PIPELINE_ABORTED: .skipped
    default: unsafe .refused(fault(of: result))
    }
  }

  /// What the server has told without being asked; `nil` for nothing more.
  func nextNotification() -> String? {
    guard let notification = unsafe PQnotifies(pointer) else { return nil }
    defer { unsafe PQfreemem(notification) }
    return unsafe String(cString: notification.pointee.extra)
  }

  private func rows(of result: OpaquePointer) -> PostgresRows {
    var rows = PostgresRows()
    let columns = unsafe PQnfields(result)
    rows.names = (0..<columns).map { unsafe String(cString: PQfname(result, $0)) }
    let count = unsafe PQntuples(result)
    rows.rows = (0..<count).map { row in
      (0..<columns).map { column in
        guard unsafe PQgetisnull(result, row, column) == 0,
          let value = unsafe PQgetvalue(result, row, column)
        else { return nil }
        let count = Int(unsafe PQgetlength(result, row, column))
        return unsafe [UInt8](UnsafeRawBufferPointer(start: value, count: count))
      }
    }
    rows.affected = unsafe Int(String(cString: PQcmdTuples(result))) ?? 0
    rows.tag = unsafe String(cString: PQcmdStatus(result))
    return rows
  }

  private func fault(of result: OpaquePointer) -> PostgresFault {
    let code = unsafe field(UInt8(ascii: "C"), of: result)
    let words = unsafe field(UInt8(ascii: "M"), of: result)
    guard let code else { return .lost(words ?? "the connection was lost") }
    return .refused(code: code, words: words ?? "no reason given")
  }

  private func field(_ name: UInt8, of result: OpaquePointer) -> String? {
    unsafe PQresultErrorField(result, Int32(name)).map { unsafe String(cString: $0) }
  }
}

private func connect(
  _ url: UnsafePointer<CChar>?, before: [(String, String)], after: [(String, String)]
) -> OpaquePointer? {
  unsafe withCStrings(before.map(\.0) + ["dbname"] + after.map(\.0)) { names in
    unsafe withCStrings(before.map(\.1)) { first in
      unsafe withCStrings(after.map(\.1)) { last in
        unsafe PQconnectStartParams(names + [nil], first + [url] + last + [nil], 1)
      }
    }
  }
}

/// Lends values as libpq takes them.
private func withParameters<Result>(
  _ values: [PostgresValue],
  _ body: (
    Int32, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?
  ) -> Result
) -> Result {
  let octets = values.map(\.binary)
  let lengths = octets.map { Int32($0?.count ?? 0) }
  let formats = [Int32](repeating: 1, count: values.count)
  // One buffer for all of them, with a byte more so that it is never empty.
  let buffer = octets.compactMap(\.self).flatMap(\.self) + [0]
  return unsafe buffer.withUnsafeBytes { buffer in
    var offset = 0
    let pointers = unsafe octets.map { value -> UnsafePointer<CChar>? in
      guard let value else { return nil }
      defer { offset += value.count }
      return unsafe buffer.baseAddress?.advanced(by: offset).assumingMemoryBound(to: CChar.self)
    }
    return unsafe body(Int32(values.count), pointers, lengths, formats)
  }
}

/// Lends texts as C strings.
private func withCStrings<Result>(
  _ texts: [String], _ body: ([UnsafePointer<CChar>?]) -> Result
) -> Result {
  func next(_ rest: ArraySlice<String>, _ pointers: [UnsafePointer<CChar>?]) -> Result {
    guard let first = rest.first else { return unsafe body(pointers) }
    return unsafe first.withCString { unsafe next(rest.dropFirst(), pointers + [$0]) }
  }
  return unsafe next(texts[...], [])
}
