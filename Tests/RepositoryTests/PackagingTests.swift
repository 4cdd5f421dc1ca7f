import Foundation
import Testing

/// Goal: what is released has one version, and lands where the documents say.
/// Method: the scripts run on stand-ins for the programs, below a folder of the test's own.
@Suite struct PackagingTests {
  private static let programs = ["podero-gateway", "podero-simulator"]

  @Test func `the newest release of the changelog is the programs' version`() throws {
    let changelog = try #require(Repository.files.first { $0.path == "CHANGELOG.md" })
    let headings = changelog.lines.filter { $0.hasPrefix("## [") }
    #expect(headings.first == "## [Unreleased]")
    let version = try shell("scripts/version.sh").trimmingCharacters(in: .newlines)
    #expect(try #require(headings.dropFirst().first).hasPrefix("## [\(version)] - 20"))
    #expect(try shell("scripts/version.sh --debian") == "\(version)-1\n")
  }

  @Test func `what is installed can be used, and is taken away again`() throws {
    let folder = try standIns()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let variables = "BUILD=\(folder)/build DESTDIR=\(folder)/root prefix=/opt/x"
    _ = try shell("make -s install \(variables)")
    let files = try tree("\(folder)/root")
    for program in Self.programs {
      #expect(files.contains("opt/x/bin/\(program)"))
      #expect(files.contains("opt/x/share/man/man1/\(program).1"))
      #expect(files.contains("opt/x/share/bash-completion/completions/\(program)"))
      #expect(files.contains("opt/x/share/zsh/site-functions/_\(program)"))
      #expect(files.contains("opt/x/share/fish/vendor_completions.d/\(program).fish"))
    }
    #expect(files.contains("opt/x/lib/sysusers.d/podero-gateway.conf"))
    #expect(files.contains("opt/x/share/doc/podero-gateway/examples/gateway.example.yaml"))
    #expect(!files.contains { $0.hasPrefix("etc/") })
    let unit = try String(
      contentsOfFile: "\(folder)/root/opt/x/lib/systemd/system/podero-gateway.service",
      encoding: .utf8)
    #expect(unit.contains("\nExecStart=/opt/x/bin/podero-gateway serve"))
    #expect(unit.contains("file:///opt/x/share/doc/podero-gateway/operating.md"))
    #expect(!unit.contains("/usr/local/bin"))

    _ = try shell("make -s uninstall \(variables)")
    #expect(try tree("\(folder)/root") == [])
  }

  @Test func `an archive has the same bytes each time`() throws {
    let folder = try standIns()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let variables = "BUILD=\(folder)/build STRIP=true SOURCE_DATE_EPOCH=1000000000"
    let first = try shell("OUT=\(folder)/a \(variables) scripts/package.sh tarball")
    let second = try shell("OUT=\(folder)/b \(variables) scripts/package.sh tarball")
    #expect(first.contains(".tar.gz\n"))
    #expect(first == second)
  }

  @Test func `a build of another version is not packed`() throws {
    let folder = try standIns(version: "0.0.1")
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(throws: Failure.self) {
      try shell("BUILD=\(folder)/build OUT=\(folder)/a STRIP=true scripts/package.sh tarball")
    }
  }

  @Test func `the package's scripts are in order`() throws {
    _ = try shell("for script in packaging/debian/p*; do sh -n \"$script\" || exit 1; done")
  }

  private struct Failure: Error {
    let words: String
  }

  /// A new folder with programs in `build` that know their version and a completion script.
  private func standIns(version: String? = nil) throws -> String {
    let folder = NSTemporaryDirectory() + "packaging-" + UUID().uuidString
    let version =
      try version ?? shell("scripts/version.sh").trimmingCharacters(in: .newlines)
    for program in Self.programs {
      _ = try shell(
        """
        mkdir -p \(folder)/build
        printf '#!/bin/sh\\necho "\(program) \(version)"\\n' >\(folder)/build/\(program)
        chmod 755 \(folder)/build/\(program)
        """)
    }
    return folder
  }

  /// All files below a folder.
  private func tree(_ folder: String) throws -> [String] {
    try shell("cd \(folder) && find . -type f -printf '%P\\n'").split(separator: "\n").map(
      String.init)
  }

  /// What a command prints, run at the repository's root.
  @discardableResult
  private func shell(_ command: String) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", command]
    process.currentDirectoryURL = Repository.root
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let words = String(decoding: bytes, as: UTF8.self)
    guard process.terminationStatus == 0 else { throw Failure(words: words) }
    return words
  }
}
