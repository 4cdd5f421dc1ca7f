import Testing

/// A rule about the form of files, with the files that it covers.
struct TidyRule: Sendable, CustomTestStringConvertible {
  /// What is wrong where it finds something.
  let name: String
  /// The files that it looks at.
  let covers: @Sendable (SourceFile) -> Bool
  /// The lines that break it, counted from 1.
  let lines: @Sendable (SourceFile) -> [Int]

  var testDescription: String { name }

  /// What the rule finds in `files`.
  func findings(in files: [SourceFile]) -> [Finding] {
    files.filter(covers).flatMap { file in
      lines(file).map { Finding(path: file.path, line: $0, rule: name) }
    }
  }
}

extension TidyRule {
  /// All rules.
  static let all: [TidyRule] = [
    longFile, longLine, longFunction, leftover, forceTry, trap, lock, printing, sleepingTest,
    uncheckedSharing, rawPointer,
  ]

  static let longFile = TidyRule(
    name: "a file of more than 400 lines", covers: isCode,
    lines: { $0.lines.dropLast().count > 400 ? [401] : [] })

  static let longLine = TidyRule(
    // Test data may stand in one piece; lint wraps whatever can be wrapped there.
    name: "a line of more than 100 columns", covers: { isSwift($0) && $0.isSource },
    lines: { file in
      numbers(of: file.lines) { line in
        guard line.utf8.count > 100, line.count > 100 else { return false }
        // The row of a table cannot be wrapped.
        return !["// |", "/// |"].contains { line.drop { $0 == " " }.hasPrefix($0) }
      }
    })

  static let longFunction = TidyRule(
    name: "a function of more than 70 lines", covers: isSwift,
    lines: { file in
      FunctionExtent.all(in: file.swift?.code ?? []).filter { $0.length > 70 }.map(\.line)
    })

  // Spelled in halves, so that this file keeps its own rule.
  static let leftover = TidyRule(
    name: "work left over; do it, or say what is so and not what is to be done", covers: isText,
    lines: matching(["TO" + "DO", "FIX" + "ME"], in: \.lines))

  static let forceTry = TidyRule(
    name: "an error that nobody handles", covers: isSwift, lines: inCode(["try!"]))

  static let trap = TidyRule(
    name: "fatalError; use a typed error, or precondition for a defect of our own",
    covers: isSwift, lines: inCode(["fatalError("]))

  static let lock = TidyRule(
    name: "a lock other than Locked", covers: isSwift,
    lines: inCode(["Mutex(", "Mutex<", "NSLock", "NSRecursiveLock", "OSAllocatedUnfairLock"]))

  static let printing = TidyRule(
    name: "print outside an executable; log it, or return it",
    covers: { file in
      isSwift(file) && !executables.contains(file.target ?? "")
        && !["Benchmarks/", "Fuzz/", "examples/"].contains { file.path.hasPrefix($0) }
    },
    lines: inCode(["print(", "debugPrint("]))

  static let sleepingTest = TidyRule(
    name: "a test that waits for time to pass; use a manual clock or wait for the event, or say "
      + "in a comment that it is slow on purpose",
    covers: { isSwift($0) && $0.isTest },
    lines: { file in
      let calls = ["Task.sleep(", "Thread.sleep(", "Clock().sleep("]
      let functions = ["sleep(", "usleep(", "nanosleep("]
      guard let source = file.swift, Word.isPresent("sleep(", in: file.text) else { return [] }
      return numbers(of: source.code) { line in
        calls.contains { Word.isPresent($0, in: line) }
          || functions.contains {
            Word.occurs($0, in: line.replacing("func sleep(", with: ""))
          }
      }.filter { number in
        !comments(of: source, around: number, by: 2).contains {
          Word.isPresent("on purpose", in: $0)
        }
      }
    })

  static let uncheckedSharing = TidyRule(
    name: "sharing that the compiler does not check, without a comment that says why it is safe",
    covers: isSwift,
    lines: { file in
      guard let source = file.swift else { return [] }
      return numbers(of: source.code) {
        Word.isPresent("@unchecked Sendable", in: $0)
          || Word.isPresent("nonisolated(unsafe)", in: $0)
      }.filter { number in
        !comments(of: source, around: number, by: 6).contains {
          Word.occurs("safe", in: $0) || Word.occurs("Sendable", in: $0)
        }
      }
    })

  static let rawPointer = TidyRule(
    name: "a C handle outside the targets that wrap C",
    covers: { isSwift($0) && $0.isSource && !wrappers.contains($0.target ?? "") },
    lines: inCode(["OpaquePointer", "Unmanaged"]))

  /// The targets whose output is their business.
  static let executables: Set<String> = ["podero-gateway", "podero-simulator"]

  /// The targets that may touch what only C owns.
  static let wrappers: Set<String> = [
    "CurlTransport", "MicrohttpdServer", "PostgresStorage", "Reactor", "SQLiteStorage",
  ]

  private static let isText: @Sendable (SourceFile) -> Bool = { _ in true }
  private static let isSwift: @Sendable (SourceFile) -> Bool = { $0.swift != nil }
  private static let isCode: @Sendable (SourceFile) -> Bool = { file in
    [".swift", ".c", ".h", ".sh"].contains { file.path.hasSuffix($0) }
  }

  private static func comments(
    of source: SwiftSource, around line: Int, by distance: Int
  ) -> ArraySlice<String> {
    source.comments[
      max(0, line - 1 - distance)..<min(source.comments.count, line + distance)]
  }

  private static func inCode(_ words: [String]) -> @Sendable (SourceFile) -> [Int] {
    matching(words, in: { $0.swift?.code ?? [] })
  }

  private static func matching(
    _ words: [String], in lines: @escaping @Sendable (SourceFile) -> [String]
  ) -> @Sendable (SourceFile) -> [Int] {
    { file in
      let possible = words.filter { Word.isPresent($0, in: file.text) }
      guard !possible.isEmpty else { return [] }
      return numbers(of: lines(file)) { line in
        possible.contains { Word.occurs($0, in: line) }
      }
    }
  }

  private static func numbers(of lines: [String], where matches: (String) -> Bool) -> [Int] {
    lines.indices.filter { matches(lines[$0]) }.map { $0 + 1 }
  }
}
