import Foundation

/// JSON as the gateway writes it: names with underscores, times in RFC 3339 and UTC.
enum Wire {
  static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    decoder.dateDecodingStrategy = .custom { decoder in
      let container = try decoder.singleValueContainer()
      let text = try container.decode(String.self)
      guard let date = date(text) else {
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "no time: \(text)")
      }
      return date
    }
    return try decoder.decode(type, from: data)
  }

  static func encode(_ value: some Encodable) throws -> Data {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .custom { date, encoder in
      var container = encoder.singleValueContainer()
      try container.encode(text(date))
    }
    return try encoder.encode(value)
  }

  /// A time of the gateway's, which has up to six digits behind the second.
  static func date(_ text: String) -> Date? {
    let parts = text.split(separator: ".", maxSplits: 1)
    guard parts.count == 2 else { return try? Date(text, strategy: .iso8601) }
    let digits = parts[1].prefix { $0.isNumber }
    guard !digits.isEmpty, let fraction = Double("0.\(digits)"),
      let whole = try? Date(parts[0] + parts[1].dropFirst(digits.count), strategy: .iso8601)
    else { return nil }
    return whole.addingTimeInterval(fraction)
  }

  static func text(_ date: Date) -> String {
    let seconds = date.timeIntervalSince1970
    let hasFraction = seconds != seconds.rounded()
    return date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: hasFraction))
  }
}
