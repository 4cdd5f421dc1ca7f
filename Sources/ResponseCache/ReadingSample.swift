public import GatewayCore
internal import HeatPumps

/// What a heat pump measured at one moment. Numbers are rounded to what a plot shows; `nil` where
/// the device says nothing.
public struct ReadingSample: Sendable, Equatable {
  /// When, by the device's own account.
  public let observedAt: Timestamp
  // In the order of `fields`; not a number where there is none, to keep many of them small.
  private let values: SIMD8<Float>

  /// The fields that are kept, by their pointers.
  public static let pointers = [
    "/readings/power_w", "/readings/indoor_temperature", "/readings/indoor_target_temperature",
    "/readings/outdoor_temperature", "/readings/inlet_temperature", "/readings/outlet_temperature",
    "/readings/hot_water_temperature",
  ]

  private static let fields = pointers.compactMap { FieldTable.field(pointer: $0) }

  init(_ document: HeatPumpDocument, observedAt: Timestamp) {
    var values = SIMD8<Float>(repeating: .nan)
    for (index, field) in Self.fields.enumerated() {
      if let number = document.value(field)?.number { values[index] = Float(number.approximate) }
    }
    self.values = values
    self.observedAt = observedAt
  }

  /// The value of the field at that place in ``pointers``.
  public func value(_ index: Int) -> Double? {
    values[index].isNaN ? nil : Double(values[index])
  }
}
