internal import CCurlShims
internal import GatewayCore
internal import Reactor

/// One request under way. Confined to the reactor's thread, once it was handed over.
///
/// It goes by one of two ways: with libcurl, which it then has a ``handle`` of, or on a connection
/// of the ``HTTP1Pool``'s.
final class Transfer: @unchecked Sendable {
  // Sendable is safe: `request` never changes; all else is touched on the reactor's thread only.
  typealias Outcome = Result<TransportResponse, TransportFault>

  let request: TransportRequest
  var continuation: CheckedContinuation<Outcome, Never>?
  /// Whether the task was cancelled; may come before the start.
  var isCancelled = false
  /// libcurl's handle that sends it, or that makes a connection for it.
  var handle: EasyHandle?
  /// The connection that it is on.
  var connection: HTTP1Connection?
  var deadline: TimerToken?
  /// Whether it is on a connection that had carried another request before.
  var isOnKeptConnection = false

  private var departure = Departure()
  private(set) var head = AnswerHead()
  private var body: [UInt8] = []
  private var targets = TargetTally()
  private var noteSocket: ((Int32) -> Void)?
  // Whether the body was cut off at the limit; libcurl takes that for a failure to write it.
  private var isTruncated = false
  // Why a callback of ours ended the transfer; libcurl itself only says that one did.
  private(set) var verdict: (kind: TransportFault.Kind, detail: String)?

  init(_ request: TransportRequest) {
    self.request = request
  }

  /// Takes over a handle that was set up for the request.
  ///
  /// - Parameter noteSocket: told of each socket that is opened for the transfer.
  func begin(
    _ handle: EasyHandle, isEncrypted: Bool, noteSocket: @escaping (Int32) -> Void
  ) {
    self.handle = handle
    self.noteSocket = noteSocket
    departure.isEncrypted = isEncrypted
    departure.bodyBytes = request.body?.count ?? 0
  }

  // MARK: From libcurl's callbacks

  /// Whether a connection to the address may be tried.
  ///
  /// - Parameter address: gives the address, or `nil` for one of a protocol other than IP.
  func mayConnect(_ address: () -> InternetAddress?) -> Bool {
    guard let mayConnect = request.mayConnect else { return true }
    let address = address()
    let isAllowed = address.map(mayConnect) ?? false
    targets.count(address, isAllowed: isAllowed)
    return isAllowed
  }

  /// A socket was opened for the transfer.
  func opened(_ socket: Int32) { noteSocket?(socket) }

  /// The request is about to be written to a connection, for the first time or again.
  ///
  /// libcurl sends a request again by itself, whatever its method, if a connection that was used
  /// before dies without an answer. Nothing in its own options forbids that for a body that it
  /// holds; withholding the means to rewind the body would, but not for a request without one, and
  /// it costs a second write for each body. So the decision is taken here.
  ///
  /// The connection may be one that was made for another request, under other rules or none, so
  /// its address is asked about too. libcurl closes a connection that is refused here.
  ///
  /// - Parameter address: gives the address of the connection's other end.
  /// - Returns: whether it may be written.
  func mayDepart(to address: () -> InternetAddress?) -> Bool {
    guard mayConnect(address) else {
      verdict = (.refusedTarget, targets.detail)
      return false
    }
    if let handle { departure.bytesWritten = handle.bytesWritten }
    guard mayBeSentAgain else {
      verdict = (
        .interrupted, "the connection died after the request was sent; it was not sent again"
      )
      return false
    }
    departure.hasBegun = true
    return true
  }

  /// Whether it may be written to a connection, for the first time or again.
  var mayBeSentAgain: Bool { request.method.isSafe || !departure.mayHaveBeenSent }

  /// A connection took so many bytes of the request.
  func wrote(_ count: Int) { departure.bytesWritten += count }

  /// Takes a line of the answer's head.
  ///
  /// - Returns: whether to go on.
  func takeHead(_ line: Span<UInt8>) -> Bool {
    guard verdict == nil else { return false }
    let wasComplete = head.isComplete
    do {
      try head.take(line)
    } catch {
      verdict = (.invalidAnswer, error.detail)
      return false
    }
    return wasComplete || !head.isComplete || expectBody()
  }

  private func expectBody() -> Bool {
    guard let announced = head.announcedBodyBytes(for: request.method) else { return true }
    guard announced <= request.maximumBodyBytes || request.truncatesBody else {
      refuseSize()
      return false
    }
    // An announcement costs the server nothing, so it is believed only so far.
    body.reserveCapacity(min(announced, request.maximumBodyBytes, 1 << 20))
    return true
  }

  /// Takes a piece of the body, decompressed.
  ///
  /// - Returns: whether to go on.
  func takeBody(_ bytes: Span<UInt8>) -> Bool {
    guard verdict == nil, !isTruncated else { return false }
    let room = request.maximumBodyBytes - body.count
    guard bytes.count <= room else {
      if request.truncatesBody {
        body.append(copying: bytes.extracting(0..<max(0, room)))
        isTruncated = true
      } else {
        refuseSize()
      }
      return false
    }
    body.append(copying: bytes)
    return true
  }

  private func refuseSize() {
    verdict = (.tooLarge, "the body is larger than \(request.maximumBodyBytes) bytes")
  }

  // MARK: Ending

  /// What the transfer came to, now that libcurl is done with it.
  func outcome(of code: CURLcode) -> Outcome {
    if let verdict { return .failure(fault(verdict.kind, verdict.detail)) }
    guard code == CURLE_OK || isTruncated else {
      if !departure.hasBegun, targets.refusedAll {
        return .failure(fault(.refusedTarget, targets.detail))
      }
      let kind = FaultTable.kind(of: code.rawValue, hasBegun: departure.hasBegun)
      return .failure(fault(kind, handle?.detail(of: code) ?? ""))
    }
    guard head.isComplete, head.status >= 200 else {
      return .failure(fault(.invalidAnswer, "there is no final answer"))
    }
    var response = TransportResponse(
      status: head.status, lines: head.headersOfDecodedBody, body: body,
      httpVersion: head.version)
    response.isTruncated = isTruncated
    return .success(response)
  }

  /// A fault with what is known about the request's way out.
  func fault(_ kind: TransportFault.Kind, _ detail: String) -> TransportFault {
    if let handle { departure.bytesWritten = handle.bytesWritten }
    return TransportFault(kind, mayHaveBeenSent: departure.mayHaveBeenSent, detail: detail)
  }

  /// Whether the request goes by TLS.
  var isEncrypted: Bool { departure.isEncrypted }

  /// Whether the request went over a connection that was there already.
  var reusedConnection: Bool {
    departure.hasBegun && (handle.map { $0.connectionsMade == 0 } ?? isOnKeptConnection)
  }
}

extension Transfer: HTTP1AnswerReader.Receiver {
  var method: HTTPMethod { request.method }

  func refuse(_ detail: String) { verdict = (.invalidAnswer, detail) }
}
