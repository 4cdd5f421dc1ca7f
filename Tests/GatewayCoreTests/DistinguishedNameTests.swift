import GatewayCore
import Testing

/// Goal: two spellings of one name are one name, and two names never are.
/// Method: pairs of texts after RFC 4514, sections 2 to 4.
@Suite struct DistinguishedNameTests {
  @Test(arguments: [
    ("CN=portal,O=Example", "cn=portal, o = Example"),
    ("CN=portal,O=Example", "2.5.4.3=portal,OID.2.5.4.10=Example"),
    ("CN=portal", "commonName=portal"),
    ("CN=a+UID=b,O=x", "UID=b + CN=a,O=x"),
    ("CN=Example\\, Inc.", "CN=Example\\2C Inc."),
    ("CN=\\ x\\ ", "CN=\\20x\\20"),
    ("CN=M\\C3\\BCller", "CN=Müller"),
    ("CN=a=b", "CN=a\\=b"),
    ("emailAddress=a@b", "E=a@b"), ("EMAIL=a@b", "1.2.840.113549.1.9.1=a@b"),
    ("1.3.6.1.4.1.1466.0=#04024869", "1.3.6.1.4.1.1466.0=#0402486 9".replacing(" ", with: "")),
    ("description=x", "DESCRIPTION=x"),
  ])
  func `spellings of one name are equal`(one: String, other: String) throws {
    let (one, other) = (try #require(DistinguishedName(one)), DistinguishedName(other))
    #expect(one == other)
    #expect(DistinguishedName(one.description) == one, "\(one)")
  }

  @Test(arguments: [
    ("CN=portal,O=Example", "O=Example,CN=portal"), ("CN=portal", "CN=Portal"),
    ("CN=portal", "CN=portal,O=Example"), ("CN=portal", "O=portal"), ("CN=a b", "CN=a  b"),
    ("CN=a,O=x", "CN=a+O=x"), ("CN=a\\,O=x", "CN=a,O=x"), ("CN=#04", "CN=\\#04"),
    ("CN=\\ x", "CN=x"),
  ])
  func `different names differ`(one: String, other: String) throws {
    #expect(
      try #require(DistinguishedName(one)) != #require(DistinguishedName(other)))
  }

  @Test(arguments: [
    "", " ", "portal", "CN", "CN=", "CN=a,", ",CN=a", "CN=a,,O=b", "CN=a+", "=a", "CN=a\\",
    "CN=a\\x", "CN=a\\4", "CN=#", "CN=#0", "CN=#0g", "CN=\"a\"", "CN=a;O=b", "CN=a<b", "CN=a\u{0}",
    "C N=a", "CN=a+CN=a",
  ])
  func `what is no name is refused`(text: String) {
    #expect(DistinguishedName(text) == nil)
  }
}
