import GatewayCore
import HeatPumpService
import HeatPumps
import Logging
import Storage

/// Knows which users' heat pumps somebody listens to, so that these are looked at: from the
/// subscriptions that are active, and from those who listen at the moment, here and at other
/// gateways.
final class InterestBoard: Sendable {
  /// Somebody who listens.
  typealias Interest = (app: App, selection: EventSelection)

  /// Says whose heat pumps are listened to here, and gives those of other gateways.
  typealias Others =
    @Sendable (_ organisation: String, Set<ResourceID>) async throws(StorageFault) ->
    Set<ResourceID>

  /// An organisation, as far as this is about it.
  struct Place: Sendable {
    /// The organisation's configured name.
    let organisation: String
    /// All heat pumps that are known.
    let heatPumps: @Sendable () -> [HeatPumpAddress]
    /// Takes the users in place of the former ones.
    let setInterest: @Sendable (Set<ResourceID>) -> Void
  }

  private let places: @Sendable () -> [Place]
  private let storage: any SubscriptionStorage
  private let apps: @Sendable () -> AppRegistry
  private let listeners: @Sendable () -> [Interest]
  private let others: Others?
  private let clock: any GatewayClock
  private let logger: Logger
  private let bell = Bell()

  private static let interval = Duration.seconds(60)
  // Other gateways ring no bell here, and may have discovered what this one has not.
  private static let sharedInterval = Duration.seconds(10)
  private static let pageSize = 500

  /// The events that come from looking at heat pumps.
  private static let polled: Set<String> = Set(
    [
      HeatPumpEventType.settingsChanged, .stateChanged, .statusChanged, .actionNeeded,
      .actionResolved,
    ].map(\.rawValue))

  /// Creates a board.
  ///
  /// - Parameters:
  ///   - places: the organisations that are configured.
  ///   - apps: the apps that are.
  ///   - listeners: those who have a stream open, or have read the feed lately.
  ///   - others: the way to other gateways; `nil` if there are none.
  init(
    places: @escaping @Sendable () -> [Place], storage: any SubscriptionStorage,
    apps: @escaping @Sendable () -> AppRegistry,
    listeners: @escaping @Sendable () -> [Interest], others: Others? = nil,
    clock: any GatewayClock, logger: Logger
  ) {
    self.places = places
    self.storage = storage
    self.apps = apps
    self.listeners = listeners
    self.others = others
    self.clock = clock
    self.logger = logger
  }

  /// Notes that somebody listens to something else than before.
  func note() { bell.ring() }

  /// Reckons anew every minute, among several gateways every ten seconds, and whenever something
  /// changes here. Ends when the task is cancelled.
  func run() async {
    while !Task.isCancelled {
      for place in places() { await reckon(place) }
      let interval = others == nil ? Self.interval : Self.sharedInterval
      await bell.wait(until: clock.monotonic + interval, clock: clock)
    }
  }

  private func reckon(_ place: Place) async {
    do throws(StorageFault) {
      let subscribed = try await subscriptions(of: place.organisation)
      let apps = apps()
      // Whose rights have changed listens no more to what it listened to.
      let listening = listeners().filter { interest in
        apps[place.organisation, interest.app.name]?.standing === interest.app.standing
      }
      let heatPumps = place.heatPumps()
      var users = Self.users(of: listening, among: heatPumps)
      if let others { users.formUnion(try await others(place.organisation, users)) }
      place.setInterest(users.union(Self.users(of: subscribed, among: heatPumps)))
    } catch {
      // Whoever was looked at before is looked at still.
      logger.debug("who listens could not be found out", metadata: ["fault": "\(error)"])
    }
  }

  private func subscriptions(
    of organisation: String
  ) async throws(StorageFault) -> [Interest] {
    let apps = apps()
    var interests: [Interest] = []
    var last: ResourceID?
    while true {
      let page = try await storage.subscriptions(
        of: organisation, app: nil, after: last, limit: Self.pageSize)
      for subscription in page where subscription.terms.state == .active {
        guard let app = apps.listener(organisation, subscription.app) else { continue }
        interests.append((app, subscription.terms.selection))
      }
      guard page.count == Self.pageSize, let next = page.last?.id else { return interests }
      last = next
    }
  }

  /// The users whose heat pumps somebody wants to hear of, and may see.
  static func users(
    of interests: [Interest], among heatPumps: [HeatPumpAddress]
  ) -> Set<ResourceID> {
    let owners = Dictionary(heatPumps.map { ($0.id, $0.user) }) { first, _ in first }
    var users = Set<ResourceID>()
    for (app, selection) in interests {
      if let types = selection.types, polled.isDisjoint(with: types) { continue }
      guard let wanted = selection.heatPumps else {
        users.formUnion(heatPumps.lazy.filter { app.maySee($0) }.map(\.user))
        continue
      }
      for id in wanted {
        guard let user = owners[id], app.maySee(HeatPumpAddress(user: user, id: id)) else {
          continue
        }
        users.insert(user)
      }
    }
    return users
  }
}
