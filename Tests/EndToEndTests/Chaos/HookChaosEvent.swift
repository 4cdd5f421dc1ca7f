import Crypto
import GatewayCore
import TestSupport

/// One event of a chaos test: what its source tells, however often. Its number and the seed say all
/// of it.
struct HookChaosEvent: Sendable {
  /// What it is about, and so which rule applies.
  enum Kind: String, Sendable, CaseIterable {
    case hotWater = "hot-water"
    case offset
    case note
    case away
    case back
    /// As ``hotWater``, and soon too late.
    case boost
    /// No rule applies.
    case doorbell
    /// A value beyond what the field takes.
    case scald

    // As often of twenty as it stands here.
    fileprivate static let choices: [Kind] = [
      .hotWater, .hotWater, .hotWater, .hotWater, .hotWater, .offset, .offset, .offset, .offset,
      .note, .note, .note, .away, .back, .boost, .boost, .boost, .boost, .doorbell, .scald,
    ]

    /// The states in which such an event may end, as long as the upstream does not refuse it.
    var outcomes: Set<String> {
      switch self {
      case .hotWater, .offset, .note, .away, .back: ["applied", "merged"]
      case .boost: ["applied", "merged", "expired"]
      case .doorbell: ["ignored"]
      case .scald: ["dead"]
      }
    }
  }

  let number: Int
  let kind: Kind
  /// The heat pump, by its number.
  let heatPump: Int
  /// The hook that it is sent to.
  let source: HookChaosSource
  let body: JSONValue

  init(_ number: Int, seed: UInt64, heatPumps: Int) {
    let random = SeededRandom(seed: seed &+ UInt64(number) &* 0x2545_F491_4F6C_DD1D)
    func below(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }
    self.number = number
    kind = Kind.choices[below(Kind.choices.count)]
    heatPump = 1 + below(heatPumps)
    source = HookChaosSource.allCases[below(HookChaosSource.allCases.count)]
    let value: JSONValue? =
      switch kind {
      case .hotWater, .boost: decimal("\(45 + below(20)).\(below(10))")
      case .offset: decimal("\(below(2) == 0 ? "-" : "")\(below(3)).\(1 + below(9))")
      case .note: .string("event \(number)")
      case .scald: 90
      case .away, .back, .doorbell: nil
      }
    var body = JSONObject()
    body["id"] = .string(Self.name(number))
    body["event"] = .string(kind.rawValue)
    body["device"] = .string(HookChaosSource.alias(heatPump))
    body["value"] = value
    self.body = .object(body)
  }

  /// What a source calls the event of that number.
  static func name(_ number: Int) -> String { "event-\(number)" }

  /// The number of the event that a kept body is of.
  static func number(in kept: [UInt8]?) -> Int? {
    guard let kept, let id = try? JSONValue(parsing: kept).at(pointer: "/body/id")?.string,
      id.hasPrefix("event-")
    else { return nil }
    return Int(id.dropFirst("event-".count))
  }

  /// A request that tells it, on a connection that stays.
  ///
  /// - Parameter now: the time that is signed, where one is.
  func request(at now: Timestamp) -> [UInt8] {
    let bytes = body.encoded
    var head = "POST /v1/hooks/\(source.rawValue) HTTP/1.1\r\nHost: gateway\r\n"
    head += "Content-Type: application/json\r\nContent-Length: \(bytes.count)\r\n"
    for (name, value) in source.proof(of: bytes, id: Self.name(number), at: now) {
      head += "\(name): \(value)\r\n"
    }
    return Array((head + "\r\n").utf8) + bytes
  }
}

/// The hooks of the chaos tests: for all heat pumps, each with a proof of its own.
enum HookChaosSource: String, Sendable, CaseIterable {
  /// An HMAC of the body.
  case plain
  /// An HMAC of time and body.
  case timed
  /// As the Standard Webhooks specification says; the id stands in the header.
  case standard

  /// What a source calls a heat pump.
  static func alias(_ number: Int) -> String { number == 1 ? "smith-home" : "pump-\(number)" }

  /// The headers that prove where a body comes from.
  func proof(of body: [UInt8], id: String, at now: Timestamp) -> [(String, String)] {
    let time = "\(now.microseconds / 1_000_000)"
    switch self {
    case .plain: return [("X-Signature", "sha256=" + hex(code(body)))]
    case .timed:
      return [
        ("X-Signature", hex(code(Array("\(time).".utf8) + body))), ("X-Timestamp", time),
      ]
    case .standard:
      let signed = Array("\(id).\(time).".utf8) + body
      return [
        ("webhook-id", id), ("webhook-timestamp", time),
        ("webhook-signature", "v1," + Base64.text(code(signed))),
      ]
    }
  }

  private static let key = Array("a secret of the chaos tests only".utf8)

  private func code(_ bytes: [UInt8]) -> [UInt8] {
    Array(HMAC<SHA256>.authenticationCode(for: bytes, using: SymmetricKey(data: Self.key)))
  }

  private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// The secret in the environment.
  fileprivate var secret: (name: String, value: String) {
    self == .standard
      ? ("CHAOS_STANDARD_SECRET", "whsec_" + Base64.text(Self.key))
      : ("CHAOS_SECRET", String(decoding: Self.key, as: UTF8.self))
  }

  fileprivate var verification: JSONValue {
    let secrets: JSONValue = [["env": .string(secret.name)]]
    return switch self {
    case .plain:
      ["hmac_sha256": ["secrets": secrets, "header": "X-Signature", "prefix": "sha256="]]
    case .timed:
      [
        "hmac_sha256": [
          "secrets": secrets, "header": "X-Signature", "timestamp": ["header": "X-Timestamp"],
        ]
      ]
    case .standard: ["standard_webhooks": ["secrets": secrets]]
    }
  }
}

extension GatewaySetup {
  /// Adds the hooks of ``HookChaosSource`` with the rules of ``HookChaosEvent``, names for all heat
  /// pumps, and the right to see what became of events.
  mutating func addChaosHooks(heatPumps: [(user: ResourceID, id: ResourceID)]) {
    more["hooks"] = .array(
      HookChaosSource.allCases.map { source in
        [
          "name": .string(source.rawValue), "organisation": "acme",
          "verify": source.verification, "heat_pumps": ["*"],
          "target": ["pointer": "/device"], "rules": Self.chaosRules,
        ]
      })
    for source in HookChaosSource.allCases { environment[source.secret.name] = source.secret.value }
    more["heat_pumps"] = .array(
      heatPumps.enumerated().map { index, heatPump in
        [
          "alias": .string(HookChaosSource.alias(index + 1)), "organisation": "acme",
          "user_id": .string(heatPump.user.description),
          "heat_pump_id": .string(heatPump.id.description),
        ]
      })
    scopes["portal"] = ["events:read"]
  }

  private static let chaosRules: JSONValue = {
    let temperature: JSONValue = [
      "patch": ["hot_water": ["standard_temperature": ["pointer": "/value"]]]
    ]
    return [
      rule(.hotWater, temperature),
      rule(
        .offset, ["patch": ["space_heating": ["target_offset": ["pointer": "/value"]]]]),
      rule(.note, ["patch": ["comment": ["pointer": "/value"]]]),
      rule(
        .away,
        ["command": "away", "with": ["until": ["after": "P7D"], "minimum_temperature": 16]]),
      rule(.back, ["command": "return"]),
      rule(.boost, temperature, validFor: "PT2S"),
      rule(.scald, temperature),
    ]
  }()

  private static func rule(
    _ kind: HookChaosEvent.Kind, _ action: JSONValue, validFor: String = "PT10M"
  ) -> JSONValue {
    [
      "name": .string(kind.rawValue),
      "when": [["pointer": "/event", "equals": .string(kind.rawValue)]], "then": action,
      "valid_for": .string(validFor),
    ]
  }
}
