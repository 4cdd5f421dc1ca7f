import GatewayCore
import Storage

extension Samples {
  static func hookOperation(
    _ number: Int, on heatPump: HeatPumpReference = heatPump()
  ) -> NewOperation {
    var operation = operation(number, on: heatPump)
    operation.origin = OperationOrigin(kind: .hook, name: "ring", occasion: "event-\(number)")
    operation.retries = true
    return operation
  }

  /// An event that becomes the operation of the same number, unless another decision is given.
  static func event(
    _ number: Int, on heatPump: HeatPumpReference = heatPump(), hook: String = "ring",
    of organisation: String = "north", key: Int? = nil, body: [UInt8]? = Array("{}".utf8),
    at seconds: Int64? = nil, decision: HookEventDecision? = nil
  ) -> NewHookEvent {
    NewHookEvent(
      id: id(5, number), organisation: organisation, hook: hook,
      key: [UInt8](repeating: UInt8(truncatingIfNeeded: key ?? number), count: 30)
        + [UInt8((key ?? number) >> 8), 255],
      receivedAt: time(seconds ?? Int64(number)), body: body,
      decision: decision ?? .operation(hookOperation(number, on: heatPump), rule: "nobody-home"))
  }

  static func dead(_ reason: String, on heatPump: HeatPumpReference? = nil) -> HookEventDecision {
    .dead(rule: heatPump == nil ? nil : "hot-water", heatPump: heatPump, reason: reason)
  }

  static func problem(_ detail: String) -> [UInt8] {
    Array(#"{"problem":{"type":"/problems/x","detail":"\#(detail)"}}"#.utf8)
  }

  static let north = HookEventFilter(organisation: "north")
}

extension HookEventAcceptance {
  /// The event, if it was accepted.
  var event: StoredHookEvent? {
    guard case .accepted(let event, _) = self else { return nil }
    return event
  }

  /// The lease, if it came with one.
  var lease: LaneLease? {
    guard case .accepted(_, let lease) = self else { return nil }
    return lease
  }
}

extension Storage {
  /// Accepts an event and gives what was stored, or `nil` if it was there already.
  @discardableResult
  func take(_ event: NewHookEvent) async throws -> StoredHookEvent? {
    try await accept(event, lane: Samples.request()).event
  }

  func event(_ number: Int) async throws -> StoredHookEvent? {
    try await hookEvent(Samples.id(5, number))
  }

  /// The sequence numbers of the listed events.
  func list(
    _ filter: HookEventFilter = Samples.north, before: Int64? = nil, limit: Int = 99
  ) async throws -> [Int64] {
    try await hookEvents(filter, before: before, limit: limit).map(\.sequence)
  }
}
