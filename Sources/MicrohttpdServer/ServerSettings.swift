/// What a ``MicrohttpdServer`` listens on, and the limits that it holds every client to.
public struct ServerSettings: Sendable {
  /// The numeric IPv4 or IPv6 address to listen on, such as `127.0.0.1`, `::1` or `0.0.0.0`.
  public var address: String
  /// The TCP port; 0 takes any free one, see ``MicrohttpdServer/port``.
  public var port: UInt16
  /// Whether other servers, one for each reactor, may listen on the same port (`SO_REUSEPORT`).
  public var sharesPort: Bool
  /// The largest head, request line included, in bytes. Larger ones are answered with 431, or 414
  /// if the target alone is larger.
  public var headerBytes = 8192
  /// The largest body, in bytes. Larger ones are answered with 413.
  public var bodyBytes = 262_144
  /// How long a request may take to arrive: for the head of a connection's first request counted
  /// from its opening, otherwise from the request line. Later ones are answered with 408.
  public var requestTime: Duration = .seconds(10)
  /// How long a connection may wait for the next request line to be complete; then it is closed.
  public var idleTime: Duration = .seconds(60)
  /// How long a client may take to read an answer; then the connection is closed.
  public var responseTime: Duration = .seconds(60)
  /// How many connections may be open at once. More wait in the kernel's queue.
  public var connections = 20000
  /// How many connections one client address may have open at once. More are closed. Settings that
  /// were copied share it, so that the servers of one listener have one limit.
  public var places = ConnectionPlaces(2000)

  /// What the server shows to clients of TLS; `nil` for plain HTTP.
  public var tls: TLSContext?

  /// How many streams may be open at once; more are answered with 503. Settings that were copied
  /// share it, so that the servers of one listener have one limit.
  public var streams = StreamPlaces(2000)

  /// Creates settings with the default limits.
  public init(address: String = "127.0.0.1", port: UInt16 = 0, sharesPort: Bool = false) {
    self.address = address
    self.port = port
    self.sharesPort = sharesPort
  }

  // The library keeps head, header records and the answer's head in one pool for each connection,
  // and answers by itself, in HTML, when it is used up: so there is room above the limit. It clears
  // all of it after each request, and an idle connection holds it, so there is not much.
  var poolBytes: Int { max(8192, headerBytes) + 4096 }

  // Our own deadlines are sharper; the library's is there should one of them be lost.
  var backstopSeconds: UInt32 {
    let longest = max(idleTime, requestTime, responseTime)
    return UInt32(clamping: longest.components.seconds + 30)
  }
}
