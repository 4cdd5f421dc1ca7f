internal import GatewayCore

extension Texts {
  /// Names as an array.
  package static func names(_ names: [String]) -> [UInt8] {
    JSONValue.array(names.map(JSONValue.string)).encoded
  }

  /// The reverse of ``names(_:)``.
  ///
  /// - Returns: `nil` for anything else.
  package static func nameList(_ bytes: [UInt8]) -> [String]? {
    list(bytes) { $0.string }
  }

  /// Secrets as an array of arrays: bytes in hexadecimal digits, and two times in microseconds.
  package static func secrets(_ secrets: [SealedSecret]) -> [UInt8] {
    JSONValue.array(
      secrets.map { secret in
        [
          .string(hexadecimal(secret.bytes)), number(secret.madeAt.microseconds),
          secret.expiresAt.map { number($0.microseconds) } ?? .null,
        ]
      }
    ).encoded
  }

  /// The reverse of ``secrets(_:)``.
  ///
  /// - Returns: `nil` for anything else.
  package static func sealedSecrets(_ bytes: [UInt8]) -> [SealedSecret]? {
    list(bytes) { value in
      guard let digits = value[0]?.string, let sealed = octets(digits),
        let madeAt = value[1]?.integer, let expiresAt = optional(value[2], \.integer)
      else { return nil }
      return SealedSecret(
        bytes: sealed, madeAt: Timestamp(microseconds: Int64(madeAt)),
        expiresAt: expiresAt.map { Timestamp(microseconds: Int64($0)) })
    }
  }

  /// Attempts as an array of arrays; nothing at all if there are none.
  package static func attempts(_ attempts: [DeliveryAttempt]) -> [UInt8] {
    guard !attempts.isEmpty else { return [] }
    return JSONValue.array(
      attempts.map { attempt in
        [
          number(attempt.at.microseconds), attempt.status.map { number(Int64($0)) } ?? .null,
          attempt.fault.map(JSONValue.string) ?? .null,
          number(Int64(attempt.durationMilliseconds)),
        ]
      }
    ).encoded
  }

  /// The reverse of ``attempts(_:)``.
  ///
  /// - Returns: `nil` for anything else.
  package static func attemptList(_ bytes: [UInt8]) -> [DeliveryAttempt]? {
    guard !bytes.isEmpty else { return [] }
    return list(bytes) { value in
      guard let at = value[0]?.integer, let status = optional(value[1], \.integer),
        let fault = optional(value[2], \.string), let duration = value[3]?.integer
      else { return nil }
      return DeliveryAttempt(
        at: Timestamp(microseconds: Int64(at)), status: status, fault: fault,
        durationMilliseconds: duration)
    }
  }

  private static func list<Element>(
    _ bytes: [UInt8], _ element: (JSONValue) -> Element?
  ) -> [Element]? {
    guard let values = (try? JSONValue(parsing: bytes))?.array else { return nil }
    let elements = values.compactMap(element)
    return elements.count == values.count ? elements : nil
  }

  // `nil` for what should not be there, a value that is `nil` for `null`.
  private static func optional<Value>(
    _ value: JSONValue?, _ read: (JSONValue) -> Value?
  ) -> Value?? {
    guard let value else { return .none }
    if value.isNull { return .some(nil) }
    return read(value).map { .some($0) } ?? .none
  }

  private static func number(_ number: Int64) -> JSONValue {
    .number(ExactDecimal(Int(number)))
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    String(decoding: bytes.flatMap { [hexDigit($0 >> 4), hexDigit($0 & 15)] }, as: UTF8.self)
  }

  private static func octets(_ text: String) -> [UInt8]? {
    let digits = text.utf8.compactMap { hexValue($0) }
    guard digits.count == text.utf8.count, digits.count.isMultiple(of: 2) else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}
