import Dispatch
import Foundation
import GatewayCore
import Glibc

/// Another program, run with its output captured line by line.
///
/// It gets no descriptor of this process but its own three, and no signal that is blocked or
/// ignored. Whoever starts it ends it; when the object goes, or this process ends in whatever way,
/// it is killed.
public final class ChildProcess: Sendable {
  /// How it ended.
  public enum Ending: Sendable, Equatable {
    /// With that exit code.
    case exited(Int32)
    /// By that signal.
    case killed(Int32)
  }

  private struct State: Sendable {
    var output: [String] = []
    var errors: [String] = []
    var openPipes = 2
    var ending: Ending?
  }

  /// The process id.
  public let id: Int32
  private let state = Locked(State())

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - words: the program's absolute path and its arguments.
  ///   - environment: all of its environment, and nothing of this process's but what sanitizers are
  ///     told.
  /// - Throws: ``ScriptedServerFault`` if the system refuses.
  public init(_ words: [String], environment: [String: String] = [:]) throws {
    let environment = sanitizerOptions.merging(environment) { _, own in own }
    // One at a time, or a child could hold the ends of a pipe that are meant for its sibling.
    let (started, guardian, output, errors) = try starts.withLock { count in
      count += 1
      let (output, errors) = (try Pipe(), try Pipe())
      defer { for pipe in [output, errors] { close(pipe.writer) } }
      do {
        let started = try spawn(
          words, environment, output: output.writer, errors: errors.writer)
        return (started, Guardian(of: started), output, errors)
      } catch {
        for pipe in [output, errors] { close(pipe.reader) }
        throw error
      }
    }
    id = started
    let state = state
    let reaper: @Sendable () -> Void = {
      let open = state.withLock { state in
        state.openPipes -= 1
        return state.openPipes
      }
      guard open == 0 else { return }
      // Looked at without taking it away, so that the id stays its own until the guardian is gone
      // and nobody sends a signal any more.
      var information = siginfo_t()
      while waitid(P_PID, id_t(started), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
      guardian?.dismiss()
      state.withLock { state in
        var status: Int32 = 0
        while waitpid(started, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7F
        state.ending = signal == 0 ? .exited(status >> 8 & 0xFF) : .killed(signal)
      }
    }
    readLines(output.reader, then: reaper) { line in state.withLock { $0.output.append(line) } }
    readLines(errors.reader, then: reaper) { line in state.withLock { $0.errors.append(line) } }
  }

  deinit {
    if ending == nil { kill(id, SIGKILL) }
  }

  /// The lines of standard output so far.
  public var output: [String] { state.withLock { $0.output } }

  /// The lines of standard error so far.
  public var errors: [String] { state.withLock { $0.errors } }

  /// How it ended, if it has.
  public var ending: Ending? { state.withLock { $0.ending } }

  /// Sends a signal.
  public func signal(_ number: Int32) {
    state.withLock { if $0.ending == nil { kill(id, number) } }
  }

  /// Waits for the end; all output has been read then.
  ///
  /// - Throws: ``NeverHappened`` after `limit`; the process is killed then.
  public func wait(within limit: Duration = .seconds(30)) async throws -> Ending {
    do {
      return try await eventualValue("end of process \(id)", within: limit) { self.ending }
    } catch {
      signal(SIGKILL)
      throw error
    }
  }
}

// Its value has a size, or the sanitizer would see it where the lock's own object begins.
private let starts = Locked(0)

private struct Pipe {
  let reader: Int32
  let writer: Int32

  init() throws {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw ScriptedServerFault(call: "pipe", code: errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    (reader, writer) = (ends[0], ends[1])
  }
}

/// A shell that waits for a line, and kills a process if its input ends without one: that happens
/// when the tests' process dies before it could end its children.
private struct Guardian: Sendable {
  private let id: pid_t
  private let leash: Int32

  init?(of process: pid_t) {
    guard let pipe = try? Pipe() else { return nil }
    let words = ["/bin/sh", "-c", "read -r line || kill -9 $0", "\(process)"]
    let id = try? spawn(words, [:], input: pipe.reader, output: nil, errors: nil)
    close(pipe.reader)
    guard let id else {
      close(pipe.writer)
      return nil
    }
    self.id = id
    leash = pipe.writer
  }

  func dismiss() {
    _ = write(leash, "\n", 1)
    while waitpid(id, nil, 0) < 0, errno == EINTR {}
    close(leash)
  }
}

private func spawn(
  _ words: [String], _ environment: [String: String], input: Int32? = nil, output: Int32?,
  errors: Int32?
) throws -> pid_t {
  var arguments = words.map { strdup($0) } + [nil]
  var variables = environment.map { strdup("\($0)=\($1)") } + [nil]
  defer { for text in arguments + variables { free(text) } }
  var files = posix_spawn_file_actions_t()
  posix_spawn_file_actions_init(&files)
  defer { posix_spawn_file_actions_destroy(&files) }
  for (target, source) in [input, output, errors].enumerated() {
    if let source {
      posix_spawn_file_actions_adddup2(&files, source, Int32(target))
    } else {
      posix_spawn_file_actions_addopen(&files, Int32(target), "/dev/null", O_RDWR, 0)
    }
  }
  closeAllOthers(&files)
  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  var signals = sigset_t()
  sigemptyset(&signals)
  posix_spawnattr_setsigmask(&attributes, &signals)
  sigfillset(&signals)
  posix_spawnattr_setsigdefault(&attributes, &signals)
  posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
  var process = pid_t()
  let code = posix_spawn(&process, words[0], &files, &attributes, &arguments, &variables)
  guard code == 0 else { throw ScriptedServerFault(call: "posix_spawn", code: code) }
  return process
}

// Sockets of other tests are not all closed on exec, and in the child they would live on. The C
// library has the function since 2.34 but does not show it to Swift.
private func closeAllOthers(_ files: inout posix_spawn_file_actions_t) {
  typealias CloseFrom =
    @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32
  guard let symbol = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") else { return }
  _ = unsafeBitCast(symbol, to: CloseFrom.self)(&files, STDERR_FILENO + 1)
}

private func readLines(
  _ descriptor: Int32, then end: @escaping @Sendable () -> Void,
  _ take: @escaping @Sendable (String) -> Void
) {
  DispatchQueue(label: "child-process-output").async {
    var pending: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = read(descriptor, &chunk, chunk.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      pending += chunk[..<count]
      var lines = pending.split(separator: 0x0A, omittingEmptySubsequences: false)
      pending = Array(lines.removeLast())
      for line in lines { take(String(decoding: line, as: UTF8.self)) }
    }
    if !pending.isEmpty { take(String(decoding: pending, as: UTF8.self)) }
    close(descriptor)
    end()
  }
}

private let sanitizerOptions = ProcessInfo.processInfo.environment.filter {
  $0.key.hasSuffix("SAN_OPTIONS")
}
