public import Foundation

/// A write, and what became of it.
public struct WriteOperation: Sendable, Hashable, Codable, Identifiable {
  /// Its id, a UUID.
  public var id: String
  /// How far it has come.
  public var state: OperationState
  /// The heat pump.
  public var heatPump: HeatPumpName
  /// Who wanted it.
  public var origin: Origin
  /// When it was stored.
  public var acceptedAt: Date
  /// When it came into its present state.
  public var changedAt: Date
  /// After this it is not sent any more.
  public var expiresAt: Date
  /// Each time that it was sent upstream.
  public var attempts: [Attempt]
  /// What was asked for.
  public var requested: [Request]
  /// Fields in which newer writes took its place.
  public var supersededFields: [Superseded]
  /// Values that did not take.
  public var unapplied: [UnappliedValue]?
  /// Fields that the upstream reset unasked.
  public var upstreamReset: UpstreamReset?
  /// Why it did not succeed.
  public var problem: AnyJSON?

  /// A heat pump by its names.
  public struct HeatPumpName: Sendable, Hashable, Codable {
    /// Its id.
    public var id: String
    /// Its owner's id.
    public var userId: String
    /// Its name in the gateway's configuration.
    public var alias: String?
  }

  /// Who wanted it.
  public struct Origin: Sendable, Hashable, Codable {
    /// `app`, `hook` or `job`.
    public var kind: String
    /// The name.
    public var name: String
  }

  /// One sending.
  public struct Attempt: Sendable, Hashable, Codable {
    /// When.
    public var sentAt: Date
  }

  /// One field of the write.
  public struct Request: Sendable, Hashable, Codable {
    /// The field, as a JSON Pointer.
    public var pointer: String
    /// What was asked for; absent of personal fields that the app may not see.
    public var value: AnyJSON?
  }

  /// A field in which a newer write took its place.
  public struct Superseded: Sendable, Hashable, Codable {
    /// The field, as a JSON Pointer.
    public var pointer: String
    /// The newer write.
    public var supersededBy: String
  }
}

/// How far a write has come.
public struct OperationState: OpenWord {
  /// The word as it is sent.
  public let rawValue: String
  /// Takes any word.
  public init(rawValue: String) { self.rawValue = rawValue }
  /// It waits for its turn, and can be cancelled.
  public static let queued = OperationState(rawValue: "queued")
  /// It is on its way upstream.
  public static let sent = OperationState(rawValue: "sent")
  /// The upstream has stored it; the device has still to show it.
  public static let accepted = OperationState(rawValue: "accepted")
  /// The device shows it.
  public static let verified = OperationState(rawValue: "verified")
  /// The device has not shown it for 45 minutes.
  public static let unverified = OperationState(rawValue: "unverified")
  /// Newer writes took its place.
  public static let superseded = OperationState(rawValue: "superseded")
  /// The upstream refused it.
  public static let rejected = OperationState(rawValue: "rejected")
  /// It was not carried out.
  public static let failed = OperationState(rawValue: "failed")
  /// It was sent, and what became of it cannot be found out.
  public static let unknown = OperationState(rawValue: "unknown")
  /// It was too late to be sent.
  public static let expired = OperationState(rawValue: "expired")
  /// It was withdrawn before it was sent.
  public static let cancelled = OperationState(rawValue: "cancelled")
  /// The words that this client knows.
  public static let known = [
    queued, sent, accepted, verified, unverified, superseded, rejected, failed, unknown, expired,
    cancelled,
  ]

  /// Whether the upstream still has to answer.
  public var isUnderWay: Bool { self == .queued || self == .sent }
}

/// A value that did not take.
public struct UnappliedValue: Sendable, Hashable, Codable {
  /// The field, as a JSON Pointer.
  public var pointer: String
  /// What was asked for.
  public var requested: AnyJSON
  /// What the upstream shows.
  public var actual: AnyJSON
}

/// Fields that the upstream reset to its defaults though nobody named them.
public struct UpstreamReset: Sendable, Hashable, Codable {
  /// The fields, as JSON Pointers.
  public var pointers: [String]
  /// Whether the gateway has put them back.
  public var restored: Bool
}

/// A heat pump as the upstream confirmed it after a write.
public struct WrittenHeatPump: Sendable, Hashable, Codable {
  /// The heat pump.
  public var heatPump: HeatPump
  /// What became of the write.
  public var write: Report

  /// What became of a write.
  public struct Report: Sendable, Hashable, Codable {
    /// Names the write; absent if nothing was sent.
    public var operationId: String?
    /// Whether all values took.
    public var status: WriteStatus
    /// The values that did not.
    public var unapplied: [UnappliedValue]
    /// Fields that the upstream reset unasked.
    public var upstreamReset: UpstreamReset?
  }

  private enum Keys: String, CodingKey { case write }

  /// Reads both from one object.
  public init(from decoder: any Decoder) throws {
    heatPump = try HeatPump(from: decoder)
    write = try decoder.container(keyedBy: Keys.self).decode(Report.self, forKey: .write)
  }

  /// Writes both as one object.
  public func encode(to encoder: any Encoder) throws {
    try heatPump.encode(to: encoder)
    var container = encoder.container(keyedBy: Keys.self)
    try container.encode(write, forKey: .write)
  }
}

/// Whether the values of a write took.
public struct WriteStatus: OpenWord {
  /// The word as it is sent.
  public let rawValue: String
  /// Takes any word.
  public init(rawValue: String) { self.rawValue = rawValue }
  /// All did.
  public static let applied = WriteStatus(rawValue: "applied")
  /// Some did.
  public static let partiallyApplied = WriteStatus(rawValue: "partially_applied")
  /// None did.
  public static let notApplied = WriteStatus(rawValue: "not_applied")
  /// The words that this client knows.
  public static let known = [applied, partiallyApplied, notApplied]
}

/// What a write has come to when it is answered.
public enum WriteAnswer: Sendable, Hashable {
  /// It is done.
  case done(WrittenHeatPump)
  /// It goes on; see ``GatewayClient/settled(_:every:)``.
  case underWay(WriteOperation)
}
