/// Swift source with code and comments told apart, so that a rule about code does not trip over a
/// word in a sentence or a string.
///
/// Both views have the lines and columns of the original; what belongs elsewhere is blank. The text
/// of strings and of raw identifiers is in neither view, the code of an interpolation is code.
struct SwiftSource: Sendable {
  /// The code, line by line.
  let code: [String]
  /// The comments, line by line.
  let comments: [String]

  init(_ text: String) {
    var scanner = SwiftScanner(text)
    scanner.scanAll()
    code = Self.lines(scanner.code)
    comments = Self.lines(scanner.comments)
  }

  private static func lines(_ bytes: [UInt8]) -> [String] {
    bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
  }
}

private struct SwiftScanner {
  private let text: [UInt8]
  private var index = 0
  private(set) var code: [UInt8]
  private(set) var comments: [UInt8]

  init(_ text: String) {
    self.text = Array(text.utf8)
    let blank = self.text.map { $0 == UInt8(ascii: "\n") ? $0 : UInt8(ascii: " ") }
    code = blank
    comments = blank
  }

  mutating func scanAll() {
    while index < text.count { scanCode(untilParenthesis: false) }
  }

  private func starts(with word: String, at offset: Int = 0) -> Bool {
    text[min(index + offset, text.count)...].starts(with: word.utf8)
  }

  /// Reads code up to the end, or up to the parenthesis that closes an interpolation.
  private mutating func scanCode(untilParenthesis: Bool) {
    var depth = 0
    while index < text.count {
      if starts(with: "//") {
        scanLineComment()
      } else if starts(with: "/*") {
        scanBlockComment()
      } else if starts(with: "`") {
        scanIdentifier()
      } else if let hashes = hashesBeforeQuote() {
        scanString(hashes: hashes)
      } else {
        if text[index] == UInt8(ascii: "(") { depth += 1 }
        if text[index] == UInt8(ascii: ")") { depth -= 1 }
        if untilParenthesis, depth < 0 { return }
        code[index] = text[index]
        index += 1
      }
    }
  }

  private mutating func scanLineComment() {
    while index < text.count, text[index] != UInt8(ascii: "\n") {
      comments[index] = text[index]
      index += 1
    }
  }

  private mutating func scanBlockComment() {
    var depth = 0
    repeat {
      if starts(with: "/*") { depth += 1 }
      if starts(with: "*/") { depth -= 1 }
      let width = starts(with: "/*") || starts(with: "*/") ? 2 : 1
      for _ in 0..<width where index < text.count {
        comments[index] = text[index]
        index += 1
      }
    } while depth > 0 && index < text.count
  }

  private mutating func scanIdentifier() {
    index += 1
    while index < text.count, text[index] != UInt8(ascii: "`"), text[index] != UInt8(ascii: "\n") {
      index += 1
    }
    index += 1
  }

  private func hashesBeforeQuote() -> Int? {
    var end = index
    while end < text.count, text[end] == UInt8(ascii: "#") { end += 1 }
    return end < text.count && text[end] == UInt8(ascii: "\"") ? end - index : nil
  }

  private mutating func scanString(hashes: Int) {
    index += hashes
    let quotes = starts(with: "\"\"\"") ? "\"\"\"" : "\""
    let end = quotes + String(repeating: "#", count: hashes)
    let escape = "\\" + String(repeating: "#", count: hashes)
    index += quotes.utf8.count
    while index < text.count, !starts(with: end) {
      if starts(with: escape + "(") {
        index += escape.utf8.count + 1
        scanCode(untilParenthesis: true)
        index += 1
      } else if starts(with: escape) {
        index += escape.utf8.count + 1
      } else {
        index += 1
      }
    }
    index = min(index + end.utf8.count, text.count)
  }
}
