import Configuration
import GatewayCore
import HeatPumpService
import Storage
import Webhooks

/// The log of an organisation, in pages, as far as one app may be told of it.
struct EventFeed: Sendable {
  /// A page.
  struct Page: Sendable {
    /// What the events say, in their order, as JSON.
    var bodies: [[UInt8]] = []
    /// How far the page goes, past events that are not for the app, too.
    var nextAfter: Int64
    /// Whether there may be more at once.
    var hasMore = false
    /// The number from which on no event is missing.
    var oldest: Int64
    /// Whether events between what the reader had and this page are lost to it.
    var hasGap = false
  }

  let storage: any EventLogStorage
  let app: App
  let selection: EventSelection

  // A page takes several look-ups where the app may not see everything; one that sees almost
  // nothing gets short pages and goes on by the cursor.
  private static let mostLookups = 20
  private static let leastPerLookup = 64
  private static let mostNarrowed = 1000

  /// Reads on.
  ///
  /// - Parameter after: the number that the reader has come to; `nil` for the oldest that is kept.
  /// - Throws: ``StorageFault``.
  func page(after: Int64?, limit: Int) async throws(StorageFault) -> Page {
    let organisation = app.organisation.settings.name
    let newest = try await storage.newestSequence(of: organisation)
    let oldest = try await storage.oldestSequence(of: organisation)
    if let after, after > newest {
      // Nobody was told that number by this log: it was put back to an earlier state.
      return Page(nextAfter: newest, oldest: oldest, hasGap: true)
    }
    var page = Page(nextAfter: after ?? oldest - 1, oldest: oldest)
    try await fill(&page, organisation, upTo: newest, limit: limit)
    // Asked last: what was forgotten before the page was read may be missing in it.
    page.oldest = try await storage.oldestSequence(of: organisation)
    page.hasGap = after.map { $0 + 1 < page.oldest } ?? false
    return page
  }

  private func fill(
    _ page: inout Page, _ organisation: String, upTo newest: Int64, limit: Int
  ) async throws(StorageFault) {
    let (audience, narrowed) = (app.audience, narrowedSelection)
    for _ in 0..<Self.mostLookups {
      let count = max(Self.leastPerLookup, limit - page.bodies.count)
      let events = try await storage.loggedEvents(
        of: organisation, after: page.nextAfter, narrowed, limit: count)
      for event in events {
        guard page.bodies.count < limit else {
          page.hasMore = true
          return
        }
        page.nextAfter = event.sequence
        if let body = TellableEvent(event).body(for: audience) { page.bodies.append(body) }
      }
      if events.count < count {
        page.nextAfter = max(page.nextAfter, newest)
        return
      }
    }
    page.hasMore = true
  }

  // Spares reading what the audience would refuse; it has the last word in any case.
  private var narrowedSelection: EventSelection {
    guard selection.heatPumps == nil, case .only(let ids) = app.heatPumps,
      ids.count <= Self.mostNarrowed
    else { return selection }
    return EventSelection(types: selection.types, heatPumps: ids.sorted())
  }
}
