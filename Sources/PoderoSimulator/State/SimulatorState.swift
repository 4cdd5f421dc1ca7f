import GatewayCore

/// All that the simulator knows, as one value: requests in, decisions out, no I/O.
struct SimulatorState: Sendable {
  private let initial: SimulatorSettings
  var settings: SimulatorSettings
  let estate: Estate
  var clock: SimulatedClock
  private let factory: HeatPumpFactory
  var tokens = TokenStore()
  var faults = FaultBoard()
  var counters = Counters()
  var journal: UpdateJournal
  var calls = CallJournal()
  private var records: [Int: HeatPumpRecord] = [:]
  /// The users as JSON text; they never change, and there may be thousands.
  private(set) lazy var usersText = JSONValue.array(
    (1...estate.userCount).map { Customer(number: $0).user }
  ).encoded

  init(_ settings: SimulatorSettings, at moment: Moment) {
    initial = settings
    self.settings = settings
    estate = Estate(
      organisation: settings.organisationID, userCount: settings.users,
      heatPumpsPerUser: settings.heatPumpsPerUser)
    let start = settings.simulatedStart ?? moment.wall
    clock = SimulatedClock(start: start, factor: settings.timeFactor, at: moment.monotonic)
    factory = HeatPumpFactory(
      seed: settings.seed, start: start, refreshInterval: settings.refreshInterval)
    journal = UpdateJournal(limit: settings.updateLimit)
  }

  /// Starts again from the first settings; only the number of requests in flight is kept.
  mutating func reset(at moment: Moment) {
    var counters = counters
    counters.clear()
    self = SimulatorState(initial, at: moment)
    self.counters = counters
  }

  /// Runs `body` with a heat pump as it is at a simulated time; made when first asked for.
  mutating func withHeatPump<Result>(
    _ number: Int, at now: Timestamp, _ body: (inout HeatPumpRecord) -> Result
  ) -> Result {
    func run(_ record: inout HeatPumpRecord) -> Result {
      record.catchUp(to: now)
      return body(&record)
    }
    let (factory, owner) = (factory, estate.owner(ofHeatPump: number))
    return run(&records[number, default: factory.make(number, owner: owner)])
  }
}
