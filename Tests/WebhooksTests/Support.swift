import Crypto
import GatewayCore
import HeatPumps
import Testing

@testable import Webhooks

/// When the published Standard Webhooks vector was signed.
let signingTime = Timestamp(microseconds: 1_614_265_330_000_000)
let smithPump = ResourceID(high: 0xB, low: 1)
let jonesPump = ResourceID(high: 0xB, low: 2)

func request(
  _ body: String = "{\"id\":\"1\"}", _ headers: [(String, String)] = [],
  type: String? = "application/json"
) -> HTTPRequest {
  HTTPRequest(
    method: .post, target: "/v1/hooks/home",
    headers: headers.map { (name: $0.0, value: $0.1) }
      + (type.map { [(name: "Content-Type", value: $0)] } ?? []), body: Array(body.utf8))
}

func hook(
  _ verifier: HookVerifier, name: String = "home", isEnabled: Bool = true,
  eventID: Hook.EventIDSource = .bodyHash, heatPumps: Hook.AllowedHeatPumps = .only([smithPump]),
  target: Hook.Target = .heatPump(smithPump), rules: [EventRule] = [], storesBody: Bool = true,
  redacted: [String] = []
) -> Hook {
  Hook(
    name: name, organisation: "acme", isEnabled: isEnabled, verifier: verifier, eventID: eventID,
    heatPumps: heatPumps, target: target, rules: rules, storesBody: storesBody,
    redactedPointers: redacted)
}

/// A hook that anybody gets through who knows the token `t`.
let openDoor = HookVerifier.pathToken(TokenDigest(hashing: "t".utf8))

func receive(
  _ request: HTTPRequest, _ hook: Hook, token: String? = nil, now: Timestamp = signingTime
) throws(HookRefusal) -> ReceivedEvent {
  try HookRegistry([hook]).receive(request, hook: hook.name, token: token, now: now)
}

/// Why a request is refused; `nil` if it is not.
func reason(
  _ request: HTTPRequest, _ verifier: HookVerifier, token: String? = nil,
  now: Timestamp = signingTime
) -> HookRefusal.Reason? {
  do {
    _ = try receive(request, hook(verifier), token: token, now: now)
    return nil
  } catch {
    return error.reason
  }
}

func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  String(decoding: bytes.flatMap { [hexDigit($0 >> 4), hexDigit($0 & 15)] }, as: UTF8.self)
}

func base64(_ bytes: some Collection<UInt8>) -> String {
  let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
  let bytes = Array(bytes)
  var text = ""
  for start in stride(from: 0, to: bytes.count, by: 3) {
    let group = (0..<3).reduce(0) {
      $0 << 8 | (start + $1 < bytes.count ? Int(bytes[start + $1]) : 0)
    }
    for index in 0..<4 {
      text.append(
        start + index <= bytes.count ? alphabet[group >> (18 - 6 * index) & 63] : "=")
    }
  }
  return text
}

/// An HMAC with SHA-256, by the library.
func signature(_ text: String, by key: [UInt8]) -> [UInt8] {
  Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: key)))
}
