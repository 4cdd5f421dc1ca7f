import GatewayCore
import HeatPumps
import ResponseCache
import Testing

/// Goal: the newest state wins, whatever the order in which answers come in.
/// Method: answers with chosen times of sending and arrival.
@Suite struct ResponseCacheTests {
  private let cache = ResponseCache(bytes: 16 << 20)
  private let action = #","actions":[{"code":"REAUTHENTICATE"}]"#

  @discardableResult
  private func store(
    _ members: String, from sent: Int64, to received: Int64, as kind: AnswerKind = .detail,
    of user: ResourceID = owner
  ) throws -> CachedHeatPump {
    cache.store(
      try entry(members, at: received, of: user), for: pumpKey,
      startedAt: MonotonicInstant(nanoseconds: sent * 1_000_000_000), as: kind)
  }

  private func value(_ pointer: String) throws -> JSONValue? {
    let field = try #require(FieldTable.field(pointer: pointer))
    return cache.heatPump(pumpKey)?.document.value(field)
  }

  @Test func `a request that began before the present entry came in doesn't replace it`() throws {
    try store(#","comment":"new""#, from: 10, to: 20)
    let inForce = try store(#","comment":"old""#, from: 19, to: 30)
    #expect(inForce === cache.heatPump(pumpKey))
    #expect(try value("/comment") == "new")
    try store(#","comment":"newer""#, from: 20, to: 21)
    #expect(try value("/comment") == "newer")
  }

  @Test func `neither a list nor an update clears the actions, a detail answer does`() throws {
    try store(action, from: 0, to: 1)
    try store(#","comment":"a""#, from: 2, to: 3, as: .partial)
    #expect(try value("/status/actions") == [["code": "REAUTHENTICATE"]])
    try store(#","actions":[]"#, from: 4, to: 5, as: .partial)
    #expect(try value("/status/actions") == [["code": "REAUTHENTICATE"]])
    try store(#","actions":[]"#, from: 6, to: 7)
    #expect(try value("/status/actions") == [])
  }

  @Test func `only its owner's word removes a heat pump`() throws {
    try store("", from: 0, to: 1)
    #expect(!cache.removeHeatPump(pumpKey, of: ResourceID(high: 1, low: 2)))
    #expect(cache.heatPump(pumpKey) != nil)
    #expect(cache.removeHeatPump(pumpKey, of: owner))
    #expect(!cache.removeHeatPump(pumpKey, of: owner))
    #expect(cache.heatPump(pumpKey) == nil)
  }

  @Test func `settings are remembered for a day after they were left`() throws {
    let first = try store(#","price_zone":"AT""#, from: 0, to: 1)
    let tag = first.settingsTag
    #expect(former(tag, at: 2) == nil)
    try store(#","price_zone":"AT","indoor_actual_temperature":21"#, from: 2, to: 3)
    #expect(former(tag, at: 3) == nil)
    try store(#","price_zone":"DE_LU""#, from: 4, to: 1000)
    #expect(former(tag, at: 1000 + 86399) != nil)
    #expect(former(tag, at: 1000 + 86400) == nil)
    #expect(
      cache.formerSettings(
        tag, of: HeatPumpKey(organisation: 1, id: pump), at: first.fetchedAt) == nil)
  }

  @Test func `organisations and kinds of entry don't meet`() throws {
    try store("", from: 0, to: 1)
    #expect(cache.heatPump(HeatPumpKey(organisation: 1, id: pump)) == nil)
    #expect(cache.list(pumpKey) == nil)
    let list = CachedList(ids: [pump], fetchedAt: MonotonicInstant(nanoseconds: 0))
    cache.storeList(list, for: pumpKey)
    #expect(cache.list(pumpKey)?.ids == [pump])
    let key = DocumentKey(organisation: 0, path: "/statistics")
    cache.storeDocument(CachedDocument(body: [1, 2], fetchedAt: list.fetchedAt), for: key)
    #expect(cache.document(key)?.body == [1, 2])
    #expect(cache.document(DocumentKey(organisation: 1, path: key.path)) == nil)
    #expect(cache.figures.entries == 3)
    cache.storeList(nil, for: pumpKey)
    cache.storeDocument(nil, for: key)
    #expect(cache.figures.entries == 1)
    #expect(cache.figures.bytes > 4096)
  }

  private func former(_ tag: UInt64, at seconds: Int64) -> HeatPumpDocument? {
    cache.formerSettings(
      tag, of: pumpKey, at: MonotonicInstant(nanoseconds: seconds * 1_000_000_000))
  }
}
