import Foundation
import HeatPumpClient

/// The OpenAPI document in this repository, as the tests look at it.
enum APIDocument {
  /// All of it; `null` if it cannot be read, which no test survives.
  static let root: AnyJSON = {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "docs/openapi.json")
    guard let data = try? Data(contentsOf: file),
      let document = try? JSONDecoder().decode(AnyJSON.self, from: data)
    else { return .null }
    return document
  }()

  /// The schema of a name.
  static func schema(_ name: String) -> AnyJSON {
    root["components"]?["schemas"]?[name] ?? .null
  }

  /// What a reference leads to; anything else as it is.
  static func resolved(_ value: AnyJSON) -> AnyJSON {
    guard let path = value["$ref"]?.text, path.hasPrefix("#/") else { return value }
    return path.dropFirst(2).split(separator: "/").reduce(root) { $0[String($1)] ?? .null }
  }

  /// All operations by their ids.
  static let operations: [String: AnyJSON] = {
    let items = (root["paths"]?.members ?? [:]).values.flatMap(\.members.values)
    return Dictionary(
      items.compactMap { item in item["operationId"]?.text.map { ($0, item) } },
      uniquingKeysWith: { first, _ in first })
  }()

  /// The names of an operation's query parameters.
  static func queryParameters(_ id: String) -> [String] {
    (operations[id]?["parameters"]?.list ?? []).map(resolved)
      .filter { $0["in"]?.text == "query" }.compactMap { $0["name"]?.text }
  }

  /// The operation that a request is for, with its id.
  static func operation(_ method: String, _ path: String) -> (id: String, value: AnyJSON)? {
    let wanted = path.split(separator: "/")
    for (template, item) in root["paths"]?.members ?? [:] {
      let segments = template.split(separator: "/")
      let fits =
        segments.count == wanted.count
        && zip(segments, wanted).allSatisfy { $0 == $1 || $0.hasPrefix("{") }
      guard fits, let value = item[method.lowercased()], let id = value["operationId"]?.text else {
        continue
      }
      return (id, value)
    }
    return nil
  }
}

extension AnyJSON {
  var text: String? {
    if case .string(let text) = self { text } else { nil }
  }

  var list: [AnyJSON]? {
    if case .array(let list) = self { list } else { nil }
  }

  var members: [String: AnyJSON] {
    if case .object(let members) = self { members } else { [:] }
  }

  /// Without members that are null: an absent one and null say the same to this client.
  var withoutNulls: AnyJSON {
    switch self {
    case .object(let members): .object(members.filter { $1 != .null }.mapValues(\.withoutNulls))
    case .array(let list): .array(list.map(\.withoutNulls))
    default: self
    }
  }
}
