import GatewayCore
import JWTKit

/// A provider's public key, ready for one algorithm.
struct VerificationKey: Sendable {
  private let algorithm: any JWTAlgorithm

  /// Whether the key made that signature.
  func hasSigned(_ bytes: [UInt8], signature: [UInt8]) -> Bool {
    // A signature of a wrong length is an error for some algorithms; it is just as wrong.
    (try? algorithm.verify(signature, signs: bytes)) ?? false
  }

  /// Reads a JSON Web Key (RFC 7517, section 4) that ``KeySet`` found fit for the algorithm.
  ///
  /// - Returns: `nil` if its numbers are no key, or an RSA key below 2048 bits.
  init?(_ entry: JSONObject, id: String, for algorithm: SignatureAlgorithm) async {
    guard let name = JWK.Algorithm(rawValue: algorithm.rawValue) else { return nil }
    let identifier = JWKIdentifier(string: id)
    let curve = entry["crv"]?.string ?? ""
    let key: JWK
    switch algorithm.keyForm.type {
    case "RSA":
      // Larger ones would let a stranger's guess cost us milliseconds.
      guard let modulus = entry["n"]?.string, modulus.utf8.count <= 1366 else { return nil }
      key = .rsa(
        name, identifier: identifier, modulus: modulus, exponent: entry["e"]?.string)
    case "EC":
      key = .ecdsa(
        name, identifier: identifier, x: entry["x"]?.string, y: entry["y"]?.string,
        curve: ECDSACurve(rawValue: curve))
    default:
      key = .octetKeyPair(
        name, identifier: identifier, x: entry["x"]?.string, y: nil,
        curve: EdDSACurve(rawValue: curve))
    }
    // The collection would take its first key for any id that it does not know, so each gets one
    // key only, and ids are looked up by `KeySet`.
    do {
      let collection = try await JWTKeyCollection().add(jwk: key)
      self.algorithm = try await collection.getKey(for: identifier, alg: algorithm.rawValue)
    } catch {
      return nil
    }
  }
}
