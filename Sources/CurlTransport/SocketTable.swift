internal import Reactor

/// Which sockets the reactor watches for libcurl, and for what.
///
/// libcurl gives a connection up after each transfer and asks for it again at the next. Following
/// that to the letter costs two system calls a transfer; so a connection's socket stays watched
/// while it lies idle, until it is closed or becomes readable.
///
/// On an idle HTTP/1.1 connection that means that the peer has gone, or says what nobody asked for.
/// libcurl 7.88 notices only the former, and takes the latter for the answer to the next request:
/// another customer's, perhaps. So such a connection is spoilt at once. An encrypted one may speak
/// of its own accord (session tickets, HTTP/2's control frames) and is left to libcurl.
///
/// Sockets that libcurl opens without telling us (those of its resolver) are closed without
/// telling us too, so these are followed to the letter: the kernel would hand their number out
/// again.
struct SocketTable {
  /// What to do with the reactor.
  enum Action: Equatable {
    case none
    case watch(Readiness)
    case unwatch
  }

  /// What a socket's readiness means.
  enum Report: Equatable {
    /// libcurl is to be told.
    case wanted
    /// It is to be unwatched.
    case idle
    /// It is to be unwatched and made unusable.
    case spoilt
  }

  private struct Entry {
    var isConnection = false
    var isEncrypted = false
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
  ///
  /// - Parameter isEncrypted: whether the request that it is for goes by TLS; `nil` if unknown.
  mutating func want(
    _ readiness: Readiness?, of socket: Int32, isEncrypted: Bool? = nil
  ) -> Action {
    var entry = entries[socket] ?? Entry()
    entry.wanted = readiness
    if let isEncrypted { entry.isEncrypted = isEncrypted }
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
  mutating func report(_ socket: Int32) -> Report {
    guard let entry = entries[socket] else { return .idle }
    if entry.wanted != nil { return .wanted }
    entries[socket]?.watched = nil
    return entry.isConnection && !entry.isEncrypted ? .spoilt : .idle
  }

  private func action(for entry: Entry) -> Action {
    if entry.wanted == nil, entry.watched == nil { return .none }
    guard let wanted = entry.wanted ?? (entry.isConnection ? .readable : nil) else {
      return .unwatch
    }
    return wanted == entry.watched ? .none : .watch(wanted)
  }
}
