public import GatewayCore
public import HeatPumps

/// A home-automation source: how it proves itself, what its events look like and what they may do.
///
/// An object, though it never changes: each event takes its hook along, and a copy of a structure
/// would count the references of all its members each time.
public final class Hook: Sendable {
  /// Where an event's own id stands, by which a repeat is known.
  public enum EventIDSource: Sendable, Equatable {
    /// At that JSON Pointer in the body.
    case pointer(String)
    /// In that header, which the signature covers.
    case header(String)
    /// The hash of the body: equal bodies are one event.
    case bodyHash
  }

  /// Which heat pump an event is about.
  public enum Target: Sendable, Equatable {
    /// Always this one.
    case heatPump(ResourceID)
    /// The alias or id at that JSON Pointer in the body.
    case pointer(String)
  }

  /// The heat pumps that a hook may touch.
  public enum AllowedHeatPumps: Sendable, Equatable {
    /// All of the organisation that are known.
    case all
    /// Only these.
    case only(Set<ResourceID>)

    func allows(_ id: ResourceID) -> Bool {
      switch self {
      case .all: true
      case .only(let ids): ids.contains(id)
      }
    }
  }

  /// The name, unique among hooks: the last part of its address.
  public let name: String
  /// The name of its one organisation.
  public let organisation: String
  /// Whether it is let in.
  public let isEnabled: Bool
  /// How the source proves itself.
  public let verifier: HookVerifier
  /// Where an event's own id stands.
  public let eventID: EventIDSource
  /// The only heat pumps that it may touch.
  public let heatPumps: AllowedHeatPumps
  /// Which of them an event is about.
  public let target: Target
  /// What its events do.
  public let rules: EventRules
  /// Whether the bodies of its events may be kept.
  public let storesBody: Bool
  /// JSON Pointers to what is not kept of a body.
  public let redactedPointers: [String]

  /// Creates a hook.
  public init(
    name: String, organisation: String, isEnabled: Bool = true, verifier: HookVerifier,
    eventID: EventIDSource, heatPumps: AllowedHeatPumps, target: Target, rules: [EventRule],
    storesBody: Bool = true, redactedPointers: [String] = []
  ) {
    self.name = name
    self.organisation = organisation
    self.isEnabled = isEnabled
    self.verifier = verifier
    self.eventID = eventID
    self.heatPumps = heatPumps
    self.target = target
    self.rules = EventRules(rules)
    self.storesBody = storesBody
    self.redactedPointers = redactedPointers
  }

  /// Whether a rule or the target reads a value that is redacted when an event is stored: such an
  /// event cannot be judged again later.
  public var readsWhatIsRedacted: Bool {
    var read = rules.all.flatMap(\.pointers)
    if case .pointer(let pointer) = target { read.append(pointer) }
    return read.contains { pointer in
      redactedPointers.contains { redacted in
        pointer == redacted || pointer.hasPrefix(redacted + "/")
          || redacted.hasPrefix(pointer + "/")
      }
    }
  }
}
