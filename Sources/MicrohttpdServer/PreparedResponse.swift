internal import CMicrohttpdShims
import GatewayCore

/// The library's form of an answer; it may serve many requests, of several servers at once.
@safe final class PreparedResponse: ServerForm, @unchecked Sendable {
  // Sendable is safe: `handle` never changes, is never altered once it can be seen, and the library
  // counts its references under a lock.
  private let handle: OpaquePointer
  private let status: UInt32

  /// Prepares an answer.
  ///
  /// The bytes are copied: that costs less than tracking who holds them until the last client has
  /// read them.
  ///
  /// - Returns: `nil` for want of memory, or if a header cannot stand in a head, such as one with a
  ///   line break in it.
  convenience init?(_ response: HTTPResponse, endsConnection: Bool = false) {
    let created = unsafe response.body.withUnsafeBytes {
      unsafe gw_mhd_response_create($0.baseAddress, $0.count)
    }
    guard let created = unsafe created else { return nil }
    unsafe self.init(created, head: response, endsConnection: endsConnection)
  }

  /// Prepares an answer whose body is a stream; it serves one request.
  ///
  /// - Parameter isBare: whether the end of the connection is the end of the body, always.
  /// - Returns: `nil` as above.
  convenience init?(
    _ head: HTTPResponse, stream: OpenStream, endsConnection: Bool, isBare: Bool
  ) {
    let reference = unsafe Unmanaged.passRetained(stream)
    let created = unsafe gw_mhd_response_create_stream(
      onStreamRead, onStreamFreed, reference.toOpaque(), isBare ? 1 : 0)
    guard let created = unsafe created else {
      unsafe reference.release()
      return nil
    }
    unsafe self.init(created, head: head, endsConnection: endsConnection)
  }

  private init?(_ created: OpaquePointer, head response: HTTPResponse, endsConnection: Bool) {
    var isComplete = true
    for header in response.headers {
      // Lent; handed over as they are, each text would be copied first.
      isComplete =
        unsafe isComplete
        && header.name.withCString { name in
          unsafe header.value.withCString { unsafe gw_mhd_response_add(created, name, $0) != 0 }
        }
    }
    if endsConnection || response.closesConnection {
      isComplete = unsafe isComplete && gw_mhd_response_add(created, "Connection", "close") != 0
    }
    guard isComplete, (200...599).contains(response.status) else {
      unsafe gw_mhd_response_destroy(created)
      return nil
    }
    unsafe handle = unsafe created
    status = UInt32(response.status)
  }

  deinit {
    unsafe gw_mhd_response_destroy(handle)
  }

  /// Hands the answer to the library; `false` if the connection cannot take it.
  func queue(on connection: Connection) -> Bool {
    unsafe gw_mhd_queue(connection.handle, status, handle) != 0
  }

  /// The prepared form of a shared answer, made at its first use; `nil` as for the initialiser.
  static func of(_ shared: SharedResponse) -> PreparedResponse? {
    if let form = shared.serverForm.withLock({ $0 }) as? PreparedResponse { return form }
    guard let form = PreparedResponse(shared.response) else { return nil }
    // Should another reactor have been faster, both forms are equally good.
    shared.serverForm.withLock { $0 = form }
    return form
  }
}
