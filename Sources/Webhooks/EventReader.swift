import Crypto
import GatewayCore
import HeatPumps

/// Reads the body of a request that was verified.
enum EventReader {
  /// The most bytes that an event's id may have.
  static let maximumIDBytes = 256

  /// - Throws: ``HookRefusal``: `unsupported-media-type`, `malformed-json` or `malformed-request`.
  static func read(_ request: HTTPRequest, of hook: Hook) throws(HookRefusal) -> ReceivedEvent {
    guard let format = format(of: request) else {
      throw HookRefusal(
        .unsupportedMediaType, .unsupportedMediaType,
        "Send application/json or application/x-www-form-urlencoded in UTF-8, without content "
          + "coding.")
    }
    let body = try body(of: request, format)
    return ReceivedEvent(
      hook: hook, key: try key(of: request, body, hook), body: body, format: format,
      raw: request.body)
  }

  private static func format(of request: HTTPRequest) -> EventBody.Format? {
    guard request.count(of: .contentType) == 1, request.count(of: .contentEncoding) == 0,
      let header = request[.contentType]
    else { return nil }
    let type = ContentType(header)
    guard type.isUTF8 else { return nil }
    switch type.name {
    case "application/json": return .json
    case "application/x-www-form-urlencoded": return .form
    // RFC 6839, section 3.1.
    case let name where name.hasSuffix("+json") && name.contains("/"): return .json
    default: return nil
    }
  }

  private static func body(
    of request: HTTPRequest, _ format: EventBody.Format
  ) throws(HookRefusal) -> JSONValue {
    switch format {
    case .form:
      guard let object = FormBody.read(request.body) else {
        throw HookRefusal(
          .malformedBody, .malformedRequest, "The body is not form-encoded text in UTF-8.")
      }
      return .object(object)
    case .json:
      let body: JSONValue
      do {
        body = try JSONValue(parsing: request.body)
      } catch {
        throw HookRefusal(
          .malformedBody, .malformedJSON,
          "The body is not valid JSON: \(error.reason.rawValue) at byte \(error.offset).")
      }
      guard body.object != nil else {
        throw HookRefusal(.malformedBody, .malformedRequest, "The body must be a JSON object.")
      }
      return body
    }
  }

  // The parts are hashed with their lengths, so that no two lists of parts are alike.
  private static func key(
    of request: HTTPRequest, _ body: JSONValue, _ hook: Hook
  ) throws(HookRefusal) -> [UInt8] {
    let (kind, id) = try id(of: request, body, hook)
    var text: [UInt8] = []
    text.reserveCapacity(hook.name.utf8.count + id.count + 32)
    func append(_ part: Span<UInt8>) {
      text.append(contentsOf: String(part.count).utf8)
      text.append(UInt8(ascii: ":"))
      text.append(copying: part)
    }
    append(hook.name.utf8.span)
    append(kind.utf8.span)
    append(id.span)
    return SHA256.hash(data: text).withUnsafeBytes { [UInt8]($0) }
  }

  private static func id(
    of request: HTTPRequest, _ body: JSONValue, _ hook: Hook
  ) throws(HookRefusal) -> (kind: String, id: [UInt8]) {
    let (place, found): (String, (kind: String, id: [UInt8])?)
    switch hook.eventID {
    case .bodyHash: return ("body", request.body)
    case .header(let header):
      place = "in the header \(header)"
      let reading = request.single(header)
      found = reading.fault == nil ? ("text", Array(reading.text.utf8)) : nil
    case .pointer(let pointer):
      place = "at \(pointer)"
      let value = body.at(pointer: pointer)
      found =
        value?.string.map { ("text", Array($0.utf8)) }
        ?? value?.number.map { ("number", Array($0.text.utf8)) }
    }
    guard let found, (1...maximumIDBytes).contains(found.id.count) else {
      throw HookRefusal(
        .missingEventID, .malformedRequest,
        "The event needs an id \(place): text or a number, 1 to \(maximumIDBytes) bytes long.")
    }
    return found
  }
}
