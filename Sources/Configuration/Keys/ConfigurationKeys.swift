/// The table of all settings. The decoder accepts what stands here and nothing else, takes its
/// ranges from here, and tests hold the reference and the file of defaults against it.
public enum ConfigurationKeys {
  /// All settings, in the order in which they are documented.
  public static let all: [ConfigurationKey] =
    server + organisations + identityProviders + apps + heatPumps + hooks + outgoing

  /// The settings that count at the start only, each with all that is in it. All others count for
  /// every request that begins after they were loaded anew.
  public static let fixed = [
    "listen", "admin.address", "admin.port", "admin.session", "storage", "trusted_proxies",
    "log.format",
    "cache.bytes", "limits.header_bytes", "limits.body_bytes", "limits.request_seconds",
    "limits.response_seconds", "limits.idle_seconds", "limits.connections",
    "limits.connections_per_address", "limits.streams", "limits.streams_per_address",
  ]

  static func named(_ path: String) -> ConfigurationKey? { byPath[path] }

  static func children(of path: String) -> [String] { childrenByParent[path] ?? [] }

  private static let byPath = Dictionary(
    all.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })

  private static let childrenByParent = Dictionary(grouping: all, by: \.parent)
    .mapValues { $0.map(\.name) }

  static func rows(
    _ rows: [(String, ConfigurationValueKind, ConfigurationKey.Presence, String)]
  ) -> [ConfigurationKey] {
    rows.map { ConfigurationKey(path: $0, kind: $1, presence: $2, meaning: $3) }
  }
}
