import GatewayCore
import Testing

/// Goal: addresses and ranges are read exactly, from text and from bits.
/// Method: tables.
@Suite struct InternetAddressTests {
  @Test(arguments: [
    ("127.0.0.1", "127.0.0.1"), ("::", "::"), ("::1", "::1"), ("1::", "1::"),
    ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
    ("::ffff:10.0.0.1", "10.0.0.1"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
  ])
  func `an address is read and written in its shortest form`(text: String, expected: String) {
    #expect(InternetAddress(text)?.description == expected)
  }

  @Test(arguments: [
    "", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.+4", "1.2.3.٤", ":", ":::", "1::2::3",
    "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8", "g::", "12345::", "::1.2.3", "[::1]",
    "fe80::1%eth0", "1.2.3.4::", "localhost",
  ])
  func `what is no address is refused`(text: String) {
    #expect(InternetAddress(text) == nil)
  }

  @Test(arguments: [
    ("10.0.0.0/8", "10.255.255.255", true), ("10.0.0.0/8", "11.0.0.0", false),
    ("10.0.0.5/32", "10.0.0.5", true), ("10.0.0.5", "10.0.0.6", false),
    ("0.0.0.0/0", "255.1.2.3", true), ("0.0.0.0/0", "::1", false),
    ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::", false),
    ("2001:db8::8000:0:0:0/65", "2001:db8::ffff:0:0:1", true),
    ("2001:db8::8000:0:0:0/65", "2001:db8::7fff:0:0:1", false),
    ("::/0", "10.0.0.1", false), ("::1/128", "::1", true), ("::1/128", "::2", false),
    ("10.0.0.0/8", "::ffff:10.1.1.1", true),
  ])
  func `a range contains its addresses and no others`(
    range: String, address: String, contained: Bool
  ) throws {
    let range = try #require(AddressRange(range))
    let address = try #require(InternetAddress(address))
    #expect(range.contains(address) == contained)
  }

  @Test(arguments: [
    "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/+8", "::/129", "/8", "a/8",
  ])
  func `what is no range is refused`(text: String) {
    #expect(AddressRange(text) == nil)
  }

  @Test func `an address of bits is the address of its text`() {
    #expect(InternetAddress(version4: 0x0A00_0001) == InternetAddress("10.0.0.1"))
    #expect(InternetAddress(version6: 0x2001_0DB8_0000_0000, 1) == InternetAddress("2001:db8::1"))
    #expect(InternetAddress(version6: 0, 0xFFFF_0A00_0001) == InternetAddress("10.0.0.1"))
    #expect(InternetAddress(version6: 0, 0x1_FFFF_0A00_0001).family == .version6)
    #expect(InternetAddress.loopback.isLoopback)
  }

  @Test func `NAT64 gives its IPv4 address back`() {
    let address = InternetAddress("64:ff9b::192.0.2.33")
    #expect(address?.embeddedVersion4 == InternetAddress("192.0.2.33"))
    #expect(InternetAddress("192.0.2.33")?.embeddedVersion4 == nil)
  }

  @Test(arguments: [
    ("example.com", true), ("xn--bcher-kva.example", true), ("a_b", true), ("localhost", true),
    ("example.com.", false), ("", false), ("-a", false), ("a-", false), ("a..b", false),
    ("bücher.example", false), ("a b", false), ("a%2e", false),
  ])
  func `a host name keeps to its grammar`(text: String, isValid: Bool) {
    #expect(HostName.isValid(text) == isValid)
  }
}
