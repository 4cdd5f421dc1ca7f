import GatewayCore
import HeatPumps
import Storage
import TestSupport
import Testing

@testable import HeatPumpService

/// Goal: what the gateway writes is never told as the doing of others, whoever sees it first.
/// Method: polls that are answered while a write is under way, in every order of the two.
@Suite struct OwnWriteTests {
  private let fixture = OrganisationFixture()

  private func changes() async throws -> [String] {
    try await fixture.events().filter { $0.operationID == nil }.map { event in
      "\(event.cause?.rawValue ?? "-") \(event.changes.map { "\($0.pointer) \($0.to.text)" })"
    }
  }

  /// Sends a write that the upstream carries out at once and answers only after `body`.
  private func writing(
    _ json: String, _ kind: OperationOrigin.Kind = .app, _ body: () async throws -> Void
  ) async throws {
    var request = try fixture.request(json)
    request.origin = OperationOrigin(kind: kind, name: "x", occasion: "y")
    let count = fixture.upstream.log.count
    fixture.upstream.transport.append(.hold)
    async let written = fixture.service.write(request)
    await fixture.upstream.transport.waitForRequests(count + 1)
    let update = try #require(fixture.upstream.transport.requests.last { $0.method == .put })
    let answer = fixture.upstream.carryOut(update)
    fixture.advance(1)
    try await body()
    fixture.upstream.transport.release(answer)
    _ = try await written
  }

  @Test(arguments: [OperationOrigin.Kind.app, .hook, .job])
  func `a value that is seen before its write is answered is the writer's doing`(
    _ kind: OperationOrigin.Kind
  ) async throws {
    fixture.service.setInterest([jana])
    try await fixture.detecting {
      try await fixture.poll()
      try await writing(#"{"market":{"price_zone":"DE_LU"}}"#, kind) {
        fixture.upstream.change(cellar.id, ["is_space_heating_enabled": false])
        try await fixture.poll()
        #expect(
          try await changes() == [
            #"\#(kind.rawValue) ["/market/price_zone \"DE_LU\""]"#,
            #"outside ["/space_heating/enabled false"]"#,
          ])
      }
      fixture.advance(1)
      try await fixture.poll()
      #expect(try await changes().count == 2)
    }
  }

  @Test func `it is even if the desk comes to it when the write has long been answered`()
    async throws
  {
    fixture.service.setInterest([jana])
    try await fixture.detecting { try await fixture.poll() }
    try await writing(#"{"market":{"price_zone":"DE_LU"}}"#) { try await fixture.poll() }
    fixture.advance(60)
    fixture.observeDevice()
    try await fixture.detecting {
      try await fixture.poll()
      #expect(try await changes() == [#"app ["/market/price_zone \"DE_LU\""]"#])
    }
  }

  @Test func `what a dead gateway sent is its doing, though nobody has settled it yet`()
    async throws
  {
    fixture.service.setInterest([jana])
    try await fixture.detecting { try await fixture.poll() }
    try await fixture.leaveBehind(
      try fixture.newOperation(#"{"market":{"price_zone":"DE_LU"}}"#), isSent: true)
    fixture.upstream.change(cellar.id, ["price_zone": "DE_LU"])
    let heir = OrganisationFixture(after: fixture)
    try await heir.service.recover(bytes: 1 << 20)
    heir.service.setInterest([jana])
    try await heir.detecting { try await heir.poll() }
    #expect(try await changes() == [#"app ["/market/price_zone \"DE_LU\""]"#])
  }

  @Test func `what others change while a write is under way is told in its order`() async throws {
    fixture.service.setInterest([jana])
    try await fixture.detecting {
      try await fixture.poll()
      try await writing(#"{"market":{"price_zone":"DE_LU"}}"#) {
        fixture.upstream.change(cellar.id, ["price_zone": "CH"])
        try await fixture.poll()
        #expect(try await changes() == [])
      }
      #expect(try await changes() == [#"app ["/market/price_zone \"DE_LU\""]"#])
    }
  }

  @Test func `a poll that began before a write and ends behind it tells nothing old`() async throws
  {
    fixture.service.setInterest([jana])
    try await fixture.detecting {
      try await fixture.poll()
      let count = fixture.upstream.log.count
      fixture.upstream.transport.append(.hold)
      async let late: Void = fixture.poll()
      await fixture.upstream.transport.waitForRequests(count + 1)
      let old = fixture.upstream.list(jana)
      fixture.advance(1)
      _ = try await fixture.write(#"{"market":{"price_zone":"DE_LU"}}"#)
      fixture.upstream.transport.release(old)
      try await late
      #expect(try await changes() == [#"app ["/market/price_zone \"DE_LU\""]"#])
    }
  }

  @Test func `a value that was written earlier and comes back is the doing of others`()
    async throws
  {
    fixture.service.setInterest([jana])
    try await fixture.detecting {
      try await fixture.poll()
      let written = try await fixture.write(#"{"market":{"price_zone":"DE_LU"}}"#)
      fixture.advance(60)
      fixture.observeDevice()
      try await fixture.poll()
      try await fixture.waitFor(.verified, of: written.operationID)
      for zone in ["CH", "DE_LU"] {
        fixture.advance(60)
        fixture.upstream.change(cellar.id, ["price_zone": .string(zone)])
        try await fixture.poll()
      }
      #expect(
        try await changes().map { $0.split(separator: " ")[0] } == ["app", "outside", "outside"])
    }
  }
}
