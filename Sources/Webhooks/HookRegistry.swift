public import GatewayCore

/// The hooks by name, and the door that their requests come through.
public struct HookRegistry: Sendable {
  private let hooks: [String: Hook]
  private let decoys: [HookVerifier]

  /// Creates a registry; of hooks with one name the first counts.
  public init(_ hooks: [Hook]) {
    self.hooks = Dictionary(hooks.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    decoys = hooks.isEmpty ? [.fallback] : hooks.map(\.verifier.decoy)
  }

  /// The hook of that name, switched off or not.
  public subscript(name: String) -> Hook? { hooks[name] }

  /// The names of all hooks.
  public var names: [String] { Array(hooks.keys) }

  /// Takes a request to a hook's address: verifies it over its raw body, and only then reads it.
  ///
  /// Who does not prove to be a known source gets one and the same answer after the same work,
  /// whether the hook exists or not.
  ///
  /// - Parameters:
  ///   - request: the whole request.
  ///   - hook: the name in the path.
  ///   - token: what stands behind the name in the path, if anything does.
  ///   - now: the time by which signed times are judged.
  /// - Throws: ``HookRefusal``: `unauthenticated`; to a proven source also
  ///   `unsupported-media-type`, `malformed-json` and `malformed-request`.
  public func receive(
    _ request: HTTPRequest, hook name: String, token: String?, now: Timestamp
  ) throws(HookRefusal) -> ReceivedEvent {
    let hook = hooks[name]
    let verifier = hook?.verifier ?? decoy(for: name)
    let fault = verifier.fault(in: request, token: token, now: now)
    guard let hook else { throw .unauthenticated(.unknownHook) }
    guard hook.isEnabled else { throw .unauthenticated(.disabledHook) }
    if let fault { throw .unauthenticated(fault) }
    return try EventReader.read(request, of: hook)
  }

  /// The verifier that stands in for an unknown hook: modelled on one of the real ones, and for one
  /// name always the same, so that the time that an answer takes does not tell which names exist.
  func decoy(for name: String) -> HookVerifier {
    // FNV-1a: spreads names evenly, and the same in each run.
    let hash = name.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01B3
    }
    return decoys[Int(hash % UInt64(decoys.count))]
  }
}

extension Hook {
  /// Reads an event that nobody has proved: to try rules out, never to act on.
  ///
  /// - Throws: ``HookRefusal``: `unsupported-media-type`, `malformed-json`, `malformed-request`.
  public func read(unproven body: [UInt8], type: String) throws(HookRefusal) -> ReceivedEvent {
    try EventReader.read(
      HTTPRequest(
        method: .post, target: "/", headers: [(name: "Content-Type", value: type)], body: body),
      of: self)
  }
}
