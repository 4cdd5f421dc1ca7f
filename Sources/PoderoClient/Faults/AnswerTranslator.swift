import Credentials
import GatewayCore

/// What an answer, or its absence, means for a call; pure.
struct AnswerTranslator: Sendable {
  let settings: UpstreamSettings

  /// The body of a good answer.
  ///
  /// - Parameters:
  ///   - now: the wall-clock time, for a `Retry-After` with a date.
  ///   - chance: a number in `0..<1`, for the pause after a 429 that names none.
  /// - Throws: ``UpstreamFault`` for every other answer.
  func body(
    of response: TransportResponse, for call: PoderoCall, now: Timestamp, chance: Double
  ) throws(UpstreamFault) -> [UInt8] {
    let status = response.status
    let cause = "status \(status)"
    switch status {
    case 200..<300:
      guard response.looksLikeJSON else {
        // A 2xx to an update was carried out, whatever its answer looks like.
        throw UpstreamFault(.unreadable, mayHaveBeenApplied: call.isUpdate, cause: cause)
      }
      return response.body
    case 401, 403:
      throw UpstreamFault(.credentials, cause: cause)
    case 404:
      // A page of some proxy in between, or a wrong base URL, must not make heat pumps vanish.
      throw UpstreamFault(response.looksLikeJSON ? .notFound : .unreadable, cause: cause)
    case 422:
      throw UpstreamFault(.rejected(Self.fieldErrors(response.body)), cause: cause)
    case 429:
      let usual = settings.defaultRetryAfter * (0.8 + 0.4 * chance)
      throw UpstreamFault(
        .throttled, retryAfter: retryAfter(response, now) ?? usual, cause: cause)
    default:
      throw UpstreamFault(
        .error(status: status), mayHaveBeenApplied: call.isUpdate && status >= 500,
        retryAfter: retryAfter(response, now), cause: cause)
    }
  }

  /// What it means that no answer came.
  func fault(_ fault: TransportFault, for call: PoderoCall) -> UpstreamFault {
    UpstreamFault(
      Self.kinds[fault.kind] ?? .unreachable,
      mayHaveBeenApplied: call.isUpdate && fault.mayHaveBeenSent, cause: "\(fault)")
  }

  private static let kinds: [TransportFault.Kind: UpstreamFault.Kind] = [
    .resolve: .unreachable, .connect: .unreachable, .tls: .unreachable, .timeout: .timeout,
    .interrupted: .interrupted, .invalidAnswer: .unreadable, .tooLarge: .unreadable,
    .refusedTarget: .unreachable, .cancelled: .cancelled, .other: .unreachable,
  ]

  private func retryAfter(_ response: TransportResponse, _ now: Timestamp) -> Duration? {
    response["Retry-After"].flatMap { RetryAfter.duration($0, now: now) }
      .map { min($0, settings.maximumRetryAfter) }
  }

  /// So many findings are kept, each so deep, so that no answer fills the memory.
  private static let findingLimit = 100
  private static let depthLimit = 16

  static func fieldErrors(_ body: [UInt8]) -> [UpstreamFieldError] {
    let answer = try? JSONValue(parsing: body, duplicateKeys: .lastWins)
    let findings = answer?["detail"]?.array ?? []
    return findings.prefix(findingLimit).compactMap { finding in
      guard let location = finding["loc"]?.array else { return nil }
      let steps = location.prefix(depthLimit).filter { $0.kind == .string || $0.kind == .number }
      let type = finding["type"]?.string.flatMap { isPlainWord($0) ? $0 : nil }
      return UpstreamFieldError(location: Array(steps), type: type ?? "invalid")
    }
  }

  private static let wordBytes = Set("abcdefghijklmnopqrstuvwxyz0123456789_.-".utf8)

  private static func isPlainWord(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 64 && text.utf8.allSatisfy(wordBytes.contains)
  }
}

extension TransportResponse {
  /// Whether the body is an object or array by its type, its first and its last character. Whoever
  /// reads it checks the rest.
  fileprivate var looksLikeJSON: Bool {
    // Nearly all have the first, which is found at a fraction of the cost.
    if let type = self["Content-Type"], !type.hasPrefix("application/json"),
      !type.lowercased().contains("json")
    {
      return false
    }
    let isBlank = { (byte: UInt8) in
      byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
    }
    guard let first = body.first(where: { !isBlank($0) }),
      let last = body.last(where: { !isBlank($0) })
    else { return false }
    return (first == UInt8(ascii: "{") && last == UInt8(ascii: "}"))
      || (first == UInt8(ascii: "[") && last == UInt8(ascii: "]"))
  }
}
