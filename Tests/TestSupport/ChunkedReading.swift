extension RawHTTPClient {
  /// Reads the head of an answer whose body goes on and on.
  ///
  /// - Throws: a ``Fault``.
  public func head() async throws -> Answer {
    try await answer(isHead: true)
  }

  /// Reads one chunk (RFC 9112, section 7.1); an empty one is the body's end.
  ///
  /// - Throws: a ``Fault``.
  public func chunk() async throws -> String {
    let line = try await read(through: "\r\n")
    // CR LF is one `Character`.
    guard let size = Int(line.dropLast(), radix: 16) else { throw Fault.notHTTP(line) }
    let data = try await read(count: size)
    guard try await read(count: 2) == "\r\n" else { throw Fault.notHTTP(data) }
    return data
  }

  /// Reads chunks until their data is `text`, or goes beyond it.
  ///
  /// - Returns: the data that was read.
  /// - Throws: a ``Fault``.
  public func chunks(of text: String) async throws -> String {
    var data = ""
    while data.utf8.count < text.utf8.count {
      let piece = try await chunk()
      if piece.isEmpty { break }
      data += piece
    }
    return data
  }
}
