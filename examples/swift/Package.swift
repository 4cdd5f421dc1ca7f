// swift-tools-version: 6.2
import PackageDescription

// In a package of your own, name the gateway's repository and a version in place of the path.
let package = Package(
  name: "heat-pump-examples",
  dependencies: [.package(name: "podero-gateway", path: "../..")],
  targets: [
    .executableTarget(
      name: "heat-pump-examples",
      dependencies: [.product(name: "HeatPumpClient", package: "podero-gateway")])
  ],
  swiftLanguageModes: [.v6]
)
