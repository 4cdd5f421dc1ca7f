/// The compact text of a JSON object, made member by member without a tree in between.
///
/// Whoever makes it takes care that no name comes twice.
public struct JSONObjectText: Sendable {
  private var bytes: [UInt8] = [UInt8(ascii: "{")]

  /// An object without members.
  public init() {}

  /// Appends a member.
  public mutating func append(_ name: String, _ value: JSONValue) {
    append(name)
    value.append(to: &bytes)
  }

  /// Appends a member whose value is JSON text already.
  public mutating func append(_ name: String, text: [UInt8]) {
    append(name)
    bytes.append(contentsOf: text)
  }

  /// The whole text.
  public consuming func closed() -> [UInt8] {
    bytes.append(UInt8(ascii: "}"))
    return bytes
  }

  private mutating func append(_ name: String) {
    if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
    appendJSONString(name, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
  }
}
