import ArgumentParser
import Configuration
import Gateway
import GatewayCore
import Glibc
import Logging
import Reactor

/// `EX_CONFIG` of sysexits.h: the configuration is at fault.
private let configurationExit = ExitCode(78)

struct CheckConfig: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-config",
    abstract: "Check a configuration file; all problems are listed, and the exit code is 78.")

  @Argument(help: "The file.")
  var file: String

  func run() throws {
    let loaded = try loadConfiguration(file)
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
    let configuration = try loadConfiguration(config).configuration
    let logger = makeLogger(configuration.log)
    do {
      try ProcessProtection.forbidDumps()
    } catch {
      // It serves as well without; that a dump would hold secrets is worth knowing.
      logger.warning("core dumps cannot be switched off", metadata: ["fault": "\(error)"])
    }
    let manager = ServiceManager()
    let application: GatewayApplication
    do {
      application = try await GatewayApplication.start(configuration, logger: logger)
    } catch {
      logger.critical("cannot start", metadata: ["fault": "\(error)"])
      throw ExitCode(71)
    }
    report(manager.notify(.ready), logger)
    let fault = await termination(logger)
    report(manager.notify(.stopping), logger)
    await application.stop()
    if let fault {
      logger.critical("cannot wait for signals", metadata: ["fault": "\(fault)"])
      throw ExitCode(71)
    }
  }

  private func report(_ fault: ReactorFault?, _ logger: Logger) {
    guard let fault else { return }
    logger.warning("the service manager cannot be told", metadata: ["fault": "\(fault)"])
  }

  /// Waits for SIGTERM or SIGINT.
  ///
  /// - Returns: the fault, if there is no waiting for them.
  private func termination(_ logger: Logger) async -> ReactorFault? {
    await withCheckedContinuation { (ended: CheckedContinuation<ReactorFault?, Never>) in
      do throws(ReactorFault) {
        try Signals.wait(
          onHangup: { logger.notice("SIGHUP: secrets are read anew at their next use") },
          onTermination: { ended.resume(returning: nil) })
      } catch {
        ended.resume(returning: error)
      }
    }
  }

  private func makeLogger(_ settings: LogConfiguration) -> Logger {
    let level = Logger.Level(rawValue: settings.level.rawValue) ?? .info
    let format: GatewayLogHandler.Format = settings.format == .json ? .json : .text
    return Logger(label: "podero-gateway") { label in
      GatewayLogHandler(label: label, level: level, format: format, clock: SystemClock())
    }
  }
}

/// Loads the file, printing what is wrong with it.
func loadConfiguration(
  _ file: String, checksSecrets: Bool = true
) throws -> LoadedConfiguration {
  do {
    let loaded = try ConfigurationFile.load(path: file, checksSecrets: checksSecrets)
    writeToStandardError(loaded.report.text(file: file))
    return loaded
  } catch .unreadable(let reason) {
    writeToStandardError("\(file): \(reason)\n")
    throw configurationExit
  } catch .invalid(let report) {
    writeToStandardError(report.text(file: file))
    throw configurationExit
  }
}

func writeToStandardError(_ text: String) {
  let bytes = Array(text.utf8)
  _ = write(STDERR_FILENO, bytes, bytes.count)
}
