/// The name of a certificate's subject, such as `CN=portal,O=Example` (RFC 4514).
///
/// Two names are equal if they have the same parts in the same order and each value has the same
/// bytes: case and blanks within values count. Types are compared without regard to case, and
/// under their short names, their long ones or their numbers alike.
public struct DistinguishedName: Hashable, Sendable, CustomStringConvertible {
  private struct Attribute: Hashable, Sendable {
    let type: String
    let value: [UInt8]
    /// Whether the value is some type's encoding and not a text.
    let isEncoded: Bool
  }

  // The most specific part first; the attributes of a part have no order.
  private let parts: [Set<Attribute>]

  /// Reads the text form; blanks around `,`, `+` and `=` are taken as RFC 2253 allowed them.
  ///
  /// - Returns: `nil` if the text is not of that form, or names nobody.
  public init?(_ text: String) {
    var reader = Reader(text)
    var parts: [Set<Attribute>] = []
    repeat {
      var part: Set<Attribute> = []
      repeat {
        guard let attribute = reader.attribute(), part.insert(attribute).inserted else {
          return nil
        }
      } while reader.take("+")
      parts.append(part)
    } while reader.take(",")
    guard reader.isAtEnd else { return nil }
    self.parts = parts
  }

  /// The text form, in which each type has its short name.
  public var description: String {
    parts.map { part in part.map(Self.text).sorted().joined(separator: "+") }
      .joined(separator: ",")
  }

  private static func text(_ attribute: Attribute) -> String {
    let type = attribute.type.uppercased()
    if attribute.isEncoded {
      return type + "=#" + attribute.value.map(hexText).joined()
    }
    let value = attribute.value
    let escaped = value.indices.map { index in
      let byte = value[index]
      let isAtEdge = index == 0 || index == value.count - 1
      if reserved.contains(byte) || byte == UInt8(ascii: "#") && index == 0 {
        return "\\" + String(UnicodeScalar(byte))
      }
      if byte < 0x20 || byte >= 0x7F || byte == 0x20 && isAtEdge { return "\\" + hexText(byte) }
      return String(UnicodeScalar(byte))
    }
    return type + "=" + escaped.joined()
  }

  private static func hexText(_ byte: UInt8) -> String {
    (byte < 16 ? "0" : "") + String(byte, radix: 16)
  }

  private static let reserved = Set("\"+,;<>\\=".utf8)

  // RFC 4514, section 3, RFC 4519, and what GnuTLS and OpenSSL write for mail addresses.
  private static let shortNames = [
    "commonname": "cn", "2.5.4.3": "cn",
    "organizationname": "o", "2.5.4.10": "o",
    "organizationalunitname": "ou", "2.5.4.11": "ou",
    "countryname": "c", "2.5.4.6": "c",
    "stateorprovincename": "st", "s": "st", "2.5.4.8": "st",
    "localityname": "l", "2.5.4.7": "l",
    "streetaddress": "street", "2.5.4.9": "street",
    "domaincomponent": "dc", "0.9.2342.19200300.100.1.25": "dc",
    "userid": "uid", "0.9.2342.19200300.100.1.1": "uid",
    "2.5.4.5": "serialnumber",
    "emailaddress": "email", "e": "email", "1.2.840.113549.1.9.1": "email",
  ]

  private struct Reader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: String) {
      bytes = Array(text.utf8)
    }

    var isAtEnd: Bool { position == bytes.count }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
      guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
      position += 1
      return true
    }

    private mutating func skipBlanks() {
      while take(" ") {}
    }

    mutating func attribute() -> Attribute? {
      skipBlanks()
      guard let type = type() else { return nil }
      skipBlanks()
      guard take("=") else { return nil }
      skipBlanks()
      if take("#") {
        guard let value = encodedValue() else { return nil }
        return Attribute(type: type, value: value, isEncoded: true)
      }
      guard let value = value() else { return nil }
      return Attribute(type: type, value: value, isEncoded: false)
    }

    private mutating func type() -> String? {
      let start = position
      while position < bytes.count, Self.isTypeByte(bytes[position]) { position += 1 }
      guard position > start else { return nil }
      var name = String(decoding: bytes[start..<position], as: UTF8.self).lowercased()
      if name.hasPrefix("oid.") { name.removeFirst(4) }
      return shortNames[name] ?? name
    }

    private static func isTypeByte(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."):
        true
      default: false
      }
    }

    private mutating func value() -> [UInt8]? {
      var value: [UInt8] = []
      // Blanks at the end count only if they are escaped.
      var kept = 0
      while position < bytes.count {
        let byte = bytes[position]
        if byte == UInt8(ascii: "\\") {
          guard let escaped = escapedByte() else { return nil }
          value.append(escaped)
          kept = value.count
          continue
        }
        if byte == UInt8(ascii: ",") || byte == UInt8(ascii: "+") { break }
        guard byte != 0, byte == UInt8(ascii: "=") || !reserved.contains(byte) else { return nil }
        value.append(byte)
        position += 1
        if byte != UInt8(ascii: " ") { kept = value.count }
      }
      return kept == 0 ? nil : Array(value[..<kept])
    }

    private mutating func escapedByte() -> UInt8? {
      position += 1
      guard position < bytes.count else { return nil }
      let first = bytes[position]
      position += 1
      if reserved.contains(first) || first == UInt8(ascii: " ") || first == UInt8(ascii: "#") {
        return first
      }
      guard let high = hexValue(first), position < bytes.count, let low = hexValue(bytes[position])
      else { return nil }
      position += 1
      return high << 4 | low
    }

    private mutating func encodedValue() -> [UInt8]? {
      var value: [UInt8] = []
      while position + 1 < bytes.count, let high = hexValue(bytes[position]),
        let low = hexValue(bytes[position + 1])
      {
        value.append(high << 4 | low)
        position += 2
      }
      skipBlanks()
      return value.isEmpty ? nil : value
    }
  }
}
