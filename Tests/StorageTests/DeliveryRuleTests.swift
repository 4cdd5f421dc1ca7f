import GatewayCore
import Storage
import Testing

/// Goal: the rules that all storages share about deliveries hold for any input.
/// Method: values at the edges.
@Suite struct DeliveryRuleTests {
  @Test(arguments: [1, 2, 0xFFF, 0x1000, 0x1_2345_6789, (1 << 60) - 1] as [Int64])
  func `the id of a delivery holds both numbers, is a UUID of version 8, and grows with the event`(
    sequence: Int64
  ) throws {
    for subscription in [1, 77, (1 << 62) - 1] as [Int64] {
      let id = DeliveryID.of(sequence: sequence, subscription: subscription)
      let numbers = try #require(DeliveryID.numbers(in: id))
      #expect(numbers == (sequence, subscription))
      #expect(Array(id.description)[14] == "8")
      #expect("89ab".contains(Array(id.description)[19]))
      #expect(DeliveryID.of(sequence: sequence - 1, subscription: 1 << 61) < id)
      #expect(DeliveryID.of(sequence: sequence, subscription: subscription - 1) < id)
    }
  }

  @Test(arguments: [
    "00000000-0000-0000-0000-000000000000", "01980000-0000-7001-8000-000000000001",
    "00000000-0000-8001-4000-000000000001", "ffffffff-ffff-ffff-ffff-ffffffffffff",
  ])
  func `another id is no delivery's`(text: String) throws {
    let id = try #require(ResourceID(text))
    #expect(DeliveryID.numbers(in: id) == nil)
  }

  @Test func `places are shared in turn, and what one queue does not need the others get`() {
    let queues = [[1, 2, 3, 4, 5], [10], [], [20, 21]]
    for (limit, expected) in [
      (0, []), (-1, []), (1, [1]), (3, [1, 10, 20]), (6, [1, 10, 20, 2, 21, 3]),
      (99, [1, 10, 20, 2, 21, 3, 4, 5]),
    ] {
      #expect(FairShare.take(limit, from: queues) == expected)
    }
    #expect(FairShare.take(9, from: [[Int]]()) == [])
  }
}
