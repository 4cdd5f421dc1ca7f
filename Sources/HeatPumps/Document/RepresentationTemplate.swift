/// The resource's fixed text, cut into steps between which the values go.
///
/// Every member ends in a comma, which the next closing brace takes the place of; a group that got
/// no member is taken back.
struct RepresentationTemplate: Sendable {
  struct Step: Sendable {
    enum Kind: UInt8, Sendable {
      case open, close, slot
      // What is not, or not just, a slot.
      case userID, organisation, alias, actions, observedAt, state, upstream, pending
    }

    let kind: Kind
    let isPersonal: Bool
    private let place: UInt8
    private let textStart: Int32
    private let textEnd: Int32

    init(kind: Kind, isPersonal: Bool = false, slot: Int = 0, text: Range<Int>) {
      self.kind = kind
      self.isPersonal = isPersonal
      place = UInt8(slot)
      textStart = Int32(text.lowerBound)
      textEnd = Int32(text.upperBound)
    }

    var slot: Int { Int(place) }

    @inline(__always)
    var text: Range<Int> { Int(textStart)..<Int(textEnd) }
  }

  struct Member: Sendable {
    let name: String
    var steps: Range<Int>
  }

  static let shared = RepresentationTemplate(FieldTable.fields)

  private(set) var members: [Member] = []
  private(set) var steps: [Step] = []
  private(set) var text: [UInt8] = []
  private(set) var kinds: [FieldKind] = []

  private static let special: [String: Step.Kind] = [
    "/user_id": .userID, "/organisation": .organisation, "/alias": .alias,
    "/status/actions": .actions, "/freshness/observed_at": .observedAt,
    "/freshness/state": .state, "/freshness/upstream": .upstream, "/pending": .pending,
  ]

  private init(_ fields: [Field]) {
    var open: [(name: String, text: Range<Int>)] = []
    for field in fields {
      let path = field.pointer.split(separator: "/").map(String.init)
      let groups = path.dropLast()
      while !groups.starts(with: open.map(\.name)) { close(&open) }
      let top = field.group ?? field.name
      if members.last?.name != top {
        members.append(Member(name: top, steps: steps.count..<steps.count))
      }
      for group in groups.dropFirst(open.count) {
        let text = append("\"\(group)\":{")
        open.append((group, text))
        steps.append(Step(kind: .open, text: text))
      }
      append(field)
      extendMember()
    }
    while !open.isEmpty { close(&open) }
    // So that the last pieces can be copied like the others, by moves of a fixed length.
    text += [UInt8](repeating: 0, count: 32)
  }

  private mutating func append(_ field: Field) {
    let text = append("\"\(field.name)\":")
    let kind = Self.special[field.pointer] ?? .slot
    steps.append(
      Step(kind: kind, isPersonal: field.isPersonal, slot: field.slot ?? 0, text: text))
    if let place = field.slot, place == kinds.count { kinds.append(field.kind) }
  }

  private mutating func close(_ open: inout [(name: String, text: Range<Int>)]) {
    let text = open.removeLast().text
    steps.append(Step(kind: .close, text: text))
    extendMember()
  }

  private mutating func extendMember() {
    guard let last = members.indices.last else { return }
    members[last].steps = members[last].steps.lowerBound..<steps.count
  }

  private mutating func append(_ fixed: String) -> Range<Int> {
    let start = text.count
    text.append(contentsOf: fixed.utf8)
    return start..<text.count
  }
}
