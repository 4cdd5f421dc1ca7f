import GatewayCore
import ResponseCache
import Testing

/// Goal: our tags read back, and nothing else reads as one.
/// Method: a round trip, and spellings that are near misses.
@Suite struct EntityTagTests {
  private let text = "\"00000000000000ab.ffffffffffffffff\""

  @Test func `a tag reads back, weak or strong`() {
    let tag = EntityTag(settings: 0xAB, rest: .max)
    #expect(tag.description == text)
    #expect(EntityTag(text) == tag)
    #expect(EntityTag("W/" + text) == tag)
    #expect(EntityTag(text[...]) == tag)
  }

  @Test(arguments: [
    "", "\"", "\"\"", "*", "00000000000000ab.ffffffffffffffff",
    "\"00000000000000AB.ffffffffffffffff\"", "\"+0000000000000ab.ffffffffffffffff\"",
    "\"00000000000000ab-ffffffffffffffff\"", "\"00000000000000ab.fffffffffffffff\"",
    "\"0000000000000ab.fffffffffffffffff\"", "\"00000000000000ab.ffffffffffffffff\" ",
    "w/\"00000000000000ab.ffffffffffffffff\"", "\"000000000000.0ab.ffffffffffffffff\"",
    "\"0000000000000éb.ffffffffffffffff\"",
  ])
  func `anything else is none`(text: String) {
    #expect(EntityTag(text) == nil)
  }
}

/// Goal: the headers say how an answer came about, in the words of their RFCs.
/// Method: each kind of outcome with its headers.
@Suite struct CacheOutcomeTests {
  private let policy = CachePolicy()

  private func headers(_ outcome: CacheOutcome) -> [String] {
    outcome.headers.map { "\($0.name): \($0.value)" }
  }

  @Test func `a hit tells age, remaining freshness and time to live`() {
    let outcome = CacheOutcome.hit(age: .milliseconds(3500), policy)
    #expect(outcome.kind == .hit)
    #expect(
      headers(outcome) == [
        "Age: 3", "Cache-Control: private, max-age=30", "Cache-Status: podero-gateway; hit; ttl=26",
      ])
  }

  @Test func `a stale hit has a negative time to live and no freshness`() {
    let outcome = CacheOutcome.hit(age: .seconds(40), policy)
    #expect(outcome.kind == .revalidating)
    #expect(
      headers(outcome) == [
        "Age: 40", "Cache-Control: private, max-age=0",
        "Cache-Status: podero-gateway; hit; ttl=-10",
      ])
    #expect(CacheOutcome.hit(age: .seconds(30), policy).kind == .revalidating)
  }

  @Test func `a fetched answer tells why it was fetched and whether it was shared`() {
    #expect(
      headers(.fetched(.miss, collapsed: false, policy)) == [
        "Age: 0", "Cache-Control: private, max-age=30",
        "Cache-Status: podero-gateway; fwd=miss; stored",
      ])
    #expect(
      headers(.fetched(.request, collapsed: true, policy)).last
        == "Cache-Status: podero-gateway; fwd=request; stored; collapsed")
  }

  @Test func `a replacement is marked`() {
    let outcome = CacheOutcome.replaced(age: .seconds(4000), failure: .upstreamTimeout)
    #expect(outcome.kind == .replaced)
    #expect(
      headers(outcome) == [
        "Age: 4000", "Cache-Control: private, max-age=0",
        "Cache-Status: podero-gateway; fwd=stale; detail=upstream-timeout", "Gateway-Stale: true",
      ])
  }

  @Test func `the kinds are numbered in their order`() {
    #expect(CacheOutcome.Kind.allCases.map(\.index) == Array(CacheOutcome.Kind.allCases.indices))
  }
}
