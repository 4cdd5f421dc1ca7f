import Crypto
import GatewayCore
import HeatPumpService
import Storage

/// How the caller wants its write to be treated: `Prefer` and `Idempotency-Key`.
enum WritePreferences {
  /// Reads `Prefer` (RFC 7240): `respond-async`, or `wait=N` in seconds. Other preferences are
  /// ignored, as section 2 asks for.
  static func waiting(_ request: HTTPRequest) -> WaitPreference {
    guard request.count(of: .prefer) > 0, let header = request[.prefer] else { return .forOutcome }
    // What nearly all say who say anything.
    if header == "respond-async" { return .notAtAll }
    var wait: Duration?
    var isAsynchronous = false
    for preference in header.lowercased().split(whereSeparator: { $0 == "," || $0 == ";" }) {
      let words = preference.filter { $0 != " " && $0 != "\t" }.split(separator: "=")
      switch words.first {
      case "respond-async": isAsynchronous = true
      case "wait":
        guard words.count == 2, let seconds = wholeNumber(String(words[1])) else { break }
        wait = .seconds(min(seconds, 86400))
      default: break
      }
    }
    // With both, the answer comes at once unless the outcome is there within the wait.
    if let wait { return .atMost(wait) }
    return isAsynchronous ? .notAtAll : .forOutcome
  }

  /// Reads `Idempotency-Key`.
  ///
  /// - Throws: ``GatewayFault`` (`malformed-request`) unless it is one value of 1 to 255 visible
  ///   ASCII characters.
  static func key(_ request: HTTPRequest, app: App) throws(GatewayFault) -> IdempotencyKey? {
    let count = request.count(of: .idempotencyKey)
    guard count > 0, let value = request[.idempotencyKey] else { return nil }
    guard count == 1, (1...255).contains(value.utf8.count),
      value.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else {
      throw GatewayFault(
        .malformedRequest, "Idempotency-Key takes 1 to 255 visible ASCII characters, once.")
    }
    var hasher = SHA256()
    for part in [Array(request.method.rawValue.utf8), Array(request.target.utf8), request.body] {
      hasher.update(data: Array("\(part.count):".utf8))
      hasher.update(data: part)
    }
    return IdempotencyKey(app: app.name, key: value, fingerprint: Array(hasher.finalize()))
  }
}
