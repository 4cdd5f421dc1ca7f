import Foundation

/// Runs the repository's awk programs.
enum Awk {
  /// What a program prints.
  ///
  /// - Parameters:
  ///   - script: its path from the repository's root.
  ///   - input: what it reads, smaller than a pipe's buffer.
  ///   - variables: assignments such as `width=26`.
  static func output(
    of script: String, for input: String, _ variables: [String] = []
  ) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.currentDirectoryURL = Repository.root
    process.arguments = ["awk"] + variables.flatMap { ["-v", $0] } + ["-f", script]
    let (standardInput, standardOutput) = (Pipe(), Pipe())
    process.standardInput = standardInput
    process.standardOutput = standardOutput
    try process.run()
    // Smaller than a pipe's buffer, so writing all of it first cannot block.
    try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    try standardInput.fileHandleForWriting.close()
    let output = try standardOutput.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: output, as: UTF8.self)
  }
}
