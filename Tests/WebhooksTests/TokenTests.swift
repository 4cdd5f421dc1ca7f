import GatewayCore
import Testing

@testable import Webhooks

/// Goal: tokens and passwords are known by their hashes alone, and nothing else gets in.
/// Method: one good request a kind, and those that differ from it in one thing.
@Suite struct TokenTests {
  private let bearer = HookVerifier.bearer(TokenDigest(hashing: "secret-token".utf8))
  private let basic = HookVerifier.basic(
    user: "smith", password: TokenDigest(hashing: "pass:word".utf8))

  @Test(
    arguments: [
      ("Bearer secret-token", nil), ("bEARER   secret-token", nil),
      ("Bearer secret-tokem", .wrongProof), ("Bearer secret-token2", .wrongProof),
      ("Bearer", .wrongProof), ("Bearer ", .wrongProof), ("Bearersecret-token", .wrongProof),
      ("Basic secret-token", .wrongProof), ("secret-token", .wrongProof), ("", .wrongProof),
    ] as [(String, HookRefusal.Reason?)])
  func `a bearer token counts as it is`(value: String, expected: HookRefusal.Reason?) {
    #expect(reason(request("{}", [("Authorization", value)]), bearer) == expected)
  }

  @Test(
    arguments: [
      ("smith:pass:word", nil), ("smith:pass", .wrongProof), ("Smith:pass:word", .wrongProof),
      (":pass:word", .wrongProof), ("smith", .wrongProof), ("smith:", .wrongProof),
      ("smithpass:word", .wrongProof), ("", .wrongProof),
    ] as [(String, HookRefusal.Reason?)])
  func `a user counts with the password`(pair: String, expected: HookRefusal.Reason?) {
    let value = "Basic " + base64(pair.utf8)
    #expect(reason(request("{}", [("Authorization", value)]), basic) == expected)
    #expect(reason(request("{}", [("Authorization", "Basic " + pair)]), basic) == .wrongProof)
  }

  @Test func `the header must stand exactly once`() {
    let good = ("Authorization", "Bearer secret-token")
    #expect(reason(request("{}", [good, good]), bearer) == .repeatedHeader)
    #expect(reason(request("{}"), bearer) == .missingProof)
    #expect(reason(request("{}"), basic) == .missingProof)
  }

  @Test(
    arguments: [
      ("t", nil), ("T", .wrongProof), ("", .wrongProof), ("tt", .wrongProof), (nil, .missingProof),
    ] as [(String?, HookRefusal.Reason?)])
  func `a token in the path counts as it is`(token: String?, expected: HookRefusal.Reason?) {
    #expect(reason(request("{}"), openDoor, token: token) == expected)
  }

  @Test func `a token in the path is refused where it is no proof`() {
    let good = request("{}", [("Authorization", "Bearer secret-token")])
    #expect(reason(good, bearer, token: "x") == .unexpectedToken)
    #expect(reason(request("{}"), .fallback, token: "x") == .unexpectedToken)
  }

  @Test func `a digest has 32 bytes`() {
    #expect(TokenDigest([UInt8](repeating: 0, count: 31)) == nil)
    #expect(TokenDigest([UInt8](repeating: 0, count: 32)) != nil)
    #expect(!TokenDigest.unmatched.matches([]))
  }
}
