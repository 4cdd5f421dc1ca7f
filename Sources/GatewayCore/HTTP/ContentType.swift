/// A `Content-Type` of text (RFC 9110, section 8.3).
public struct ContentType: Sendable, Equatable {
  /// Type and subtype in lower case, such as `application/json`.
  public let name: String
  /// Whether no charset is named but UTF-8.
  public let isUTF8: Bool

  /// Reads a header's value, blanks or none between its parts.
  public init(_ header: String) {
    // As nearly all write it.
    if header == "application/json" {
      (name, isUTF8) = (header, true)
      return
    }
    let text = header.lowercased().utf8.filter {
      $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t")
    }
    let parts = text.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
    name = String(decoding: parts[0], as: UTF8.self)
    isUTF8 = parts.dropFirst().allSatisfy { parameter in
      !parameter.starts(with: "charset=".utf8)
        || parameter.elementsEqual("charset=utf-8".utf8)
        || parameter.elementsEqual("charset=\"utf-8\"".utf8)
    }
  }
}
