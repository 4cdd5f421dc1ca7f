import Credentials
import GatewayCore
import Logging
import Storage

/// One organisation's token as the gateways of a cluster share it: sealed in their storage.
struct SharedTokens: TokenSharing {
  let storage: any SharedStorage
  let key: EncryptionKey
  let random: any RandomSource
  let organisation: String
  let member: ResourceID
  let logger: Logger

  func token(
    newerThan generation: UInt64, of credentials: Secret, at endpoint: String, turnTime: Duration?
  ) async -> SharedTokenVerdict {
    let place = SharedTokenPlace(
      organisation: organisation, credentials: key.mark(of: credentials, for: endpoint))
    do throws(StorageFault) {
      let answer = try await storage.token(
        of: place, newerThan: Int64(clamping: generation), for: member, turnTime: turnTime)
      switch answer {
      case .token(let stored): return open(stored).map(SharedTokenVerdict.token) ?? .away
      case .turn(let turn):
        return .turn(TokenTurn(credentials: place.credentials, fence: turn.fence))
      case .wait: return .wait
      case .paused(let rest, let reason):
        return .paused(TokenFailure(rawValue: reason) ?? .serverError, rest: rest)
      }
    } catch {
      logger.debug("the shared token is not to be had", metadata: ["fault": "\(error)"])
      return .away
    }
  }

  func keep(
    _ authorization: Secret, life: Duration, slot: CredentialSlot, in turn: TokenTurn
  ) async -> UInt64? {
    do {
      let sealed = try SecretSealer(key: key, random: random).seal(authorization, for: purpose)
      let generation = try await storage.keepToken(
        NewSharedToken(sealed: sealed, slot: slot.rawValue, life: life), in: shared(turn))
      return generation.map(UInt64.init(clamping:))
    } catch {
      logger.warning("a token could not be shared", metadata: ["fault": "\(error)"])
      return nil
    }
  }

  func end(_ turn: TokenTurn, _ failure: TokenFailure, pause: Duration) async {
    do throws(StorageFault) {
      try await storage.endTurn(shared(turn), pause: pause, reason: failure.rawValue)
    } catch {
      // It ends by itself, a little later.
      logger.debug("a turn could not be ended", metadata: ["fault": "\(error)"])
    }
  }

  private func shared(_ turn: TokenTurn) -> SharedTokenTurn {
    SharedTokenTurn(
      place: SharedTokenPlace(organisation: organisation, credentials: turn.credentials),
      fence: turn.fence)
  }

  private var purpose: String { "access-token/\(organisation)" }

  private func open(_ stored: StoredSharedToken) -> SharedToken? {
    do throws(SealFault) {
      return SharedToken(
        authorization: try SecretSealer(key: key, random: random)
          .open(stored.token.sealed, for: purpose),
        generation: UInt64(clamping: stored.generation), age: stored.age, life: stored.token.life,
        slot: CredentialSlot(rawValue: stored.token.slot) ?? .current)
    } catch {
      logger.error("a shared token cannot be read", metadata: ["fault": "\(error)"])
      return nil
    }
  }
}
