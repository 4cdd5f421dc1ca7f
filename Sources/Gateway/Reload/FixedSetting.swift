import Configuration
import GatewayCore

/// A setting that counts at the start only. A reload keeps it as it was, and names it if the file
/// has it otherwise.
struct FixedSetting: Sendable {
  /// As the file has it; a group stands for all that is in it.
  let path: String
  private let isSame: @Sendable (GatewayConfiguration, GatewayConfiguration) -> Bool
  private let keep: @Sendable (inout GatewayConfiguration, GatewayConfiguration) -> Void

  init<Value: Equatable & SendableMetatype>(
    _ path: String, _ key: any WritableKeyPath<GatewayConfiguration, Value> & Sendable
  ) {
    self.path = path
    isSame = { $0[keyPath: key] == $1[keyPath: key] }
    keep = { $0[keyPath: key] = $1[keyPath: key] }
  }

  /// All of them; ``ConfigurationKey/needsRestart`` says the same to readers of the reference.
  static let all: [FixedSetting] = [
    FixedSetting("listen.address", \.listen.address),
    FixedSetting("listen.port", \.listen.port),
    FixedSetting("listen.threads", \.listen.threads),
    FixedSetting("listen.tls", \.listen.tls),
    FixedSetting("admin.address", \.admin.address),
    FixedSetting("admin.port", \.admin.port),
    FixedSetting("admin.session", \.admin.session),
    FixedSetting("storage", \.storage),
    FixedSetting("trusted_proxies", \.trustedProxies),
    FixedSetting("log.format", \.log.format),
    FixedSetting("cache.bytes", \.cache.bytes),
    FixedSetting("limits.header_bytes", \.limits.headerBytes),
    FixedSetting("limits.body_bytes", \.limits.bodyBytes),
    FixedSetting("limits.request_seconds", \.limits.requestSeconds),
    FixedSetting("limits.response_seconds", \.limits.responseSeconds),
    FixedSetting("limits.idle_seconds", \.limits.idleSeconds),
    FixedSetting("limits.connections", \.limits.connections),
    FixedSetting("limits.connections_per_address", \.limits.connectionsPerAddress),
    FixedSetting("limits.streams", \.limits.streams),
    FixedSetting("limits.streams_per_address", \.limits.streamsPerAddress),
  ]

  /// Puts back in `configuration` what was fixed at the start.
  ///
  /// - Returns: the paths of what the file has otherwise.
  static func keep(
    in configuration: inout GatewayConfiguration, from present: GatewayConfiguration
  ) -> [String] {
    let others = all.filter { !$0.isSame(configuration, present) }
    for setting in others { setting.keep(&configuration, present) }
    return others.map(\.path)
  }
}
