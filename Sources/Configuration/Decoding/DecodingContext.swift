import GatewayCore
import HeatPumps

/// What one run of the decoder knows and collects. Used by one thread, for one file.
final class DecodingContext {
  let now: Timestamp
  private(set) var problems: [ConfigurationProblem] = []
  /// Names of organisations as they stand in the file, also of those with other faults, so that
  /// one fault doesn't show as many.
  var organisations: Set<String> = []
  /// Names of identity providers, likewise.
  var identityProviders: Set<String> = []
  /// Whether clients' certificates are verified at all.
  var hasClientAuthority = false
  /// The guard rails of each organisation, which the literals of rules are held to.
  var guardRails: [String: [String: FieldBounds]] = [:]
  /// Ids by alias by organisation; `nil` where the entry itself is at fault.
  var aliases: [String: [String: ResourceID?]] = [:]

  /// Where files with keys are named, by the provider's name.
  var keyFiles: [String: ConfigurationPlace] = [:]

  /// What is to be said about something beyond the file.
  let check: (ConfigurationMatter) -> [ConfigurationMatter.Finding]
  private let checkSecret: (SecretReference) -> String?
  private var checkedSecrets: [SecretReference: String?] = [:]
  private var firstUses: [String: Int] = [:]
  private var reported: Set<ConfigurationProblem> = []

  init(
    now: Timestamp, checkSecret: @escaping (SecretReference) -> String?,
    check: @escaping (ConfigurationMatter) -> [ConfigurationMatter.Finding]
  ) {
    self.now = now
    self.checkSecret = checkSecret
    self.check = check
  }

  /// Adds a problem, unless it was found before: a mapping may be read twice.
  func report(_ problem: ConfigurationProblem) {
    guard reported.insert(problem).inserted else { return }
    problems.append(problem)
  }

  /// Why the secret cannot be had; asked once for each reference.
  func reasonAgainst(_ reference: SecretReference) -> String? {
    if let known = checkedSecrets[reference] { return known }
    let reason = checkSecret(reference)
    checkedSecrets[reference] = reason
    return reason
  }

  /// Notes a value that must not stand twice.
  ///
  /// - Parameters:
  ///   - value: the value with its name space in front.
  ///   - line: where it stands.
  /// - Returns: the line of its first use, if this is not it.
  func earlierUse(of value: String, line: Int) -> Int? {
    if let first = firstUses[value] { return first }
    firstUses[value] = line
    return nil
  }
}
