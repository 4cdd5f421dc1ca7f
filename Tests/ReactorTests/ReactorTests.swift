import GatewayCore
import Glibc
import Reactor
import TestSupport
import Testing

/// Goal: everything that a reactor promises happens on its own thread and in order.
/// Method: a real reactor on a real thread, watched from outside.
@Suite struct ReactorTests {
  @Test func `submitted work runs on the reactor's thread in order`() async throws {
    try await withReactor { reactor in
      let seen = Locked<[Int]>([])
      await withCheckedContinuation { continuation in
        for index in 0..<100 {
          reactor.submit {
            seen.withLock { $0.append(reactor.isCurrent ? index : -1) }
            if index == 99 { continuation.resume() }
          }
        }
      }
      #expect(seen.withLock { $0 } == Array(0..<100))
      #expect(!reactor.isCurrent)
      #expect(Reactor.current == nil)
    }
  }

  @Test func `a task that prefers the reactor stays on its thread across suspensions`() async throws
  {
    try await withReactor { reactor in
      let places = try await on(reactor) {
        var places: [Bool] = []
        for _ in 0..<5 {
          places.append(Reactor.current === reactor)
          await Task.yield()
          await withCheckedContinuation { continuation in
            Task.detached { continuation.resume() }
          }
        }
        return places
      }
      #expect(places == [true, true, true, true, true])
    }
  }

  @Test func `timers fire in the order of their deadlines, cancelled ones never`() async throws {
    try await withReactor { reactor in
      let fired = Locked<[Int]>([])
      await withCheckedContinuation { continuation in
        reactor.submit {
          let start = reactor.now
          reactor.schedule(at: start + .milliseconds(9)) { fired.withLock { $0.append(3) } }
          reactor.schedule(at: start + .milliseconds(3)) { fired.withLock { $0.append(1) } }
          let cancelled = reactor.schedule(at: start + .milliseconds(5)) {
            fired.withLock { $0.append(-1) }
          }
          reactor.schedule(at: start + .milliseconds(6)) { fired.withLock { $0.append(2) } }
          reactor.schedule(at: start + .milliseconds(12)) { continuation.resume() }
          reactor.cancel(cancelled)
        }
      }
      #expect(fired.withLock { $0 } == [1, 2, 3])
    }
  }

  @Test func `a watched descriptor calls its handler until it is unwatched`() async throws {
    try await withReactor { reactor in
      var ends: [Int32] = [0, 0]
      #expect(pipe(&ends) == 0)
      let (input, output) = (ends[0], ends[1])
      defer {
        close(input)
        close(output)
      }
      let received: UInt8 = try await withCheckedThrowingContinuation { continuation in
        reactor.submit {
          do {
            try reactor.watch(input, for: .readable) { readiness in
              var byte: UInt8 = 0
              let count = read(input, &byte, 1)
              reactor.unwatch(input)
              continuation.resume(returning: count == 1 && readiness == .readable ? byte : 0)
            }
          } catch {
            continuation.resume(throwing: error)
          }
        }
        var byte: UInt8 = 42
        _ = write(output, &byte, 1)
      }
      #expect(received == 42)
    }
  }

  @Test func `watching a closed descriptor fails instead of trapping`() async throws {
    try await withReactor { reactor in
      let code = await withCheckedContinuation {
        (continuation: CheckedContinuation<Int32?, Never>) in
        reactor.submit {
          do {
            try reactor.watch(9999, for: .readable) { _ in }
            continuation.resume(returning: nil)
          } catch {
            continuation.resume(returning: (error as? ReactorFault)?.code)
          }
        }
      }
      #expect(code == EBADF)
    }
  }

  @Test func `turn hooks run before each wait and can ask for the next turn`() async throws {
    let reactor = try Reactor()
    let turns = Locked(0)
    reactor.addTurnHook {
      let turn = turns.withLock { turns in
        turns += 1
        return turns
      }
      return turn < 5 ? reactor.now + .milliseconds(1) : nil
    }
    let thread = try reactor.start(name: "hooks")
    while turns.withLock({ $0 }) < 5 { await Task.yield() }
    reactor.stop()
    thread.join()
    #expect(turns.withLock { $0 } >= 5)
  }
}
