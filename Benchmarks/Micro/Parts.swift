import Crypto
import GatewayCore
import HeatPumps
import ResponseCache
import Webhooks

extension Part {
  /// All parts.
  ///
  /// - Parameter answer: the upstream's answer about one heat pump.
  static func all(answer: [UInt8]) throws -> [Part] {
    try reading(answer) + writing()
  }

  // What a forwarded read and a cached one consist of, apart from HTTP.
  private static func reading(_ answer: [UInt8]) throws -> [Part] {
    let document = try HeatPumpDocument(parsing: answer)
    let (user, clock) = (try id("a0000000-0000-4000-8000-000000000001"), SystemClock())
    let (now, wall) = (clock.monotonic, clock.wall)
    let context = RepresentationContext(
      organisation: "acme", alias: "smith-home", userID: user,
      freshness: Freshness.judge(observedAt: document.observedAt, now: wall))
    let entry = CachedHeatPump(
      document: document,
      identity: HeatPumpIdentity(organisation: "acme", alias: "smith-home", userID: user),
      fetchedAt: now)
    let policy = CachePolicy()
    return [
      Part(name: "parse an answer of \(answer.count) bytes") {
        try HeatPumpDocument(parsing: answer).upstream.count
      },
      Part(name: "write the simplified resource") { document.representation(context).count },
      Part(name: "find the ready answer of a hit") {
        entry.hit(
          includesPersonalData: false, health: .ok, now: now, wall: wall, policy: policy
        ).representation.body.count
      },
    ]
  }

  // What accepting a write or an event consists of, apart from HTTP and the disk.
  private static func writing() throws -> [Part] {
    let wall = SystemClock().wall
    let patch = Array(#"{"hot_water":{"standard_temperature":50.5}}"#.utf8)
    let secret = Array("0123456789abcdef0123456789abcdef".utf8)
    let body = Array(
      (#"{"id":"event-1","event":"hot_water","device":"smith-home","value":50.5,"note":""#
        + String(repeating: "x", count: 400) + #""}"#).utf8)
    let code = HMAC<SHA256>.authenticationCode(for: body, using: SymmetricKey(data: secret))
    let request = HTTPRequest(
      method: .post, target: "/v1/hooks/house",
      headers: [
        (name: "Content-Type", value: "application/json"),
        (name: "X-Signature", value: "sha256=" + hex(code)),
      ], body: body)
    let hooks = HookRegistry([
      Hook(
        name: "house", organisation: "acme",
        verifier: .hmacSHA256(
          HMACScheme(secrets: [Secret(secret)], header: "X-Signature", prefix: "sha256=")),
        eventID: .pointer("/id"), heatPumps: .all, target: .pointer("/device"), rules: [])
    ])
    return [
      Part(name: "hash an API key") { SHA256.hash(data: secret).hashValue },
      Part(name: "check a patch of one field") {
        try HeatPumpPatch.validate(
          JSONValue(parsing: patch), rules: .hook(guardRails: [:]), now: wall
        ).assignments.count
      },
      Part(name: "verify and read an event of \(body.count) bytes") {
        try hooks.receive(request, hook: "house", token: nil, now: wall).key.count
      },
    ]
  }

  private static func id(_ text: String) throws -> ResourceID {
    guard let id = ResourceID(text) else { throw BenchFault.malformedID(text) }
    return id
  }

  private static func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}

/// Why nothing is measured.
enum BenchFault: Error {
  /// How the program is called.
  case usage(String)
  /// A UUID that is none.
  case malformedID(String)
  /// The server took only so many connections.
  case refused(Int)
}
