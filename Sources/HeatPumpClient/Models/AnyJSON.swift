public import Foundation

/// Any JSON value: of a field that this client has no type for, or of a change's old and new value.
public enum AnyJSON: Sendable, Hashable, Codable {
  /// `null`
  case null
  /// `true` or `false`
  case bool(Bool)
  /// A number with all of its digits.
  case number(Decimal)
  /// Text.
  case string(String)
  /// A list.
  case array([AnyJSON])
  /// An object; its members have no order.
  case object([String: AnyJSON])

  /// Reads whatever comes.
  public init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let bool = try? value.decode(Bool.self) {
      self = .bool(bool)
    } else if let number = try? value.decode(Decimal.self) {
      self = .number(number)
    } else if let text = try? value.decode(String.self) {
      self = .string(text)
    } else if let list = try? value.decode([AnyJSON].self) {
      self = .array(list)
    } else {
      self = .object(try value.decode([String: AnyJSON].self))
    }
  }

  /// Writes the value that it is.
  public func encode(to encoder: any Encoder) throws {
    var value = encoder.singleValueContainer()
    switch self {
    case .null: try value.encodeNil()
    case .bool(let bool): try value.encode(bool)
    case .number(let number): try value.encode(number)
    case .string(let text): try value.encode(text)
    case .array(let list): try value.encode(list)
    case .object(let members): try value.encode(members)
    }
  }

  /// A member of an object; `nil` for anything else.
  public subscript(name: String) -> AnyJSON? {
    guard case .object(let members) = self else { return nil }
    return members[name]
  }
}

extension AnyJSON: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByStringLiteral, ExpressibleByNilLiteral, ExpressibleByDictionaryLiteral
{
  /// `true` or `false`
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// A whole number.
  public init(integerLiteral value: Int) { self = .number(Decimal(value)) }
  /// Text.
  public init(stringLiteral value: String) { self = .string(value) }
  /// `null`
  public init(nilLiteral: ()) { self = .null }
  /// An object; of a name that is there twice, the first counts.
  public init(dictionaryLiteral members: (String, AnyJSON)...) {
    self = .object(Dictionary(members, uniquingKeysWith: { first, _ in first }))
  }
}
