/// The table of all settings. The decoder accepts what stands here and nothing else, takes its
/// ranges from here, and tests hold the reference and the file of defaults against it.
public enum ConfigurationKeys {
  /// All settings, in the order in which they are documented.
  public static let all: [ConfigurationKey] =
    server + organisations + identityProviders + apps + heatPumps + hooks + outgoing

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
