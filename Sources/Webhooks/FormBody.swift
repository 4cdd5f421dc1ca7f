import GatewayCore

/// Reads `application/x-www-form-urlencoded` (URL Standard, section 5.1), but strictly: what is no
/// such text is refused, not repaired.
enum FormBody {
  /// The fields as texts in their order; those of one name become a list.
  ///
  /// - Returns: `nil` for a broken escape or text that is not UTF-8.
  static func read(_ bytes: [UInt8]) -> JSONObject? {
    var names: [String] = []
    var values: [String: [JSONValue]] = [:]
    for field in bytes.split(separator: UInt8(ascii: "&")) {
      let equals = field.firstIndex(of: UInt8(ascii: "=")) ?? field.endIndex
      guard let name = decode(field[..<equals]), let value = decode(field[equals...].dropFirst())
      else { return nil }
      if values[name] == nil { names.append(name) }
      values[name, default: []].append(.string(value))
    }
    var object = JSONObject()
    for name in names {
      guard let list = values[name] else { continue }
      object[name] = list.count == 1 ? list[0] : .array(list)
    }
    return object
  }

  private static func decode(_ text: ArraySlice<UInt8>) -> String? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    var index = text.startIndex
    while index < text.endIndex {
      switch text[index] {
      case UInt8(ascii: "+"): bytes.append(UInt8(ascii: " "))
      case UInt8(ascii: "%"):
        guard index + 2 < text.endIndex, let high = hexValue(text[index + 1]),
          let low = hexValue(text[index + 2])
        else { return nil }
        bytes.append(high << 4 | low)
        index += 2
      default: bytes.append(text[index])
      }
      index += 1
    }
    return String(validating: bytes, as: UTF8.self)
  }
}
