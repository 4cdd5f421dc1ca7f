import GatewayCore
import Testing

@testable import Gateway

/// Goal: pages come in order, without gaps or repeats, and a cursor survives what happens between.
/// Method: lists of ids and queries.
@Suite struct PagingTests {
  private let ids = (1...7).map { ResourceID(high: 0, low: $0) }

  private func page(_ query: String) throws(GatewayFault) -> Page {
    try Page(try QueryParameters(query.utf8.span, allowed: ["limit", "cursor"]))
  }

  @Test func `following the cursors shows every element once`() throws {
    for limit in 1...8 {
      var seen: [ResourceID] = []
      var query = "limit=\(limit)"
      var next: String?
      repeat {
        let slice = try page(query).slice(ids) { $0 }
        #expect(slice.elements.count <= limit)
        seen += slice.elements
        next = slice.next
        query = "limit=\(limit)&cursor=\(next ?? "")"
      } while next != nil && seen.count < 2 * ids.count
      #expect(seen == ids)
    }
  }

  @Test func `the cursor of a removed element still works`() throws {
    let rest = try page("cursor=\(ids[2])").slice(ids.filter { $0 != ids[2] }) { $0 }
    #expect(Array(rest.elements) == Array(ids[3...]))
    #expect(rest.next == nil)
  }

  @Test func `behind the end there is nothing`() throws {
    let slice = try page("cursor=\(ids[6])").slice(ids) { $0 }
    #expect(slice.elements.isEmpty && slice.next == nil)
    let none = try page("").slice([ResourceID]()) { $0 }
    #expect(none.elements.isEmpty && none.next == nil)
  }

  @Test func `without a limit a page has the usual size`() throws {
    #expect(try page("").limit == Page.usual)
    #expect(try page("limit=\(Page.largest)").limit == Page.largest)
  }

  @Test(arguments: [
    "limit=0", "limit=501", "limit=-1", "limit=+5", "limit=x", "limit=", "cursor=", "cursor=x",
    "limit=99999999999999999999",
  ])
  func `what is no page is refused`(query: String) {
    #expect(throws: GatewayFault.self) { try page(query) }
  }
}
