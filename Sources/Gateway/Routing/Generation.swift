import GatewayCore

/// One state of the configuration, as requests are judged by it.
///
/// A request takes the one in force as it begins and keeps it to its end, so that no request sees
/// half of one state and half of the next.
final class Generation: Sendable {
  /// 1 for what the gateway was started with, one more for each that was loaded since.
  let number: Int
  let organisations: [GatewayState.Organisation]
  let apps: AppRegistry
  let keys: KeyRing<App>
  /// Whose access tokens count in place of keys; `nil` if nobody's do.
  let tokens: TokenRing?
  /// Whose client certificates count.
  let certificates: CertificateRing
  let adminKeys: KeyRing<Endpoint.AdminRole>
  /// Under which names the listener for operators answers; `nil` for any.
  let hostGuard: HostGuard?
  /// Where events enter.
  let hooks: Hooks

  init(
    number: Int = 1, organisations: [GatewayState.Organisation] = [],
    apps: AppRegistry = AppRegistry([]), keys: KeyRing<App> = KeyRing([]),
    tokens: TokenRing? = nil, certificates: CertificateRing = CertificateRing([]),
    adminKeys: KeyRing<Endpoint.AdminRole> = KeyRing([]),
    hostGuard: HostGuard? = nil, hooks: Hooks = .none
  ) {
    self.number = number
    self.organisations = organisations
    self.apps = apps
    self.keys = keys
    self.tokens = tokens
    self.certificates = certificates
    self.adminKeys = adminKeys
    self.hostGuard = hostGuard
    self.hooks = hooks
  }
}

/// The generation in force: the one place where it is exchanged.
final class Generations: Sendable {
  private let present: Locked<Generation>

  init(_ first: Generation) {
    present = Locked(first)
  }

  /// The one in force.
  var current: Generation { present.withLock { $0 } }

  /// Puts another one in force, for all requests that begin from now on.
  func replace(by next: Generation) { present.withLock { $0 = next } }
}
