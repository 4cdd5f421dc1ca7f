/// One request as it came over the wire, limited and framed, but not yet understood.
///
/// The head's bytes stand in one buffer, so that reading a request on the hot path makes no
/// `String`. An object, though it never changes: it goes from hand to hand, and a copy of a
/// structure would count the references of all its members each time.
public final class HTTPRequest: Sendable {
  /// The method.
  public let method: HTTPMethod
  /// The body, empty if there was none.
  public let body: [UInt8]
  /// When the request line was complete; deadlines count from here.
  public let arrival: MonotonicInstant
  /// The peer's address without its port, such as `127.0.0.1` or `::1`.
  public let peer: String
  /// The certificate that the caller showed; `nil` if it showed none.
  public let clientCertificate: ClientCertificate?

  @usableFromInline let buffer: [UInt8]
  @usableFromInline let targetEnd: Int
  @usableFromInline let fields: [FieldRange]

  /// Creates a request from a head that was read already.
  ///
  /// - Parameters:
  ///   - target: the raw request target, not decoded.
  ///   - headers: names (in any case) and values, in their order.
  public convenience init(
    method: HTTPMethod, target: String, headers: [(name: String, value: String)] = [],
    body: [UInt8] = [], arrival: MonotonicInstant = MonotonicInstant(nanoseconds: 0),
    peer: String = "127.0.0.1", clientCertificate: ClientCertificate? = nil
  ) {
    var builder = HTTPRequestHead(target: target.utf8.span)
    for header in headers {
      builder.append(name: header.name.utf8.span, value: header.value.utf8.span)
    }
    self.init(
      method: method, head: builder, body: body, arrival: arrival, peer: peer,
      clientCertificate: clientCertificate)
  }

  /// Creates a request from a collected head.
  public init(
    method: HTTPMethod, head: HTTPRequestHead, body: [UInt8] = [], arrival: MonotonicInstant,
    peer: String, clientCertificate: ClientCertificate? = nil
  ) {
    self.method = method
    self.body = body
    self.arrival = arrival
    self.peer = peer
    self.clientCertificate = clientCertificate
    buffer = head.buffer
    targetEnd = head.targetEnd
    fields = head.fields
  }

  /// Lends the raw target's bytes, query included, not decoded.
  @inlinable
  public func withTarget<Result, Failure: Error>(
    _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let bytes = buffer
    return try body(bytes.span.extracting(0..<targetEnd))
  }

  /// The raw target as text.
  public var target: String {
    String(decoding: buffer[0..<targetEnd], as: UTF8.self)
  }

  /// How many times a header stands in the head.
  @inlinable
  public func count(of header: KnownHeader) -> Int {
    var count = 0
    for field in fields where field.known == header { count += 1 }
    return count
  }

  /// Lends the first value of a header, blanks around it removed; `nil` if there is none.
  @inlinable
  @inline(__always)
  public func withHeader<Result, Failure: Error>(
    _ header: KnownHeader, _ body: (Span<UInt8>?) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let bytes = buffer
    for field in fields where field.known == header {
      return try body(bytes.span.extracting(field.valueStart..<field.valueEnd))
    }
    return try body(nil)
  }

  /// All values of a header in their order, joined by `, ` (RFC 9110, section 5.3).
  public subscript(header: KnownHeader) -> String? {
    var text: String?
    for field in fields where field.known == header {
      let value = String(decoding: buffer[field.valueStart..<field.valueEnd], as: UTF8.self)
      text = text.map { $0 + ", " + value } ?? value
    }
    return text
  }

  /// The values of the header of any name, in their order; case does not matter.
  public func values(of name: String) -> [String] {
    let wanted = name.utf8
    var values: [String] = []
    for field in fields where field.nameEnd - field.nameStart == wanted.count {
      let isWanted = zip(buffer[field.nameStart..<field.nameEnd], wanted).allSatisfy {
        lowercased($0) == lowercased($1)
      }
      guard isWanted else { continue }
      values.append(String(decoding: buffer[field.valueStart..<field.valueEnd], as: UTF8.self))
    }
    return values
  }

  /// All headers, names in lower case, in their order.
  public var headers: [(name: String, value: String)] {
    fields.map { field in
      let name = String(decoding: buffer[field.nameStart..<field.nameEnd], as: UTF8.self)
      let value = String(decoding: buffer[field.valueStart..<field.valueEnd], as: UTF8.self)
      return (name.lowercased(), value)
    }
  }
}

/// Collects a request's target and headers into one buffer.
public struct HTTPRequestHead: Sendable {
  @usableFromInline var buffer: [UInt8]
  fileprivate let targetEnd: Int
  @usableFromInline var fields: [FieldRange] = []

  /// Begins a head with the raw target, with room for the usual headers behind it.
  public init(target: Span<UInt8>) {
    targetEnd = target.count
    buffer = []
    buffer.reserveCapacity(target.count + 512)
    buffer.append(copying: target)
    fields.reserveCapacity(12)
  }

  /// Adds a header. Blanks around the value are dropped (RFC 9110, section 5.5).
  public mutating func append(name: Span<UInt8>, value: Span<UInt8>) {
    var start = 0
    var end = value.count
    while start < end, value[start] == 0x20 || value[start] == 0x09 { start += 1 }
    while end > start, value[end - 1] == 0x20 || value[end - 1] == 0x09 { end -= 1 }
    let nameStart = buffer.count
    buffer.append(copying: name)
    let valueStart = buffer.count
    buffer.append(copying: value.extracting(start..<end))
    fields.append(
      FieldRange(
        known: KnownHeader(name: name), nameStart: nameStart, nameEnd: valueStart,
        valueStart: valueStart, valueEnd: buffer.count))
  }

  /// Puts a value in the place of a header's first one, or adds the header if there is none.
  ///
  /// - Parameter name: the header's name, for adding it.
  public mutating func replace(
    _ header: KnownHeader, named name: StaticString, with value: Span<UInt8>
  ) {
    guard let place = fields.firstIndex(where: { $0.known == header }) else {
      append(name: name.description.utf8.span, value: value)
      return
    }
    let former = fields[place]
    let start = buffer.count
    buffer.append(copying: value)
    fields[place] = FieldRange(
      known: header, nameStart: former.nameStart, nameEnd: former.nameEnd, valueStart: start,
      valueEnd: buffer.count)
  }

  /// How many headers there are.
  public var count: Int { fields.count }

  /// How many times a header stands in the head.
  @inlinable
  public func count(of header: KnownHeader) -> Int {
    var count = 0
    for field in fields where field.known == header { count += 1 }
    return count
  }

  /// Lends the first value of a header; `nil` if there is none.
  @inlinable
  public func withHeader<Result, Failure: Error>(
    _ header: KnownHeader, _ body: (Span<UInt8>?) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    for field in fields where field.known == header {
      return try body(buffer.span.extracting(field.valueStart..<field.valueEnd))
    }
    return try body(nil)
  }
}

private func lowercased(_ byte: UInt8) -> UInt8 {
  byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
}

@usableFromInline struct FieldRange: Sendable {
  @usableFromInline let known: KnownHeader?
  let nameStart: Int
  let nameEnd: Int
  @usableFromInline let valueStart: Int
  @usableFromInline let valueEnd: Int
}
