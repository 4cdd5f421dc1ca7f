import GatewayCore
import TestSupport
import Testing

/// Goal: base64 is written and read in its one spelling.
/// Method: RFC 4648's vectors, round trips of every length, and near misses.
@Suite struct Base64Tests {
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
    ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
  ])
  func `the vectors of RFC 4648 hold both ways`(plain: String, coded: String) {
    #expect(Base64.text(Array(plain.utf8)) == coded)
    #expect(Base64.bytes(coded.utf8.span) == Array(plain.utf8))
  }

  @Test func `what is written is read back, whatever the bytes`() {
    let random = SeededRandom(seed: 1)
    for count in 0..<70 {
      let bytes = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      #expect(Base64.bytes(Base64.text(bytes).utf8.span) == bytes)
    }
    #expect(Base64.text([0xFB, 0xFF]) == "+/8=")
  }

  @Test(arguments: [
    "Zg", "Zg=", "Zg===", "====", "Z===", "Zh==", "Zm9=", "Zm8=Zm8=", "Zg==\n", " Zg=", "Zm-v",
    "Zm_v",
    "=Zm9", "Zé==", "Zm9vZ",
  ])
  func `any other spelling is refused`(text: String) {
    #expect(Base64.bytes(text.utf8.span) == nil)
  }
}
