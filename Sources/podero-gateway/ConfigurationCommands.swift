import ArgumentParser
import Configuration
import Gateway
import GatewayCore
import Glibc
import Logging
import Reactor

/// `EX_CONFIG` of sysexits.h: the configuration is at fault.
private let configurationExit = ExitCode(78)

struct CheckConfig: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-config",
    abstract: "Check a configuration file; all problems are listed, and the exit code is 78.")

  @Argument(help: "The file.")
  var file: String

  func run() async throws {
    let loaded = try await checkedConfiguration(file)
    print("\(file): OK")
    let configuration = loaded.configuration
    print(
      "\(configuration.organisations.count) organisations, \(configuration.apps.count) apps, "
        + "\(configuration.heatPumps.count) heat pumps, \(configuration.hooks.count) hooks")
  }
}

struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Run the gateway.")

  @Option(help: "The configuration file.")
  var config: String

  func run() async throws {
    let configuration = try await checkedConfiguration(config).configuration
    let threshold = LogThreshold(Logger.Level(configuration.log.level))
    let logger = makeLogger(configuration.log.format, threshold)
    do {
      try ProcessProtection.forbidDumps()
    } catch {
      // It serves as well without; that a dump would hold secrets is worth knowing.
      logger.warning("core dumps cannot be switched off", metadata: ["fault": "\(error)"])
    }
    let manager = ServiceManager()
    let application: GatewayApplication
    do {
      application = try await GatewayApplication.start(
        configuration, reloading: reloading(threshold, manager, logger), logger: logger)
    } catch {
      logger.critical("cannot start", metadata: ["fault": "\(error)"])
      throw ExitCode(71)
    }
    report(manager.notify(.ready), logger)
    let fault = await termination(application)
    report(manager.notify(.stopping), logger)
    await application.stop()
    if let fault {
      logger.critical("cannot wait for signals", metadata: ["fault": "\(fault)"])
      throw ExitCode(71)
    }
  }

  private func reloading(
    _ threshold: LogThreshold, _ manager: ServiceManager, _ logger: Logger
  ) -> ReloadSupport {
    ReloadSupport(
      threshold: threshold,
      tell: { begins in report(manager.notify(begins ? .reloading : .ready), logger) },
      load: { [config] () async throws(ConfigurationFile.Fault) in
        try await ConfigurationFile.check(path: config)
      })
  }

  /// Waits for SIGTERM or SIGINT, and reloads at each SIGHUP.
  ///
  /// - Parameter onHangup: called for each SIGHUP.
  /// - Returns: the fault, if there is no waiting for them.
  private func termination(_ application: GatewayApplication) async -> ReactorFault? {
    await withCheckedContinuation { (ended: CheckedContinuation<ReactorFault?, Never>) in
      do throws(ReactorFault) {
        try Signals.wait(
          onHangup: { Task { await application.reload() } },
          onTermination: { ended.resume(returning: nil) })
      } catch {
        ended.resume(returning: error)
      }
    }
  }

  private func makeLogger(
    _ format: LogConfiguration.Format, _ threshold: LogThreshold
  ) -> Logger {
    let format: GatewayLogHandler.Format = format == .json ? .json : .text
    return Logger(label: "podero-gateway") { label in
      GatewayLogHandler(label: label, threshold: threshold, format: format, clock: SystemClock())
    }
  }
}

private func report(_ fault: ReactorFault?, _ logger: Logger) {
  guard let fault else { return }
  logger.warning("the service manager cannot be told", metadata: ["fault": "\(fault)"])
}

/// Loads the file and checks all that it names, printing what is wrong with it.
private func checkedConfiguration(_ file: String) async throws -> LoadedConfiguration {
  let loaded: LoadedConfiguration
  do {
    loaded = try await ConfigurationFile.check(path: file)
  } catch {
    throw told(error, file)
  }
  writeToStandardError(loaded.report.text(file: file))
  return loaded
}

/// Loads the file, whose secrets need not be there, printing what is wrong with it.
func loadConfiguration(_ file: String) throws -> LoadedConfiguration {
  let loaded: LoadedConfiguration
  do {
    loaded = try ConfigurationFile.load(path: file, checksSecrets: false)
  } catch {
    throw told(error, file)
  }
  writeToStandardError(loaded.report.text(file: file))
  return loaded
}

private func told(_ fault: ConfigurationFile.Fault, _ file: String) -> ExitCode {
  switch fault {
  case .unreadable(let reason): writeToStandardError("\(file): \(reason)\n")
  case .invalid(let report): writeToStandardError(report.text(file: file))
  }
  return configurationExit
}

func writeToStandardError(_ text: String) {
  let bytes = Array(text.utf8)
  _ = write(STDERR_FILENO, bytes, bytes.count)
}
