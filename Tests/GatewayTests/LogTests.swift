import Glibc
import Dispatch
import GatewayCore
import Logging
import TestSupport
import Testing

@testable import Gateway

/// Goal: whatever is logged becomes one whole line that says what it should and nothing else.
/// Method: a handler in front of a list of lines, and a sink in front of a pipe.
@Suite struct LogTests {
  private final class Lines: LogSink {
    private let lines = Locked<[String]>([])
    var all: [String] { lines.withLock { $0 } }
    func write(_ line: [UInt8]) {
      lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
    }
  }

  private struct Failure: Error, CustomStringConvertible {
    let description = "it broke"
  }

  private func logger(_ format: GatewayLogHandler.Format, _ lines: Lines) -> Logger {
    let clock = ManualClock()
    return Logger(label: "test") { label in
      GatewayLogHandler(
        label: label, threshold: LogThreshold(.info), format: format, clock: clock, sink: lines)
    }
  }

  @Test func `a JSON line is an object with message and metadata`() throws {
    let lines = Lines()
    var logger = logger(.json, lines)
    logger[metadataKey: "organisation"] = "acme"
    logger.warning(
      "it \"happened\"",
      metadata: ["b": "1", "list": ["x", "y"], "map": ["k": "v"], "organisation": "other"])
    logger.debug("not written")
    #expect(
      lines.all == [
        #"{"time":"2026-11-24T10:00:00Z","level":"warning","logger":"test","#
          + #""message":"it \"happened\"","b":"1","list":["x","y"],"map":{"k":"v"},"#
          + #""organisation":"other"}"# + "\n"
      ])
  }

  @Test func `metadata never stands in for what the line itself says`() throws {
    let lines = Lines()
    logger(.json, lines).error(
      "real", error: Failure(),
      metadata: ["message": "forged", "level": "info", "time": "never", "error": "none"])
    let object = try JSONValue(parsing: Array(lines.all[0].utf8.dropLast()))
    #expect(object["message"] == "real")
    #expect(object["level"] == "error")
    #expect(object["error"] == "it broke")
    #expect(object["message_"] == "forged")
    #expect(object["error_"] == "none")
  }

  @Test(arguments: [
    "a\nb", "a\r\nb", "a\u{1B}[31mb", "a\u{85}b", "a\u{2028}b", "a\0b",
    "a text of some length\u{7F}",
    "\u{7F}",
  ])
  func `no value breaks a line`(value: String) throws {
    for format in [GatewayLogHandler.Format.json, .text] {
      let lines = Lines()
      logger(format, lines).info("\(value)", metadata: ["key": "\(value)"])
      let line = try #require(lines.all.first)
      #expect(line.hasSuffix("\n"))
      #expect(
        line.unicodeScalars.dropLast().allSatisfy { $0.value >= 0x20 && $0.value != 0x7F })
      if format == .json {
        #expect(try JSONValue(parsing: Array(line.utf8.dropLast()))["key"]?.string == value)
      } else {
        #expect(!line.unicodeScalars.contains { [0x85, 0x2028].contains($0.value) })
      }
    }
  }

  @Test func `a text line cannot be made to show metadata that is not there`() {
    let lines = Lines()
    logger(.text, lines).info("hello", metadata: ["a": "1 b=2", "c": "", "d": "plain"])
    #expect(
      lines.all == ["2026-11-24T10:00:00Z info test: hello a=\"1 b=2\" c=\"\" d=plain\n"])
  }

  // MARK: The sink

  private struct Pipe {
    let read: Int32
    let write: Int32

    init() throws {
      var ends: [Int32] = [0, 0]
      try #require(pipe(&ends) == 0)
      for end in ends { try #require(fcntl(end, F_SETFL, O_NONBLOCK) == 0) }
      (read, write) = (ends[0], ends[1])
    }

    func close() {
      Glibc.close(read)
      Glibc.close(write)
    }

    /// All that is in it now.
    func drain() -> [UInt8] {
      var all: [UInt8] = []
      var chunk = [UInt8](repeating: 0, count: 65536)
      while true {
        let count = Glibc.read(read, &chunk, chunk.count)
        guard count > 0 else { return all }
        all += chunk[..<count]
      }
    }
  }

  private func line(_ letter: Character, _ count: Int) -> [UInt8] {
    Array((String(repeating: letter, count: count - 1) + "\n").utf8)
  }

  @Test func `a line larger than the pipe is cut, and the next one begins on its own`() throws {
    let pipe = try Pipe()
    defer { pipe.close() }
    let sink = DescriptorLogSink(descriptor: pipe.write, patience: .zero)
    sink.write(line("a", 300_000))
    let cut = pipe.drain()
    #expect(!cut.isEmpty && cut.count < 300_000)
    sink.write(line("b", 10))
    #expect(pipe.drain() == [UInt8(ascii: "\n")] + line("b", 10))
    sink.write(line("c", 10))
    #expect(pipe.drain() == line("c", 10))
  }

  @Test func `a line that finds no room at all is dropped, and leaves no trace`() throws {
    let pipe = try Pipe()
    defer { pipe.close() }
    let sink = DescriptorLogSink(descriptor: pipe.write, patience: .zero)
    let first = line("a", 4096)
    while poll(pipe) { sink.write(first) }
    sink.write(line("b", 10))
    let all = pipe.drain()
    #expect(!all.contains(UInt8(ascii: "b")))
    #expect(all.count % first.count == 0)
    sink.write(line("c", 10))
    #expect(pipe.drain() == line("c", 10))
  }

  // Whether the pipe takes anything more.
  private func poll(_ pipe: Pipe) -> Bool {
    var request = pollfd(fd: pipe.write, events: Int16(POLLOUT), revents: 0)
    return Glibc.poll(&request, 1, 0) == 1
  }

  @Test func `a line that was begun is finished once there is room`() throws {
    let pipe = try Pipe()
    defer { pipe.close() }
    let sink = DescriptorLogSink(descriptor: pipe.write, patience: .seconds(10))
    let long = line("a", 1_000_000)
    // Both sides block, so the writer gets a thread that no task may be waiting for, and is under
    // way before this one blocks.
    let isWritten = DispatchSemaphore(value: 0)
    DispatchQueue(label: "log writer").async {
      sink.write(long)
      isWritten.signal()
    }
    var all: [UInt8] = []
    while all.last != UInt8(ascii: "\n") {
      var request = pollfd(fd: pipe.read, events: Int16(POLLIN), revents: 0)
      try #require(Glibc.poll(&request, 1, 10_000) == 1)
      all += pipe.drain()
    }
    #expect(isWritten.wait(timeout: .now() + 10) == .success)
    #expect(all == long)
  }

  @Test func `a closed descriptor is no reason to fail`() {
    DescriptorLogSink(descriptor: -1).write(line("a", 10))
  }
}
