internal import CCurlShims
internal import GatewayCore

/// One of libcurl's easy handles with the memory that it looks at. Confined to the reactor's
/// thread.
///
/// | memory | who frees it, when |
/// |---|---|
/// | the handle | `deinit`, after it left its multi handle |
/// | error text | `deinit`, after the handle |
/// | header lines | ``recycle()``, wiped, after the handle has forgotten them |
/// | URL, body, other strings | libcurl, which has copies of its own |
///
/// libcurl copies the header lines once more into its send buffer, and that copy it frees unwiped.
@safe final class EasyHandle {
  /// libcurl's handle; the key under which the loop finds the transfer.
  let pointer: OpaquePointer
  private let errorText: UnsafeMutablePointer<CChar>
  private var lines: UnsafeMutablePointer<curl_slist>?

  /// Creates a handle; `nil` if there is no memory.
  init?() {
    guard let pointer = unsafe curl_easy_init() else { return nil }
    unsafe self.pointer = pointer
    unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
  }

  deinit {
    unsafe curl_easy_cleanup(pointer)
    unsafe errorText.deallocate()
    unsafe gw_curl_list_free_wiped(lines)
  }

  /// Makes the handle forget the last request, so that nothing of it can leak into the next.
  func recycle() {
    unsafe curl_easy_reset(pointer)
    unsafe gw_curl_list_free_wiped(lines)
    unsafe lines = nil
    unsafe errorText[0] = 0
  }

  // MARK: Setting up

  // The same for every request. Set afresh each time all the same: a reset undoes them.
  private static let constants: [(option: CURLoption, value: Int)] = [
    (CURLOPT_NOSIGNAL, 1),
    (CURLOPT_FOLLOWLOCATION, 0),
    (CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue)),
    (CURLOPT_HTTP09_ALLOWED, 0),
    (CURLOPT_PATH_AS_IS, 1),
    (CURLOPT_DISALLOW_USERNAME_IN_URL, 1),
    (CURLOPT_SSL_VERIFYPEER, 1),
    (CURLOPT_SSL_VERIFYHOST, 2),
    (CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2),
    (CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS),
    (CURLOPT_TCP_KEEPALIVE, 1),
    // Without it, ending a transfer waits for its name look-up, and everything else with it.
    (CURLOPT_QUICK_EXIT, 1),
  ]

  /// Sets every option for one request.
  ///
  /// - Throws: ``TransportFault`` of the kind `other` if libcurl refuses one.
  func prepare(
    _ request: TransportRequest, _ plan: RequestPlan, settings: CurlSettings
  ) throws(TransportFault) {
    try prepareConnecting(request, to: request.url)
    if let encoding = CurlLibrary.acceptEncoding { try set(CURLOPT_ACCEPT_ENCODING, encoding) }
    // Through a proxy, the address that is connected to would be the proxy's.
    switch request.mayConnect == nil ? settings.proxy : .none {
    // Empty and not unset: unset means that the environment decides.
    case .none: try set(CURLOPT_PROXY, "")
    case .environment: break
    case .server(let url): try set(CURLOPT_PROXY, url)
    }
    // A burst of requests waits for the first connection to show whether it can carry them all.
    try set(CURLOPT_PIPEWAIT, plan.isEncrypted ? 1 : 0)
    try set(CURLOPT_MAXAGE_CONN, settings.keepAliveIdle.secondsRoundedUp)
    try set(CURLOPT_MAXLIFETIME_CONN, settings.maximumConnectionAge.secondsRoundedUp)
    if let caFile = request.caFile {
      try set(CURLOPT_CAINFO, caFile)
      // The system's folder would be trusted besides the file.
      try set(CURLOPT_CAPATH, nil)
    }
    try setMethod(plan.shape, request.body ?? [])
    try setLines(plan.lines, request.authorization)
  }

  /// Sets every option for making a connection that is then read from and written to past libcurl.
  ///
  /// - Parameter origin: scheme, host and port.
  /// - Throws: ``TransportFault`` of the kind `other` if libcurl refuses one.
  func prepareConnection(
    for request: TransportRequest, to origin: String
  ) throws(TransportFault) {
    try prepareConnecting(request, to: origin)
    try set(CURLOPT_PROXY, "")
    try set(CURLOPT_CONNECT_ONLY, 1)
    // Nothing is read through it; each connection keeps its own.
    try set(CURLOPT_BUFFERSIZE, 1024)
  }

  private func prepareConnecting(
    _ request: TransportRequest, to url: String
  ) throws(TransportFault) {
    try check(unsafe gw_curl_set_error_buffer(pointer, errorText))
    for constant in EasyHandle.constants { try set(constant.option, constant.value) }
    try set(CURLOPT_PROTOCOLS_STR, "http,https")
    try set(CURLOPT_URL, url)
    try set(CURLOPT_CONNECTTIMEOUT_MS, max(1, request.connectTimeout.wholeMilliseconds))
  }

  /// Sets who takes the answer and is asked before the request departs; all of it must outlive the
  /// transfer.
  func call(
    head: curl_write_callback, body: curl_write_callback, departure: curl_prereq_callback,
    _ transfer: UnsafeMutableRawPointer
  ) throws(TransportFault) {
    try check(unsafe gw_curl_set_receivers(pointer, head, body, transfer))
    try check(unsafe gw_curl_set_prerequest(pointer, departure, transfer))
  }

  /// Sets who opens and closes sockets. `transfer` must outlive the transfer; `connections` must
  /// outlive every connection that the transfer makes.
  func callSockets(
    open: curl_opensocket_callback, _ transfer: UnsafeMutableRawPointer,
    close: curl_closesocket_callback, _ connections: UnsafeMutableRawPointer
  ) throws(TransportFault) {
    try check(unsafe gw_curl_set_socket_opener(pointer, open, transfer))
    try check(unsafe gw_curl_set_socket_closer(pointer, close, connections))
  }

  private func setMethod(_ shape: RequestPlan.Shape, _ body: [UInt8]) throws(TransportFault) {
    switch shape {
    case .get: try set(CURLOPT_HTTPGET, 1)
    case .head: try set(CURLOPT_NOBODY, 1)
    case .bare(let method):
      try set(CURLOPT_HTTPGET, 1)
      try set(CURLOPT_CUSTOMREQUEST, method)
    case .upload(let method):
      try check(
        unsafe body.withUnsafeBytes { bytes in
          unsafe gw_curl_set_body(pointer, bytes.baseAddress, bytes.count)
        })
      try set(CURLOPT_CUSTOMREQUEST, method)
    }
  }

  private func setLines(_ texts: [String], _ secret: Secret?) throws(TransportFault) {
    for text in texts {
      unsafe try keep(text.withCString { unsafe gw_curl_list_append(lines, $0) })
    }
    if let secret { try keepAuthorization(secret) }
    try check(unsafe gw_curl_set_list(pointer, CURLOPT_HTTPHEADER, lines))
  }

  private func keepAuthorization(_ secret: Secret) throws(TransportFault) {
    let longer = unsafe secret.withBytes { bytes in
      unsafe bytes.withUnsafeBufferPointer { bytes in
        unsafe gw_curl_list_append_secret(lines, "Authorization", bytes.baseAddress, bytes.count)
      }
    }
    unsafe try keep(longer)
  }

  private func keep(_ longer: UnsafeMutablePointer<curl_slist>?) throws(TransportFault) {
    guard let longer = unsafe longer else { return try check(CURLE_OUT_OF_MEMORY) }
    unsafe lines = longer
  }

  private func set(_ option: CURLoption, _ value: Int) throws(TransportFault) {
    try check(unsafe gw_curl_set_long(pointer, option, value))
  }

  private func set(_ option: CURLoption, _ value: String?) throws(TransportFault) {
    guard let value else { return try check(unsafe gw_curl_set_string(pointer, option, nil)) }
    // Lent; handed over as it is, the text would be copied first.
    try check(unsafe value.withCString { unsafe gw_curl_set_string(pointer, option, $0) })
  }

  private func check(_ code: CURLcode) throws(TransportFault) {
    guard code == CURLE_OK else {
      throw TransportFault(.other, mayHaveBeenSent: false, detail: detail(of: code))
    }
  }

  // MARK: Asking

  /// How many bytes of the request were written, all attempts together.
  var bytesWritten: Int { number(CURLINFO_REQUEST_SIZE) }

  /// How many connections the transfer made.
  var connectionsMade: Int { number(CURLINFO_NUM_CONNECTS) }

  /// The socket of the connection that the handle made, and the address of its other end.
  var connectedSocket: (descriptor: Int32, address: InternetAddress?)? {
    var socket = CURL_SOCKET_BAD
    guard unsafe gw_curl_get_socket(pointer, &socket) == CURLE_OK, socket != CURL_SOCKET_BAD
    else { return nil }
    var text: UnsafePointer<CChar>?
    let code = unsafe gw_curl_get_string(pointer, CURLINFO_PRIMARY_IP, &text)
    guard code == CURLE_OK, let text = unsafe text else { return (socket, nil) }
    return (socket, InternetAddress(unsafe String(cString: text)))
  }

  /// libcurl's words for what went wrong, made fit for one line of a log.
  func detail(of code: CURLcode) -> String {
    let own = unsafe String(cString: errorText)
    let text = own.isEmpty ? unsafe String(cString: curl_easy_strerror(code)) : own
    // Parts of it may be the server's, such as the names in a certificate.
    return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.isPrintable ? $0 : "?" }))
  }

  private func number(_ info: CURLINFO) -> Int {
    var value = 0
    return unsafe gw_curl_get_long(pointer, info, &value) == CURLE_OK ? value : 0
  }
}

extension Unicode.Scalar {
  fileprivate var isPrintable: Bool { value >= 0x20 && value < 0x7F }
}

extension Duration {
  /// Rounded up, and within what libcurl can count.
  fileprivate var wholeMilliseconds: Int {
    Int(min(max(0, wholeNanoseconds), Int64(Int32.max) * 1_000_000) + 999_999) / 1_000_000
  }

  /// Rounded up, at least one: libcurl takes zero for "for ever" or "its own default".
  fileprivate var secondsRoundedUp: Int { max(1, (wholeMilliseconds + 999) / 1000) }
}
