import GatewayCore

/// Reads a request's JSON body.
enum JSONBody {
  /// - Throws: ``GatewayFault``: `unsupported-media-type` or `malformed-json`.
  static func read(_ request: HTTPRequest, types: [String]) throws(GatewayFault) -> JSONValue {
    guard let type = request[.contentType], isOne(type, of: types),
      request[.contentEncoding] == nil
    else {
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

  private static func isOne(_ header: String, of types: [String]) -> Bool {
    // Most write it as we do.
    if types.contains(header) { return true }
    let type = ContentType(header)
    return type.isUTF8 && types.contains(type.name)
  }
}
