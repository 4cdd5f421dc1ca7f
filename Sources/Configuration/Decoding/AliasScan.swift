/// Finds anchors (`&name`) and aliases (`*name`) before the file is parsed.
///
/// A few nested aliases stand for a tree too large for any memory, and no setting needs them. The
/// scan knows just enough of YAML to leave quoted text and comments alone; where it is in doubt it
/// reports, and quoting the text cures that.
enum AliasScan {
  /// The places of what looks like an anchor or an alias, at most `limit` of them.
  static func places(in text: String, limit: Int = 16) -> [Position] {
    var places: [Position] = []
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      for column in columns(in: Array(line.unicodeScalars)) {
        places.append(Position(line: index + 1, column: column))
        if places.count == limit { return places }
      }
    }
    return places
  }

  private static func columns(in line: [Unicode.Scalar]) -> [Int] {
    var columns: [Int] = []
    var atTokenStart = true
    var index = 0
    while index < line.count {
      let scalar = line[index]
      switch scalar {
      case " ", "\t": break
      case "#" where index == 0 || line[index - 1] == " " || line[index - 1] == "\t":
        return columns
      case "'" where atTokenStart, "\"" where atTokenStart:
        index = closingQuote(of: line, from: index) ?? index
        atTokenStart = false
      case "&" where atTokenStart, "*" where atTokenStart:
        if index + 1 < line.count, !" \t,[]{}".unicodeScalars.contains(line[index + 1]) {
          columns.append(index + 1)
        }
        atTokenStart = false
      case "!" where atTokenStart:
        while index + 1 < line.count, line[index + 1] != " " { index += 1 }
      case "[", "{", ",", ":": atTokenStart = true
      case "-", "?": atTokenStart = atTokenStart && index + 1 < line.count && line[index + 1] == " "
      default: atTokenStart = false
      }
      index += 1
    }
    return columns
  }

  private static func closingQuote(of line: [Unicode.Scalar], from start: Int) -> Int? {
    let quote = line[start]
    var index = start + 1
    while index < line.count {
      if line[index] == quote { return index }
      if quote == "\"", line[index] == "\\" { index += 1 }
      index += 1
    }
    return nil
  }
}
