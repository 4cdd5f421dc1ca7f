internal import CCurlShims
internal import Glibc

// What libcurl calls. At file scope, so that they belong to no actor, whichever thread calls them.
// The contexts are lent: the loop keeps a transfer until after its handle has left the multi
// handle, and itself until after the multi handle is freed. Nothing is thrown across libcurl's
// frames; a transfer remembers why it must end, and libcurl is told only that it must.

func receiveHead(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let transfer = unsafe lent(Transfer.self, context) else { return -1 }
  let line = unsafe UnsafeBufferPointer(rebasing: octets(bytes, size * count)[...])
  return unsafe transfer.takeHead(line.span) ? size * count : -1
}

func receiveBody(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let transfer = unsafe lent(Transfer.self, context) else { return -1 }
  return unsafe transfer.takeBody(octets(bytes, size * count)) ? size * count : -1
}

func allowDeparture(
  _ context: UnsafeMutableRawPointer?, _ remoteAddress: UnsafeMutablePointer<CChar>?,
  _ localAddress: UnsafeMutablePointer<CChar>?, _ remotePort: Int32, _ localPort: Int32
) -> Int32 {
  guard let transfer = unsafe lent(Transfer.self, context), transfer.mayDepart() else {
    return CURL_PREREQFUNC_ABORT
  }
  return CURL_PREREQFUNC_OK
}

func openSocket(
  _ context: UnsafeMutableRawPointer?, _ purpose: curlsocktype,
  _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
  guard let loop = unsafe lent(TransferLoop.self, context), let address = unsafe address else {
    return -1
  }
  let kind = unsafe address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
  let socket = unsafe Glibc.socket(address.pointee.family, kind, address.pointee.protocol)
  if socket >= 0 { loop.opened(socket) }
  return socket
}

func closeSocket(_ context: UnsafeMutableRawPointer?, _ socket: curl_socket_t) -> Int32 {
  unsafe lent(TransferLoop.self, context)?.closing(socket)
  return close(socket)
}

func socketChanged(
  _ easy: OpaquePointer?, _ socket: curl_socket_t, _ what: Int32,
  _ context: UnsafeMutableRawPointer?, _ socketContext: UnsafeMutableRawPointer?
) -> Int32 {
  unsafe lent(TransferLoop.self, context)?.follow(easy, socket, what)
  return 0
}

func timerChanged(
  _ multi: OpaquePointer?, _ milliseconds: Int, _ context: UnsafeMutableRawPointer?
) -> Int32 {
  unsafe lent(TransferLoop.self, context)?.setTimer(milliseconds)
  return 0
}

private func lent<Object: AnyObject>(
  _ type: Object.Type, _ context: UnsafeMutableRawPointer?
) -> Object? {
  guard let context = unsafe context else { return nil }
  return unsafe Unmanaged<Object>.fromOpaque(context).takeUnretainedValue()
}

private func octets(
  _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int
) -> UnsafeBufferPointer<UInt8> {
  unsafe UnsafeBufferPointer(
    start: UnsafeRawPointer(bytes)?.assumingMemoryBound(to: UInt8.self), count: count)
}
