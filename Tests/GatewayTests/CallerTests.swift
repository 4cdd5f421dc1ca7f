import Configuration
import GatewayCore
import Testing

@testable import Gateway

/// Goal: a request presents one key or none, and a key opens only what and as long as it should.
/// Method: headers, digests and times, and what they must give.
@Suite struct CallerTests {
  private func key(_ headers: [(String, String)]) -> String? {
    Credential.withKey(of: request(headers)) { bytes in
      guard let bytes else { return nil }
      return String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
    }
  }

  @Test(arguments: [
    [("Authorization", "Bearer k1")], [("authorization", "bearer   k1")],
    [("AUTHORIZATION", "BEARER k1 ")], [("X-API-Key", "k1")], [("x-api-key", " k1")],
  ])
  func `a key is taken from either header`(headers: [(String, String)]) {
    #expect(key(headers) == "k1")
  }

  @Test(arguments: [
    [], [("Authorization", "k1")], [("Authorization", "Bearer")], [("Authorization", "Bearer  ")],
    [("Authorization", "Basic k1")], [("Authorization", "Bearerk1")],
    [("Authorization", "Bearer\tk1")], [("X-API-Key", "")],
    [("Authorization", "Bearer k1"), ("X-API-Key", "k1")],
    [("Authorization", "Basic k1"), ("X-API-Key", "k1")],
    [("Authorization", "Bearer k1"), ("X-API-Key", "")],
    [("Authorization", "Bearer k1"), ("Authorization", "Bearer k1")],
    [("X-API-Key", "k1"), ("X-API-Key", "k1")],
  ])
  func `none, two, or another scheme is no key`(headers: [(String, String)]) {
    #expect(key(headers) == nil)
  }

  private let now = Timestamp(microseconds: 1_000_000)

  private func owner(of key: String, expires: Timestamp?) -> String? {
    let ring = KeyRing([
      .init(digest: KeyDigest(hashing: "k1".utf8.span), expires: expires, owner: "app")
    ])
    return ring.owner(of: KeyDigest(hashing: key.utf8.span), at: now)
  }

  @Test func `a key is known until the moment that it expires`() {
    #expect(owner(of: "k1", expires: nil) == "app")
    #expect(owner(of: "k1", expires: now + .seconds(1)) == "app")
    #expect(owner(of: "k1", expires: now) == nil)
    for other in ["k2", "", "K1"] { #expect(owner(of: other, expires: nil) == nil) }
  }

  @Test func `a digest is a SHA-256, and differs in any one byte`() throws {
    let expected: [UInt8] = [
      0xBA, 0x78, 0x16, 0xBF, 0x8F, 0x01, 0xCF, 0xEA, 0x41, 0x41, 0x40, 0xDE, 0x5D, 0xAE, 0x22,
      0x23, 0xB0, 0x03, 0x61, 0xA3, 0x96, 0x17, 0x7A, 0x9C, 0xB4, 0x10, 0xFF, 0x61, 0xF2, 0x00,
      0x15, 0xAD,
    ]
    let digest = try #require(KeyDigest(expected))
    #expect(KeyDigest(hashing: "abc".utf8.span).matches(digest))
    for place in expected.indices {
      var other = expected
      other[place] ^= 1
      #expect(try !digest.matches(#require(KeyDigest(other))), "byte \(place)")
    }
    #expect(KeyDigest([UInt8](expected.dropLast())) == nil)
    #expect(KeyDigest(expected + [0]) == nil)
  }

  @Test func `a new key is what its hash says`() throws {
    let (one, two) = (KeyMaker.make(), KeyMaker.make())
    #expect(one.key != two.key)
    #expect(one.key.hasPrefix("pgw_") && one.key.utf8.count == 4 + 43)
    #expect(
      one.key.dropFirst(4).utf8.allSatisfy {
        ($0 >= 0x30 && $0 <= 0x39) || ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) || $0 == 0x2D
          || $0 == 0x5F
      })
    let bytes = one.sha256.utf8.map { hexValue($0) ?? 16 }
    let digest = stride(from: 0, to: 64, by: 2).map { bytes[$0] << 4 | bytes[$0 + 1] }
    #expect(try KeyDigest(hashing: one.key.utf8.span).matches(#require(KeyDigest(digest))))
  }

  @Test func `random bits are written as base64url without padding`() {
    struct Fixed: RandomSource {
      func next() -> UInt64 { 0xFFEE_DDCC_BBAA_9988 }
    }
    // The same 32 bytes through another tool's base64.
    #expect(
      KeyMaker.make(random: Fixed()).key == "pgw_iJmqu8zd7v-Imaq7zN3u_4iZqrvM3e7_iJmqu8zd7v8")
  }

  @Test func `every scope of the configuration means one here`() {
    let names = Scope.allCases.map(\.rawValue)
    #expect(Scopes.table.map(\.name).sorted() == names.sorted())
    let all = names.compactMap { Scopes(name: $0) }
    #expect(Set(all).count == names.count)
    #expect(Scopes(name: "everything") == nil)
    #expect(Scopes([.heatPumpsRead, .jobsWrite]).names == ["heat-pumps:read", "jobs:write"])
  }
}
