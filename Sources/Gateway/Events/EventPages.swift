import GatewayCore
import Storage

/// The log of an organisation in pages, the last ones of which are kept: streams that fall behind
/// do so together, and what one of them is told, the others are told from the same bytes.
struct EventPages {
  /// Events in a row.
  struct Page {
    /// The first number that is not on it.
    let after: Int64
    let events: [TellableEvent]
    /// Whether there was nothing beyond it when it was read.
    var isLast: Bool
    /// Whether events after the number that was asked for are gone, and from where on none is.
    var oldest: Int64?

    /// The last number that is on it.
    var through: Int64 { events.last?.sequence ?? after }
  }

  /// How many events a page has.
  static let size = 64
  private static let mostBytes = 1 << 20

  private let storage: any EventLogStorage
  private let organisation: String
  private let figures: StreamFigures
  private var kept: [Page] = []
  private var bytes = 0

  init(_ storage: any EventLogStorage, _ organisation: String, _ figures: StreamFigures) {
    self.storage = storage
    self.organisation = organisation
    self.figures = figures
  }

  /// The events after a number.
  ///
  /// - Throws: ``StorageFault``.
  mutating func page(after: Int64) async throws(StorageFault) -> Page {
    if let known = kept.last(where: { $0.after <= after && after < $0.through }) {
      return Page(
        after: after, events: known.events.filter { $0.sequence > after }, isLast: false)
    }
    figures.pages.add()
    let events = try await storage.loggedEvents(
      of: organisation, after: after, .everything, limit: Self.size)
    var page = Page(
      after: after, events: events.map(TellableEvent.init), isLast: events.count < Self.size)
    // Asked last: what was forgotten before the page was read may be missing on it.
    let oldest = try await storage.oldestSequence(of: organisation)
    if after + 1 < oldest { page.oldest = oldest } else { keep(page) }
    return page
  }

  /// Lets go of what is kept.
  mutating func clear() {
    kept = []
    bytes = 0
  }

  private mutating func keep(_ page: Page) {
    guard !page.events.isEmpty else { return }
    kept.append(page)
    bytes += Self.cost(page)
    while bytes > Self.mostBytes, kept.count > 1 { bytes -= Self.cost(kept.removeFirst()) }
  }

  private static func cost(_ page: Page) -> Int {
    page.events.reduce(0) { $0 + $1.stored.event.body.count }
  }
}
