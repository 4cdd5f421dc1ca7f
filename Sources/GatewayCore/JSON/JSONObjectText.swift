/// The compact text of a JSON object, made member by member without a tree in between.
///
/// Whoever makes it takes care that no name comes twice.
public struct JSONObjectText: Sendable {
  private var bytes: [UInt8] = []

  /// An object without members.
  ///
  /// - Parameter room: how many bytes its text will have, about, so that it does not move while it
  ///   grows.
  public init(room: Int = 256) {
    bytes.reserveCapacity(room)
    bytes.append(UInt8(ascii: "{"))
  }

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

  /// Appends a member whose value is an object with the members that `write` appends.
  public mutating func append(_ name: String, _ write: (inout JSONObjectText) -> Void) {
    append(name)
    appendObject(write)
  }

  /// Appends a member whose value is a list of so many objects, each with the members that `write`
  /// appends for its place in the list.
  public mutating func append(
    _ name: String, objects count: Int, _ write: (inout JSONObjectText, Int) -> Void
  ) {
    append(name)
    bytes.append(UInt8(ascii: "["))
    for place in 0..<count {
      if place > 0 { bytes.append(UInt8(ascii: ",")) }
      appendObject { write(&$0, place) }
    }
    bytes.append(UInt8(ascii: "]"))
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

  private mutating func appendObject(_ write: (inout JSONObjectText) -> Void) {
    bytes.append(UInt8(ascii: "{"))
    write(&self)
    bytes.append(UInt8(ascii: "}"))
  }

  private mutating func append(_ name: String) {
    // No value ends in an opening brace.
    if bytes.last != UInt8(ascii: "{") { bytes.append(UInt8(ascii: ",")) }
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
