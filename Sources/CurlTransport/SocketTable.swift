internal import Reactor

/// Which sockets the reactor watches for libcurl, and for what.
///
/// libcurl gives a connection up after each transfer and asks for it again at the next. Following that
/// to the letter costs two system calls a transfer; so a connection's socket stays watched while it
/// lies idle, until it is closed or becomes readable, which for an idle one means that the peer has
/// gone. Sockets that libcurl opens without telling us (those of its resolver) are closed without
/// telling us too, so these are followed to the letter: the kernel would hand their number out again.
struct SocketTable {
  /// What to do with the reactor.
  enum Action: Equatable {
    case none
    case watch(Readiness)
    case unwatch
  }

  private struct Entry {
    var isConnection = false
    var watched: Readiness?
    var wanted: Readiness?
  }

  private var entries: [Int32: Entry] = [:]

  /// All sockets that are being watched.
  var watched: [Int32] { entries.filter { $0.value.watched != nil }.map(\.key) }

  /// A connection's socket was opened.
  mutating func open(_ socket: Int32) {
    entries[socket] = Entry(isConnection: true)
  }

  /// A connection's socket is about to be closed.
  mutating func close(_ socket: Int32) -> Action {
    entries.removeValue(forKey: socket)?.watched == nil ? .none : .unwatch
  }

  /// libcurl wants to be told of `readiness`; `nil` if it no longer cares.
  mutating func want(_ readiness: Readiness?, of socket: Int32) -> Action {
    var entry = entries[socket] ?? Entry()
    entry.wanted = readiness
    let action = action(for: entry)
    switch action {
    case .none: break
    case .watch(let readiness): entry.watched = readiness
    case .unwatch: entry.watched = nil
    }
    entries[socket] = entry.isConnection || entry.watched != nil ? entry : nil
    return action
  }

  /// The reactor reports a socket ready.
  ///
  /// - Returns: whether libcurl is to be told, and what to do with the reactor first.
  mutating func report(_ socket: Int32) -> (isWanted: Bool, action: Action) {
    guard let entry = entries[socket] else { return (false, .unwatch) }
    if entry.wanted != nil { return (true, .none) }
    entries[socket]?.watched = nil
    return (false, .unwatch)
  }

  private func action(for entry: Entry) -> Action {
    guard let wanted = entry.wanted else {
      let staysQuietWhenIdle = entry.isConnection && entry.watched == .readable
      return entry.watched == nil || staysQuietWhenIdle ? .none : .unwatch
    }
    return wanted == entry.watched ? .none : .watch(wanted)
  }
}
