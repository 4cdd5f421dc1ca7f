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
    directory.forget(other)
    directory.forget(smith)
    #expect(directory.all == [smith])
  }

  @Test func `what another owner has by now is not forgotten`() {
    let directory = Directory(aliases: [:])
    let moved = HeatPumpAddress(user: smith.user, id: other.id)
    directory.learn(other)
    directory.learn(moved)
    directory.forget(other)
    #expect(directory.address(of: other.id) == moved)
    directory.forget(moved)
    #expect(directory.count == 0)
  }

  @Test func `a configured heat pump that is not there is news once`() {
    let directory = Directory(aliases: ["smith-home": smith])
    #expect(directory.forget(smith))
    #expect(!directory.forget(smith))
    directory.learn(smith)
    #expect(directory.forget(smith))
  }

  @Test func `a user's heat pumps follow what is learned and forgotten`() {
    let directory = Directory(aliases: ["smith-home": smith])
    directory.learn(other)
    #expect(directory.heatPumps(of: smith.user) == [smith.id])
    #expect(directory.heatPumps(of: other.user) == [other.id])
    directory.learn(HeatPumpAddress(user: smith.user, id: other.id))
    #expect(directory.heatPumps(of: other.user) == [])
    #expect(Set(directory.heatPumps(of: smith.user)) == [smith.id, other.id])
    directory.forget(HeatPumpAddress(user: smith.user, id: other.id))
    #expect(directory.heatPumps(of: smith.user) == [smith.id])
  }

  @Test func `of two aliases of one heat pump the first by name is shown`() {
    let directory = Directory(aliases: ["b": smith, "a": smith, "c": smith])
    #expect(directory.alias(of: smith.id) == "a")
    #expect(directory.resolve("c") == smith)
    #expect(directory.count == 1)
  }

  @Test func `neither a foreign alias nor half an id resolves`() {
    let directory = Directory(aliases: ["smith-home": smith])
    for reference in ["", "smith", "SMITH-HOME", String(smith.id.description.dropLast())] {
      #expect(directory.resolve(reference) == nil)
    }
  }
}
