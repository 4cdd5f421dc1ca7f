import GatewayCore
import Glibc

/// Measures parts of a request alone, and prints a line for each: its name, a tab, nanoseconds. The
/// database for that is made in the folder that is named. With
/// `connections PORT COUNT` it opens connections, sends what stands in `BENCH_REQUEST` on each, says
/// so, and keeps them until its standard input ends.
@main
enum Bench {
  static func main() async throws {
    let arguments = CommandLine.arguments
    if arguments.count == 4, arguments[1] == "connections",
      let port = UInt16(arguments[2]), let count = Int(arguments[3])
    {
      let request = getenv("BENCH_REQUEST").map { String(cString: $0) } ?? ""
      let connections = try Connections(port: port, count: count, request: request)
      print("open")
      fflush(nil)
      return connections.keep()
    }
    guard arguments.count == 3, let answer = read(arguments[1]) else {
      throw BenchFault.usage(
        "podero-bench FILE FOLDER, the file an answer of the upstream about one heat pump, or "
          + "podero-bench connections PORT COUNT")
    }
    for part in try Part.all(answer: answer) {
      print("\(part.name)\t\(Int(part.nanoseconds().rounded()))")
    }
    for line in try await DurableAccept.lines(path: arguments[2] + "/events.db") { print(line) }
  }

  private static func read(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    return count > 0 ? Array(bytes[..<count]) : nil
  }
}

/// One thing that is done again and again.
struct Part {
  /// What the table calls it.
  let name: String
  /// Does it once, and returns something of the result, so that none of it is left out as unused.
  let work: () throws -> Int

  /// How long it takes once: the median of nine batches of some ten milliseconds.
  func nanoseconds() -> Double {
    var repetitions = 1
    while batch(repetitions) < 10_000_000 { repetitions *= 2 }
    let batches = (0..<9).map { _ in batch(repetitions) }.sorted()
    return Double(batches[4]) / Double(repetitions)
  }

  private func batch(_ repetitions: Int) -> Int64 {
    let clock = SystemClock()
    let start = clock.monotonic
    for _ in 0..<repetitions { keep((try? work()) ?? 0) }
    return (clock.monotonic - start).wholeNanoseconds
  }

  // The compiler cannot see through it, so it must produce the value.
  @inline(never) private func keep(_ value: Int) { withExtendedLifetime(value) {} }
}
