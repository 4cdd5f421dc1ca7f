import Configuration
import Credentials
import GatewayCore
import HeatPumps
import Logging
import Webhooks

/// Makes the hooks from the configuration; their secrets are read here, once.
enum HookSetup {
  /// - Throws: ``GatewayApplication/StartFault`` with all secrets that cannot be used.
  static func registry(
    _ hooks: [HookConfiguration], reader: SecretReader, logger: Logger
  ) throws(GatewayApplication.StartFault) -> HookRegistry {
    var setup = Setup(reader: reader, logger: logger)
    let made = hooks.compactMap { setup.hook($0) }
    guard setup.problems.isEmpty else {
      throw GatewayApplication.StartFault(description: setup.problems.joined(separator: "; "))
    }
    return HookRegistry(made)
  }

  /// The hooks for those who judge events and let none in: no secret is read, and their verifiers
  /// are of no use.
  static func rules(_ hooks: [HookConfiguration]) -> HookRegistry {
    HookRegistry(hooks.map { make($0, .bearer(TokenDigest(hashing: []))) })
  }

  /// Why a secret cannot sign by Standard Webhooks; `nil` if it can, or cannot be read at all.
  static func reason(against reference: SecretReference, _ reader: SecretReader) -> String? {
    guard let reading = try? reader.read(reference) else { return nil }
    return WebhookKey.key(in: reading.secret) == nil ? noSigningSecret(reference) : nil
  }

  private static func noSigningSecret(_ reference: SecretReference) -> String {
    "\(reference) is no Standard Webhooks secret: base 64 of at least "
      + "\(WebhookKey.minimumBytes) bytes, usually behind whsec_"
  }

  private static func make(_ hook: HookConfiguration, _ verifier: HookVerifier) -> Hook {
    Hook(
      name: hook.name, organisation: hook.organisation, isEnabled: hook.enabled,
      verifier: verifier, eventID: eventID(hook.eventID), heatPumps: heatPumps(hook.heatPumps),
      target: target(hook.target), rules: hook.rules, storesBody: hook.storesBody,
      redactedPointers: hook.redactedPointers)
  }

  /// What the hooks of an organisation may write; the configuration's literals were held to the
  /// same.
  static func writeRules(_ organisation: OrganisationConfiguration) -> WriteRules {
    .hook(guardRails: organisation.guardRails)
  }

  private struct Setup {
    let reader: SecretReader
    let logger: Logger
    var problems: [String] = []

    mutating func hook(_ hook: HookConfiguration) -> Hook? {
      guard let verifier = verifier(hook) else { return nil }
      return make(hook, verifier)
    }

    private mutating func verifier(_ hook: HookConfiguration) -> HookVerifier? {
      switch hook.verification {
      case .hmacSHA256(let verification):
        guard let secrets = secrets(verification.secrets, of: hook) else { return nil }
        return .hmacSHA256(
          HMACScheme(
            secrets: secrets, header: verification.header, prefix: verification.prefix,
            encoding: verification.encoding == .hex ? .hex : .base64,
            timestampHeader: verification.timestampHeader))
      case .standardWebhooks(let references):
        return signingKeys(references, of: hook).map { .standardWebhooks(keys: SigningKeys($0)) }
      case .bearer(let hash): return TokenDigest(hash.bytes).map { .bearer($0) }
      case .basic(let user, let password):
        return TokenDigest(password.bytes).map { .basic(user: user, password: $0) }
      case .pathToken(let hash): return TokenDigest(hash.bytes).map { .pathToken($0) }
      }
    }

    private mutating func signingKeys(
      _ references: [SecretReference], of hook: HookConfiguration
    ) -> [Secret]? {
      guard let secrets = secrets(references, of: hook) else { return nil }
      var keys: [Secret] = []
      for (reference, secret) in zip(references, secrets) {
        if let key = WebhookKey.key(in: secret) {
          keys.append(key)
        } else {
          problems.append("hook \(hook.name): \(noSigningSecret(reference))")
        }
      }
      return keys.count == references.count ? keys : nil
    }

    private mutating func secrets(
      _ references: [SecretReference], of hook: HookConfiguration
    ) -> [Secret]? {
      var secrets: [Secret] = []
      for reference in references {
        do throws(SecretFault) {
          let reading = try reader.read(reference)
          if let warning = reading.warning {
            logger.warning("\(warning)", metadata: ["hook": "\(hook.name)"])
          }
          secrets.append(reading.secret)
        } catch {
          problems.append("hook \(hook.name): \(error)")
        }
      }
      return secrets.count == references.count ? secrets : nil
    }
  }

  private static func eventID(_ source: Configuration.EventIDSource) -> Hook.EventIDSource {
    switch source {
    case .pointer(let pointer): .pointer(pointer)
    case .header(let header): .header(header)
    case .bodyHash: .bodyHash
    }
  }

  private static func heatPumps(_ list: AllowList<ResourceID>) -> Hook.AllowedHeatPumps {
    switch list {
    case .everything: .all
    case .only(let ids): .only(ids)
    }
  }

  private static func target(_ target: HookTarget) -> Hook.Target {
    switch target {
    case .heatPump(let id): .heatPump(id)
    case .pointer(let pointer): .pointer(pointer)
    }
  }
}
