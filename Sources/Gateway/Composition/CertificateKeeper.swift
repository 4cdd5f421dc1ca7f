import GatewayCore
import Logging
import MicrohttpdServer

/// Keeps what the listener shows as its files are, and says when the certificate is about to end.
///
/// New connections get what was loaded last; open ones keep what they began with. Files that make
/// no credentials are refused, and the last good ones stay.
final class CertificateKeeper: Sendable {
  private struct State: Sendable {
    var marks: [TLSFiles.Mark]
    var replaced = 0
    var refused = 0
  }

  /// What the servers of the listener share.
  let context: TLSContext
  private let files: TLSFiles
  private let clock: any GatewayClock
  private let logger: Logger
  private let state: Locked<State>

  // Files are replaced one after the other, and then the pair does not fit for a moment.
  // Certificates are renewed weeks before their end, so there is no hurry.
  private static let interval = Duration.seconds(10)
  private static let looksPerWarning = 8640

  /// Loads the files.
  ///
  /// - Throws: ``TLSFiles/Fault``.
  init(_ files: TLSFiles, clock: any GatewayClock, logger: Logger) throws(TLSFiles.Fault) {
    // Looked at before, so that a change in between is noticed.
    let marks = files.marks
    context = TLSContext(try files.load())
    state = Locked(State(marks: marks))
    self.files = files
    self.clock = clock
    self.logger = logger
    warn()
  }

  /// When the certificate that new connections are shown ends.
  var end: Timestamp { context.credentials.end }

  /// How often files were loaded anew, and how often they could not be.
  var reloads: (replaced: Int, refused: Int) {
    state.withLock { ($0.replaced, $0.refused) }
  }

  /// Loads the files anew. Blocks; from any thread but a reactor's.
  ///
  /// - Returns: whether they are in use now.
  @discardableResult
  func reload() -> Bool {
    let marks = files.marks
    do throws(TLSFiles.Fault) {
      let credentials = try files.load()
      context.credentials = credentials
      state.withLock { state in
        state.marks = marks
        state.replaced += 1
      }
      logger.notice("certificate loaded", metadata: ["ends": "\(credentials.end)"])
      warn()
      return true
    } catch {
      state.withLock { state in
        state.marks = marks
        state.refused += 1
      }
      logger.error(
        "certificate not replaced: the last one stays in use",
        metadata: ["fault": "\(error)", "ends": "\(end)"])
      return false
    }
  }

  /// Looks at the files again and again. Ends when the task is cancelled.
  func run() async {
    var looks = 0
    while true {
      do {
        try await clock.sleep(for: Self.interval)
      } catch {
        return
      }
      look()
      looks += 1
      if looks % Self.looksPerWarning == 0 { warn() }
    }
  }

  /// Loads the files if they are others than at the last time.
  func look() {
    let marks = files.marks
    if state.withLock({ $0.marks != marks }) { reload() }
  }

  private func warn() {
    guard let warning = TLSFiles.warning(about: context.credentials, at: clock.wall) else { return }
    logger.warning("certificate: \(warning)")
  }
}
