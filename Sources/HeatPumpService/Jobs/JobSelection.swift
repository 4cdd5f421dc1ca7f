public import GatewayCore
public import HeatPumps
public import PoderoClient
internal import ResponseCache

/// Which heat pumps a job is for.
public enum JobSelection: Sendable, Equatable {
  /// These.
  case heatPumps([HeatPumpAddress])
  /// All of these users.
  case users([ResourceID])
  /// Those that show something.
  case filter(HeatPumpFilter)
  /// All.
  case all
}

/// Which heat pumps a selection has come to.
public struct SelectedHeatPumps: Sendable, Equatable {
  /// Those of the job, each once.
  public var addresses: [HeatPumpAddress]
  /// How many could not be judged by a filter, since nothing is known of them at present; they are
  /// left out.
  public var unread = 0
}

extension OrganisationService {
  /// The heat pumps of a selection that an app may see.
  ///
  /// A filter looks at the last answers, however old they are; heat pumps of which there is none
  /// are read first, as far as the caller's time allows.
  ///
  /// - Throws: ``GatewayFault``: what a list of a user's heat pumps can fail with.
  public func select(
    _ selection: JobSelection, maySee: @escaping @Sendable (HeatPumpAddress) -> Bool,
    _ context: CallContext
  ) async throws(GatewayFault) -> SelectedHeatPumps {
    switch selection {
    case .heatPumps(let addresses):
      var seen: Set<ResourceID> = []
      return SelectedHeatPumps(addresses: addresses.filter { seen.insert($0.id).inserted })
    case .users(let users):
      let addresses = try await heatPumps(of: Set(users), context)
      return SelectedHeatPumps(addresses: addresses.sorted().filter(maySee))
    case .all:
      return SelectedHeatPumps(addresses: directory.all.filter(maySee))
    case .filter(let filter):
      let visible = directory.all.filter(maySee)
      let entries = await heatPumps(at: visible, Self.anyAge, context)
      var selected = SelectedHeatPumps(addresses: [])
      for (address, entry) in zip(visible, entries) {
        guard let entry else {
          selected.unread += 1
          continue
        }
        if filter.admits(entry.document) { selected.addresses.append(address) }
      }
      return selected
    }
  }

  // Lists count and not what is known: that may be a part only.
  private func heatPumps(
    of users: Set<ResourceID>, _ context: CallContext
  ) async throws(GatewayFault) -> [HeatPumpAddress] {
    let results = await withTaskGroup(of: Result<[HeatPumpAddress], GatewayFault>.self) { group in
      var results: [Result<[HeatPumpAddress], GatewayFault>] = []
      for (index, user) in users.enumerated() {
        if index >= Self.listsAtOnce, let result = await group.next() { results.append(result) }
        group.addTask { [self] in
          do throws(GatewayFault) {
            let list = try await heatPumps(of: user, Self.anyAge, context).value
            return .success(list.map { HeatPumpAddress(user: user, id: $0.document.id) })
          } catch {
            return .failure(error)
          }
        }
      }
      for await result in group { results.append(result) }
      return results
    }
    var addresses: [HeatPumpAddress] = []
    for result in results { addresses += try result.get() }
    return addresses
  }

  private static var anyAge: CacheDirectives {
    CacheDirectives(maxStale: .seconds(365 * 86400))
  }

  /// What a job would do: how many heat pumps it would change, how many show the change already,
  /// and those whose present values forbid it. Nothing is sent.
  public func preview(
    _ order: JobOrder, of selected: SelectedHeatPumps
  ) -> JobPreview {
    var preview = JobPreview(heatPumps: selected.addresses.count, unread: selected.unread)
    for address in selected.addresses {
      guard let entry = cache.heatPump(key(address.id)) else { continue }
      do throws(GatewayFault) {
        try order.patch.check(against: entry.document)
        if order.patch.unapplied(in: entry.document).isEmpty { preview.unchanged += 1 }
      } catch {
        preview.refusedCount += 1
        if preview.refused.count < JobPreview.mostRefusals {
          let details = error.errors.map { "\($0.pointer) \($0.detail)" }
          preview.refused.append(
            .init(
              address: address,
              reason: details.isEmpty ? error.detail : details.joined(separator: "; ")))
        }
      }
    }
    return preview
  }
}

/// What a job would do.
public struct JobPreview: Sendable, Equatable {
  /// A heat pump whose present values forbid the change.
  public struct Refusal: Sendable, Equatable {
    /// The heat pump.
    public let address: HeatPumpAddress
    /// Why, for people.
    public let reason: String
  }

  /// How many heat pumps it would be for.
  public var heatPumps: Int
  /// How many could not be judged by the filter.
  public var unread: Int
  /// How many show the values already.
  public var unchanged = 0
  /// How many forbid the change.
  public var refusedCount = 0
  /// The first of these.
  public var refused: [Refusal] = []

  /// How many are named one by one.
  static let mostRefusals = 100
}
