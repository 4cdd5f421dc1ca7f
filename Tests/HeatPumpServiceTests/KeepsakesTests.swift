import GatewayCore
import Storage
import Testing

@testable import HeatPumpService

/// Goal: what is written behind is neither lost by a failure nor grows without end.
/// Method: wishes that are added, taken, and put back after newer ones have come.
@Suite struct KeepsakesTests {
  @Test func `answers are taken in portions, all the rest at once`() {
    var keepsakes = Keepsakes()
    for number in 1...5 { keepsakes.add(answer: heatPump(number)) }
    keepsakes.add(settings: settings(1, tag: 7))
    keepsakes.remove(heatPump(9))
    let first = keepsakes.take(3)
    #expect(first.answers.count == 3)
    #expect(first.settings.count == 1)
    #expect(first.gone == [heatPump(9)])
    let second = keepsakes.take(3)
    #expect(second.answers.count == 2)
    #expect(second.answers.isDisjoint(with: first.answers))
    #expect(second.settings.isEmpty && second.gone.isEmpty)
    #expect(keepsakes.isEmpty)
    #expect(keepsakes.take(3).isEmpty)
  }

  @Test func `a heat pump is either there or gone, as came last`() {
    var keepsakes = Keepsakes()
    keepsakes.add(answer: heatPump(1))
    keepsakes.remove(heatPump(1))
    #expect(keepsakes.answers == [] && keepsakes.gone == [heatPump(1)])
    keepsakes.add(answer: heatPump(1))
    #expect(keepsakes.answers == [heatPump(1)] && keepsakes.gone == [])
  }

  @Test func `settings are found until they are taken`() {
    var keepsakes = Keepsakes()
    keepsakes.add(settings: settings(1, tag: 7, seen: 1))
    keepsakes.add(settings: settings(1, tag: 7, seen: 2))
    #expect(keepsakes.settings(heatPump(1), 7) == settings(1, tag: 7, seen: 2))
    #expect(keepsakes.settings(heatPump(1), 8) == nil)
    #expect(keepsakes.settings(heatPump(2), 7) == nil)
    _ = keepsakes.take(1)
    #expect(keepsakes.settings(heatPump(1), 7) == nil)
  }

  @Test func `what could not be written comes back`() {
    var keepsakes = Keepsakes()
    keepsakes.add(answer: heatPump(1))
    keepsakes.add(settings: settings(1, tag: 7))
    keepsakes.remove(heatPump(2))
    let taken = keepsakes.take(10)
    keepsakes.putBack(taken)
    let again = keepsakes.take(10)
    #expect(again.answers == taken.answers)
    #expect(again.settings == taken.settings)
    #expect(again.gone == taken.gone)
  }

  @Test func `what has come since counts more than what comes back`() {
    var keepsakes = Keepsakes()
    keepsakes.add(answer: heatPump(1))
    keepsakes.remove(heatPump(2))
    keepsakes.add(settings: settings(3, tag: 7, seen: 1))
    let taken = keepsakes.take(10)
    keepsakes.remove(heatPump(1))
    keepsakes.add(answer: heatPump(2))
    keepsakes.add(settings: settings(3, tag: 7, seen: 2))
    keepsakes.putBack(taken)
    #expect(keepsakes.answers == [heatPump(2)])
    #expect(keepsakes.gone == [heatPump(1)])
    #expect(keepsakes.settings(heatPump(3), 7) == settings(3, tag: 7, seen: 2))
  }

  @Test func `there are never more than the bound, though the storage stays away`() {
    var keepsakes = Keepsakes(most: 5)
    for number in 1...7 { keep(number, in: &keepsakes) }
    #expect(keepsakes.answers.count == 5)
    #expect(keepsakes.settings.count == 5)
    for number in 8...20 {
      let taken = keepsakes.take(2)
      keep(number, in: &keepsakes)
      keepsakes.putBack(taken)
      #expect(keepsakes.answers.count == 5)
      #expect(keepsakes.settings.count == 5)
      #expect(keepsakes.settings(heatPump(number), 1) != nil)
    }
  }

  private func keep(_ number: Int, in keepsakes: inout Keepsakes) {
    keepsakes.add(answer: heatPump(number))
    keepsakes.add(settings: settings(number, tag: 1))
  }

  private func heatPump(_ number: Int) -> HeatPumpReference {
    HeatPumpReference(
      organisation: "north", user: jana, id: ResourceID(high: 3, low: UInt64(number)))
  }

  private func settings(_ number: Int, tag: UInt64, seen: Int64 = 0) -> StoredSettings {
    StoredSettings(
      heatPump: heatPump(number), tag: tag, values: [], seenAt: Timestamp(microseconds: seen))
  }
}
