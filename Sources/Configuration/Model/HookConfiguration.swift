public import GatewayCore
public import HeatPumps

/// `hooks[]`: a home-automation source, its proof of identity and its rules.
public struct HookConfiguration: Sendable, Equatable {
  /// The name, unique among hooks: `POST /v1/hooks/{name}`.
  public var name: String
  /// The name of its one organisation.
  public var organisation: String
  /// How it proves itself.
  public var verification: HookVerification
  /// Whether it is let in; it is by default.
  public var enabled = true
  /// Where an event's own id stands.
  public var eventID: EventIDSource
  /// The only heat pumps that it may touch, aliases already resolved to ids.
  public var heatPumps: AllowList<ResourceID>
  /// Which of them an event is about.
  public var target: HookTarget
  /// Whether the bodies of its events may be kept; they are by default.
  public var storesBody = true
  /// JSON Pointers to what is left out of a body that is kept; none by default.
  public var redactedPointers: [String] = []
  /// The rules; the first whose conditions all hold counts.
  public var rules: [EventRule] = []

  /// Creates a hook without rules.
  public init(
    name: String, organisation: String, verification: HookVerification, eventID: EventIDSource,
    heatPumps: AllowList<ResourceID>, target: HookTarget
  ) {
    self.name = name
    self.organisation = organisation
    self.verification = verification
    self.eventID = eventID
    self.heatPumps = heatPumps
    self.target = target
  }
}

/// `hooks[].verify`: how a source proves itself.
public enum HookVerification: Sendable, Equatable {
  /// An HMAC over the raw body.
  case hmacSHA256(HMACVerification)
  /// Standard Webhooks; any of the secrets may have signed.
  case standardWebhooks(secrets: [SecretReference])
  /// `Authorization: Bearer`, known by its hash.
  case bearer(KeyHash)
  /// `Authorization: Basic`, the password known by its hash.
  case basic(user: String, password: KeyHash)
  /// A token at the end of the path, known by its hash.
  case pathToken(KeyHash)

  /// The headers that the signature covers, in lower case; none where nothing is signed but the
  /// body. Only these may name an event, since anyone on the way could change the others.
  public var signedHeaders: [String] {
    switch self {
    case .hmacSHA256(let verification):
      verification.timestampHeader.map { [$0.lowercased()] } ?? []
    case .standardWebhooks: ["webhook-id", "webhook-timestamp"]
    case .bearer, .basic, .pathToken: []
    }
  }
}

/// `hooks[].verify.hmac_sha256`: a signature in a header.
public struct HMACVerification: Sendable, Equatable {
  /// How the signature is written.
  public enum Encoding: String, Sendable, CaseIterable {
    /// Hexadecimal.
    case hex
    /// Base 64 (RFC 4648, section 4).
    case base64
  }

  /// Any of these may have signed.
  public var secrets: [SecretReference]
  /// The header with the signature.
  public var header: String
  /// What stands before the signature; nothing by default.
  public var prefix = ""
  /// How the signature is written; hexadecimal by default.
  public var encoding = Encoding.hex
  /// The header with the time. If set, `TIMESTAMP.BODY` is signed, otherwise the body alone.
  public var timestampHeader: String?

  /// Creates a verification.
  public init(secrets: [SecretReference], header: String) {
    self.secrets = secrets
    self.header = header
  }
}

/// `hooks[].event_id`: where an event's own id stands, by which a repeat is known.
public enum EventIDSource: Sendable, Equatable {
  /// At that JSON Pointer in the body.
  case pointer(String)
  /// In that header, which the signature covers.
  case header(String)
  /// The hash of the body: equal bodies are one event.
  case bodyHash
}

/// `hooks[].target`: which heat pump an event is about.
public enum HookTarget: Sendable, Equatable {
  /// Always this one.
  case heatPump(ResourceID)
  /// The alias or id at that JSON Pointer in the body.
  case pointer(String)
}
