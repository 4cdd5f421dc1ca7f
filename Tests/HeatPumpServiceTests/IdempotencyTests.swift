import GatewayCore
import HeatPumps
import Storage
import TestSupport
import Testing

@testable import HeatPumpService

/// Goal: a repeat with the same key does nothing again, in whichever process it arrives.
/// Method: several services on one storage, with the same and other requests under one key.
@Suite struct IdempotencyTests {
  private let fixture = OrganisationFixture()
  private static let answer = StoredAnswer(
    status: 200, headers: [.init("ETag", "\"1.2\"")], body: Array("{}".utf8))

  @Test func `the same request gets the same answer, also after a restart`() async throws {
    let first = try await fixture.service.write(request("a")).result
    await fixture.service.keepAnswer(Self.answer, of: first.operationID)
    for process in [fixture, OrganisationFixture(after: fixture)] {
      guard case .repeated(let answer) = try await process.service.write(request("a")) else {
        Issue.record("not repeated")
        continue
      }
      #expect(answer == Self.answer)
    }
    #expect(fixture.upstream.updates.count == 1)
  }

  @Test func `the same key for something else is a mismatch, also after a restart`()
    async throws
  {
    _ = try await fixture.service.write(request("a"))
    for process in [fixture, OrganisationFixture(after: fixture)] {
      let fault = try await process.writeFault(request("b"))
      #expect(fault.type == .idempotencyMismatch)
      #expect(fault.status == 422)
    }
    #expect(fixture.upstream.updates.count == 1)
  }

  @Test func `while the first runs a repeat is told so, by other processes too`() async throws {
    _ = try await fixture.read()
    fixture.upstream.transport.append(.hold)
    async let first = fixture.service.write(request("a"))
    await fixture.upstream.transport.waitForRequests(2)
    for process in [fixture, OrganisationFixture(after: fixture)] {
      let fault = try await process.writeFault(request("a"))
      #expect(fault.type == .idempotencyInProgress)
      #expect(fault.status == 409)
      #expect(fault.operationID != nil)
    }
    fixture.releaseUpdate()
    _ = try await first.result
    #expect(fixture.upstream.updates.count == 1)
  }

  @Test func `an end without an answer, as after a crash, is told by the operation`() async throws {
    let first = try await fixture.service.write(request("a")).result
    let heir = OrganisationFixture(after: fixture)
    guard case .running(let operation) = try await heir.service.write(request("a")) else {
      Issue.record("not the operation")
      return
    }
    #expect(operation.request.id == first.operationID)
    #expect(operation.state == .accepted)
    #expect(fixture.upstream.updates.count == 1)
  }

  @Test func `of fifty at one moment, over two processes, one is carried out`() async throws {
    _ = try await fixture.read()
    let other = OrganisationFixture(after: fixture)
    // Each with a token, so that whoever is first sends the update next.
    _ = try await other.read()
    fixture.upstream.transport.append(.hold)
    let collected = Locked<[String]>([])
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<50 {
        let process = number % 2 == 0 ? fixture : other
        group.addTask {
          let outcome = try await outcome(of: request("a"), by: process)
          collected.withLock { $0.append(outcome) }
        }
      }
      await turnsTrue("all but one answered") {
        collected.withLock { $0.count } == 49 && fixture.upstream.transport.heldCount == 1
      }
      fixture.releaseUpdate()
      await turnsTrue("all answered") { collected.withLock { $0.count } == 50 }
      // Whoever still waits, which nobody should, has no more time.
      fixture.advance(60)
      try await group.waitForAll()
    }
    let outcomes = collected.withLock { $0 }
    #expect(outcomes.count { $0 == "confirmed" } == 1)
    #expect(outcomes.count { $0 == "idempotency-in-progress" } == 49)
    #expect(outcomes.last == "confirmed")
    let all = try await fixture.service.operations(of: cellar, before: nil, limit: 99)
    #expect(all.count == 1)
    #expect(fixture.upstream.updates.count == 1)
  }

  @Test func `a key whose write came to nothing may be used again`() async throws {
    _ = try await fixture.read()
    fixture.upstream.transport.append(.fail(TransportFault(.tls, mayHaveBeenSent: false)))
    #expect(try await fixture.writeFault(request("a")).type == .upstreamUnreachable)
    _ = try await fixture.service.write(request("b")).result
    #expect(fixture.upstream.updates.last == ["comment": "b"])
  }

  @Test func `the key of a refused write stays with it`() async throws {
    let invalid = try request("a", #"{"space_heating":{"minimum_temperature":24}}"#)
    #expect(try await fixture.writeFault(invalid).type == .invalidPatch)
    guard case .running(let operation) = try await fixture.service.write(invalid) else {
      Issue.record("not the operation")
      return
    }
    #expect(operation.state == .rejected)
  }

  @Test func `an answer that cannot be kept costs no more than that`() async throws {
    let first = try await fixture.service.write(request("a")).result
    fixture.storage.fail(with: .unavailable("full"))
    await fixture.service.keepAnswer(Self.answer, of: first.operationID)
    fixture.storage.fail(with: nil)
    #expect(fixture.log.text.contains("an answer could not be kept"))
    guard case .running = try await fixture.service.write(request("a")) else {
      Issue.record("not the operation")
      return
    }
  }

  /// A write of a comment under the one key.
  private func request(_ comment: String, _ json: String? = nil) throws -> WriteRequest {
    try fixture.request(
      json ?? #"{"comment":"\#(comment)"}"#,
      key: IdempotencyKey(app: "tests", key: "key-1", fingerprint: Array(comment.utf8)))
  }

  private func outcome(
    of request: WriteRequest, by process: OrganisationFixture
  ) async throws -> String {
    do {
      guard case .confirmed = try await process.service.write(request) else { return "other" }
      return "confirmed"
    } catch {
      return error.type.rawValue
    }
  }
}

/// Goal: a write is either withdrawn or sent, never both.
/// Method: cancellations at every moment of a write's way.
@Suite struct CancellationTests {
  private let fixture = OrganisationFixture()

  @Test func `what is withdrawn while the lane reads is not sent`() async throws {
    fixture.upstream.transport.append(.hold)
    let operation = try await fixture.writeAsync(#"{"comment":"no"}"#)
    await fixture.upstream.transport.waitForRequests(1)
    #expect(try await fixture.service.cancel(operation).state == .cancelled)
    let next = try await fixture.writeAsync(#"{"pause":{"active":true}}"#)
    fixture.upstream.transport.release(fixture.upstream.detail(cellar.id))
    try await fixture.waitFor(.accepted, of: next.request.id)
    #expect(fixture.upstream.updates == [["is_pause_power_active": true]])
    #expect(try await fixture.stored(operation.request.id).state == .cancelled)
    let trail = try await fixture.storage.auditTrail(after: 0, limit: 9)
    #expect(trail.map(\.entry.state) == [.cancelled, .accepted])
  }

  @Test func `what is sent cannot be withdrawn`() async throws {
    _ = try await fixture.read()
    fixture.upstream.transport.append(.hold)
    let operation = try await fixture.writeAsync(#"{"comment":"yes"}"#)
    await fixture.upstream.transport.waitForRequests(2)
    #expect(await cancellationFault(operation) == .operationNotCancellable)
    fixture.releaseUpdate()
    try await fixture.waitFor(.accepted, of: operation.request.id)
    #expect(await cancellationFault(operation) == .operationNotCancellable)
  }

  @Test func `whoever waits for what is withdrawn hears of it`() async throws {
    fixture.upstream.transport.append(.hold)
    async let fault = fixture.writeFault(fixture.request(#"{"comment":"no"}"#))
    await fixture.upstream.transport.waitForRequests(1)
    let open = try await fixture.storage.openOperations(of: fixture.service.reference(cellar))
    _ = try await fixture.service.cancel(try #require(open.first))
    let found = try await fault
    #expect(found.type == .operationNotCancellable)
    #expect(found.operationID == open.first?.request.id)
    fixture.upstream.transport.release(fixture.upstream.detail(cellar.id))
    try await fixture.waitForOpen(0)
  }

  @Test func `of many that withdraw one write at one moment one does`() async throws {
    fixture.upstream.transport.append(.hold)
    let operation = try await fixture.writeAsync(#"{"comment":"no"}"#)
    await fixture.upstream.transport.waitForRequests(1)
    let faults = await withTaskGroup(of: ProblemType?.self) { group in
      for _ in 0..<50 { group.addTask { await cancellationFault(operation) } }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(faults.count { $0 == nil } == 1)
    #expect(faults.count { $0 == .operationNotCancellable } == 49)
    #expect(try await fixture.storage.auditTrail(after: 0, limit: 99).count == 1)
    fixture.upstream.transport.release(fixture.upstream.detail(cellar.id))
    try await fixture.waitForOpen(0)
  }

  @Test func `a race between sending and withdrawing has one winner`() async throws {
    _ = try await fixture.read()
    var withdrawn: Set<String> = []
    for number in 0..<200 {
      let operation = try await fixture.writeAsync(#"{"comment":"\#(number)"}"#)
      // Now and then the lane gets a head start.
      for _ in 0..<number % 7 { await Task.yield() }
      if await cancellationFault(operation) == nil { withdrawn.insert("\(number)") }
      try await fixture.waitForOpen(0)
      let state = try await fixture.stored(operation.request.id).state
      #expect((state == .cancelled) == withdrawn.contains("\(number)"))
      // The budget upstream is one of requests a second.
      fixture.advance(1)
    }
    let sent = fixture.upstream.updates.compactMap { $0["comment"]?.string }
    #expect(Set(sent).isDisjoint(with: withdrawn))
    #expect(sent.count + withdrawn.count == 200)
  }

  private func cancellationFault(_ operation: StoredOperation) async -> ProblemType? {
    do {
      _ = try await fixture.service.cancel(operation)
      return nil
    } catch {
      return error.type
    }
  }
}
