/// Words that say where or how the repository was written, and mean nothing to its readers.
enum ForbiddenWords {
  // Spelled in halves, so that this file keeps its own rule.
  private static let fragments: [String] = [
    "/wo" + "rk/", ".." + "/shared", "/tmp/ba" + "sh_jobs",
  ]

  // Compared without regard to case.
  private static let phrases: [String] = [
    "issue" + " #", "language" + " model", "chat" + "gpt", "co" + "pilot", "anth" + "ropic",
    "open" + "ai", "clau" + "de",
  ]

  // Whole words; neighbours from the base64 alphabet make them part of a key or a digest.
  private static let words: [String] = ["A" + "I", "LL" + "M", "LL" + "Ms", "GP" + "T"]

  /// The lines that hold a forbidden word.
  static func findings(in file: SourceFile) -> [Finding] {
    let lower = file.text.lowercased()
    guard
      fragments.contains(where: file.text.contains) || phrases.contains(where: lower.contains)
        || words.contains(where: file.text.contains)
    else { return [] }
    return file.lines.enumerated().compactMap { index, line in
      word(in: line).map {
        Finding(path: file.path, line: index + 1, rule: "\($0) means nothing to readers")
      }
    }
  }

  private static func word(in line: String) -> String? {
    let lower = line.lowercased()
    return fragments.first { line.contains($0) } ?? phrases.first { lower.contains($0) }
      ?? words.first { occursAlone($0, in: line) }
  }

  private static func occursAlone(_ word: String, in line: String) -> Bool {
    line.ranges(of: word).contains { range in
      let before = range.lowerBound == line.startIndex ? nil : line[..<range.lowerBound].last
      let after = line[range.upperBound...].first
      return !isKeyMaterial(before) && !isKeyMaterial(after)
    }
  }

  private static func isKeyMaterial(_ character: Character?) -> Bool {
    guard let character else { return false }
    return character.isLetter || character.isNumber || "+/=_-".contains(character)
  }
}
