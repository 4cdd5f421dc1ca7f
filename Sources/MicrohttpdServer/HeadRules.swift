import GatewayCore

/// The rules of framing that a head must keep, so that gateway and client agree where each request
/// ends (RFC 9112, section 6). The library, before 1.0, checks none of them.
struct HeadRules {
  /// The largest body, in bytes.
  let bodyBytes: Int

  /// The first rule that the head breaks, or `nil`.
  func violation(in head: HTTPRequestHead, isHTTP10: Bool) -> RefusalReason? {
    let hosts = head.count(of: .host)
    if hosts == 0, !isHTTP10 { return .missingHost }
    if hosts > 1 { return .repeatedHeader }
    if hosts == 1, !hasValidHost(head) { return .badHost }
    for header in HeadRules.singular where head.count(of: header) > 1 { return .repeatedHeader }
    let lengths = head.count(of: .contentLength)
    if head.count(of: .transferEncoding) > 0 {
      if isHTTP10 { return .transferEncodingInHTTP10 }
      if lengths > 0 { return .conflictingLength }
      if !isChunked(head) { return .unknownTransferCoding }
    }
    if lengths > 0, let reason = lengthViolation(head, lengths) { return reason }
    return isHTTP10 ? nil : expectationViolation(head)
  }

  // Two of these, and it would hang on the reader which of them counts.
  private static let singular: [KnownHeader] = [.authorization, .contentType, .xApiKey]

  private func hasValidHost(_ head: HTTPRequestHead) -> Bool {
    head.withHeader(.host) { value in
      guard let value else { return false }
      return FieldSyntax.isHost(value)
    }
  }

  private func isChunked(_ head: HTTPRequestHead) -> Bool {
    guard head.count(of: .transferEncoding) == 1 else { return false }
    return head.withHeader(.transferEncoding) { value in
      guard let value else { return false }
      return FieldSyntax.equals(value, lowercase: "chunked")
    }
  }

  private func lengthViolation(_ head: HTTPRequestHead, _ count: Int) -> RefusalReason? {
    guard count == 1 else { return .badContentLength }
    return head.withHeader(.contentLength) { value -> RefusalReason? in
      guard let value, value.count > 0 else { return .badContentLength }
      var length = 0
      for index in value.indices {
        let byte = value[index]
        guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return .badContentLength }
        // Held just above the limit, so that no number of digits overflows.
        length = min(length * 10 + Int(byte - UInt8(ascii: "0")), bodyBytes + 1)
      }
      return length > bodyBytes ? .bodyTooLarge : nil
    }
  }

  private func expectationViolation(_ head: HTTPRequestHead) -> RefusalReason? {
    let count = head.count(of: .expect)
    guard count > 0 else { return nil }
    let isKnown = head.withHeader(.expect) { value in
      guard let value else { return false }
      return FieldSyntax.equals(value, lowercase: "100-continue")
    }
    return count == 1 && isKnown && announcesBody(head) ? nil : .unknownExpectation
  }

  // No client may expect to be told to go on where there is nothing to go on with (RFC 9110,
  // section 10.1.1), and the library before 1.0 is confused by it.
  private func announcesBody(_ head: HTTPRequestHead) -> Bool {
    if head.count(of: .transferEncoding) > 0 { return true }
    return head.withHeader(.contentLength) { value in
      guard let value else { return false }
      for index in value.indices where value[index] != UInt8(ascii: "0") { return true }
      return false
    }
  }
}
