import Credentials
import GatewayCore
import TestSupport
import Testing

/// Goal: a sealed secret opens for its purpose under its key, and for nothing else.
/// Method: round trips, and every single change to what was sealed.
@Suite struct SecretSealerTests {
  private let sealer: SecretSealer

  init() throws {
    sealer = SecretSealer(key: try key(7), random: SeededRandom(seed: 1))
  }

  private func fault(
    _ sealed: [UInt8], _ purpose: String = "subscription/1", by sealer: SecretSealer? = nil
  ) -> SealFault? {
    do throws(SealFault) {
      _ = try (sealer ?? self.sealer).open(sealed, for: purpose)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [0, 1, 16, 50, 5000])
  func `a sealed secret comes back`(count: Int) throws {
    let secret = Secret((0..<count).map { UInt8(truncatingIfNeeded: $0) })
    let sealed = try sealer.seal(secret, for: "subscription/1")
    #expect(sealed.count == 1 + 4 + 12 + count + 16)
    #expect(try sealer.open(sealed, for: "subscription/1") == secret)
  }

  @Test func `nothing of the secret shows, and no two sealings are alike`() throws {
    let secret = Secret("whsec_whsec_whsec_whsec_")
    let first = try sealer.seal(secret, for: "a")
    let second = try sealer.seal(secret, for: "a")
    #expect(first[..<5] == second[..<5])
    #expect(first[5..<17] != second[5..<17])
    #expect(first[17...] != second[17...])
    #expect(!String(decoding: first, as: UTF8.self).contains("whsec"))
  }

  @Test func `it opens for its own purpose only`() throws {
    let sealed = try sealer.seal(Secret("x"), for: "subscription/1")
    for purpose in ["subscription/2", "", "subscription/1 "] {
      #expect(fault(sealed, purpose) == .notAuthentic)
    }
  }

  @Test func `another key is told from a change`() throws {
    let sealed = try sealer.seal(Secret("x"), for: "subscription/1")
    #expect(try fault(sealed, by: SecretSealer(key: key(8))) == .otherKey)
  }

  @Test func `every change is noticed`() throws {
    let sealed = try sealer.seal(Secret("secret"), for: "subscription/1")
    for index in sealed.indices {
      var changed = sealed
      changed[index] ^= 1
      let expected: SealFault =
        switch index {
        case 0: .unknownVersion(0)
        case 1...4: .otherKey
        default: .notAuthentic
        }
      #expect(fault(changed) == expected)
    }
    #expect(fault(sealed + [0]) == .notAuthentic)
    #expect(fault(Array(sealed.dropLast())) == .notAuthentic)
    for count in 0..<33 { #expect(fault(Array(sealed[..<count])) == .malformed) }
  }

  @Test func `what was sealed once opens in later versions too`() throws {
    // AES-256-GCM of "hello" by another implementation; see the layout.
    let head = try Array(sealer.seal(Secret("x"), for: "p")[..<5])
    #expect(head == PublishedSealing.head)
    #expect(
      try sealer.open(PublishedSealing.head + PublishedSealing.rest, for: "subscription/1")
        == Secret("hello"))
  }
}

private func key(_ byte: UInt8) throws -> EncryptionKey {
  try #require(EncryptionKey(bytes: Secret([UInt8](repeating: byte, count: 32))))
}

/// Made with Python's `cryptography` from the key of 32 sevens and a nonce of twelve nines.
private enum PublishedSealing {
  static let head: [UInt8] = [0x01, 0x47, 0x91, 0x22, 0x31]
  static let rest: [UInt8] = [
    0x09, 0x09, 0x09, 0x09, 0x09, 0x09, 0x09, 0x09, 0x09, 0x09, 0x09, 0x09,
    0x4F, 0xE0, 0xE8, 0xF8, 0xD1, 0x31, 0xF0, 0x4A, 0x3B, 0xAC, 0x3B, 0x92,
    0x75, 0xD3, 0xA2, 0x72, 0x5F, 0xB9, 0xD0, 0x6F, 0x4D,
  ]
}
