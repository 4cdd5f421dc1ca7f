package import GatewayCore

/// The columns that hold JSON.
package enum Texts {
  /// Superseded fields as an object of ids; nothing at all if there are none.
  package static func superseded(_ fields: [String: ResourceID]) -> [UInt8] {
    guard !fields.isEmpty else { return [] }
    var object = JSONObject()
    for (pointer, id) in fields.sorted(by: { $0.key < $1.key }) {
      object[pointer] = .string(id.description)
    }
    return JSONValue.object(object).encoded
  }

  /// The reverse of ``superseded(_:)``.
  ///
  /// - Returns: `nil` for anything else.
  package static func supersededFields(_ bytes: [UInt8]) -> [String: ResourceID]? {
    guard !bytes.isEmpty else { return [:] }
    guard let object = (try? JSONValue(parsing: bytes))?.object else { return nil }
    var fields: [String: ResourceID] = [:]
    for (pointer, value) in object.members {
      guard let id = value.string.flatMap({ ResourceID($0) }) else { return nil }
      fields[pointer] = id
    }
    return fields
  }

  /// Header lines as an array of pairs, since a name may occur twice.
  package static func headers(_ headers: [HTTPResponse.Header]) -> [UInt8] {
    JSONValue.array(headers.map { .array([.string($0.name), .string($0.value)]) }).encoded
  }

  /// The reverse of ``headers(_:)``.
  ///
  /// - Returns: `nil` for anything else.
  package static func headerLines(_ bytes: [UInt8]) -> [HTTPResponse.Header]? {
    guard let pairs = (try? JSONValue(parsing: bytes))?.array else { return nil }
    var headers: [HTTPResponse.Header] = []
    for pair in pairs {
      guard let name = pair[0]?.string, let value = pair[1]?.string else { return nil }
      headers.append(HTTPResponse.Header(name, value))
    }
    return headers
  }
}
