internal import GatewayCore

/// Simplified values in few bytes: one for kind and length, then what the kind needs.
///
/// Reads back to an equal value, digits and all. A reader that doesn't know a kind can still skip
/// it, so the coding can grow.
enum ValueCoding {
  enum Kind: UInt8 {
    case literal, number, time, uuid, text, json, damper
  }

  /// A value or a damper among coded bytes.
  struct Item {
    /// `nil` for a kind of a later release.
    let kind: Kind?
    /// Where all of it stands.
    let place: Range<Int>
    /// Where what the kind needs stands. A literal is its own content: its value stands in the
    /// first byte.
    let content: Range<Int>
  }

  // A length of this or more stands behind the first byte, seven bits a byte, lowest first.
  private static let longLength = 31

  static func append(_ value: JSONValue, of kind: FieldKind, to out: inout [UInt8]) {
    switch value {
    case .null: head(.literal, 0, to: &out)
    case .bool(let value): head(.literal, value ? 2 : 1, to: &out)
    case .number(let number): put(.number, number.text.utf8, to: &out)
    case .string(let text): append(text, of: kind, to: &out)
    case .array, .object: put(.json, value.encoded, to: &out)
    }
  }

  private static func append(_ text: String, of kind: FieldKind, to out: inout [UInt8]) {
    if kind == .time, let time = Timestamp(rfc3339: text), time.description == text {
      head(.time, 8, to: &out)
      append(UInt64(bitPattern: time.microseconds), to: &out)
    } else if kind == .uuid, let id = ResourceID(text), id.description == text {
      head(.uuid, 16, to: &out)
      append(id.high, to: &out)
      append(id.low, to: &out)
    } else {
      put(.text, text.utf8, to: &out)
    }
  }

  /// Whether an item is the value `null`.
  static func isNull(_ item: Item, of coded: Span<UInt8>) -> Bool {
    item.kind == .literal && coded[item.content.lowerBound] & 31 == 0
  }

  /// Whether an item is the value of a JSON text, as far as that can be seen without making the
  /// value.
  ///
  /// - Parameters:
  ///   - coded: the bytes that it stands in.
  ///   - json: simplified but for the case of letters; times and ids in their usual form.
  ///   - isLowered: whether the value is the text in lower case.
  static func isValue(
    _ item: Item, of coded: Span<UInt8>, json: Span<UInt8>, isLowered: Bool
  ) -> Bool {
    guard !json.isEmpty else { return false }
    let content = item.content
    let isText = json.count >= 2 && json[0] == UInt8(ascii: "\"")
    switch item.kind {
    case .number: return !isText && coded.extracting(content).hasSameBytes(as: json)
    case .text:
      guard isText, json.count == content.count + 2 else { return false }
      return stands(coded.extracting(content), for: json.extracting(1..<json.count - 1), isLowered)
    case .literal:
      switch coded[content.lowerBound] & 31 {
      case 0: return json.count == 4 && json[0] == UInt8(ascii: "n")
      case 1: return json.count == 5 && json[0] == UInt8(ascii: "f")
      default: return json.count == 4 && json[0] == UInt8(ascii: "t")
      }
    case .time:
      guard isText, content.count == 8,
        let time = Timestamp(rfc3339: json.extracting(1..<json.count - 1))
      else { return false }
      return UInt64(bitPattern: time.microseconds) == word(coded, content.lowerBound)
    case .uuid:
      guard isText, content.count == 16,
        let id = ResourceID(json.extracting(1..<json.count - 1))
      else { return false }
      return id.high == word(coded, content.lowerBound)
        && id.low == word(coded, content.lowerBound + 8)
    case .json, .damper, nil: return false
    }
  }

  // Whether a text is that of a JSON string without its quotes.
  private static func stands(
    _ text: Span<UInt8>, for content: Span<UInt8>, _ isLowered: Bool
  ) -> Bool {
    for index in text.indices {
      var byte = content[index]
      if byte == UInt8(ascii: "\\") { return false }
      if isLowered, byte >= UInt8(ascii: "A"), byte <= UInt8(ascii: "Z") { byte |= 0x20 }
      if byte != text[index] { return false }
    }
    return true
  }

  static func append(damper payload: [UInt8], to out: inout [UInt8]) {
    put(.damper, payload, to: &out)
  }

  /// Reads a value; `position` is left behind it.
  ///
  /// - Returns: `nil` if the bytes are damaged.
  static func value(_ bytes: ArraySlice<UInt8>, at position: inout Int) -> JSONValue? {
    let base = bytes.startIndex
    var offset = position - base
    guard let item = item(bytes.span, at: &offset) else { return nil }
    position = base + offset
    let content = base + item.content.lowerBound..<base + item.content.upperBound
    switch item.kind {
    case .literal: return literal(bytes[content.lowerBound] & 31)
    case .number: return ExactDecimal(text(bytes, content)).map { .number($0) }
    case .time:
      guard content.count == 8 else { return nil }
      let time = Timestamp(microseconds: Int64(bitPattern: word(bytes, content.lowerBound)))
      return .string(time.description)
    case .uuid:
      guard content.count == 16 else { return nil }
      let high = word(bytes, content.lowerBound)
      let low = word(bytes, content.lowerBound + 8)
      return .string(ResourceID(high: high, low: low).description)
    case .text: return .string(text(bytes, content))
    case .json: return try? JSONValue(parsing: Array(bytes[content]))
    case .damper, nil: return nil
    }
  }

  static func append(_ word: UInt64, to out: inout [UInt8]) {
    for shift in stride(from: 56, through: 0, by: -8) {
      out.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
    }
  }

  static func word(_ bytes: ArraySlice<UInt8>, _ start: Int) -> UInt64 {
    word(bytes.span, start - bytes.startIndex)
  }

  private static func word(_ bytes: Span<UInt8>, _ start: Int) -> UInt64 {
    var word: UInt64 = 0
    for index in start..<start + 8 { word = word << 8 | UInt64(bytes[index]) }
    return word
  }

  private static func literal(_ code: UInt8) -> JSONValue {
    code == 0 ? .null : .bool(code == 2)
  }

  private static func text(_ bytes: ArraySlice<UInt8>, _ range: Range<Int>) -> String {
    String(decoding: bytes[range], as: UTF8.self)
  }

  private static func head(_ kind: Kind, _ low: Int, to out: inout [UInt8]) {
    out.append(kind.rawValue << 5 | UInt8(min(low, longLength)))
  }

  private static func put(
    _ kind: Kind, _ content: some Collection<UInt8>, to out: inout [UInt8]
  ) {
    head(kind, content.count, to: &out)
    if content.count >= longLength {
      var rest = content.count
      while rest >= 128 {
        out.append(UInt8(rest & 127) | 128)
        rest >>= 7
      }
      out.append(UInt8(rest))
    }
    out.append(contentsOf: content)
  }

  /// Finds the value or damper that begins at a position, which is left behind it.
  ///
  /// - Returns: `nil` if the bytes are damaged.
  static func item(_ bytes: Span<UInt8>, at position: inout Int) -> Item? {
    guard position < bytes.count else { return nil }
    let start = position
    let first = bytes[start]
    let kind = Kind(rawValue: first >> 5)
    var length = Int(first & 31)
    position += 1
    if kind == .literal {
      guard length <= 2 else { return nil }
      return Item(kind: kind, place: start..<position, content: start..<position)
    }
    if length == longLength {
      guard let long = longLength(bytes, at: &position) else { return nil }
      length = long
    }
    guard length <= bytes.count - position else { return nil }
    let content = position..<position + length
    position = content.upperBound
    return Item(kind: kind, place: start..<position, content: content)
  }

  private static func longLength(_ bytes: Span<UInt8>, at position: inout Int) -> Int? {
    var length = 0
    for shift in stride(from: 0, through: 28, by: 7) {
      guard position < bytes.count else { return nil }
      let byte = bytes[position]
      position += 1
      length |= Int(byte & 127) << shift
      if byte < 128 { return length }
    }
    return nil
  }
}
