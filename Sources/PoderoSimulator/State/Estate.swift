import GatewayCore

/// Who and what there is: ids that follow from numbers, so that ten thousand heat pumps cost
/// nothing until someone asks for them.
struct Estate: Sendable {
  /// The kinds of ids, told apart by their first digits.
  enum Kind: UInt64, Sendable {
    case user = 0xa000_0000_0000_4000
    case heatPump = 0xb000_0000_0000_4000
    case building = 0xc000_0000_0000_4000
    case cloudService = 0xd000_0000_0000_4000
  }

  let organisation: ResourceID
  let userCount: Int
  let heatPumpsPerUser: Int

  var heatPumpCount: Int { userCount * heatPumpsPerUser }

  /// The id of the thing with this number; numbers begin at 1.
  static func id(_ kind: Kind, _ number: Int) -> ResourceID {
    ResourceID(high: kind.rawValue, low: 0x8000_0000_0000_0000 | UInt64(number))
  }

  /// The number of a user; `nil` if there is none with that id.
  func userNumber(_ id: ResourceID) -> Int? { number(id, .user, upTo: userCount) }

  /// The number of a heat pump; `nil` if there is none with that id.
  func heatPumpNumber(_ id: ResourceID) -> Int? { number(id, .heatPump, upTo: heatPumpCount) }

  /// The user to whom a heat pump belongs.
  func owner(ofHeatPump number: Int) -> Int { (number - 1) / heatPumpsPerUser + 1 }

  /// The numbers of a user's heat pumps.
  func heatPumps(ofUser number: Int) -> Range<Int> {
    let first = (number - 1) * heatPumpsPerUser + 1
    return first..<first + heatPumpsPerUser
  }

  private func number(_ id: ResourceID, _ kind: Kind, upTo limit: Int) -> Int? {
    let low = id.low ^ 0x8000_0000_0000_0000
    guard id.high == kind.rawValue, low >= 1, low <= UInt64(limit) else { return nil }
    return Int(low)
  }
}

/// A made-up customer.
struct Customer: Sendable {
  let number: Int

  private static let firstNames = [
    "Anna", "Lukas", "Maria", "Jonas", "Sophie", "Felix", "Clara", "Paul", "Emma", "David",
  ]
  private static let lastNames = [
    "Gruber", "Huber", "Bauer", "Wagner", "Müller", "Pichler", "Steiner", "Moser", "Mayer",
    "Hofer", "Leitner",
  ]

  var id: ResourceID { Estate.id(.user, number) }

  private var identity: JSONObject {
    var object = JSONObject()
    object["id"] = .id(id)
    object["email"] = .string("customer\(number)@example.com")
    object["first_name"] = .string(Self.firstNames[number % Self.firstNames.count])
    object["last_name"] = .string(Self.lastNames[number % Self.lastNames.count])
    return object
  }

  /// As `owner` in a heat pump.
  var owner: JSONValue {
    var object = identity
    object["external_id"] = .string("CRM-\(1000 + number)")
    return .object(object)
  }

  /// As an element of the organisation's users.
  var user: JSONValue {
    var object = identity
    object["role"] = "customer"
    object["external_id"] = .string("CRM-\(1000 + number)")
    return .object(object)
  }
}
