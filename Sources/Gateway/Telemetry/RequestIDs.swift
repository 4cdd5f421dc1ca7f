import GatewayCore

/// Makes request ids: a counter mixed with a number that only this process has, so that they are
/// cheap, never repeat within the process, and practically never between processes.
final class RequestIDs: Sendable {
  private let secret: UInt64
  private let prefix: UInt64
  private let counter = Locked<UInt64>(0)

  init(random: any RandomSource) {
    secret = random.next() | 1
    prefix = random.next()
  }

  /// The next id: 32 hexadecimal digits.
  func next() -> String {
    let count = counter.withLock { counter in
      counter += 1
      return counter
    }
    // An odd factor permutes the 64-bit numbers, so different counts give different ids.
    let low = count &* secret
    return Self.digits(prefix, low ^ low >> 29)
  }

  private static func digits(_ high: UInt64, _ low: UInt64) -> String {
    String(unsafeUninitializedCapacity: 32) { digits in
      for place in 0..<32 {
        let half = place < 16 ? high : low
        digits[place] = hexDigit(
          UInt8(truncatingIfNeeded: half >> UInt64(60 - 4 * (place & 15))) & 15)
      }
      return 32
    }
  }

  /// The caller's own id, if it is sane: given once, up to 128 letters, digits, dots, hyphens and
  /// underscores.
  static func sane(_ request: HTTPRequest) -> String? {
    guard request.count(of: .xRequestID) == 1 else { return nil }
    let isSane = request.withHeader(.xRequestID) { value in
      guard let value, !value.isEmpty, value.count <= 128 else { return false }
      for index in value.indices where !isPlain(value[index]) { return false }
      return true
    }
    return isSane ? request[.xRequestID] : nil
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
      UInt8(ascii: "_"):
      true
    default: false
    }
  }
}

extension HTTPResponse {
  /// The same answer with the request's id on it.
  func carrying(requestID: String) -> HTTPResponse {
    var response = self
    response.headers.append(.init("X-Request-Id", requestID))
    return response
  }
}
