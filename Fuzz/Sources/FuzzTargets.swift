/// One parser under test: it must come to an end with whatever bytes, and keep its promises.
typealias FuzzTarget = @Sendable ([UInt8]) -> Void

/// Everything that reads bytes from outside, by the name of its corpus folder.
let fuzzTargets: [String: FuzzTarget] = [
  "json": fuzzJSON,
  "patch": fuzzPatch,
  "upstream": fuzzUpstream,
  "answer": fuzzAnswer,
  "head": fuzzHead,
  "hook": fuzzHook,
  "event": fuzzEvent,
  "target": fuzzTarget,
  "token": fuzzToken,
  "keyset": fuzzKeySet,
  "configuration": fuzzConfiguration,
]
