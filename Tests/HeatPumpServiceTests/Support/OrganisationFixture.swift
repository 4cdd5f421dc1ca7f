import Credentials
import GatewayCore
import HeatPumps
import PoderoClient
import ResponseCache
import Storage
import TestSupport
import Testing

@testable import HeatPumpService

let jana = ResourceID(high: 1, low: 1)
let peter = ResourceID(high: 1, low: 2)
let cellar = HeatPumpAddress(user: jana, id: ResourceID(high: 2, low: 7))
let attic = HeatPumpAddress(user: jana, id: ResourceID(high: 2, low: 8))
let shed = HeatPumpAddress(user: peter, id: ResourceID(high: 2, low: 9))

/// One organisation's service over the real client and broker, between a clock moved by hand and a
/// partner API played by ``HeatPumpUpstream``.
struct OrganisationFixture: Sendable {
  let clock: ManualClock
  let log = LogRecorder()
  let upstream: HeatPumpUpstream
  let cache: ResponseCache
  let directory: Directory
  let client: PoderoClient
  let storage: InMemoryStorage
  let service: OrganisationService
  /// Which process this is among those that share the storage, from 1.
  let generation: UInt64

  /// Creates a service.
  ///
  /// - Parameter previous: the process whose clock, upstream and storage it shares: the one that it
  ///   follows after a restart, or that it stands beside.
  init(
    after previous: OrganisationFixture? = nil, cacheBytes: Int = 64 << 20,
    aliases: [String: HeatPumpAddress] = ["smith-home": cellar],
    upstream configureUpstream: (inout UpstreamSettings) -> Void = { _ in },
    configure: (inout OrganisationSettings) -> Void = { _ in }
  ) {
    clock = previous?.clock ?? ManualClock()
    upstream = previous?.upstream ?? HeatPumpUpstream()
    storage = previous?.storage ?? InMemoryStorage()
    generation = (previous?.generation ?? 0) + 1
    let random = SeededRandom(seed: generation)
    let broker = TokenBroker(
      settings: TokenSettings(tokenURL: "https://login.example/token/"),
      slots: CredentialSlots(current: {
        ClientCredentials(clientID: "id", clientSecret: Secret("canary-secret"))
      }), transport: FakeTransport([], then: .token("canary", expiresIn: 86400)), clock: clock,
      random: random, logger: log.logger)
    var settings = UpstreamSettings(
      organisationID: ResourceID(high: 9, low: 9),
      apiBase: "https://api.example/api/partners/v2.0/")
    configureUpstream(&settings)
    client = PoderoClient(
      settings: settings, broker: broker, transport: upstream.transport, clock: clock,
      random: random, logger: log.logger)
    cache = ResponseCache(bytes: cacheBytes)
    directory = Directory(aliases: aliases)
    var organisation = OrganisationSettings(name: "north", index: 0)
    configure(&organisation)
    service = OrganisationService(
      settings: organisation, directory: directory, client: client, cache: cache,
      storage: storage, journal: EventJournal(storage),
      instanceID: ResourceID(high: 8, low: generation), clock: clock,
      random: random, logger: log.logger)
    if previous == nil { upstream.place(cellar.id, of: cellar.user) }
  }

  /// How many reads are under way upstream.
  var flights: Int {
    service.heatPumpFlights.flightCount + service.listFlights.flightCount
      + service.documentFlights.flightCount
  }

  /// What the memory holds of a heat pump.
  func cached(_ id: ResourceID = cellar.id) -> CachedHeatPump? {
    cache.heatPump(HeatPumpKey(organisation: 0, id: id))
  }

  var context: CallContext { context(.seconds(15)) }

  func context(_ patience: Duration, _ priority: CallPriority = .read) -> CallContext {
    CallContext(priority: priority, deadline: clock.monotonic + patience)
  }

  func advance(_ seconds: Int) { clock.advance(by: .seconds(seconds)) }

  // MARK: Reading

  func read(
    _ address: HeatPumpAddress = cellar, _ directives: String = ""
  ) async throws -> Served<CachedHeatPump> {
    try await service.heatPump(address, CacheDirectives(header: directives), context)
  }

  /// The problem that a read ends with.
  func readFault(
    _ address: HeatPumpAddress = cellar, _ directives: String = ""
  ) async -> ProblemType? {
    do {
      _ = try await read(address, directives)
      return nil
    } catch {
      return (error as? GatewayFault)?.type
    }
  }

  func list(
    of user: ResourceID = jana, _ directives: String = ""
  ) async throws -> Served<[CachedHeatPump]> {
    try await service.heatPumps(of: user, CacheDirectives(header: directives), context)
  }

  // MARK: Writing

  func request(
    _ json: String, _ address: HeatPumpAddress = cellar, ifMatch: WritePrecondition? = nil,
    key: IdempotencyKey? = nil, waiting: WaitPreference = .forOutcome,
    within patience: Duration = .seconds(15)
  ) throws -> WriteRequest {
    WriteRequest(
      address: address, patch: try patch(json), precondition: ifMatch, origin: Self.origin,
      key: key, waiting: waiting, context: context(patience, .write))
  }

  static let origin = OperationOrigin(kind: .app, name: "tests", occasion: "request")

  func patch(_ json: String) throws -> HeatPumpPatch {
    try HeatPumpPatch.validate(
      JSONValue(parsing: Array(json.utf8)), rules: .unrestricted, now: clock.wall)
  }

  func write(
    _ json: String, _ address: HeatPumpAddress = cellar, ifMatch: WritePrecondition? = nil
  ) async throws -> WriteResult {
    try await service.write(request(json, address, ifMatch: ifMatch)).result
  }

  /// The problem that a write ends with.
  func writeFault(
    _ json: String, _ address: HeatPumpAddress = cellar, ifMatch: WritePrecondition? = nil
  ) async throws -> GatewayFault {
    try await writeFault(request(json, address, ifMatch: ifMatch))
  }

  /// The problem that a write ends with.
  func writeFault(_ request: WriteRequest) async throws -> GatewayFault {
    do {
      _ = try await service.write(request)
    } catch {
      return error
    }
    return try #require(nil as GatewayFault?, "the write succeeded")
  }
}

extension WriteReply {
  /// The outcome that the upstream confirmed.
  var result: WriteResult {
    get throws {
      guard case .confirmed(let result) = self else {
        throw GatewayFault(.internalError, "the write is not confirmed")
      }
      return result
    }
  }
}

extension CachedHeatPump {
  /// The simplified value at a pointer.
  func value(_ pointer: String) -> JSONValue? {
    FieldTable.field(pointer: pointer).flatMap { document.value($0) }
  }
}

/// Lets other tasks run until `condition` holds; gives up after a minute of real time.
func turnsTrue(
  _ comment: String = "", sourceLocation: SourceLocation = #_sourceLocation,
  _ condition: () -> Bool
) async {
  let clock = SystemClock()
  let end = clock.monotonic + .seconds(60 * testPatience)
  while !condition() {
    guard clock.monotonic < end else {
      Issue.record("did not come true: \(comment)", sourceLocation: sourceLocation)
      return
    }
    // A pause between two looks, on purpose: a busy loop would starve what is waited for.
    try? await Task.sleep(for: .milliseconds(1))
  }
}
