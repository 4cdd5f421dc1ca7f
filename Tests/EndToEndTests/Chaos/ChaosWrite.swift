import GatewayCore
import TestSupport

/// One write of a chaos test: what a caller sends, however often it has to.
struct ChaosWrite: Sendable {
  /// How long the caller waits.
  enum Waiting: Sendable {
    case forOutcome
    case notAtAll
    case oneSecond
  }

  /// Names it in the requests' ids, and so in the operations that come of it.
  let number: Int
  /// The heat pump, by its number.
  let heatPump: Int
  let method: String
  /// Behind the heat pump's path.
  let suffix: String
  let body: JSONValue?
  let waiting: Waiting
  let isConditional: Bool
  let key: String?

  /// The headers of a try.
  ///
  /// - Parameter name: tells it from other tries.
  func headers(_ name: String) -> [String: String] {
    var headers = ["X-Request-Id": "\(prefix)\(name)"]
    if body != nil { headers["Content-Type"] = "application/json" }
    switch waiting {
    case .forOutcome: break
    case .notAtAll: headers["Prefer"] = "respond-async"
    case .oneSecond: headers["Prefer"] = "wait=1"
    }
    if isConditional { headers["If-Match"] = "*" }
    headers["Idempotency-Key"] = key
    return headers
  }

  /// What the ids of its requests begin with.
  var prefix: String { "chaos-\(number)-" }
}

/// Makes mixed writes, as chance wants it.
struct ChaosWriter: Sendable {
  private let random: SeededRandom
  private let heatPumps: Int
  private let run: UInt64
  // Half of all writes are about a few, so that some wait behind others however many there are.
  private var crowded: Int { min(24, heatPumps) }

  init(seed: UInt64, heatPumps: Int) {
    random = SeededRandom(seed: seed)
    self.heatPumps = heatPumps
    run = seed
  }

  /// The next write.
  func write(_ number: Int) -> ChaosWrite {
    let (method, suffix, body) = change(number)
    let waiting: ChaosWrite.Waiting =
      switch below(20) {
      case ..<9: .forOutcome
      case ..<17: .notAtAll
      default: .oneSecond
      }
    return ChaosWrite(
      number: number, heatPump: 1 + below(below(2) == 0 ? heatPumps : crowded), method: method,
      suffix: suffix, body: body,
      waiting: waiting, isConditional: below(20) == 0,
      key: below(5) < 2 ? "chaos-\(run)-\(number)" : nil)
  }

  // Bounds that never cross each other, so that no pair of writes breaks a rule between fields.
  private func change(_ number: Int) -> (String, String, JSONValue?) {
    switch below(12) {
    case 0: patch(["hot_water": ["standard_temperature": hundredths(4500...5499)]])
    case 1: patch(["hot_water": ["minimum_temperature": hundredths(3000...4499)]])
    case 2:
      patch([
        "space_heating": [
          "minimum_temperature": hundredths(1600...1899),
          "maximum_temperature": hundredths(2300...2599),
        ]
      ])
    case 3: patch(["space_heating": ["target_offset": hundredths(-300...300)]])
    case 4:
      patch(["heating_policy": ["enabled": flag, "name": .string("policy \(number)")]])
    case 5: patch(["inverter": ["forced_mode_enabled": flag], "space_cooling": ["enabled": flag]])
    case 6: patch(["market": ["price_zone": .string(below(2) == 0 ? "AT" : "CH")]])
    case 7: patch(["pool_heating": ["enabled": flag], "market": ["trading_enabled": flag]])
    case 8: command("pause", ["for": .string("PT\(3600 + below(40000))S")])
    case 9: command("resume", nil)
    case 10:
      below(2) == 0
        ? command("away", ["minimum_temperature": hundredths(1200...1500)])
        : command("return", nil)
    default:
      below(2) == 0
        ? command("optimize", ["level": .string(below(2) == 0 ? "low" : "max")])
        : command("stop-optimizing", nil)
    }
  }

  private func patch(_ body: JSONValue) -> (String, String, JSONValue?) { ("PATCH", "", body) }

  private func command(_ name: String, _ body: JSONValue?) -> (String, String, JSONValue?) {
    ("POST", "/commands/\(name)", body)
  }

  private var flag: JSONValue { .bool(below(2) == 0) }

  private func hundredths(_ range: ClosedRange<Int>) -> JSONValue {
    let value = range.lowerBound + below(range.count)
    let digits = abs(value) % 100
    return decimal(
      "\(value < 0 ? "-" : "")\(abs(value) / 100).\(digits < 10 ? "0" : "")\(digits)")
  }

  private func below(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }
}
