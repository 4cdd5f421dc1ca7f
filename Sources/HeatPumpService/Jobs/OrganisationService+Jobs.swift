public import GatewayCore
internal import HeatPumps
internal import Logging
internal import PoderoClient
public import Storage

extension OrganisationService {
  /// Stores a job; it begins in a moment.
  ///
  /// - Throws: ``GatewayFault``: `storage-unavailable`, `idempotency-mismatch`.
  public func createJob(
    _ order: JobOrder, of heatPumps: [HeatPumpAddress], app: String, key: IdempotencyKey?
  ) async throws(GatewayFault) -> StoredJob {
    let now = clock.wall
    let job = NewJob(
      id: random.timeOrderedID(at: now), organisation: settings.name, app: app, key: key,
      order: order.stored, createdAt: now, heatPumps: heatPumps.map(reference))
    let creation: JobCreation
    do {
      creation = try await storage.createJob(job)
    } catch {
      throw Self.storageFault(error)
    }
    switch creation {
    case .created(let stored):
      newJobBell.ring()
      return stored
    case .repeated(let stored):
      return stored
    case .mismatch:
      throw GatewayFault(
        .idempotencyMismatch, "This Idempotency-Key was used for another request.")
    }
  }

  /// A job, with what has become of its heat pumps.
  ///
  /// - Parameter app: whose job it must be; `nil` for anybody's.
  /// - Throws: ``GatewayFault``: `not-found`, `storage-unavailable`.
  public func job(
    _ id: ResourceID, of app: String?
  ) async throws(GatewayFault) -> (job: StoredJob, tally: JobTally) {
    do {
      if let job = try await storage.job(id), job.organisation == settings.name,
        app == nil || job.app == app
      {
        return (job, try await storage.jobTally(of: id))
      }
    } catch {
      throw Self.storageFault(error)
    }
    throw Self.noSuchJob
  }

  /// Jobs, the newest first.
  ///
  /// - Parameters:
  ///   - app: only this app's; `nil` for all.
  ///   - before: only those with a smaller sequence number; `nil` for the newest.
  /// - Throws: ``GatewayFault``: `storage-unavailable`.
  public func jobs(
    of app: String?, before: Int64?, limit: Int
  ) async throws(GatewayFault) -> [(job: StoredJob, tally: JobTally)] {
    do {
      var found: [(job: StoredJob, tally: JobTally)] = []
      for job in try await storage.jobs(
        of: settings.name, app: app, before: before, limit: limit)
      {
        found.append((job, try await storage.jobTally(of: job.id)))
      }
      return found
    } catch {
      throw Self.storageFault(error)
    }
  }

  /// The heat pumps of a job in their order.
  ///
  /// - Parameter place: only those behind this place; -1 for the first.
  /// - Throws: ``GatewayFault``: `storage-unavailable`.
  public func members(
    of job: StoredJob, after place: Int, limit: Int
  ) async throws(GatewayFault) -> [StoredJobMember] {
    do {
      return try await storage.jobMembers(
        of: job.id, waitingFor: nil, after: place, limit: limit)
    } catch {
      throw Self.storageFault(error)
    }
  }

  /// Asks that a job be stopped. One that has ended is left as it is.
  ///
  /// - Parameters:
  ///   - app: whose job it must be; `nil` for anybody's.
  ///   - reverts: whether what was changed is put back; `nil` for what the job itself says.
  /// - Throws: ``GatewayFault``: `not-found`, `storage-unavailable`.
  public func cancel(
    _ job: ResourceID, of app: String?, reverts: Bool?
  ) async throws(GatewayFault) -> (job: StoredJob, tally: JobTally) {
    let (present, _) = try await self.job(job, of: app)
    let usual = JobOrder(stored: present.order)?.revertAfter != nil
    let wish: JobWish = reverts ?? usual ? .revert : .stop
    do {
      _ = try await storage.wish(wish, of: job)
    } catch {
      throw Self.storageFault(error)
    }
    jobBells.ring(job)
    return try await self.job(job, of: app)
  }

  private static let noSuchJob = GatewayFault(.notFound, "There is no such job.")

  /// Carries jobs on, several at once. Ends when the task is cancelled and they have been given
  /// back.
  ///
  /// - Parameters:
  ///   - isAlone: whether no other gateway has carried jobs on since the start.
  ///   - gate: says what apps may do at present.
  public func runJobs(isAlone: Bool, _ gate: @escaping JobGate) async {
    if isAlone { try? await storage.releaseJobs(except: instanceID) }
    await withTaskGroup(of: Void.self) { group in
      var running = 0
      while !Task.isCancelled, !isStopping {
        if running >= Self.jobsAtOnce {
          await group.next()
          running -= 1
        }
        if let claimed = await claimJob() {
          running += 1
          group.addTask { [self] in
            var runner = JobRunner(service: current, lease: claimed.lease, gate: gate)
            await runner.run()
          }
        } else {
          await newJobBell.wait(until: clock.monotonic + Self.jobLook, clock: clock)
        }
      }
      jobBells.ringAll()
    }
  }

  private func claimJob() async -> ClaimedJob? {
    let now = clock.wall
    let request = LaneRequest(owner: instanceID, now: now, until: now + JobRunner.leaseTime)
    do {
      return try await storage.claimJob(of: settings.name, request)
    } catch {
      logger.warning("jobs cannot be taken up", metadata: ["fault": "\(error)"])
      return nil
    }
  }

  private static let jobsAtOnce = 16
  /// How often jobs are looked for that another process has stored or left.
  private static let jobLook = Duration.seconds(5)

  var jobContext: CallContext {
    CallContext(priority: .job, deadline: clock.monotonic + settings.callTimeout)
  }

  // MARK: Telling

  /// The event that tells how far a job has come.
  func event(of job: StoredJob, _ tally: JobTally, at now: Timestamp) -> NewEvent {
    NewEvent(
      HeatPumpEvent(
        id: random.timeOrderedID(at: now),
        type: job.course.state.isOpen ? .jobProgress : .jobEnded, timestamp: now,
        organisation: settings.name,
        job: EventJob(
          id: job.id, app: job.app, representation: .object(job.representation(tally))),
        traceparent: JobOrder(stored: job.order)?.traceparent))
  }
}
