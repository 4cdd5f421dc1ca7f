import GatewayCore
import HeatPumps
import ResponseCache

/// A page that never changes while the gateway runs, and whose reader may have it already.
struct TaggedPage: Sendable {
  private let tag: EntityTag
  private let page: SharedResponse
  private let notModified: SharedResponse

  /// Tags a page by what is in it.
  init(_ page: HTTPResponse) {
    var page = page
    tag = EntityTag(settings: 0, rest: stableHash(page.body))
    page.headers.append(.init("ETag", tag.description))
    self.page = SharedResponse(page)
    notModified = SharedResponse(Conditional.notModified(page))
  }

  /// The page, or 304 to whoever has it (RFC 9110, section 13.1.2).
  func answer(_ request: HTTPRequest) -> Disposition {
    .share(Conditional.matches(request, tag) ? notModified : page)
  }
}
