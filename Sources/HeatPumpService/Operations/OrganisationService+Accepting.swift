public import GatewayCore
internal import HeatPumps
internal import Logging
internal import PoderoClient
public import Storage

/// What a write came to by the time that its caller is answered.
public enum WriteReply: Sendable {
  /// The upstream confirmed it.
  case confirmed(WriteResult)
  /// It goes on; the operation can be followed.
  case running(StoredOperation)
  /// The same request was answered before, like this.
  case repeated(StoredAnswer)
}

extension OrganisationService {
  /// Changes a heat pump: stores the change durably, sees it through its lane, and waits for what
  /// the upstream makes of it, as long as the caller wants to.
  ///
  /// Once stored, the change goes to its end even if the caller leaves or the process dies.
  ///
  /// - Throws: ``GatewayFault``: `storage-unavailable` (nothing happened), `idempotency-mismatch`,
  ///   `idempotency-in-progress`, `precondition-failed`, `invalid-patch` for rules that need the
  ///   present values, `upstream-rejected`, `outcome-unknown` or another upstream problem.
  public func write(_ request: WriteRequest) async throws(GatewayFault) -> WriteReply {
    let operation = newOperation(request)
    let waiter = board.expect(operation.id, request.context)
    defer { board.leave(operation.id) }
    let lane = laneRequest
    let update = outgoingUpdate(of: operation, request.patch)
    let acceptance: Acceptance
    do {
      acceptance = try await storage.accept(
        operation, key: request.key, lane: lane, departing: update?.departure)
    } catch {
      throw Self.storageFault(error)
    }
    switch acceptance {
    case .repeated(let answer):
      return .repeated(answer)
    case .running(let id):
      return try await repeatedWithoutAnswer(id)
    case .mismatch:
      throw GatewayFault(
        .idempotencyMismatch, "This Idempotency-Key was used for another request.")
    case .accepted(let stored, let lease):
      if let lease {
        work(in: lease, on: stored, request.patch, stored.state == .sent ? update : nil)
      } else {
        bells.ring(request.address.id)
        followElsewhere(stored)
      }
      if request.waiting == .notAtAll { return .running(stored) }
      return try await reply(to: request, stored, waiter)
    }
  }

  /// Withdraws an operation that has not been sent.
  ///
  /// - Throws: ``GatewayFault``: `operation-not-cancellable`, `not-found`, `storage-unavailable`.
  public func cancel(_ operation: StoredOperation) async throws(GatewayFault) -> StoredOperation {
    let entry = AuditTrail.entry(
      operation, operation.readPatch.assignments, state: .cancelled, at: clock.wall, before: nil,
      after: nil)
    let cancellation: Cancellation
    do {
      cancellation = try await storage.cancel(
        operation.request.id, at: clock.wall, audit: entry)
    } catch {
      throw Self.storageFault(error)
    }
    switch cancellation {
    case .cancelled(let cancelled):
      board.post(
        cancelled.request.id,
        .failed(
          GatewayFault(
            .operationNotCancellable, "The operation was cancelled before it was sent.",
            operationID: cancelled.request.id)))
      return cancelled
    case .tooLate(let present):
      throw GatewayFault(
        .operationNotCancellable,
        "The operation is \(present.state.rawValue); only a queued one can be cancelled.",
        operationID: present.request.id)
    case .notFound:
      throw GatewayFault(.notFound, "There is no such operation.")
    }
  }

  /// The right to a lane lasts longer than the update and the read that may have to settle it.
  var laneRequest: LaneRequest {
    let now = clock.wall
    return LaneRequest(owner: instanceID, now: now, until: now + leaseTime)
  }

  var leaseTime: Duration { settings.callTimeout * 3 + .seconds(15) }

  /// The problem for a storage that does not take it.
  public static func storageFault(_ fault: StorageFault) -> GatewayFault {
    GatewayFault(
      .storageUnavailable, "The gateway cannot store durably at present.",
      retryAfter: .seconds(5), cause: "\(fault)")
  }

  private func newOperation(_ request: WriteRequest) -> NewOperation {
    let now = clock.wall
    let remaining = max(.zero, request.context.deadline - clock.monotonic)
    let precondition: [UInt64]? =
      switch request.precondition {
      case nil: nil
      case .exists: []
      case .settings(let tags): tags.sorted()
      }
    return NewOperation(
      id: random.timeOrderedID(at: now),
      heatPump: reference(request.address), origin: request.origin,
      patch: request.patch.bodyText, precondition: precondition, acceptedAt: now,
      expiresAt: now + (request.waiting.isBounded ? Self.patience : remaining),
      retries: request.waiting.isBounded, traceparent: request.context.traceparent)
  }

  /// How long a change whose caller does not wait for it is tried.
  private static let patience = Duration.seconds(600)

  private func reply(
    to request: WriteRequest, _ stored: StoredOperation, _ waiter: Waiter<OperationResult>
  ) async throws(GatewayFault) -> WriteReply {
    let result: OperationResult
    do {
      result = try await waiter.value(
        until: request.waiting.deadline(for: request.context, now: clock.monotonic)
          + request.patience, clock: clock)
    } catch {
      return try await replyInTime(request, stored)
    }
    switch result {
    case .confirmed(let result): return .confirmed(result)
    case .failed(let fault): throw fault
    case .elsewhere(let operation): return .running(operation)
    }
  }

  // The caller's time is over. What was not sent yet never will be; what was sent goes on.
  private func replyInTime(
    _ request: WriteRequest, _ stored: StoredOperation
  ) async throws(GatewayFault) -> WriteReply {
    let id = stored.request.id
    let present = try? await storage.operation(id)
    if request.waiting.isBounded { return .running(present ?? stored) }
    if present?.state == .queued {
      do throws(GatewayFault) {
        _ = try await cancel(present ?? stored)
      } catch  where error.type == .storageUnavailable {
        throw GatewayFault(
          .outcomeUnknown,
          "The update has not been sent, and could not be withdrawn: "
            + "the gateway cannot store durably at present.", operationID: id, cause: error.cause)
      } catch {
        throw Self.unanswered(id)
      }
      throw GatewayFault(
        .upstreamTimeout, "The deadline passed while earlier writes ran; nothing was sent.",
        operationID: id)
    }
    throw Self.unanswered(id)
  }

  private static func unanswered(_ id: ResourceID) -> GatewayFault {
    GatewayFault(
      .outcomeUnknown, "The update was sent, and no answer has come yet.", operationID: id)
  }

  // The key's first request has no stored answer: it runs, or its end was reached after a crash.
  private func repeatedWithoutAnswer(_ id: ResourceID) async throws(GatewayFault) -> WriteReply {
    let operation: StoredOperation?
    do {
      operation = try await storage.operation(id)
    } catch {
      throw Self.storageFault(error)
    }
    guard let operation, !operation.state.isOpen else {
      throw GatewayFault(
        .idempotencyInProgress, "The first request with this Idempotency-Key is still running.",
        operationID: id, retryAfter: .seconds(1))
    }
    return .running(operation)
  }

  func reference(_ address: HeatPumpAddress) -> HeatPumpReference {
    HeatPumpReference(organisation: settings.name, user: address.user, id: address.id)
  }
}
