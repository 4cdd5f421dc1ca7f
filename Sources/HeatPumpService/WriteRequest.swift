public import GatewayCore
public import HeatPumps
public import PoderoClient
public import ResponseCache
public import Storage

/// A validated change of one heat pump, on its way.
public struct WriteRequest: Sendable {
  /// Which heat pump.
  public var address: HeatPumpAddress
  /// What changes; checked against the rules of the fields already.
  public var patch: HeatPumpPatch
  /// The settings that the caller saw (`If-Match`); `nil` to write in any case.
  public var precondition: WritePrecondition?
  /// Who writes, and on what occasion.
  public var origin: OperationOrigin
  /// The caller's `Idempotency-Key`, if it sent one.
  public var key: IdempotencyKey?
  /// How long the caller waits (`Prefer`, RFC 7240).
  public var waiting: WaitPreference
  /// Priority, deadline, trace.
  public var context: CallContext
  /// How long after the deadline an outcome that is being settled is still waited for.
  public var patience: Duration = .zero

  /// Creates a request.
  public init(
    address: HeatPumpAddress, patch: HeatPumpPatch, precondition: WritePrecondition? = nil,
    origin: OperationOrigin, key: IdempotencyKey? = nil, waiting: WaitPreference = .forOutcome,
    context: CallContext
  ) {
    self.address = address
    self.patch = patch
    self.precondition = precondition
    self.origin = origin
    self.key = key
    self.waiting = waiting
    self.context = context
  }
}

/// How long a caller waits for the outcome of its write (RFC 7240, sections 4.1 and 4.3).
public enum WaitPreference: Sendable, Equatable {
  /// Until the outcome, or its deadline.
  case forOutcome
  /// `wait=N`: so long, then it wants to hear of the operation.
  case atMost(Duration)
  /// `respond-async`: not at all.
  case notAtAll

  /// Whether the caller is content with an operation that still runs.
  var isBounded: Bool { self != .forOutcome }

  func deadline(for context: CallContext, now: MonotonicInstant) -> MonotonicInstant {
    switch self {
    case .forOutcome: context.deadline
    case .atMost(let duration): min(context.deadline, now + duration)
    case .notAtAll: now
    }
  }
}

/// `If-Match` (RFC 9110, section 13.1.1), of whose tags only the settings part counts.
public enum WritePrecondition: Sendable, Equatable {
  /// `*`: the heat pump exists.
  case exists
  /// One of these settings is in force, or none of the fields that are written has changed since.
  case settings(Set<UInt64>)

  /// Reads the header's value.
  ///
  /// - Throws: ``GatewayFault`` (`malformed-request`) if it is neither `*` nor a list of our tags.
  public init(header: String) throws(GatewayFault) {
    if header == "*" {
      self = .exists
      return
    }
    var settings: Set<UInt64> = []
    for part in header.split(separator: ",") {
      guard let tag = EntityTag(part.filter { $0 != " " && $0 != "\t" }) else {
        throw GatewayFault(
          .malformedRequest, "If-Match must be * or entity tags that this gateway gave out.")
      }
      settings.insert(tag.settings)
    }
    guard !settings.isEmpty else {
      throw GatewayFault(.malformedRequest, "If-Match names no entity tag.")
    }
    self = .settings(settings)
  }
}

/// What became of a write.
public struct WriteResult: Sendable {
  /// Names the write.
  public let operationID: ResourceID
  /// The heat pump as the upstream confirmed it.
  public let entry: CachedHeatPump
  /// The requested values that the confirmation does not show.
  public let unapplied: [FieldMismatch]
  /// The fields that newer writes overtook before this one was sent, and those writes.
  public let superseded: [String: ResourceID]
  /// The fields that the upstream reset to its defaults, and whether they were put back.
  public let reset: UpstreamReset?

  /// Whether every requested field has its value.
  var isWhole: Bool { unapplied.isEmpty && superseded.isEmpty }

  /// `applied`, `partially_applied` or `not_applied`.
  ///
  /// - Parameter patch: what was requested.
  public func status(of patch: HeatPumpPatch) -> String {
    let missing = unapplied.count + superseded.count
    if missing == 0 { return "applied" }
    return missing < patch.assignments.count ? "partially_applied" : "not_applied"
  }
}

/// Fields that nobody named and that the upstream set to its schema's defaults.
public struct UpstreamReset: Sendable, Equatable {
  /// The fields' pointers.
  public let pointers: [String]
  /// Whether they have their former values again.
  public let restored: Bool

  /// Creates a finding.
  public init(pointers: [String], restored: Bool) {
    self.pointers = pointers
    self.restored = restored
  }
}
