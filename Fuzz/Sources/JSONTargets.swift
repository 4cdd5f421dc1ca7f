import GatewayCore
import HeatPumps

private let now = Timestamp(microseconds: 1_700_000_000_000_000)

/// What is read as JSON and written again reads as the same.
@Sendable func fuzzJSON(_ bytes: [UInt8]) {
  guard let value = try? JSONValue(parsing: bytes) else { return }
  let again = try? JSONValue(parsing: value.encoded)
  precondition(again == value, "written, it reads as something else")
}

/// A patch that passes can be sent upstream, and passes again in the form in which it is stored.
@Sendable func fuzzPatch(_ bytes: [UInt8]) {
  guard let body = try? JSONValue(parsing: bytes) else { return }
  let decisions = HeatPumpPatch.explain(body, rules: .unrestricted, now: now)
  guard let patch = try? HeatPumpPatch.validate(body, rules: .unrestricted, now: now) else {
    precondition(decisions.contains { !$0.isAllowed }, "refused without a reason")
    return
  }
  precondition(decisions.allSatisfy(\.isAllowed), "allowed against a reason")
  let update = try? JSONValue(parsing: patch.updateBody(current: nil))
  precondition(update?.object != nil, "the update is no object")
  let stored = try? HeatPumpPatch.validate(patch.body, rules: .unrestricted, now: now)
  precondition(stored == patch, "stored, it is another patch")
}

/// Whatever the upstream says is refused, or shown as JSON; and its list as well.
@Sendable func fuzzUpstream(_ bytes: [UInt8]) {
  _ = try? HeatPumpDocument.list(parsing: bytes)
  guard let document = try? HeatPumpDocument(parsing: bytes) else { return }
  // By then, the order of its members is known.
  let again = try? HeatPumpDocument(parsing: bytes)
  precondition(again?.settings == document.settings, "read again, it has other settings")
  precondition(again?.irregularFields == document.irregularFields, "and other faults")
  for seesAll in [true, false] {
    let context = RepresentationContext(
      organisation: "acme", userID: document.id,
      freshness: Freshness(observedAt: document.observedAt, state: .live, upstream: .ok),
      includesPersonalData: seesAll)
    let shown = try? JSONValue(parsing: document.representation(context))
    precondition(shown?.object != nil, "the representation is no object")
  }
  var detector = ChangeDetector()
  precondition(detector.observe(document, from: .detail, at: now).isEmpty, "news at first sight")
  precondition(
    detector.observe(document, from: .detail, at: now).isEmpty, "the same answer is a change")
  precondition(ChangeDetector(stored: detector.stored) == detector, "stored, it is another")
}

/// What the storage holds may be damaged: it is refused, or means the same when written again.
@Sendable func fuzzEvent(_ bytes: [UInt8]) {
  if let event = try? HeatPumpEvent(stored: bytes, sequence: 1) {
    let again = try? HeatPumpEvent(stored: event.stored, sequence: 1)
    precondition(again == event, "written, it is another event")
    _ = event.body(includesPersonalData: false)
    _ = event.cloudEvent(source: "/gateway", includesPersonalData: true)
  }
  guard let detector = ChangeDetector(stored: bytes) else { return }
  precondition(ChangeDetector(stored: detector.stored) == detector)
}
