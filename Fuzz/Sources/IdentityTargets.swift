import Dispatch
import GatewayCore

@testable import Identity

private let now = Timestamp(microseconds: 1_700_000_000_000_000)

/// A bearer token: what is read has one spelling, and times that pass are times to come.
@Sendable func fuzzToken(_ bytes: [UInt8]) {
  guard let token = try? CompactToken(bytes.span) else { return }
  precondition(!token.keyID.isEmpty, "a token without a key passed")
  precondition(
    token.signed + [UInt8(ascii: ".")] + base64URL(token.signature) == bytes,
    "two tokens read as the same")
  if let end = try? TokenTimes(now: now, skew: .seconds(60)).end(of: token.claims) {
    precondition(end > now, "an expired token passed")
  }
  let verified = VerifiedToken(
    provider: "p", claims: token.claims, end: now,
    scopes: VerifiedToken.scopes(in: token.claims["scope"]))
  for (name, value) in token.claims.members where verified.has([name: "admin"]) {
    precondition(value == "admin" || value.array?.contains("admin") == true, "a claim it lacks")
  }
}

/// A provider's key set: it stays within its bounds, and no key in it has signed what nobody did.
@Sendable func fuzzKeySet(_ bytes: [UInt8]) {
  let algorithms = Set(SignatureAlgorithm.allCases)
  guard let set = waiting({ try? await KeySet(bytes, for: algorithms) }) else { return }
  precondition((1...KeySet.maximumKeys).contains(set.count), "an empty or a boundless set")
  precondition(set.skipped.allSatisfy { $0.unicodeScalars.count <= 64 }, "an endless id")
  let entries = (try? JSONValue(parsing: bytes))?["keys"]?.array ?? []
  for id in entries.compactMap({ $0["kid"]?.string }) {
    for algorithm in algorithms {
      guard let key = set.key(id, algorithm) else { continue }
      for length in [0, 64, 96, 132, 256] {
        let signature = [UInt8](repeating: 0x5A, count: length)
        precondition(!key.hasSigned(bytes, signature: signature), "nobody's signature passed")
      }
    }
  }
}

private func base64URL(_ bytes: [UInt8]) -> [UInt8] {
  Base64.text(bytes).utf8.compactMap { digit in
    switch digit {
    case UInt8(ascii: "+"): UInt8(ascii: "-")
    case UInt8(ascii: "/"): UInt8(ascii: "_")
    case UInt8(ascii: "="): nil
    default: digit
    }
  }
}

// libFuzzer calls on a thread that may block, and wants the end of it all before the next input.
private func waiting<Value: Sendable>(_ work: @escaping @Sendable () async -> Value?) -> Value? {
  let (value, isOver) = (Locked<Value?>(nil), DispatchSemaphore(value: 0))
  Task {
    let made = await work()
    value.withLock { $0 = made }
    isOver.signal()
  }
  isOver.wait()
  return value.withLock { $0 }
}
