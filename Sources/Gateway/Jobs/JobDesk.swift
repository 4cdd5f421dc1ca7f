public import Configuration
public import GatewayCore
import HeatPumpService
import Logging
import Storage

/// Fleet jobs in the hands of an operator: what there are, how far they have come, and an end to
/// one. The gateway may run meanwhile. Of the secrets, just the URL of a database server is read.
public struct JobDesk: Sendable {
  private let configuration: GatewayConfiguration

  /// For the database of a configuration.
  public init(_ configuration: GatewayConfiguration) {
    self.configuration = configuration
  }

  /// Hands out jobs of all organisations, the newest first.
  ///
  /// - Throws: ``DeskFault``.
  public func list(_ count: Int, _ show: (JSONValue) -> Void) async throws(DeskFault) {
    let organisations = configuration.organisations.map(\.name)
    let jobs = try await configuration.storage.asked { reader throws(StorageFault) in
      var jobs: [(job: StoredJob, tally: JobTally)] = []
      for organisation in organisations {
        for job in try await reader.jobs(of: organisation, app: nil, before: nil, limit: count) {
          jobs.append((job, try await reader.jobTally(of: job.id)))
        }
      }
      return jobs
    }
    for (job, tally) in jobs.sorted(by: { $0.job.sequence > $1.job.sequence }).prefix(count) {
      show(.object(job.representation(tally)))
    }
  }

  /// One job.
  ///
  /// - Throws: ``DeskFault``.
  public func show(_ id: ResourceID) async throws(DeskFault) -> JSONValue {
    let (job, tally) = try await configuration.storage.asked { reader throws(StorageFault) in
      (try await reader.job(id), try await reader.jobTally(of: id))
    }
    guard let job else { throw Self.noSuchJob(id) }
    return .object(job.representation(tally))
  }

  /// How far a job has come.
  ///
  /// - Throws: ``DeskFault``.
  public func progress(_ id: ResourceID) async throws(DeskFault) -> JobProgress {
    JobProgress(try await show(id))
  }

  /// Hands out what has become of a job's heat pumps, in its order.
  ///
  /// - Throws: ``DeskFault``.
  public func results(
    _ id: ResourceID, _ show: (JSONValue) -> Void
  ) async throws(DeskFault) {
    _ = try await self.show(id)
    var place = -1
    while true {
      let after = place
      let members = try await configuration.storage.asked { reader throws(StorageFault) in
        try await reader.jobMembers(of: id, waitingFor: nil, after: after, limit: 1000)
      }
      guard let last = members.last else { return }
      place = last.place
      for member in members { show(.object(member.representation(alias: alias(of: member)))) }
    }
  }

  /// Asks that a job be stopped; the running gateway does so within a second or two, or else the
  /// next one.
  ///
  /// - Parameter reverts: whether what was changed is put back.
  /// - Throws: ``DeskFault``.
  public func cancel(_ id: ResourceID, reverts: Bool) async throws(DeskFault) -> JSONValue {
    do {
      let storage = try await StorageSetup.openBeside(configuration.storage)
      let job: StoredJob?
      do {
        job = try await storage.wish(reverts ? .revert : .stop, of: id)
      } catch {
        await storage.close()
        throw error
      }
      await storage.close()
      guard job != nil else { throw Self.noSuchJob(id) }
    } catch let fault as DeskFault {
      throw fault
    } catch {
      throw DeskFault(description: "\(error)")
    }
    return try await show(id)
  }

  private static func noSuchJob(_ id: ResourceID) -> DeskFault {
    DeskFault(description: "there is no job \(id)")
  }

  private func alias(of member: StoredJobMember) -> String? {
    configuration.heatPumps.first {
      $0.organisation == member.heatPump.organisation && $0.heatPumpID == member.heatPump.id
    }?.alias
  }
}
