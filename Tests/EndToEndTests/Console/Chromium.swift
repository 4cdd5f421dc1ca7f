import Dispatch
import Foundation
import GatewayCore

/// A headless Chromium, driven through `browser.py` beside this file.
final class Chromium: Sendable {
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private let buffer = Locked<[UInt8]>([])
  // Waiting for the browser must hold up no other test.
  private let queue = DispatchQueue(label: "chromium")

  /// What the browser would not do.
  struct Fault: Error, CustomStringConvertible {
    let description: String
  }

  /// Starts one with a profile of its own.
  init() throws {
    let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "browser.py")
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["python3", script.path(percentEncoded: false)]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
  }

  deinit {
    // It ends the browser and itself. The end of its input would not do: other processes that were
    // started meanwhile may hold the pipe, too. Nobody waits, since this thread may be needed.
    process.terminate()
  }

  /// Loads a page.
  func go(_ url: String) async throws {
    try await expectHeld(["go": .string(url)], url)
  }

  /// Waits until an expression is true.
  func wait(_ expression: String) async throws {
    try await expectHeld(["wait": .string(expression)], expression)
  }

  /// What an expression comes to.
  @discardableResult
  func value(_ expression: String) async throws -> JSONValue {
    try await send(["value": .string(expression)])["value"] ?? .null
  }

  /// Presses keys by their names.
  func press(_ keys: String...) async throws {
    _ = try await send(["keys": .array(keys.map(JSONValue.string))])
  }

  /// Sets the colours that are preferred, and the width of the window in pixels.
  func look(_ scheme: String, width: Int) async throws {
    _ = try await send(["scheme": .string(scheme), "width": .number(ExactDecimal(width))])
  }

  /// Errors, violations of the policy and requests to elsewhere since the last time.
  func faults() async throws -> [String] {
    try await send(["faults": true])["faults"]?.array?.compactMap(\.string) ?? ["no answer"]
  }

  private func expectHeld(_ step: JSONValue, _ what: String) async throws {
    guard try await send(step)["held"] == true else {
      let page = try await value("document.body.innerText.slice(0, 800)").string ?? ""
      let place = try await value("location.href").string ?? ""
      throw Fault(description: "never: \(what)\non \(place): \(page)")
    }
  }

  private func send(_ step: JSONValue) async throws -> JSONValue {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { [self] in continuation.resume(with: Result { try exchange(step) }) }
    }
  }

  private func exchange(_ step: JSONValue) throws -> JSONValue {
    try input.fileHandleForWriting.write(contentsOf: Data(step.encoded + [0x0A]))
    while true {
      if let line = takeLine() {
        let answer = try JSONValue(parsing: line)
        if let fault = answer["failed"]?.string { throw Fault(description: fault) }
        return answer
      }
      let piece = output.fileHandleForReading.availableData
      guard !piece.isEmpty else { throw Fault(description: "the browser has ended") }
      buffer.withLock { $0 += piece }
    }
  }

  private func takeLine() -> [UInt8]? {
    buffer.withLock { buffer in
      guard let end = buffer.firstIndex(of: 0x0A) else { return nil }
      defer { buffer.removeSubrange(...end) }
      return Array(buffer[..<end])
    }
  }
}
