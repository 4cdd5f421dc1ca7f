import GatewayCore

/// A request's query parameters, each known to the endpoint and given once.
struct QueryParameters: Sendable {
  private var values: [String: String] = [:]

  /// No parameters.
  static let none = QueryParameters()

  private init() {}

  /// Reads a query string.
  ///
  /// Unknown parameters are refused rather than ignored: a misspelt `dry_run` must not write.
  ///
  /// - Throws: ``GatewayFault`` (`malformed-request`) with all that is wrong.
  init(_ query: Span<UInt8>, allowed: [String]) throws(GatewayFault) {
    var problems = QueryProblems(allowed: allowed)
    var start = 0
    while start < query.count {
      var end = start
      while end < query.count, query[end] != UInt8(ascii: "&") { end += 1 }
      if end > start { read(query.extracting(start..<end), &problems) }
      start = end + 1
    }
    if let fault = problems.fault { throw fault }
  }

  /// Whether there are none.
  var isEmpty: Bool { values.isEmpty }

  /// The value of a parameter.
  subscript(name: String) -> String? { values[name] }

  /// A truth value.
  ///
  /// - Throws: ``GatewayFault`` (`malformed-request`) for anything but `true` and `false`.
  func boolean(_ name: String) throws(GatewayFault) -> Bool {
    switch values[name] {
    case nil, "false": return false
    case "true": return true
    default:
      throw GatewayFault(.malformedRequest, "The parameter \(name) takes true or false.")
    }
  }

  private mutating func read(_ pair: Span<UInt8>, _ problems: inout QueryProblems) {
    var middle = 0
    while middle < pair.count, pair[middle] != UInt8(ascii: "=") { middle += 1 }
    let rest = middle < pair.count ? (middle + 1)..<pair.count : middle..<middle
    guard let name = percentDecoded(pair.extracting(0..<middle), plusIsBlank: true),
      let value = percentDecoded(pair.extracting(rest), plusIsBlank: true)
    else {
      problems.isUnreadable = true
      return
    }
    if !problems.allowed.contains(name) {
      problems.hasUnknown = true
    } else if values.updateValue(value, forKey: name) != nil {
      problems.repeated.insert(name)
    }
  }
}

/// What is wrong with a query, each kind said once: the answer must not grow with the request.
private struct QueryProblems {
  let allowed: [String]
  var isUnreadable = false
  var hasUnknown = false
  var repeated: Set<String> = []

  init(allowed: [String]) {
    self.allowed = allowed
  }

  var fault: GatewayFault? {
    var sentences: [String] = []
    if isUnreadable { sentences.append("The query is not valid percent-encoded UTF-8.") }
    if hasUnknown {
      let known = allowed.isEmpty ? "none" : allowed.joined(separator: ", ")
      sentences.append("Unknown query parameter; this resource takes: \(known).")
    }
    sentences += repeated.sorted().map { "The parameter \($0) is given twice." }
    guard !sentences.isEmpty else { return nil }
    return GatewayFault(.malformedRequest, sentences.joined(separator: " "))
  }
}
