import Configuration
import GatewayCore
import HeatPumpService
import Logging

/// Puts another configuration in force while the gateway serves: all of it, or nothing of it.
actor Reloader {
  /// Why it is read anew.
  enum Occasion: String, Sendable {
    /// SIGHUP.
    case hangUp = "SIGHUP"
    /// `POST /admin/reload`.
    case request = "request"
    /// A file that holds a secret has changed.
    case secret = "secret"
  }

  /// What a reload has come to.
  enum Outcome: Sendable {
    /// It is in force.
    case loaded(
      generation: Int, changes: [ConfigurationChange], needsRestart: [String],
      warnings: [ConfigurationProblem])
    /// It is not, and the one before is.
    case refused([ConfigurationProblem])
  }

  /// The configuration in force, with what was fixed at the start.
  nonisolated let configuration: Locked<GatewayConfiguration>

  private let parts: Parts
  private let crew: Crew
  private let support: ReloadSupport
  private let logger: Logger
  private var marks: [String: SecretWatch.Mark?]
  private var running: Task<Outcome, Never>?
  private var waiting: Task<Outcome, Never>?
  private var isOver = false

  /// - Parameter marks: of the files with secrets, from before they were read.
  init(
    _ configuration: GatewayConfiguration, _ parts: Parts, _ crew: Crew, _ support: ReloadSupport,
    marks: [String: SecretWatch.Mark?], _ logger: Logger
  ) {
    self.configuration = Locked(configuration)
    self.parts = parts
    self.crew = crew
    self.support = support
    self.logger = logger
    self.marks = marks
  }

  /// Reads the file and puts it in force. One after the other; those who ask while one is under way
  /// share the next.
  func reload(_ occasion: Occasion) async -> Outcome {
    if let waiting { return await waiting.value }
    guard !isOver else { return .refused(Refusal("the gateway is stopping").mistakes) }
    let before = running
    // A task of its own: it reads files, which no thread that serves may do, and a caller that
    // leaves must not take it along half-way.
    let task = Task {
      _ = await before?.value
      running = waiting
      waiting = nil
      return await perform(occasion)
    }
    waiting = task
    return await task.value
  }

  /// Looks every few seconds whether a secret has changed. Ends when the task is cancelled.
  func watchSecrets() async {
    while (try? await parts.state.clock.sleep(for: SecretWatch.interval)) != nil {
      let present = configuration.withLock { $0 }
      // What was refused is not tried again until it changes once more.
      if SecretWatch.marks(of: SecretWatch.files(of: present)) != marks {
        _ = await reload(.secret)
      }
    }
  }

  /// Waits for the reloads that were asked for, and takes no more.
  func finish() async {
    isOver = true
    _ = await running?.value
    _ = await waiting?.value
  }

  /// What a reload does, in this order; until all that can fail has been done, nothing is touched.
  private func perform(_ occasion: Occasion) async -> Outcome {
    support.tell(true)
    defer { support.tell(false) }
    // By themselves, whatever becomes of the file: a certificate that was renewed must not wait for
    // somebody to mend it.
    if let certificates = parts.state.certificates.withLock({ $0 }) { certificates.reload() }
    let (state, present) = (parts.state, configuration.withLock { $0 })
    marks = SecretWatch.marks(of: SecretWatch.files(of: present))
    do throws(Refusal) {
      let loaded = try await load()
      var next = loaded.configuration
      let needsRestart = FixedSetting.keep(in: &next, from: present)
      let nextMarks = SecretWatch.marks(of: SecretWatch.files(of: next))
      let generation = state.generations.current
      let preparation = try await prepare(next, after: generation, present)
      let number = putInForce(preparation, after: generation, present)
      marks = nextMarks
      state.reloads.loaded(number, needsRestart: needsRestart, at: state.clock.wall)
      let changes = ConfigurationChange.between(present, next)
      tell(occasion, number, changes, needsRestart, loaded.report.warnings)
      return .loaded(
        generation: number, changes: changes, needsRestart: needsRestart,
        warnings: loaded.report.warnings)
    } catch {
      state.reloads.refused(error.mistakes, at: state.clock.wall)
      tell(occasion, error.mistakes)
      return .refused(error.mistakes)
    }
  }

  private struct Refusal: Error {
    let mistakes: [ConfigurationProblem]

    init(_ mistakes: [ConfigurationProblem]) { self.mistakes = mistakes }

    // About the file as a whole, or about something beside it.
    init(_ words: String) {
      mistakes = [ConfigurationProblem(path: "", line: 0, column: 0, message: words)]
    }
  }

  private func load() async throws(Refusal) -> LoadedConfiguration {
    do throws(ConfigurationFile.Fault) {
      return try await support.load()
    } catch {
      switch error {
      case .unreadable(let words): throw Refusal("the file cannot be read: \(words)")
      case .invalid(let report): throw Refusal(report.errors)
      }
    }
  }

  private func prepare(
    _ next: GatewayConfiguration, after generation: Generation, _ present: GatewayConfiguration
  ) async throws(Refusal) -> GenerationMaker.Preparation {
    do throws(GatewayApplication.StartFault) {
      return try await parts.maker.prepare(next, after: generation, present)
    } catch {
      throw Refusal(error.description)
    }
  }

  /// Puts a configuration in force. Nothing in here can fail.
  private func putInForce(
    _ preparation: GenerationMaker.Preparation, after former: Generation,
    _ present: GatewayConfiguration
  ) -> Int {
    let next = preparation.configuration
    let generation = parts.maker.next(preparation, after: former, present)
    parts.state.events.prepare(next.organisations.map(\.name))
    // The one moment from which on requests that begin go by it.
    parts.state.generations.replace(by: generation)
    configuration.withLock { $0 = next }
    support.threshold.level = Logger.Level(next.log.level)
    parts.deliveries.reconfigure(next.webhooksOut)
    for organisation in generation.organisations
    where preparation.added[organisation.service.settings.name] != nil {
      crew.start(organisation, isAlone: false)
    }
    crew.keep(preparation.providers)
    parts.state.events.reconfigure(
      organisations: next.organisations.map(\.name), streamsPerApp: next.limits.streamsPerApp)
    for organisation in former.organisations
    where !generation.organisations.contains(where: { $0.broker === organisation.broker }) {
      crew.retire(organisation, grace: next.limits.drain)
    }
    return generation.number
  }

  // MARK: The log

  private func tell(
    _ occasion: Occasion, _ generation: Int, _ changes: [ConfigurationChange],
    _ needsRestart: [String], _ warnings: [ConfigurationProblem]
  ) {
    for warning in warnings { tell(warning, .warning, "configuration warning") }
    let words = changes.map { "\($0.path) \($0.kind.rawValue)" }
    logger.notice(
      "configuration loaded",
      metadata: [
        "occasion": "\(occasion.rawValue)", "generation": "\(generation)",
        "changes": "\(words.joined(separator: ", "))",
      ])
    guard !needsRestart.isEmpty else { return }
    logger.warning(
      "settings need a restart; until then they stay as they were",
      metadata: ["settings": "\(needsRestart.joined(separator: ", "))"])
  }

  private func tell(_ occasion: Occasion, _ mistakes: [ConfigurationProblem]) {
    for mistake in mistakes { tell(mistake, .error, "mistake in the configuration") }
    logger.error(
      "configuration refused; the one before stays in force",
      metadata: [
        "occasion": "\(occasion.rawValue)", "mistakes": "\(mistakes.count)",
        "generation": "\(parts.state.generations.current.number)",
      ])
  }

  private func tell(
    _ problem: ConfigurationProblem, _ level: Logger.Level, _ words: Logger.Message
  ) {
    var metadata: Logger.Metadata = ["problem": "\(problem.message)"]
    if problem.line > 0 {
      metadata["line"] = "\(problem.line)"
      metadata["column"] = "\(problem.column)"
    }
    if !problem.path.isEmpty { metadata["path"] = "\(problem.path)" }
    logger.log(level: level, words, metadata: metadata)
  }
}
