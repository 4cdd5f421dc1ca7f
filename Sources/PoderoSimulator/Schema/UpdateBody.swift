import GatewayCore

/// An update's body after validation: the fields that it named, in the table's order.
struct UpdateBody: Sendable {
  private(set) var values: [(field: UpdateField, value: JSONValue)] = []

  /// What became of a body.
  enum Reading: Sendable {
    case accepted(UpdateBody)
    /// Not JSON at all: the framework's own 400.
    case unreadable
    case refused([ValidationProblem])
  }

  /// Reads a body as the upstream does: an empty one is a missing argument, unknown members are
  /// ignored, and all problems are told at once.
  static func read(_ bytes: [UInt8]) -> Reading {
    guard !bytes.isEmpty else {
      return .refused([ValidationProblem("missing", at: ["body", "data"], "Field required")])
    }
    guard let json = try? JSONValue(parsing: bytes, duplicateKeys: .lastWins) else {
      return .unreadable
    }
    guard let object = json.object else {
      return .refused([
        ValidationProblem(
          "model_attributes_type", at: ["body", "data"],
          "Input should be a valid dictionary or object to extract fields from")
      ])
    }
    var body = UpdateBody()
    var problems: [ValidationProblem] = []
    for field in UpdateField.all {
      guard let value = object[field.name] else { continue }
      let location = ["body", "data", field.name]
      if let stored = field.type.read(value, at: location, problems: &problems) {
        body.values.append((field, stored))
      }
    }
    return problems.isEmpty ? .accepted(body) : .refused(problems)
  }

  /// Leaves the named fields out, as a server would that drops them without a word.
  func without(_ names: Set<String>) -> UpdateBody {
    guard !names.isEmpty else { return self }
    var body = self
    body.values.removeAll { names.contains($0.field.name) }
    return body
  }

  /// What is written in the end: in the mode `defaults` also the fields that nobody named.
  func writes(_ mode: PutMode) -> [(field: UpdateField, value: JSONValue)] {
    guard mode == .defaults else { return values }
    let named = Dictionary(uniqueKeysWithValues: values.map { ($0.field.name, $0.value) })
    return UpdateField.all.compactMap { field in
      (named[field.name] ?? field.fallback).map { (field, $0) }
    }
  }
}
