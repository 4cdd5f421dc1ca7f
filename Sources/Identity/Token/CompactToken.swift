import GatewayCore

/// A signed token in its compact form, taken apart and not yet believed (RFC 7515, section 7.1).
struct CompactToken: Sendable {
  /// The largest token that is looked at, in bytes.
  static let maximumBytes = 4096

  let algorithm: SignatureAlgorithm
  let keyID: String
  let claims: JSONObject
  /// What is signed: header and claims as they came.
  let signed: [UInt8]
  let signature: [UInt8]

  /// Takes a token apart.
  ///
  /// - Throws: ``TokenRefusal``: `tooLarge`, `malformed`, or what is wrong with its header.
  init(_ bytes: Span<UInt8>) throws(TokenRefusal) {
    guard bytes.count <= Self.maximumBytes else { throw .tooLarge }
    let dots = bytes.indices.filter { bytes[$0] == UInt8(ascii: ".") }
    guard dots.count == 2 else { throw .malformed }
    let header = try Self.object(bytes.extracting(0..<dots[0]))
    (algorithm, keyID) = try Self.key(header)
    claims = try Self.object(bytes.extracting(dots[0] + 1..<dots[1]))
    guard let signature = Base64URL.bytes(bytes.extracting(dots[1] + 1..<bytes.count)),
      !signature.isEmpty
    else { throw .malformed }
    self.signature = signature
    var signed: [UInt8] = []
    signed.append(copying: bytes.extracting(0..<dots[1]))
    self.signed = signed
  }

  private static func object(_ part: Span<UInt8>) throws(TokenRefusal) -> JSONObject {
    guard let bytes = Base64URL.bytes(part), let value = try? JSONValue(parsing: bytes),
      let object = value.object
    else { throw .malformed }
    return object
  }

  // A key that the token itself brings (`jwk`, `jku`, `x5c`, `x5u`) is never looked at.
  private static func key(
    _ header: JSONObject
  ) throws(TokenRefusal) -> (SignatureAlgorithm, String) {
    guard let algorithm = header["alg"]?.string.flatMap(SignatureAlgorithm.init(rawValue:)) else {
      throw .algorithm
    }
    for name in unwanted where header[name] != nil { throw .header }
    if let type = header["typ"] {
      guard let text = type.string?.lowercased(), types.contains(text) else { throw .type }
    }
    guard let keyID = header["kid"]?.string, !keyID.isEmpty else { throw .unknownKey }
    return (algorithm, keyID)
  }

  // `cty` announces a token within the token, `enc` and `zip` an encrypted one (RFC 7516).
  private static let unwanted = ["crit", "b64", "cty", "enc", "zip"]

  // RFC 9068, section 2.1, and what providers write that do not follow it.
  private static let types: Set<String> = [
    "at+jwt", "application/at+jwt", "jwt", "application/jwt",
  ]
}
