import GatewayCore

/// One operation of the OpenAPI document, and how it is shown.
struct ReferenceOperation {
  let path: String
  let method: String
  /// The operation object.
  let value: JSONValue

  var id: String { value["operationId"]?.string ?? "" }

  /// The operation's part of the page.
  ///
  /// - Parameter document: what its references lead into.
  func section(in document: JSONValue) -> String {
    """
    <section class="part" id="\(HTML.escaped(id))">
    <h3>\(HTML.method(method)) <code>\(HTML.escaped(path))</code>\
    \(HTML.anchor(id, "\(method) \(path)"))</h3>
    <p>\(HTML.inline(value["summary"]?.string ?? "")) \(access)</p>
    \(parameters(document))\(body)\(answers(document))</section>
    """
  }

  private var access: String {
    if let role = value["x-role"]?.string {
      return "Needs a key with the role <code>\(HTML.escaped(role))</code>."
    }
    let scopes = (value["x-scopes"]?.array ?? []).compactMap(\.string)
    guard !scopes.isEmpty else { return "Needs no key." }
    let words = scopes.map { "<code>\(HTML.escaped($0))</code>" }
    return "Needs the scope\(scopes.count == 1 ? "" : "s") \(words.joined(separator: ", "))."
  }

  private func parameters(_ document: JSONValue) -> String {
    let rows = (value["parameters"]?.array ?? []).map { reference in
      let parameter = document.resolved(reference)
      let isRequired = parameter["required"]?.bool == true
      return [
        "<code>\(HTML.escaped(parameter["name"]?.string ?? ""))</code>",
        HTML.escaped(parameter["in"]?.string ?? ""),
        SchemaText.type(parameter["schema"] ?? [:]),
        HTML.inline(parameter["description"]?.string ?? "")
          + (isRequired ? HTML.badge("required") : ""),
      ]
    }
    guard !rows.isEmpty else { return "" }
    return "<h4>Parameters</h4>\(HTML.table(["Name", "In", "Takes", "Meaning"], rows))"
  }

  private var body: String {
    guard let body = value["requestBody"], let content = body["content"]?.object else { return "" }
    let isRequired = body["required"]?.bool == true
    return """
      <h4>Body\(isRequired ? "" : ", optional")</h4>\(HTML.list(Self.forms(content)))
      """
  }

  private func answers(_ document: JSONValue) -> String {
    var answers: [[String]] = []
    var problems: [[String]] = []
    for (status, reference) in value["responses"]?.object?.members ?? [] {
      let answer = document.resolved(reference)
      let content = answer["content"]?.object ?? JSONObject()
      let headers = (answer["headers"]?.object?.keys ?? []).map {
        "<code>\(HTML.escaped($0))</code>"
      }
      if content.keys == ["application/problem+json"] {
        problems.append([
          status, HTML.inline(answer["description"]?.string ?? "", link: problemLink),
        ])
      } else {
        answers.append([
          status,
          HTML.inline(answer["description"]?.string ?? ""),
          Self.forms(content).joined(separator: "<br>"), headers.joined(separator: ", "),
        ])
      }
    }
    return """
      <h4>Answers</h4>\(HTML.table(["Status", "Means", "Body", "Headers"], answers))
      <details><summary>Problems (\(problems.count) statuses)</summary>
      \(HTML.table(["Status", "Problems"], problems))</details>
      """
  }

  // In an answer's description, what stands between backticks are names of problems.
  private func problemLink(_ name: String) -> String? {
    ProblemType(rawValue: name).map { "/problems/\($0.rawValue)" }
  }

  private static func forms(_ content: JSONObject) -> [String] {
    content.members.map { type, media in
      "<code>\(HTML.escaped(type))</code>: \(SchemaText.type(media["schema"] ?? [:]))"
    }
  }
}

extension JSONValue {
  /// What a reference within this document leads to; anything else as it is.
  fileprivate func resolved(_ value: JSONValue) -> JSONValue {
    guard let reference = value["$ref"]?.string, reference.hasPrefix("#") else { return value }
    return at(pointer: String(reference.dropFirst())) ?? value
  }
}
