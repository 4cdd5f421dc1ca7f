import Configuration
import GatewayCore
import HeatPumpService
import PoderoClient
import Storage

/// What happened, to be read from the log at the reader's own pace.
enum FeedEndpoint {
  /// The parameters' rows in the OpenAPI document, but for the page's size.
  static let parameters: [Endpoint.QueryParameter] =
    [
      .init(
        name: "after", schema: ["type": "integer", "minimum": 0],
        summary: "Only events with a greater `sequence`: the `next_after` of the page before. "
          + "Without it, from the oldest that is kept."),
      .init(
        name: "cursor", schema: ["type": "string", "pattern": "^[0-9]+$"],
        summary: "The `next_cursor` of the page before; it says the same as `after`, and counts "
          + "more."),
    ] + EventSelectionQuery.parameters

  /// `GET /v1/events`
  static func read(_ call: Call) throws(GatewayFault) -> Disposition {
    let app = try call.app
    let limit = try call.query["limit"].map(Page.limit) ?? Page.usual
    let after = try position(call.query)
    let selection = try EventSelectionQuery.read(call.query, app)
    let outlet = call.services.events
    outlet.listeners.read(app, selection)
    let feed = EventFeed(storage: outlet.storage, app: app, selection: selection)
    let requestID = call.requestID
    let context = call.context(
      .read, own: app.organisation.settings.callTimeout, requestID: requestID)
    return call.later(deadline: context.deadline, requestID: requestID) {
      () async throws(GatewayFault) in
      do throws(StorageFault) {
        // A full page takes some ten milliseconds to read and write: not on a thread that serves.
        return try await withTaskExecutorPreference(globalConcurrentExecutor) {
          () async throws(StorageFault) in
          answer(try await feed.page(after: after, limit: limit))
        }
      } catch {
        throw OrganisationService.storageFault(error)
      }
    }
  }

  private static func answer(_ page: EventFeed.Page) -> HTTPResponse {
    var body = Array(#"{"items":["#.utf8)
    body.reserveCapacity(page.bodies.reduce(128) { $0 + $1.count + 1 })
    for (index, item) in page.bodies.enumerated() {
      if index > 0 { body.append(UInt8(ascii: ",")) }
      body += item
    }
    let cursor = page.hasMore ? "\"\(page.nextAfter)\"" : "null"
    body += Array(
      """
      ],"next_cursor":\(cursor),"next_after":\(page.nextAfter),"oldest":\(page.oldest),\
      "gap":\(page.hasGap)}
      """.utf8)
    return HTTPResponse(
      status: 200,
      headers: [.init("Content-Type", "application/json"), .init("Cache-Control", "no-store")],
      body: body)
  }

  // Who goes through the pages may add the cursor to the address of the first.
  private static func position(_ query: QueryParameters) throws(GatewayFault) -> Int64? {
    var position: Int64?
    for name in ["after", "cursor"] {
      guard let text = query[name] else { continue }
      guard let number = wholeNumber(text) else {
        throw GatewayFault(
          .malformedRequest, "The parameter \(name) takes the number of the event read last.")
      }
      position = Int64(number)
    }
    return position
  }
}
