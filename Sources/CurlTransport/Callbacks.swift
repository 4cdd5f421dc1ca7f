internal import CCurlShims
internal import GatewayCore
internal import Glibc

// What libcurl calls. At file scope, so that they belong to no actor, whichever thread calls them.
// The contexts are lent: a transfer is kept until after its handle has left the multi handle, and
// that itself until after it was freed. Nothing is thrown across libcurl's frames; a transfer
// remembers why it must end, and libcurl is told only that it must.

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
  return unsafe transfer.takeBody(octets(bytes, size * count).span) ? size * count : -1
}

func allowDeparture(
  _ context: UnsafeMutableRawPointer?, _ remoteAddress: UnsafeMutablePointer<CChar>?,
  _ localAddress: UnsafeMutablePointer<CChar>?, _ remotePort: Int32, _ localPort: Int32
) -> Int32 {
  guard let transfer = unsafe lent(Transfer.self, context) else { return CURL_PREREQFUNC_ABORT }
  let mayDepart = transfer.mayDepart {
    // On a connection that was there before, nobody was asked about the address yet.
    unsafe remoteAddress.flatMap { unsafe InternetAddress(String(cString: $0)) }
  }
  return mayDepart ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}

func openSocket(
  _ context: UnsafeMutableRawPointer?, _ purpose: curlsocktype,
  _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
  guard let transfer = unsafe lent(Transfer.self, context), let address = unsafe address,
    transfer.mayConnect({ unsafe InternetAddress(address) })
  else { return -1 }
  let kind = unsafe address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
  let socket = unsafe Glibc.socket(address.pointee.family, kind, address.pointee.protocol)
  if socket >= 0 { transfer.opened(socket) }
  return socket
}

func closeSocket(_ context: UnsafeMutableRawPointer?, _ socket: curl_socket_t) -> Int32 {
  unsafe lent(MultiHandle.self, context)?.closing(socket)
  return close(socket)
}

func socketChanged(
  _ easy: OpaquePointer?, _ socket: curl_socket_t, _ what: Int32,
  _ context: UnsafeMutableRawPointer?, _ socketContext: UnsafeMutableRawPointer?
) -> Int32 {
  unsafe lent(MultiHandle.self, context)?.follow(easy, socket, what)
  return 0
}

func timerChanged(
  _ multi: OpaquePointer?, _ milliseconds: Int, _ context: UnsafeMutableRawPointer?
) -> Int32 {
  unsafe lent(MultiHandle.self, context)?.setTimer(milliseconds)
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

extension InternetAddress {
  /// The address that libcurl is about to connect to; `nil` if it belongs to another protocol.
  @unsafe fileprivate init?(_ address: UnsafeMutablePointer<curl_sockaddr>) {
    let length = unsafe Int(address.pointee.addrlen)
    // The structure ends in as much of the address as its protocol needs, which may be more than
    // the type of its last field says.
    guard let start = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return nil }
    let bytes = unsafe UnsafeRawBufferPointer(
      start: UnsafeRawPointer(address) + start, count: length)
    switch unsafe address.pointee.family {
    case AF_INET where length >= MemoryLayout<sockaddr_in>.size:
      let bits = unsafe bytes.loadUnaligned(as: sockaddr_in.self).sin_addr.s_addr
      self.init(version4: UInt32(bigEndian: bits))
    case AF_INET6 where length >= MemoryLayout<sockaddr_in6>.size:
      guard let place = MemoryLayout<sockaddr_in6>.offset(of: \.sin6_addr) else { return nil }
      let high = unsafe bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
      let low = unsafe bytes.loadUnaligned(fromByteOffset: place + 8, as: UInt64.self)
      self.init(version6: UInt64(bigEndian: high), UInt64(bigEndian: low))
    default: return nil
    }
  }
}
