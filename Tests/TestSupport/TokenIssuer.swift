import Crypto
import CryptoExtras
public import GatewayCore

/// A key pair of a made-up identity provider.
public struct SigningKey: Sendable {
  /// Its `kid`.
  public var id: String
  /// The `alg` that it signs with.
  public let algorithm: String
  private let publicMembers: JSONObject
  private let sign: @Sendable ([UInt8]) throws -> [UInt8]

  /// A new RSA key of 2048 bits for RS256, or for PS256.
  ///
  /// - Throws: an error of the cryptographic library.
  public static func rsa(_ id: String, probabilistic: Bool = false) throws -> SigningKey {
    let key = try _RSA.Signing.PrivateKey(keySize: .bits2048)
    let primitives = try key.publicKey.getKeyPrimitives()
    let padding: _RSA.Signing.Padding = probabilistic ? .PSS : .insecurePKCS1v1_5
    return SigningKey(
      id: id, algorithm: probabilistic ? "PS256" : "RS256",
      publicMembers: members([
        ("kty", "RSA"), ("n", base64URL(Array(primitives.modulus))),
        ("e", base64URL(Array(primitives.publicExponent))),
      ])
    ) { bytes in
      Array(try key.signature(for: SHA256.hash(data: bytes), padding: padding).rawRepresentation)
    }
  }

  /// A new P-256 key for ES256.
  public static func p256(_ id: String) -> SigningKey {
    let key = P256.Signing.PrivateKey()
    let point = Array(key.publicKey.rawRepresentation)
    return SigningKey(
      id: id, algorithm: "ES256",
      publicMembers: members([
        ("kty", "EC"), ("crv", "P-256"), ("x", base64URL(Array(point[..<32]))),
        ("y", base64URL(Array(point[32...]))),
      ])
    ) { bytes in Array(try key.signature(for: bytes).rawRepresentation) }
  }

  /// A new Ed25519 key for EdDSA.
  public static func ed25519(_ id: String) -> SigningKey {
    let key = Curve25519.Signing.PrivateKey()
    return SigningKey(
      id: id, algorithm: "EdDSA",
      publicMembers: members([
        ("kty", "OKP"), ("crv", "Ed25519"),
        ("x", base64URL(Array(key.publicKey.rawRepresentation))),
      ])
    ) { bytes in Array(try key.signature(for: bytes)) }
  }

  /// The public half as a JSON Web Key, `changes` applied.
  public func jwk(_ changes: [String: JSONValue?] = [:]) -> JSONValue {
    var object = publicMembers
    object["kid"] = .string(id)
    object["alg"] = .string(algorithm)
    object["use"] = "sig"
    for (name, value) in changes { object[name] = value }
    return .object(object)
  }

  /// A signed token.
  ///
  /// - Parameters:
  ///   - header: changes to `alg`, `kid` and `typ`; `nil` takes one away.
  /// - Throws: an error of the cryptographic library.
  public func token(
    _ claims: JSONValue, header changes: [String: JSONValue?] = [:]
  ) throws -> String {
    var header = JSONObject()
    header["alg"] = .string(algorithm)
    header["kid"] = .string(id)
    header["typ"] = "at+jwt"
    for (name, value) in changes { header[name] = value }
    return try token(headerText: JSONValue.object(header).text, claimsText: claims.text)
  }

  /// A signed token of any two texts.
  ///
  /// - Throws: an error of the cryptographic library.
  public func token(headerText: String, claimsText: String) throws -> String {
    let signed = base64URL(Array(headerText.utf8)) + "." + base64URL(Array(claimsText.utf8))
    return signed + "." + base64URL(try sign(Array(signed.utf8)))
  }

  private static func members(_ members: [(String, String)]) -> JSONObject {
    members.reduce(into: JSONObject()) { $0[$1.0] = .string($1.1) }
  }
}

/// A JSON Web Key Set as bytes.
public func keySet(_ keys: JSONValue...) -> [UInt8] {
  (["keys": .array(keys)] as JSONValue).encoded
}

/// Base64 with the alphabet for URLs and without padding (RFC 7515, section 2).
public func base64URL(_ bytes: [UInt8]) -> String {
  Base64.text(bytes).filter { $0 != "=" }.replacing("+", with: "-").replacing("/", with: "_")
}
