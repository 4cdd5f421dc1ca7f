import GatewayCore

/// A request's query parameters, each known to the endpoint and given once.
struct QueryParameters: Sendable {
  private var values: [String: String] = [:]

  /// Reads a query string.
  ///
  /// Unknown parameters are refused rather than ignored: a misspelt `dry_run` must not write.
  ///
  /// - Throws: ``GatewayFault`` (`malformed-request`) with all parameters at fault.
  init(_ query: Span<UInt8>, allowed: [String]) throws(GatewayFault) {
    var problems: [String] = []
    var start = 0
    while start < query.count {
      var end = start
      while end < query.count, query[end] != UInt8(ascii: "&") { end += 1 }
      if end > start { read(query.extracting(start..<end), allowed, &problems) }
      start = end + 1
    }
    guard problems.isEmpty else {
      throw GatewayFault(.malformedRequest, problems.joined(separator: " "))
    }
  }

  /// The value of a parameter.
  subscript(name: String) -> String? { values[name] }

  /// All parameters, in the order of their names.
  var sorted: [(name: String, value: String)] {
    values.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

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

  private mutating func read(
    _ pair: Span<UInt8>, _ allowed: [String], _ problems: inout [String]
  ) {
    var middle = 0
    while middle < pair.count, pair[middle] != UInt8(ascii: "=") { middle += 1 }
    let rest = middle < pair.count ? (middle + 1)..<pair.count : middle..<middle
    guard let name = percentDecoded(pair.extracting(0..<middle), plusIsBlank: true),
      let value = percentDecoded(pair.extracting(rest), plusIsBlank: true)
    else {
      problems.append("A query parameter is not valid percent-encoded UTF-8.")
      return
    }
    if !allowed.contains(name) {
      let known = allowed.isEmpty ? "none" : allowed.joined(separator: ", ")
      problems.append("Unknown query parameter; this resource takes: \(known).")
    } else if values.updateValue(value, forKey: name) != nil {
      problems.append("The parameter \(name) is given twice.")
    }
  }
}
