import GatewayCore
import Storage
import TestSupport
import Testing

@testable import Gateway

/// Goal: whoever listens is known for as long as that, and told of once.
/// Method: streams that open and end, readers that stay away, a clock moved by hand.
@Suite struct ListenerBoardTests {
  private let gateway = GatewayFixture()
  private let smiths = EventSelection(types: nil, heatPumps: [smithPump])
  private var board: ListenerBoard { gateway.events.listeners }
  private var app: App { GatewayFixture.app("portal", gateway.service, .eventsRead) }

  private var selections: Set<EventSelection> { Set(board.interests.map(\.selection)) }

  @Test func `streams listen until the last one has ended`() {
    let app = app
    board.opened(app, smiths)
    board.opened(app, smiths)
    board.opened(app, .everything)
    #expect(board.interests.count == 2 && board.interests.allSatisfy { $0.app === app })
    board.closed(app, smiths)
    #expect(selections == [smiths, .everything])
    board.closed(app, smiths)
    #expect(selections == [.everything])
    board.closed(app, .everything)
    #expect(selections == [])
  }

  @Test func `a reader of the feed listens for an hour after each reading`() async {
    _ = await gateway.get("/v1/events?heat_pumps=smith-home", as: "listener")
    gateway.clock.advance(by: .seconds(3599))
    #expect(selections == [smiths])
    _ = await gateway.get("/v1/events?heat_pumps=smith-home", as: "listener")
    gateway.clock.advance(by: .seconds(3599))
    #expect(selections == [smiths])
    gateway.clock.advance(by: .seconds(1))
    #expect(selections == [])
  }

  @Test func `who asks ever differently listens to everything in the end`() {
    let app = app
    for number in 0..<1000 {
      let id = ResourceID(high: 1, low: UInt64(number))
      board.read(app, EventSelection(types: nil, heatPumps: [id]))
    }
    #expect(board.interests.count == ListenerBoard.selectionsPerApp + 1)
    #expect(selections.contains(.everything))
    gateway.clock.advance(by: .seconds(3600))
    #expect(selections == [])
  }

  @Test func `who is refused does not listen`() async {
    _ = await gateway.get("/v1/events", as: "reader")
    _ = await gateway.get("/v1/events?heat_pumps=jones-home", as: "smith-listener")
    #expect(selections == [])
  }

  @Test func `a change is told, and what changes nothing is not`() {
    let told = Locked(0)
    let app = app
    board.onChange { told.withLock { $0 += 1 } }
    board.read(app, .everything)
    board.read(app, .everything)
    board.opened(app, .everything)
    #expect(told.withLock { $0 } == 1)
    board.opened(app, smiths)
    board.closed(app, smiths)
    #expect(told.withLock { $0 } == 3)
  }
}
