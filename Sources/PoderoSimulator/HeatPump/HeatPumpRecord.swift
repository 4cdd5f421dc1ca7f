import GatewayCore

/// One heat pump: what the upstream stores and shows of it, and the true state behind it.
struct HeatPumpRecord: Sendable {
  let number: Int
  let owner: Int
  let house: House
  var physics: PhysicalModel
  /// When the device's state was last taken over; readings are as of then.
  var lastRefresh: Timestamp
  /// How much simulated time lies between two refreshes.
  let refreshInterval: Duration
  /// What the list call shows beside the documented fields.
  var isForecastingEnabled = true
  /// What the detail call shows beside the documented fields.
  var actions: [JSONValue] = []
  /// Changes from outside that the next refresh will bring to light.
  var unseenChanges: [OutsideChange] = []

  private var values: [JSONValue]
  /// The documented fields as JSON text without the closing brace; answers are asked for far more
  /// often than they change.
  private var rendered: [DecimalStyle: [UInt8]] = [:]

  init(
    number: Int, owner: Int, house: House, firstRefresh: Timestamp, refreshInterval: Duration,
    values: [JSONValue]
  ) {
    self.number = number
    self.owner = owner
    self.house = house
    self.refreshInterval = refreshInterval
    self.values = values
    lastRefresh = firstRefresh
    physics = PhysicalModel(house: house, at: firstRefresh)
    publishReadings()
  }

  var id: ResourceID { Estate.id(.heatPump, number) }

  var isDeleted: Bool { !self[.deletedAt].isNull }

  /// The value of a field as it is stored: decimals are numbers here, whatever answers show.
  subscript(field: AnswerField) -> JSONValue {
    get { values[field.rawValue] }
    set {
      values[field.rawValue] = newValue
      rendered.removeAll()
    }
  }

  /// When the device's state will be taken over next.
  var nextRefresh: Timestamp { lastRefresh + refreshInterval }

  private static let keys: [[UInt8]] = AnswerField.allCases.map { field in
    Array(((field.rawValue == 0 ? "{\"" : ",\"") + field.name + "\":").utf8)
  }
  private static let isDecimal = AnswerField.allCases.map(\.isDecimal)

  /// The JSON text of an answer.
  ///
  /// - Parameter extra: a member behind the documented ones, as text; empty for none.
  mutating func appendAnswer(to out: inout [UInt8], _ style: DecimalStyle, extra: String) {
    let text: [UInt8]
    if let ready = rendered[style] {
      text = ready
    } else {
      text = render(style)
      rendered[style] = text
    }
    out.append(contentsOf: text)
    if !extra.isEmpty { out.append(contentsOf: ("," + extra).utf8) }
    out.append(UInt8(ascii: "}"))
  }

  private func render(_ style: DecimalStyle) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(3072)
    for index in values.indices {
      out.append(contentsOf: Self.keys[index])
      if style == .strings, Self.isDecimal[index], case .number(let decimal) = values[index] {
        appendJSONString(decimal.text, to: &out)
      } else {
        values[index].append(to: &out)
      }
    }
    return out
  }
}

/// A change made past the upstream, as by the manufacturer's own app.
struct OutsideChange: Sendable {
  /// A field of an answer, `is_forecasting_enabled` or `actions`.
  let name: String
  let value: JSONValue
}
