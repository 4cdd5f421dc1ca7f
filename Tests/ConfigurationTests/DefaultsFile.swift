/// The file of defaults, taken apart: settings in force, settings commented out with `#` right
/// before their text, alternatives behind `#or`. Any choice among alternatives can be written out
/// as a file with everything else in force.
struct DefaultsFile {
  final class Item {
    let indentation: Int
    let text: String
    let isAlternative: Bool
    var children: [Item] = []

    init(indentation: Int, text: String, isAlternative: Bool) {
      self.indentation = indentation
      self.text = text
      self.isAlternative = isAlternative
    }
  }

  private let root = Item(indentation: -1, text: "", isAlternative: false)

  init(_ text: String) {
    var open = [root]
    for line in text.split(separator: "\n") {
      guard let item = DefaultsFile.item(line) else { continue }
      while let last = open.last, last.indentation >= item.indentation { open.removeLast() }
      open.last?.children.append(item)
      open.append(item)
    }
  }

  /// Files that together hold every setting: one with the largest alternative everywhere, then one
  /// more for each other choice.
  var variants: [String] {
    var variants = [written(choosing: nil)]
    collect(root) { group in
      for item in group where item !== DefaultsFile.largest(of: group) {
        variants.append(written(choosing: item))
      }
    }
    return variants
  }

  private static func item(_ line: Substring) -> Item? {
    let indentation = line.prefix { $0 == " " }.count
    let text = line.dropFirst(indentation)
    if text.hasPrefix("#or ") {
      return Item(indentation: indentation, text: String(text.dropFirst(4)), isAlternative: true)
    }
    if text.isEmpty || text == "#" || text.hasPrefix("# ") { return nil }
    let setting = text.hasPrefix("#") ? text.dropFirst() : text
    return Item(indentation: indentation, text: String(setting), isAlternative: false)
  }

  private static func groups(of item: Item) -> [[Item]] {
    item.children.reduce(into: []) { groups, child in
      if child.isAlternative, !groups.isEmpty {
        groups[groups.count - 1].append(child)
      } else {
        groups.append([child])
      }
    }
  }

  private static func largest(of group: [Item]) -> Item? {
    group.first { !$0.children.isEmpty } ?? group.first
  }

  private func collect(_ item: Item, _ visit: ([Item]) -> Void) {
    for group in DefaultsFile.groups(of: item) {
      visit(group)
      for member in group { collect(member, visit) }
    }
  }

  private func written(choosing choice: Item?) -> String {
    var lines: [String] = []
    func write(_ item: Item) {
      for group in DefaultsFile.groups(of: item) {
        let chosen = group.first { $0 === choice } ?? DefaultsFile.largest(of: group)
        guard let chosen else { continue }
        lines.append(String(repeating: " ", count: chosen.indentation) + chosen.text)
        write(chosen)
      }
    }
    write(root)
    return lines.joined(separator: "\n") + "\n"
  }
}
