import GatewayCore

/// Gets a token: from the other gateways if they have a newer one, and else from the endpoint, in
/// turns with them.
struct TokenExchange: Sendable {
  let fetch: TokenFetch
  let sharing: (any TokenSharing)?
  /// Rung when something has changed among the other gateways.
  let bell: Bell
  let clock: any GatewayClock
  /// Called as often as the endpoint is asked.
  let onRequest: @Sendable () -> Void

  // Should a ring get lost.
  private static let longestPause = Duration.seconds(1)
  // Two slots, two styles, and what is stored afterwards.
  private var turnTime: Duration { fetch.endpoint.settings.totalTimeout * 4 + .seconds(10) }

  /// - Parameters:
  ///   - generation: that of the token there is, or was.
  ///   - isUsable: whether that can be used still.
  ///   - failures: how many attempts in a row have failed before this one.
  func run(
    slot: CredentialSlot, encoding: TokenEndpoint.Encoding, newerThan generation: UInt64,
    isUsable: Bool, failures: Int
  ) async -> TokenState.Outcome {
    guard let sharing, let credentials = fetch.credentials(preferring: slot) else {
      return await request(slot, encoding)
    }
    let endpoint = fetch.endpoint.settings.tokenURL
    while !Task.isCancelled {
      switch await sharing.token(
        newerThan: generation, of: credentials, at: endpoint, turnTime: turnTime)
      {
      case .token(let token): return .adopted(token)
      case .paused(let failure, let rest): return .failed(failure, retryAfter: rest)
      case .turn(let turn):
        return await settle(await request(slot, encoding), turn, sharing, failures: failures)
      case .wait:
        await bell.wait(until: clock.monotonic + Self.longestPause, clock: clock)
      case .away:
        // Each for itself, then; but not before it must be.
        return isUsable ? .failed(.unreachable, retryAfter: nil) : await request(slot, encoding)
      }
    }
    return .failed(.unreachable, retryAfter: nil)
  }

  private func request(
    _ slot: CredentialSlot, _ encoding: TokenEndpoint.Encoding
  ) async -> TokenState.Outcome {
    onRequest()
    return await fetch.run(slot: slot, encoding: encoding)
  }

  private func settle(
    _ outcome: TokenState.Outcome, _ turn: TokenTurn, _ sharing: any TokenSharing, failures: Int
  ) async -> TokenState.Outcome {
    switch outcome {
    case .granted(let grant, let slot, let encoding, _):
      let generation = await sharing.keep(
        grant.authorization, life: grant.life, slot: slot, in: turn)
      return .granted(grant, slot: slot, encoding: encoding, generation: generation)
    case .failed(let failure, let retryAfter):
      // The others wait as long as this one will at least.
      let settings = fetch.endpoint.settings
      let pause = settings.backoff.pause(after: failures + 1, chance: 0.5)
      let rest = max(pause, min(retryAfter ?? .zero, settings.maximumRetryAfter))
      await sharing.end(turn, failure, pause: Task.isCancelled ? .zero : rest)
      return .failed(failure, retryAfter: rest)
    case .adopted: return outcome
    }
  }
}
