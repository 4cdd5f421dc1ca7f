// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]
let pointerSafe = strict + [SwiftSetting.strictMemorySafety()]
// What runs on one thread only, several times for each request. Whether two of its accesses overlap is
// checked in debug builds, which all tests run.
let confined =
  pointerSafe + [
    SwiftSetting.unsafeFlags(
      ["-enforce-exclusivity=unchecked"], .when(configuration: .release))
  ]
let cStrict: [CSetting] = [
  .enableWarning("all"), .enableWarning("extra"), .treatAllWarnings(as: .error),
]

let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqlite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let jwt = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let nio: [Target.Dependency] = [
  .product(name: "NIOCore", package: "swift-nio"),
  .product(name: "NIOPosix", package: "swift-nio"),
  .product(name: "NIOHTTP1", package: "swift-nio"),
]

let targets: [Target] = [
  // Floor 1: values and the event loop.
  .target(name: "GatewayCore", swiftSettings: pointerSafe),
  .target(name: "CLinux", cSettings: cStrict),
  .target(name: "Reactor", dependencies: ["CLinux", "GatewayCore"], swiftSettings: confined),
  .target(name: "HeatPumps", dependencies: ["GatewayCore"], swiftSettings: pointerSafe),

  // Adapters over C libraries and file formats.
  .systemLibrary(
    name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
  .target(name: "CCurlShims", dependencies: ["CCurl"], cSettings: cStrict),
  .target(
    name: "CurlTransport",
    dependencies: ["CCurlShims", "CZlibShims", "GatewayCore", "Reactor"], swiftSettings: confined),
  .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
  .target(name: "CZlibShims", dependencies: ["CZlib"], cSettings: cStrict),
  .systemLibrary(
    name: "CMicrohttpd", pkgConfig: "libmicrohttpd", providers: [.apt(["libmicrohttpd-dev"])]),
  .target(
    name: "CMicrohttpdShims", dependencies: ["CGnuTLS", "CMicrohttpd"], cSettings: cStrict),
  .systemLibrary(
    name: "CGnuTLS", pkgConfig: "gnutls", providers: [.apt(["libgnutls28-dev"])]),
  .target(name: "CGnuTLSShims", dependencies: ["CGnuTLS"], cSettings: cStrict),
  .target(
    name: "MicrohttpdServer",
    dependencies: ["CGnuTLSShims", "CMicrohttpdShims", "GatewayCore", "Reactor"],
    swiftSettings: confined),
  .target(name: "CSQLiteShims", dependencies: [sqlite], cSettings: cStrict),
  .target(
    name: "SQLiteStorage",
    dependencies: ["CSQLiteShims", "GatewayCore", "Storage", grdb, sqlite],
    swiftSettings: strict),
  .systemLibrary(name: "CLibpq", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
  .target(
    name: "PostgresStorage", dependencies: ["CLibpq", "GatewayCore", "Reactor", "Storage"],
    swiftSettings: pointerSafe),
  .target(
    name: "Configuration", dependencies: ["GatewayCore", "HeatPumps", yams], swiftSettings: strict),

  // Floor 2: the upstream and what is remembered of it.
  .target(
    name: "Credentials", dependencies: ["GatewayCore", crypto, log], swiftSettings: strict),
  .target(
    name: "PoderoClient", dependencies: ["GatewayCore", "Credentials", log],
    swiftSettings: strict),
  .target(
    name: "Identity", dependencies: ["GatewayCore", jwt, log], swiftSettings: strict),
  .target(name: "Storage", dependencies: ["GatewayCore", crypto], swiftSettings: strict),
  .target(
    name: "ResponseCache", dependencies: ["GatewayCore", "HeatPumps"], swiftSettings: strict),

  // Floor 3: use cases.
  .target(
    name: "Webhooks",
    dependencies: ["GatewayCore", "HeatPumps", "Credentials", "Storage", crypto, log],
    swiftSettings: strict),
  .target(
    name: "HeatPumpService",
    dependencies: [
      "GatewayCore", "Reactor", "HeatPumps", "PoderoClient", "ResponseCache", "Storage", log,
    ],
    swiftSettings: strict),

  // The pages of the operators' console, inside of the executable: a release is one file.
  .target(
    name: "ConsoleAssets",
    resources: [
      .embedInCode("Assets/index.html"), .embedInCode("Assets/console.css"),
      .embedInCode("Assets/icon.svg"), .embedInCode("Assets/console.js"),
      .embedInCode("Assets/dom.js"), .embedInCode("Assets/gateway.js"),
      .embedInCode("Assets/live.js"), .embedInCode("Assets/lists.js"),
      .embedInCode("Assets/plot.js"), .embedInCode("Assets/words.js"),
      .embedInCode("Assets/overview.js"), .embedInCode("Assets/heatpumps.js"),
      .embedInCode("Assets/heatpump.js"), .embedInCode("Assets/incoming.js"),
      .embedInCode("Assets/outgoing.js"), .embedInCode("Assets/subscriptions.js"),
      .embedInCode("Assets/jobs.js"), .embedInCode("Assets/audit.js"),
      .embedInCode("Assets/dryrun.js"),
    ], swiftSettings: strict),

  // Floor 4: composition.
  .target(
    name: "Gateway",
    dependencies: [
      "ConsoleAssets", "GatewayCore", "Reactor", "HeatPumps", "CurlTransport", "MicrohttpdServer",
      "Configuration",
      "Credentials", "Identity", "PoderoClient", "ResponseCache", "HeatPumpService", "Storage",
      "SQLiteStorage", "PostgresStorage", "Webhooks", log, crypto,
    ],
    swiftSettings: strict),

  // The upstream's double, for the demo and the tests.
  .target(
    name: "PoderoSimulator", dependencies: ["GatewayCore", log] + nio, swiftSettings: strict),

  // For programs of others: a client of the gateway. It shares no room with the gateway.
  .target(name: "HeatPumpClient", dependencies: [crypto], swiftSettings: strict),
  .executableTarget(
    name: "heat-pump-examples", dependencies: ["HeatPumpClient"],
    path: "examples/swift/Sources/heat-pump-examples", swiftSettings: strict),

  // Floor 5: executables.
  .executableTarget(
    name: "podero-gateway",
    dependencies: ["Gateway", "GatewayCore", "Configuration", "Reactor", arguments, log],
    swiftSettings: strict,
    // Its `malloc` takes the place of the C library's: many small objects that one thread makes and
    // another frees are what that one is slowest at. Nothing imports it.
    linkerSettings: [.linkedLibrary("mimalloc")]),
  .executableTarget(
    name: "podero-simulator", dependencies: ["GatewayCore", "PoderoSimulator", arguments],
    swiftSettings: strict),

  // Tests.
  .target(
    name: "TestSupport",
    dependencies: ["CGnuTLS", "GatewayCore", "Reactor", crypto, cryptoExtras, log],
    path: "Tests/TestSupport",
    swiftSettings: strict),
  .testTarget(
    name: "GatewayCoreTests", dependencies: ["GatewayCore", "TestSupport"], swiftSettings: strict),
  .testTarget(
    name: "ReactorTests", dependencies: ["GatewayCore", "Reactor", "TestSupport"],
    swiftSettings: strict),
  .testTarget(
    name: "HeatPumpsTests", dependencies: ["GatewayCore", "HeatPumps", "TestSupport"],
    resources: [.copy("Fixtures")], swiftSettings: strict),
  .testTarget(
    name: "CurlTransportTests",
    dependencies: ["GatewayCore", "Reactor", "CurlTransport", "TestSupport"],
    swiftSettings: strict),
  .testTarget(
    name: "MicrohttpdServerTests",
    dependencies: ["GatewayCore", "Reactor", "MicrohttpdServer", "TestSupport"],
    swiftSettings: strict),
  .testTarget(
    name: "ConfigurationTests",
    dependencies: ["GatewayCore", "HeatPumps", "Configuration", "TestSupport"],
    swiftSettings: strict),
  .testTarget(
    name: "CredentialsTests", dependencies: ["GatewayCore", "Credentials", "TestSupport", log],
    swiftSettings: strict),
  .testTarget(
    name: "IdentityTests", dependencies: ["GatewayCore", "Identity", "TestSupport", crypto, log],
    swiftSettings: strict),
  .testTarget(
    name: "PoderoClientTests",
    dependencies: ["GatewayCore", "Credentials", "PoderoClient", "TestSupport", log],
    swiftSettings: strict),
  .target(
    name: "StorageConformance", dependencies: ["GatewayCore", "Storage", "TestSupport"],
    path: "Tests/StorageConformance", swiftSettings: strict),
  .testTarget(
    name: "StorageTests",
    dependencies: ["GatewayCore", "Storage", "StorageConformance", "TestSupport"],
    swiftSettings: strict),
  .testTarget(
    name: "SQLiteStorageTests",
    dependencies: [
      "GatewayCore", "Storage", "SQLiteStorage", "StorageConformance", "TestSupport", grdb,
    ],
    swiftSettings: strict),
  .testTarget(
    name: "PostgresStorageTests",
    dependencies: [
      "GatewayCore", "Reactor", "Storage", "PostgresStorage", "StorageConformance", "TestSupport",
    ],
    swiftSettings: strict),
  .testTarget(
    name: "ResponseCacheTests",
    dependencies: ["GatewayCore", "HeatPumps", "ResponseCache", "TestSupport"],
    swiftSettings: strict),
  .testTarget(
    name: "WebhooksTests",
    dependencies: [
      "GatewayCore", "HeatPumps", "Credentials", "Storage", "Webhooks", "TestSupport", crypto, log,
    ],
    swiftSettings: strict),
  .testTarget(
    name: "HeatPumpServiceTests",
    dependencies: [
      "GatewayCore", "Storage", "HeatPumps", "Credentials", "PoderoClient", "ResponseCache",
      "HeatPumpService", "TestSupport", log,
    ],
    swiftSettings: strict),
  .testTarget(
    name: "GatewayTests",
    dependencies: [
      "GatewayCore", "Storage", "HeatPumps", "Configuration", "Credentials", "Identity",
      "PoderoClient", "ResponseCache",
      "HeatPumpService", "Webhooks", "ConsoleAssets", "Gateway", "MicrohttpdServer",
      "SQLiteStorage", "TestSupport", crypto, log,
    ],
    swiftSettings: strict),
  .testTarget(
    name: "PoderoSimulatorTests", dependencies: ["GatewayCore", "PoderoSimulator", "TestSupport"],
    swiftSettings: strict),
  .testTarget(
    name: "HeatPumpClientTests", dependencies: ["GatewayCore", "HeatPumpClient"],
    swiftSettings: strict),
  .testTarget(
    name: "EndToEndTests",
    dependencies: [
      "GatewayCore", "Reactor", "CurlTransport", "HeatPumpClient", "HeatPumps", "PoderoSimulator",
      "Storage", "SQLiteStorage", "PostgresStorage", "TestSupport", "heat-pump-examples",
      "podero-gateway",
      "podero-simulator", crypto,
    ],
    exclude: ["Console/browser.py"], swiftSettings: strict),
  .testTarget(name: "RepositoryTests", dependencies: ["GatewayCore"], swiftSettings: strict),
]

// Only `make bench` builds it; whoever builds or tests the product need not.
let benchmarks: [Target] =
  Context.environment["BENCHMARKS"] == nil
  ? []
  : [
    .executableTarget(
      name: "podero-bench",
      dependencies: [
        "GatewayCore", "HeatPumps", "ResponseCache", "SQLiteStorage", "Storage", "Webhooks", crypto,
      ],
      path: "Benchmarks/Micro", swiftSettings: strict)
  ]

// Only `make fuzz` builds it, under sanitizers and in a folder of its own.
let fuzzing: [Target] =
  Context.environment["FUZZING"] == nil
  ? []
  : [
    .executableTarget(
      name: "podero-fuzz",
      dependencies: [
        "Configuration", "CurlTransport", "Gateway", "GatewayCore", "HeatPumps", "HeatPumpService",
        "Identity", "ResponseCache", "Webhooks",
      ],
      path: "Fuzz/Sources",
      // libFuzzer has the main function.
      swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])])
  ]

let package = Package(
  name: "podero-gateway",
  products: [.library(name: "HeatPumpClient", targets: ["HeatPumpClient"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/vapor/jwt-kit", exact: "5.7.1"),
  ],
  targets: targets + benchmarks + fuzzing,
  swiftLanguageModes: [.v6]
)
