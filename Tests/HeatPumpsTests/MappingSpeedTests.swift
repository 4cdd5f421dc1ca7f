import GatewayCore
import HeatPumps
import TestSupport
import Testing

/// Goal: the short cuts of the mapping change nothing of what it says.
/// Method: the same answer in other orders, lists of actions against a tree, and texts that outgrow
/// the memory which was guessed for them.
@Suite struct MappingSpeedTests {
  @Test func `members may come in any order, known or not`() throws {
    let members = try #require(Fixtures.json("answer.json").object).members
    let expected = try shown(Fixtures.answer())
    for seed in 0..<60 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      var texts = members.map { "\(JSONValue.string($0.key).text):\($0.value.text)" }
      // Half of them in the usual order with a few out of place.
      if seed % 2 == 0 {
        texts.shuffle(using: &random)
      } else {
        texts.swapAt(
          Int.random(in: 0..<texts.count, using: &random),
          Int.random(in: 0..<texts.count, using: &random))
      }
      for _ in 0..<3 {
        let name = try #require(members.randomElement(using: &random)).key
        let near = [name + "s", String(name.dropLast()), "x" + name, name.uppercased(), ""]
        let unknown = try #require(near.randomElement(using: &random))
        guard !members.contains(where: { $0.key == unknown }) else { continue }
        texts.insert("\"\(unknown)\":false", at: Int.random(in: 0...texts.count, using: &random))
      }
      let blank = seed % 3 == 0 ? " " : ""
      let text = texts.joined(separator: blank + "," + blank)
      let document = try HeatPumpDocument(parsing: Array("{\(text)}".utf8))
      #expect(try shown(document) == expected, "seed \(seed)")
    }
  }

  @Test func `a name may be the last that stands in an answer`() throws {
    for name in FieldTable.fields.compactMap(\.answerPath.first) where name != "id" {
      let document = try Fixtures.small("\"\(name)\":5")
      let known = FieldTable.fields.filter { $0.answerPath.first == name }
      #expect(known.contains { document.value($0) != nil || $0.answerPath.count > 1 }, "\(name)")
      #expect(throws: MappingFault.self) { try Fixtures.small("\"\(name)") }
    }
  }

  @Test(arguments: [
    "[]", "[ ]", "[{}]", "[{},{}]", #"[{"code":"A"}]"#, #"[{"code":"A","resolution_link":"x"}]"#,
    #"[{"resolution_link":1},{"resolution_link":"x","n":-1.50,"b":true,"u":"ü","z":null}]"#,
    #"[{"code":"A"}, {"code":"B"}]"#, #"[{"code" :"A"}]"#, #"[{"code":"A\u0042\/"}]"#, "[1]",
    #"[{"code":"A","code":"B"}]"#, #"[{"code":"A"},5,{"code":"B"}]"#, #"[{"x":[1,{"y":"z"}]}]"#,
    #"[{"code":"A","cod\u0065":"B","resolution_link":"x"}]"#, "[{\"code\":\"1234567\u{7F}8\"}]",
    #"[{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8}]"#,
    #"[{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"resolution_link":9,"j":10}]"#,
    #"[{"x":{"a":1,"a":2}}]"#, #"[{"x":[1, 2]}]"#, "[{\"code\":\"1\u{7F}\"}]",
    #"[{"a":1e2,"e":"9e999"}]"#, #"[{"resolution_links":1,"resolution_lin":2}]"#,
  ])
  func `actions are shown as a tree of them would be written`(list: String) throws {
    let document = try Fixtures.small("\"actions\":\(list),\"action_needed\":true")
    let tree = try JSONValue(parsing: Array(list.utf8), duplicateKeys: .lastWins)
    for personal in [true, false] {
      let expected = try #require(tree.array).compactMap { action -> JSONValue? in
        guard var object = action.object else { return nil }
        if !personal { object["resolution_link"] = nil }
        return .object(object)
      }
      let text = try shown(document, personal: personal)
      #expect(text.contains("\"actions\":\(JSONValue.array(expected).text)"), "\(text)")
    }
  }

  @Test func `a number in an action that is too large makes the list irregular`() throws {
    for list in [#"[{"a":1e400}]"#, "[1E400]", #"[{"a":[0.5e+999]}]"#] {
      let document = try Fixtures.small("\"actions\":\(list)")
      #expect(document.irregularFields == ["actions"], "\(list)")
    }
  }

  @Test func `a representation is whole, however long the texts in it are`() throws {
    for document in [try Fixtures.answer(), try Fixtures.small("\"actions\":[{\"a\":1}]")] {
      let usual = try shown(document, alias: "a")
      for length in Array(400..<700) + [3000] {
        let alias = String(repeating: "a", count: length)
        let expected = usual.replacing("\"alias\":\"a\"", with: "\"alias\":\"\(alias)\"")
        #expect(try shown(document, alias: alias) == expected, "\(length)")
      }
    }
  }

  private func shown(
    _ document: HeatPumpDocument, personal: Bool = true, alias: String? = nil
  ) throws -> String {
    let context = RepresentationContext(
      organisation: "acme", alias: alias, userID: document.id,
      freshness: .judge(observedAt: document.observedAt, now: noon),
      includesPersonalData: personal)
    return String(decoding: document.representation(context), as: UTF8.self)
  }
}
