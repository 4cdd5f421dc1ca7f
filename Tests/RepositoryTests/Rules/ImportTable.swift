/// Who may import whom: a row per room, all that it may import, nothing implied.
///
/// Arrows point down the floors only, so the table is also the picture in `docs/architecture.md`.
/// A room needs its row before its first file; a row may wait for its room.
enum ImportTable {
  /// The modules that each target's files may import, whatever Package.swift would let through.
  static let allowed: [String: Set<String>] = [
    // Floor 1.
    "GatewayCore": ["Glibc", "Synchronization"],
    "Reactor": ["CLinux", "GatewayCore", "Glibc"],
    "HeatPumps": ["GatewayCore"],
    // Adapters. None imports another; each C library has exactly one.
    "CurlTransport": ["CCurlShims", "CZlibShims", "GatewayCore", "Glibc", "Reactor"],
    "MicrohttpdServer": [
      "CGnuTLSShims", "CMicrohttpdShims", "GatewayCore", "Glibc", "Reactor",
    ],
    "Configuration": ["GatewayCore", "Glibc", "HeatPumps", "Yams"],
    "SQLiteStorage": [
      "CSQLiteShims", "Dispatch", "GRDB", "GRDBSQLite", "GatewayCore", "Glibc", "Storage",
    ],
    "PostgresStorage": ["CLibpq", "Dispatch", "GatewayCore", "Glibc", "Reactor", "Storage"],
    // Floor 2.
    "Credentials": ["Crypto", "GatewayCore", "Glibc", "Logging"],
    "Identity": ["GatewayCore", "Glibc", "JWTKit", "Logging"],
    "PoderoClient": ["Credentials", "GatewayCore", "HeatPumps", "Logging"],
    "ResponseCache": ["GatewayCore", "HeatPumps", "Synchronization"],
    "Storage": ["Crypto", "GatewayCore"],
    // Floor 3.
    "HeatPumpService": [
      // For the steps at which a test kills a debug build.
      "Glibc",
      "Storage", "GatewayCore", "HeatPumps", "Logging", "PoderoClient", "Reactor", "ResponseCache",
      "GatewayCore", "HeatPumps", "Logging", "PoderoClient", "Reactor", "ResponseCache",
      "Synchronization",
    ],
    "Webhooks": ["Credentials", "Crypto", "GatewayCore", "HeatPumps", "Logging", "Storage"],
    // What a browser is given, in bytes.
    "ConsoleAssets": [],
    // Floor 4.
    "Gateway": [
      "Configuration", "ConsoleAssets", "Credentials", "Crypto", "CurlTransport", "GatewayCore",
      "Glibc",
      "Identity", "PostgresStorage", "SQLiteStorage", "Storage", "HeatPumpService", "HeatPumps",
      "Logging",
      "MicrohttpdServer",
      "PoderoClient", "Reactor", "ResponseCache", "Webhooks",
    ],
    // The upstream's double. Nothing of the gateway proper, so that it cannot share its mistakes.
    "PoderoSimulator": [
      "GatewayCore", "Glibc", "Logging", "NIOCore", "NIOHTTP1", "NIOPosix",
    ],
    // For programs of others: beside the house, as it may share nothing with the gateway but what
    // the OpenAPI document says.
    "HeatPumpClient": ["Crypto", "Foundation", "FoundationNetworking"],
    // Floor 5.
    "podero-gateway": [
      "ArgumentParser", "Configuration", "Gateway", "GatewayCore", "Glibc", "Logging", "Reactor",
    ],
    "podero-simulator": [
      "ArgumentParser", "Dispatch", "GatewayCore", "Glibc", "Logging", "PoderoSimulator",
    ],
  ]

  /// The modules that one target alone may import: each C library has one wrapper.
  static let owners: [String: String] = [
    "CCurlShims": "CurlTransport", "CZlibShims": "CurlTransport",
    "CGnuTLSShims": "MicrohttpdServer", "CLibpq": "PostgresStorage",
    "CLinux": "Reactor",
    "CMicrohttpdShims": "MicrohttpdServer", "CSQLiteShims": "SQLiteStorage",
    "GRDB": "SQLiteStorage", "GRDBSQLite": "SQLiteStorage", "JWTKit": "Identity",
  ]

  /// The targets that stand on floors 1 and 2 and are wired by `Gateway` alone.
  static let adapters: Set<String> = [
    "Configuration", "CurlTransport", "MicrohttpdServer", "PostgresStorage", "SQLiteStorage",
  ]

  /// The floor of each target; adapters and the simulator stand beside the house.
  static let floors: [String: Int] = [
    "GatewayCore": 1, "Reactor": 1, "HeatPumps": 1, "Credentials": 2, "Identity": 2,
    "PoderoClient": 2,
    "ResponseCache": 2, "Storage": 2, "HeatPumpService": 3, "Webhooks": 3, "Gateway": 4,
    "podero-gateway": 5,
    "podero-simulator": 5,
  ]
}

/// Reads imports and holds them against the table.
enum ImportRules {
  /// The modules that a Swift file imports, with their lines.
  static func imports(of file: SourceFile) -> [(module: String, line: Int)] {
    guard let source = file.swift else { return [] }
    return source.code.enumerated().flatMap { index, code in
      code.split(separator: ";").compactMap { statement in
        module(importedBy: statement).map { ($0, index + 1) }
      }
    }
  }

  /// The imports of files under `Sources` that their target's row does not allow.
  ///
  /// - Parameter allowed: the table; a target without a row may import nothing.
  static func findings(in files: [SourceFile], allowed: [String: Set<String>]) -> [Finding] {
    files.filter(\.isSource).flatMap { file -> [Finding] in
      guard let target = file.target else {
        return file.swift == nil
          ? [] : [Finding(path: file.path, line: 1, rule: "belongs to no target")]
      }
      return imports(of: file).compactMap { module, line in
        guard allowed[target]?.contains(module) != true else { return nil }
        return Finding(path: file.path, line: line, rule: "\(target) may not import \(module)")
      }
    }
  }

  private static let kinds: Set<Substring> = [
    "actor", "class", "enum", "func", "let", "protocol", "struct", "typealias", "var",
  ]
  private static let levels: Set<Substring> = [
    "fileprivate", "internal", "package", "private", "public",
  ]

  private static func module(importedBy statement: Substring) -> String? {
    var words = statement.split(whereSeparator: \.isWhitespace)[...]
    while let first = words.first, first.hasPrefix("@") || levels.contains(first) {
      words.removeFirst()
    }
    guard words.popFirst() == "import" else { return nil }
    if let kind = words.first, kinds.contains(kind) { words.removeFirst() }
    return words.first?.split(separator: ".").first.map(String.init)
  }
}
