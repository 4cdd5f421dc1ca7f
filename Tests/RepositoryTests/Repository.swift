import Foundation

/// One text file of the repository.
struct SourceFile: Sendable {
  /// The path from the repository's root, such as `Sources/Reactor/Reactor.swift`.
  let path: String
  /// The whole text.
  let text: String
  /// The text cut at line feeds.
  let lines: [String]
  /// Code and comments told apart, line by line; only for Swift files.
  let swift: SwiftSource?

  init(path: String, text: String) {
    self.path = path
    self.text = text
    lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    swift = path.hasSuffix(".swift") ? SwiftSource(text) : nil
  }

  /// The target that the file belongs to: the folder below `Sources` or `Tests`.
  var target: String? {
    let parts = path.split(separator: "/")
    guard parts.count > 2, parts[0] == "Sources" || parts[0] == "Tests" else { return nil }
    return String(parts[1])
  }

  /// Whether the file is code of the product.
  var isSource: Bool { path.hasPrefix("Sources/") }

  /// Whether the file is a test or supports tests.
  var isTest: Bool { path.hasPrefix("Tests/") }
}

/// A place where a rule is broken.
struct Finding: Sendable, Hashable, CustomStringConvertible {
  let path: String
  /// Counted from 1.
  let line: Int
  let rule: String

  var description: String { "\(path):\(line): \(rule)" }
}

/// The repository on disk, as far as it is text and written by hand.
enum Repository {
  /// Where `Package.swift` is.
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// All text files, in the order of their paths.
  static let files: [SourceFile] = paths.compactMap { path in
    guard let text = try? String(contentsOf: root.appending(path: path), encoding: .utf8) else {
      return nil
    }
    return SourceFile(path: path, text: text)
  }

  /// All Swift files.
  static var swiftFiles: [SourceFile] { files.filter { $0.swift != nil } }

  /// All Markdown files.
  static var documents: [SourceFile] { files.filter { $0.path.hasSuffix(".md") } }

  /// Whether a file or folder is there.
  ///
  /// - Parameter path: counted from the root.
  static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: root.appending(path: path).path(percentEncoded: false))
  }

  // What git leaves out: build products, data, editors' folders. A list in place of asking git lets
  // the tests run on an unpacked archive too.
  private static let skipped: Set<String> = [
    ".git", ".idea", ".swiftpm", ".vscode", "__pycache__", "build", "data", "Package.resolved",
  ]

  private static let paths: [String] = {
    let rootPath = root.path(percentEncoded: false)
    guard let walk = FileManager.default.enumerator(atPath: rootPath) else { return [] }
    var paths: [String] = []
    while let path = walk.nextObject() as? String {
      let name = path.split(separator: "/").last.map(String.init) ?? path
      if skipped.contains(name) || name.hasPrefix(".build") {
        walk.skipDescendants()
      } else if walk.fileAttributes?[.type] as? FileAttributeType == .typeRegular {
        paths.append(path)
      }
    }
    return paths.sorted()
  }()
}
