import GatewayCore
import Testing

@testable import MicrohttpdServer

/// Goal: no address takes more than its share, and what it gives back is free again.
/// Method: the counts alone.
@Suite struct PlacesTests {
  private func address(_ bytes: [UInt8]) -> ConnectionPlaces.Address { .init(bytes.span) }

  @Test func `connections are counted by address`() {
    let places = ConnectionPlaces(2)
    let (here, there) = (address([192, 0, 2, 1]), address([192, 0, 2, 2]))
    #expect([here, here, here, there].map(places.take) == [true, true, false, true])
    places.giveBack(here)
    #expect([here, here].map(places.take) == [true, false])
  }

  @Test func `the two spellings of an IPv4 address are one`() {
    let mapped = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF, 192, 0, 2, 1]
    #expect(address(mapped) == address([192, 0, 2, 1]))
    var other = mapped
    other[0] = 0x20
    #expect(address(other) != address(mapped))
  }

  @Test func `many threads take exactly what there is`() async {
    let places = ConnectionPlaces(1000)
    let here = address([192, 0, 2, 1])
    let taken = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<8 {
        group.addTask { (0..<500).filter { _ in places.take(here) }.count }
      }
      return await group.reduce(0, +)
    }
    #expect(taken == 1000)
  }

  @Test func `streams are limited in all and by address`() {
    let places = StreamPlaces(3, perAddress: 2)
    #expect(["a", "a", "a", "b", "c"].map(places.take) == [true, true, false, true, false])
    places.giveBack(of: "a")
    #expect(["b", "c"].map(places.take) == [true, false])
  }
}

/// Goal: a target is either one of the forms that are served, or none.
/// Method: a table of targets.
@Suite struct TargetFormTests {
  private func form(_ text: String) -> TargetForm? { TargetForm(text.utf8.span) }

  @Test(arguments: [
    ("http://h", 7..<8, 8), ("HTTPS://a.b:443/x?y", 8..<15, 15), ("http://[::1]:80?x", 7..<15, 15),
    ("hTTp://h/", 7..<8, 8),
  ])
  func `a whole URI names its host`(text: String, authority: Range<Int>, rest: Int) {
    #expect(form(text) == .absolute(authority: authority, rest: rest))
  }

  @Test(arguments: ["/", "/http://h/", "//h/a", "/a?b=http://h"])
  func `a path is a path, whatever is in it`(text: String) {
    #expect(form(text) == .origin)
  }

  @Test(arguments: [
    "", "*", "h:80", "a", "?a", "http://", "http:///", "http://?a", "http:/h", "http:h", "ftp://h/",
    "http://u@h/", "http://h:x/", "http://h/#a", "http://h/ä", "http://h /", "https:/h", "://h",
    "http://h\\@g/", "http://a,b/",
  ])
  func `anything else is refused`(text: String) {
    #expect(form(text) == nil)
  }
}
