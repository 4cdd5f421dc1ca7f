internal import CMicrohttpdShims
import GatewayCore

/// Reads one head out of the library, in one walk.
@safe struct HeadReader {
  private var head: HTTPRequestHead
  private var isWellFormed = true
  // Libraries before 1.0 do not take the blank off, and then do not know the coding.
  private var endsCodingInBlank = false
  private var layout: HeadLayout?

  /// What the walk found.
  enum Outcome {
    case head(HTTPRequestHead)
    case refused(RefusalReason)
  }

  /// Collects all headers of the connection behind the target that `head` holds already.
  ///
  /// - Parameter layout: checks where the bytes stand, for libraries that need it.
  static func read(
    into head: consuming HTTPRequestHead, from connection: OpaquePointer, layout: HeadLayout?
  ) -> Outcome {
    var reader = HeadReader(head: head, layout: layout)
    unsafe withUnsafeMutablePointer(to: &reader) {
      unsafe gw_mhd_visit_headers(connection, visitHeader, $0)
    }
    guard reader.isWellFormed else { return .refused(.badHeader) }
    if let layout = reader.layout, !layout.isComplete { return .refused(.badHeadLayout) }
    if reader.endsCodingInBlank { return .refused(.unknownTransferCoding) }
    return .head(reader.head)
  }

  private init(head: consuming HTTPRequestHead, layout: HeadLayout?) {
    self.head = head
    self.layout = layout
  }

  fileprivate mutating func visit(
    _ name: UnsafePointer<UInt8>, _ nameSize: Int, _ value: UnsafePointer<UInt8>, _ valueSize: Int
  ) -> Bool {
    unsafe layout?.advance(name: name, nameSize, value: value, valueSize)
    let nameBytes = unsafe Span(_unsafeStart: name, count: nameSize)
    let valueBytes = unsafe Span(_unsafeStart: value, count: valueSize)
    guard FieldSyntax.isToken(nameBytes), FieldSyntax.isFieldValue(valueBytes) else {
      isWellFormed = false
      return false
    }
    if valueSize > 0, FieldSyntax.isBlank(valueBytes[valueSize - 1]),
      FieldSyntax.equals(nameBytes, lowercase: "transfer-encoding")
    {
      endsCodingInBlank = true
    }
    head.append(name: nameBytes, value: valueBytes)
    return true
  }
}

private func visitHeader(
  _ context: UnsafeMutableRawPointer?, _ name: UnsafePointer<UInt8>?, _ nameSize: Int,
  _ value: UnsafePointer<UInt8>?, _ valueSize: Int
) -> Int32 {
  guard let context = unsafe context, let name = unsafe name, let value = unsafe value else {
    return 0
  }
  let reader = unsafe context.assumingMemoryBound(to: HeadReader.self)
  return unsafe reader.pointee.visit(name, nameSize, value, valueSize) ? 1 : 0
}

/// Follows a head through the buffer that it was received in.
///
/// Libraries before 1.0 take bare line feeds, folded lines and NULs (which cut what they stand in)
/// without a word. They also hand out pointers into the buffer, so each part must begin just where
/// the one before it ended plus its CR LF: any of the above leaves a gap.
@safe struct HeadLayout {
  private let end: UInt
  private var expected: UInt
  private var isContiguous: Bool

  /// Begins behind the request line.
  ///
  /// - Parameters:
  ///   - targetSize: the size of the raw target as it came, query included.
  ///   - headSize: the size of the whole head.
  init(_ line: gw_mhd_request_line, targetSize: Int, headSize: Int) {
    let method = unsafe UInt(bitPattern: line.method)
    let target = unsafe UInt(bitPattern: line.target)
    let version = unsafe UInt(bitPattern: line.version)
    isContiguous =
      unsafe target == method &+ UInt(line.method_size) &+ 1
      && version == target &+ UInt(targetSize) &+ 1
    expected = unsafe version &+ UInt(line.version_size) &+ 2
    end = method &+ UInt(headSize)
  }

  /// Takes the next header.
  mutating func advance(
    name: UnsafePointer<UInt8>, _ nameSize: Int, value: UnsafePointer<UInt8>, _ valueSize: Int
  ) {
    let name = UInt(bitPattern: name)
    let value = UInt(bitPattern: value)
    if name != expected || value <= name &+ UInt(nameSize) { isContiguous = false }
    expected = value &+ UInt(valueSize) &+ 2
  }

  /// Whether all was in its place, and the blank line came next.
  var isComplete: Bool { isContiguous && expected &+ 2 == end }
}
