import GatewayCore
import Glibc
import TestSupport
import Testing

/// How a gateway of a chaos test ends.
enum ChaosEnding: Sendable {
  /// So many looks at the clock after it was started, ready or not.
  case starting(Int)
  /// So many answers and then looks at the clock after it was ready.
  case running(answers: Int, Int)
  /// At a step of a write.
  case at(String)
}

extension ChaosStage {
  /// Starts a gateway and lets it die.
  ///
  /// - Parameters:
  ///   - patience: how long answers are waited for.
  ///   - count: how many have come so far.
  func live(
    until ending: ChaosEnding, patience: Duration = .seconds(2), answers count: @Sendable () -> Int
  ) async throws {
    switch ending {
    case .at(let point):
      let gateway = try await start(crashPoint: point)
      do {
        #expect(try await gateway.wait() == .killed(SIGKILL))
      } catch {
        Issue.record("no step \(point): \(gateway.rawLog.suffix(30).joined(separator: "\n"))")
        throw error
      }
      switchboard.shut()
    case .starting(let looks):
      let gateway = try await GatewayProcess.launch(setup())
      await pass(looks)
      #expect(gateway.ending == nil)
      gateway.signal(SIGKILL)
      #expect(try await gateway.wait() == .killed(SIGKILL))
    case .running(let answers, let looks):
      let before = count()
      let gateway = try await start()
      // Where all lanes wait for something, fewer answers come.
      _ = try? await eventually("answers", within: patience) { count() >= before + answers }
      await pass(looks)
      switchboard.shut()
      gateway.signal(SIGKILL)
      #expect(try await gateway.wait() == .killed(SIGKILL))
    }
  }

  // A moment like any other.
  private func pass(_ looks: Int) async {
    let rest = Locked(looks)
    _ = try? await eventually("the moment") {
      rest.withLock { rest in
        rest -= 1
        return rest < 0
      }
    }
  }
}
