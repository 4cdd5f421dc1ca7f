import GatewayCore

extension HookVerifier {
  /// Verifies a request over its raw bytes.
  ///
  /// Whatever is missing or wrong, the whole work is done first: the time it takes tells an
  /// outsider nothing.
  ///
  /// - Parameter token: what stood behind the hook's name in the path.
  /// - Returns: why the request is not genuine; `nil` if it is.
  func fault(in request: HTTPRequest, token: String?, now: Timestamp) -> HookRefusal.Reason? {
    switch self {
    case .pathToken(let digest):
      let isGenuine = digest.matches(Array((token ?? "").utf8))
      return token == nil ? .missingProof : isGenuine ? nil : .wrongProof
    case .hmacSHA256(let scheme):
      let fault = scheme.fault(in: request, now: now)
      return forbid(token) ?? fault
    case .standardWebhooks(let keys):
      let fault = StandardWebhooks.fault(in: request, keys: keys, now: now)
      return forbid(token) ?? fault
    case .bearer(let digest):
      let reading = request.single("authorization")
      let isGenuine = digest.matches(reading.credentials(scheme: "bearer"))
      return forbid(token) ?? reading.fault ?? (isGenuine ? nil : .wrongProof)
    case .basic(let user, let password):
      let reading = request.single("authorization")
      let pair = Base64.bytes(reading.credentials(scheme: "basic").span) ?? []
      // The first colon ends the user's name (RFC 7617, section 2).
      let colon = pair.firstIndex(of: UInt8(ascii: ":")) ?? pair.endIndex
      let isUser = TokenDigest(hashing: user.utf8).matches(Array(pair[..<colon]))
      let isPassword = password.matches(Array(pair[colon...].dropFirst()))
      return forbid(token) ?? reading.fault ?? (isUser && isPassword ? nil : .wrongProof)
    }
  }

  // Such an address belongs to a hook that is known by its token.
  private func forbid(_ token: String?) -> HookRefusal.Reason? {
    token == nil ? nil : .unexpectedToken
  }
}

extension HMACScheme {
  fileprivate func fault(in request: HTTPRequest, now: Timestamp) -> HookRefusal.Reason? {
    let signature = request.single(header)
    let time = timestampHeader.map { request.single($0) }
    let signedPrefix = time.map { Array($0.text.utf8) + [UInt8(ascii: ".")] } ?? []
    let presented = [self.signature(in: signature.text) ?? []]
    let isGenuine = keys.haveSigned(presented, signedPrefix, request.body)
    if let fault = signature.fault ?? time?.fault { return fault }
    guard isGenuine else { return .wrongProof }
    guard let time else { return nil }
    return SignedTime.isFresh(time.text, now: now, allowsRFC3339: true) ? nil : .staleTimestamp
  }
}

/// The Standard Webhooks specification, version 1.0.0: `v1` signatures over `ID.TIMESTAMP.BODY`.
enum StandardWebhooks {
  static let idHeader = "webhook-id"
  private static let timestampHeader = "webhook-timestamp"
  private static let signatureHeader = "webhook-signature"

  fileprivate static func fault(
    in request: HTTPRequest, keys: SigningKeys, now: Timestamp
  ) -> HookRefusal.Reason? {
    let id = request.single(idHeader)
    let time = request.single(timestampHeader)
    let signatures = request.single(signatureHeader)
    let signedPrefix = Array("\(id.text).\(time.text).".utf8)
    let isGenuine = keys.haveSigned(
      presented(in: signatures.text), signedPrefix, request.body)
    if let fault = id.fault ?? time.fault ?? signatures.fault { return fault }
    guard isGenuine else { return .wrongProof }
    return SignedTime.isFresh(time.text, now: now, allowsRFC3339: false) ? nil : .staleTimestamp
  }

  // Several while a secret is rotated; those of other versions are none of ours.
  private static func presented(in value: String) -> [[UInt8]] {
    value.utf8.split(separator: UInt8(ascii: " ")).compactMap { entry in
      entry.starts(with: "v1,".utf8) ? Base64.bytes(Array(entry.dropFirst(3)).span) : nil
    }
  }
}

/// A header that must stand exactly once: of two, the verifier and the next reader could take
/// different ones.
struct SingleHeader {
  /// The value; empty unless there is exactly one.
  let text: String
  /// Why there is no value to go by.
  let fault: HookRefusal.Reason?

  /// The bytes behind an authentication scheme, whose case does not matter (RFC 9110, section
  /// 11.1); empty for another scheme.
  func credentials(scheme: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    guard bytes.count > scheme.utf8.count,
      zip(bytes, scheme.utf8).allSatisfy({ $0 | 0x20 == $1 }),
      bytes[scheme.utf8.count] == UInt8(ascii: " ")
    else { return [] }
    return Array(bytes[scheme.utf8.count...].drop { $0 == UInt8(ascii: " ") })
  }
}

extension HTTPRequest {
  /// The only header of that name, in any case.
  func single(_ name: String) -> SingleHeader {
    let values = values(of: name)
    switch values.count {
    case 0: return SingleHeader(text: "", fault: .missingProof)
    case 1: return SingleHeader(text: values[0], fault: nil)
    default: return SingleHeader(text: "", fault: .repeatedHeader)
    }
  }
}
