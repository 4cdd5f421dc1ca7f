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

  /// Appends a member whose value is a text.
  public mutating func append(_ name: String, _ value: String) {
    append(name)
    appendJSONString(value, to: &bytes)
  }

  /// Appends a member whose value is an id, in its text form.
  public mutating func append(_ name: String, _ value: ResourceID) {
    append(name)
    bytes.append(UInt8(ascii: "\""))
    value.append(to: &bytes)
    bytes.append(UInt8(ascii: "\""))
  }

  /// Appends a member whose value is a time, in its text form.
  public mutating func append(_ name: String, _ value: Timestamp) {
    append(name)
    bytes.append(UInt8(ascii: "\""))
    value.append(to: &bytes)
    bytes.append(UInt8(ascii: "\""))
  }

  /// Appends a member whose value is a list of JSON texts.
  public mutating func append(_ name: String, list: [[UInt8]]) {
    append(name)
    appendJSONList(list, to: &bytes)
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
    // Room for a few members, so that a small object does not move while it grows.
    if bytes.capacity < 128 { bytes.reserveCapacity(256) }
    if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
    appendJSONString(name, to: &bytes)
    bytes.append(UInt8(ascii: ":"))
  }
}

/// Appends a list of JSON texts as a JSON array.
public func appendJSONList(_ list: [[UInt8]], to out: inout [UInt8]) {
  out.append(UInt8(ascii: "["))
  for (index, text) in list.enumerated() {
    if index > 0 { out.append(UInt8(ascii: ",")) }
    out.append(copying: text.span)
  }
  out.append(UInt8(ascii: "]"))
}
