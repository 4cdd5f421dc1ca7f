import GatewayCore
import TestSupport
import Testing

@testable import Identity

/// Goal: only what is plainly a public key for signatures becomes one.
/// Method: sets with one entry changed at a time.
@Suite struct KeySetTests {
  private static let algorithms: Set<SignatureAlgorithm> = [.rs256, .es256, .edDSA]

  private func keys(_ entries: JSONValue...) async -> KeySet? {
    try? await KeySet(
      (["keys": .array(entries)] as JSONValue).encoded, for: Self.algorithms)
  }

  @Test func `keys are found by id and algorithm`() async throws {
    let set = try #require(await keys(Keys.p256.jwk(), Keys.ed25519.jwk()))
    #expect(set.count == 2)
    #expect(set.skipped == [])
    #expect(set.key("p256", .es256) != nil)
    #expect(set.key("p256", .edDSA) == nil)
    #expect(set.key("ed25519", .es256) == nil)
    #expect(set.key("", .es256) == nil)
  }

  @Test(
    arguments: [
      ["use": "enc"], ["use": 1], ["key_ops": ["sign"]], ["key_ops": "verify"], ["alg": "ES384"],
      ["alg": "RSA-OAEP"], ["alg": 1], ["kty": "RSA"], ["kty": "oct"], ["kty": nil],
      ["crv": "P-384"], ["crv": nil], ["x": nil], ["x": ""], ["y": "AAAA"], ["y": "not base64!"],
      ["kid": nil], ["kid": ""], ["kid": 7], ["d": "AAAA"], ["k": "AAAA"],
    ] as [[String: JSONValue?]])
  func `an entry that is not plainly a key for it is skipped`(
    changes: [String: JSONValue?]
  ) async throws {
    let set = try #require(await keys(Keys.p256.jwk(changes), Keys.ed25519.jwk()))
    #expect(set.count == 1)
    #expect(set.skipped.count == 1)
    #expect(set.key("p256", .es256) == nil)
  }

  @Test(
    arguments: [["use": nil], ["alg": nil], ["key_ops": ["verify"]], ["x5t": "abc"]]
      as [[String: JSONValue?]])
  func `what an entry need not say does not count against it`(
    changes: [String: JSONValue?]
  ) async throws {
    let set = try #require(await keys(Keys.p256.jwk(changes)))
    #expect(set.key("p256", .es256) != nil)
  }

  @Test func `a weak RSA key is skipped`() async throws {
    let rsa = try #require(Keys.rsa)
    // 1024 bits.
    let short = String((rsa.jwk()["n"]?.string ?? "").prefix(171))
    let set = try #require(await keys(rsa.jwk(["n": .string(short)]), Keys.p256.jwk()))
    #expect(set.key("rsa", .rs256) == nil)
    let long = String(repeating: "v", count: 2000)
    #expect(await keys(rsa.jwk(["n": .string(long)])) == nil)
  }

  @Test func `of two keys with one id neither counts`() async throws {
    let set = try #require(
      await keys(Keys.p256.jwk(), SigningKey.p256("p256").jwk(), Keys.ed25519.jwk()))
    #expect(set.key("p256", .es256) == nil)
    #expect(set.count == 1)
    // Two types under one id are told apart by the algorithm (RFC 7517, section 4.5).
    let both = try #require(await keys(Keys.p256.jwk(), Keys.ed25519.jwk(["kid": "p256"])))
    #expect(both.key("p256", .es256) != nil && both.key("p256", .edDSA) != nil)
  }

  @Test(arguments: [
    "", "{}", "[]", "{\"keys\": {}}", "{\"keys\": []}", "{\"keys\": [1, null, {}]}", "<html>",
    "{\"keys\": [], \"keys\": []}",
  ])
  func `what is no set is a fault`(body: String) async {
    await #expect(throws: KeySetFault.self) {
      _ = try await KeySet(Array(body.utf8), for: Self.algorithms)
    }
  }

  @Test func `a set is bounded`() async {
    let entries = (0...KeySet.maximumKeys).map { Keys.p256.jwk(["kid": .string("\($0)")]) }
    await #expect(throws: KeySetFault.self) {
      _ = try await KeySet((["keys": .array(entries)] as JSONValue).encoded, for: Self.algorithms)
    }
  }

  @Test(
    arguments: [
      (nil, nil), ("", nil), ("max-age=60", 60), ("public, Max-Age = 900, x=1", 900),
      ("max-age=\"60\"", nil), ("s-maxage=5", nil), ("max-age=-1", nil),
      ("max-age=99999999999999999999", 999_999_999),
    ] as [(String?, Int?)])
  func `Cache-Control says how long keys are good`(header: String?, seconds: Int?) {
    #expect(KeySource.maxAge(header) == seconds.map { .seconds($0) })
  }
}
