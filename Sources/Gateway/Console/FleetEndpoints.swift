import GatewayCore
import HeatPumpService
import HeatPumps
import PoderoClient
import ResponseCache
import Storage

/// Heat pumps for operators: found, looked at, and what was done to them. Without personal data,
/// whoever asks.
enum FleetEndpoints {
  private static let inList: Set<String> = [
    "user_id", "alias", "optimization", "readings", "status", "freshness", "pending",
  ]
  // Whatever is in memory, and nothing from elsewhere: a look at all heat pumps costs no request.
  private static let fromMemory = CacheDirectives(
    maxStale: .seconds(31_536_000), onlyIfCached: true)

  /// `GET /admin/organisations/{organisation}/heat-pumps`
  static func list(_ call: Call) throws(GatewayFault) -> Disposition {
    let organisation = try call.organisation()
    let page = try Page(call.query)
    let search = call.query["search"]?.lowercased() ?? ""
    let wanted = try freshness(call.query)
    let wall = call.services.clock.wall
    let now = call.services.clock.monotonic
    return call.laterForOperator { context async throws(GatewayFault) in
      let directory = organisation.directory
      var found = directory.all.filter { address in
        search.isEmpty || address.id.description.contains(search)
          || address.user.description.contains(search)
          || directory.alias(of: address.id)?.lowercased().contains(search) == true
      }
      if let wanted {
        let entries = await organisation.heatPumps(at: found, fromMemory, context)
        found = zip(found, entries).filter { freshness(of: $1, at: wall) == wanted }.map(\.0)
      }
      let (addresses, next) = page.slice(found, id: \.id)
      let entries = await organisation.heatPumps(at: Array(addresses), fromMemory, context)
      let items = zip(addresses, entries).map { address, entry in
        row(address, entry, organisation, at: now, wall)
      }
      return OperatorAnswer.json([
        "items": .array(items), "next_cursor": next.map(JSONValue.string) ?? .null,
        "found": .number(ExactDecimal(found.count)),
        "known": .number(ExactDecimal(directory.count)),
      ])
    }
  }

  /// `GET /admin/organisations/{organisation}/heat-pumps/{ref}`: read as an app would read it.
  static func get(_ call: Call) throws(GatewayFault) -> Disposition {
    let organisation = try call.organisation()
    let address = try call.heatPump(of: organisation)
    let clock = call.services.clock
    return call.laterForOperator(own: organisation.settings.callTimeout) {
      context async throws(GatewayFault) in
      let served = try await organisation.heatPump(address, .none, context)
      return OperatorAnswer.json([
        "heat_pump": representation(served.value, organisation, nil, clock.wall),
        "age_seconds": age(served.value, at: clock.monotonic),
        "cache_status": served.outcome.headers.first { $0.name == "Cache-Status" }
          .map { .string($0.value) } ?? .null,
        "labels": labels,
      ])
    }
  }

  /// `GET /admin/organisations/{organisation}/heat-pumps/{ref}/operations`
  static func operations(_ call: Call) throws(GatewayFault) -> Disposition {
    let organisation = try call.organisation()
    let address = try call.heatPump(of: organisation)
    let page = try OperationPage(call.query)
    return call.laterForOperator { _ async throws(GatewayFault) in
      let found = try await organisation.operations(
        of: address, before: page.before, limit: page.limit + 1)
      let alias = organisation.directory.alias(of: address.id)
      return OperatorAnswer.page(found, limit: page.limit, cursor: { String($0.sequence) }) {
        $0.representation(alias: alias, showsPersonalData: false)
      }
    }
  }

  /// `GET /admin/organisations/{organisation}/heat-pumps/{ref}/history`
  static func history(_ call: Call) throws(GatewayFault) -> Disposition {
    let organisation = try call.organisation()
    let address = try call.heatPump(of: organisation)
    let samples = organisation.history(of: address.id)
    return .respond(
      OperatorAnswer.json([
        "kept": .bool(samples != nil),
        "pointers": .array(ReadingSample.pointers.map(JSONValue.string)),
        "samples": .array(
          (samples ?? []).map { sample in
            .array(
              [.string(sample.observedAt.description)]
                + ReadingSample.pointers.indices.map { number(sample.value($0)) })
          }),
      ]))
  }

  private static func row(
    _ address: HeatPumpAddress, _ entry: CachedHeatPump?, _ organisation: OrganisationService,
    at now: MonotonicInstant, _ wall: Timestamp
  ) -> JSONValue {
    guard let entry else {
      return [
        "heat_pump": [
          "id": .string(address.id.description), "user_id": .string(address.user.description),
          "alias": organisation.directory.alias(of: address.id).map(JSONValue.string) ?? .null,
        ], "age_seconds": .null,
      ]
    }
    return [
      "heat_pump": representation(entry, organisation, inList, wall),
      "age_seconds": age(entry, at: now),
    ]
  }

  private static func representation(
    _ entry: CachedHeatPump, _ organisation: OrganisationService, _ groups: Set<String>?,
    _ wall: Timestamp
  ) -> JSONValue {
    let made = entry.representation(
      includesPersonalData: false, groups: groups, health: organisation.health, wall: wall)
    return (try? JSONValue(parsing: made.body)) ?? .null
  }

  private static func age(_ entry: CachedHeatPump, at now: MonotonicInstant) -> JSONValue {
    .number(ExactDecimal(max(0, Int((now - entry.fetchedAt).seconds))))
  }

  private static func freshness(
    _ query: QueryParameters
  ) throws(GatewayFault) -> FreshnessState? {
    guard let text = query["freshness"] else { return nil }
    guard let state = FreshnessState(rawValue: text) else {
      let names = FreshnessState.allCases.map(\.rawValue).joined(separator: ", ")
      throw GatewayFault(.malformedRequest, "The parameter freshness takes \(names).")
    }
    return state
  }

  // One that was not read yet is as unknown as one whose device says nothing.
  private static func freshness(
    of entry: CachedHeatPump?, at wall: Timestamp
  ) -> FreshnessState {
    Freshness.judge(observedAt: entry?.document.observedAt, now: wall).state
  }

  private static func number(_ value: Double?) -> JSONValue {
    guard let value, let number = ExactDecimal(rounded(value)) else { return .null }
    return .number(number)
  }

  // A float's own digits would say 21.299999.
  private static func rounded(_ value: Double) -> String {
    let hundredths = (value * 100).rounded()
    guard abs(hundredths) < 1e15 else { return "0" }
    return "\(hundredths / 100)"
  }

  /// What each field means, from the table that the public API's description is made of.
  private static let labels: JSONValue = {
    var labels = JSONObject()
    for field in FieldTable.fields where !field.isPersonal {
      labels[field.pointer] = [
        "summary": .string(field.summary), "writable": .bool(field.isWritable),
      ]
    }
    return .object(labels)
  }()
}
