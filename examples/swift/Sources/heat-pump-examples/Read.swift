import HeatPumpClient

/// Reads a heat pump, and asks again without paying for what is known already.
func read(_ gateway: GatewayClient, _ name: String) async throws {
  let fields = ["hot_water", "freshness"]
  let reading = try await gateway.heatPump(name, fields: fields)
  let pump = reading.value
  if let temperature = pump.hotWater?.standardTemperature, let seen = pump.freshness?.observedAt {
    print("hot water: \(temperature) °C, seen by the device at \(seen)")
  }
  let upstream = pump.freshness?.upstream?.rawValue ?? "unknown"
  print("the reading is \(pump.freshness?.state?.rawValue ?? "unknown"), the upstream \(upstream)")

  guard let tag = reading.tag else { return }
  let again = try await gateway.heatPump(name, ifChangedFrom: tag, fields: fields)
  print("asked again: \(again == nil ? 304 : 200)")
}
