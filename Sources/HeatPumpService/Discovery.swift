internal import GatewayCore
internal import Logging
internal import PoderoClient
internal import ResponseCache

extension OrganisationService {
  /// Learns all users and their heat pumps by listing the organisation, again and again, below all
  /// other traffic. Ends when the task is cancelled.
  public func discover(every interval: Duration) async {
    while !Task.isCancelled {
      do {
        let users = try await discoverUsers()
        for user in users {
          _ = try? await heatPumps(of: user, .none, discoveryContext)
          if Task.isCancelled { return }
        }
        logger.info(
          "organisation discovered",
          metadata: ["users": "\(users.count)", "heat_pumps": "\(directory.count)"])
      } catch {
        logger.warning("discovery failed", metadata: ["fault": "\(error)"])
      }
      do {
        try await clock.sleep(for: interval)
      } catch {
        return
      }
    }
  }

  private func discoverUsers() async throws(GatewayFault) -> [ResourceID] {
    let body = try await answer(.users, discoveryContext)
    guard let users = try? JSONValue(parsing: body, duplicateKeys: .lastWins).array else {
      throw GatewayFault(.upstreamUnreadable, "The upstream's list of users is not a JSON array.")
    }
    return users.compactMap { $0["id"]?.string.flatMap { ResourceID($0) } }
  }

  // A list waits its turn behind everybody else's calls, so it may take its time.
  private var discoveryContext: CallContext {
    CallContext(priority: .poll, deadline: clock.monotonic + settings.callTimeout * 4)
  }
}
