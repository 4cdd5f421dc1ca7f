import GatewayCore

/// Reads a request's JSON body.
enum JSONBody {
  /// - Throws: ``GatewayFault``: `unsupported-media-type` or `malformed-json`.
  static func read(_ request: HTTPRequest, types: [String]) throws(GatewayFault) -> JSONValue {
    guard isAccepted(request[.contentType], types), request[.contentEncoding] == nil else {
      throw GatewayFault(
        .unsupportedMediaType,
        "Send \(types.joined(separator: " or ")) in UTF-8, without content coding.")
    }
    do {
      return try JSONValue(parsing: request.body)
    } catch {
      throw GatewayFault(
        .malformedJSON,
        "The body is not valid JSON: \(error.reason.rawValue) at byte "
          + "\(error.offset).")
    }
  }

  private static func isAccepted(_ header: String?, _ types: [String]) -> Bool {
    guard let header else { return false }
    let parts = header.lowercased().split(separator: ";").map { part in
      part.filter { $0 != " " && $0 != "\t" }
    }
    guard let type = parts.first, types.contains(type) else { return false }
    return parts.dropFirst().allSatisfy { parameter in
      !parameter.hasPrefix("charset=")
        || ["charset=utf-8", "charset=\"utf-8\""].contains(parameter)
    }
  }
}
