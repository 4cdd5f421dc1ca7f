import Configuration
import GatewayCore
import HeatPumpService
import HeatPumps
import ResponseCache
import Webhooks

@testable import Gateway

private let now = Timestamp(microseconds: 1_700_000_000_000_000)

private func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
  bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
}

private func text(_ bytes: some Collection<UInt8>) -> String {
  String(decoding: bytes, as: UTF8.self)
}

private let router = Router(RouteTable.endpoints.map { ($0.method, $0.template) })

/// A request's target in the first line, and a `Name: value` in each other one.
@Sendable func fuzzHead(_ bytes: [UInt8]) {
  let parts = lines(bytes)
  var head = HTTPRequestHead(target: Array(parts[0]).span)
  for line in parts.dropFirst() {
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
    head.append(name: Array(line[..<colon]).span, value: Array(line[(colon + 1)...]).span)
  }
  let request = HTTPRequest(
    method: .get, head: head, arrival: MonotonicInstant(nanoseconds: 0), peer: "127.0.0.1")
  readTarget(request)
  _ = try? RequestTimeout.read(request)
  _ = RequestIDs.sane(request)
  _ = TraceContext.traceparent(of: request)
  _ = Negotiation.preferred(request, RouteTable.endpoints.flatMap(\.offers))
  _ = WritePreferences.waiting(request)
  _ = try? HostGuard(names: []).check(request)
  Credential.withKey(of: request) { key in
    if let key { precondition(!key.isEmpty, "an empty key") }
  }
  if let header = request[.cacheControl] { _ = CacheDirectives(header: header) }
  if let header = request[.ifMatch] { _ = try? WritePrecondition(header: header) }
}

private func readTarget(_ request: HTTPRequest) {
  guard let path = request.withTarget({ RequestPath($0) }) else { return }
  for index in 0..<path.count {
    _ = request.withTarget { percentDecoded($0.extracting(path.segment(index))) }
  }
  guard case .endpoint(let index) = request.withTarget({ router.match(.get, path, $0) }) else {
    return
  }
  let names = RouteTable.endpoints[index].queryNames
  _ = request.withTarget { target in
    try? QueryParameters(target.extracting(path.query), allowed: names)
  }
}

private let unknownSecret = Secret([UInt8](repeating: 0x5A, count: 32))

private let closedHooks: [Hook] = [
  .hmacSHA256(
    HMACScheme(secrets: [unknownSecret], header: "x-signature", prefix: "sha256=")),
  .standardWebhooks(keys: SigningKeys([unknownSecret])),
  .bearer(TokenDigest(hashing: [UInt8](repeating: 0x5A, count: 32))),
].enumerated().map { hook("closed-\($0)", $1) }

private let openHook = hook("open", .pathToken(TokenDigest(hashing: "t".utf8)))

private func hook(_ name: String, _ verifier: HookVerifier) -> Hook {
  Hook(
    name: name, organisation: "acme", isEnabled: true, verifier: verifier, eventID: .bodyHash,
    heatPumps: .all, target: .pointer("/device"),
    rules: [
      EventRule(
        name: "set", conditions: [RuleCondition(pointer: "/value", test: .greater(0))],
        action: .patch([
          RuleAssignment(
            pointer: "/hot_water/standard_temperature", value: .pointer("/value", default: nil))
        ]))
    ], storesBody: true, redactedPointers: ["/device"])
}

private let registry = HookRegistry(closedHooks + [openHook])

/// Three header values and a body: nobody without the secret gets in, and what an open hook reads
/// leads to a decision.
@Sendable func fuzzHook(_ bytes: [UInt8]) {
  let parts = lines(bytes)
  guard parts.count >= 4 else { return }
  let signature = text(parts[0])
  let request = HTTPRequest(
    method: .post, target: "/v1/hooks/open",
    headers: [
      ("X-Signature", signature), ("Webhook-Signature", signature), ("Authorization", signature),
      ("Webhook-Id", text(parts[1])), ("Webhook-Timestamp", "1700000000"),
      ("Content-Type", text(parts[2])),
    ], body: Array(parts[3...].joined(separator: [UInt8(ascii: "\n")])))
  for hook in closedHooks {
    let entered = try? registry.receive(request, hook: hook.name, token: nil, now: now)
    precondition(entered == nil, "a stranger got in")
  }
  guard let event = try? registry.receive(request, hook: "open", token: "t", now: now) else {
    return
  }
  if let kept = KeptBody.bytes(of: event) {
    precondition(KeptBody(bytes: kept) != nil, "kept, it can't be read")
  }
  _ = openHook.decide(
    event.body, format: event.format, acceptedAt: now,
    resolve: { _ in ResourceID(high: 1, low: 1) },
    rules: .hook(guardRails: [:]))
}

/// A subscription's URL: nothing passes an empty list, and what is read reads the same again.
@Sendable func fuzzTarget(_ bytes: [UInt8]) {
  let url = text(bytes)
  precondition((try? TargetPolicy(allow: []).check(url: url)) == nil, "an empty list allowed it")
  guard let target = try? TargetURL(url) else { return }
  precondition((try? TargetURL(target.text)) == target)
}

/// A configuration file: every finding at once, and never a trap.
@Sendable func fuzzConfiguration(_ bytes: [UInt8]) {
  _ = GatewayConfiguration.load(bytes: bytes, now: now) { _ in nil }
}
