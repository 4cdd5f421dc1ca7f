import GatewayCore
import HeatPumpService
import Testing

/// Goal: heat pumps are found by alias or id, and forgotten only when nothing names them.
/// Method: a directory with one alias, changed step by step.
@Suite struct DirectoryTests {
  private let smith = HeatPumpAddress(
    user: ResourceID(high: 1, low: 1), id: ResourceID(high: 2, low: 7))
  private let other = HeatPumpAddress(
    user: ResourceID(high: 1, low: 2), id: ResourceID(high: 2, low: 3))

  @Test func `aliases and ids resolve, and what is learned is listed in order`() {
    let directory = Directory(aliases: ["smith-home": smith])
    #expect(directory.resolve("smith-home") == smith)
    #expect(directory.resolve(smith.id.description) == smith)
    #expect(directory.resolve(other.id.description) == nil)
    directory.learn(other)
    #expect(directory.resolve(other.id.description) == other)
    #expect(directory.all == [other, smith])
    #expect(directory.alias(of: smith.id) == "smith-home")
  }

  @Test func `a configured heat pump is never forgotten`() {
    let directory = Directory(aliases: ["smith-home": smith])
    directory.learn(other)
    directory.forget(other.id)
    directory.forget(smith.id)
    #expect(directory.all == [smith])
  }
}
