internal import CMicrohttpdShims

// The library calls these on the thread that runs the daemon, the reactor's. They stand at file
// scope, so that they belong to no actor.

/// All callbacks.
///
/// - Parameter context: a ``ServerCore`` that outlives the daemon.
func libraryCallbacks(context: UnsafeMutableRawPointer) -> gw_mhd_callbacks {
  unsafe gw_mhd_callbacks(
    context: context, admits: onAdmission, opened: onOpened, closed: onClosed, begun: onBegun,
    handle: onHandle,
    completed: onCompleted, logged: onLogged)
}

private func onAdmission(
  _ context: UnsafeMutableRawPointer?, _ address: UnsafePointer<UInt8>?, _ size: Int
) -> Int32 {
  guard let core = unsafe core(context), let address = unsafe address else { return 1 }
  return unsafe core.admits(Span(_unsafeStart: address, count: size)) ? 1 : 0
}

private func onOpened(
  _ context: UnsafeMutableRawPointer?, _ handle: OpaquePointer?
) -> UnsafeMutableRawPointer? {
  guard let core = unsafe core(context), let handle = unsafe handle else { return nil }
  return unsafe Unmanaged.passRetained(core.opened(handle)).toOpaque()
}

private func onClosed(_ context: UnsafeMutableRawPointer?, _ pointer: UnsafeMutableRawPointer?) {
  guard let core = unsafe core(context), let pointer = unsafe pointer else { return }
  core.closed(unsafe Unmanaged<Connection>.fromOpaque(pointer).takeRetainedValue())
}

private func onBegun(
  _ context: UnsafeMutableRawPointer?, _ pointer: UnsafeMutableRawPointer?,
  _ target: UnsafePointer<UInt8>?, _ size: Int
) -> UnsafeMutableRawPointer? {
  guard let core = unsafe core(context), let pointer = unsafe pointer, let target = unsafe target
  else { return nil }
  let connection = unsafe Unmanaged<Connection>.fromOpaque(pointer).takeUnretainedValue()
  let exchange = core.begun(connection, unsafe Span(_unsafeStart: target, count: size))
  return unsafe Unmanaged.passRetained(exchange).toOpaque()
}

private func onHandle(
  _ context: UnsafeMutableRawPointer?, _ pointer: UnsafeMutableRawPointer?,
  _ line: UnsafePointer<gw_mhd_request_line>?, _ data: UnsafePointer<UInt8>?,
  _ size: UnsafeMutablePointer<Int>?
) -> Int32 {
  guard let core = unsafe core(context), let pointer = unsafe pointer, let line = unsafe line,
    let size = unsafe size
  else { return 0 }
  let exchange = unsafe Unmanaged<Exchange>.fromOpaque(pointer).takeUnretainedValue()
  let bytes = unsafe Span(_unsafeElements: UnsafeBufferPointer(start: data, count: size.pointee))
  // Whatever becomes of them, the library need not offer these bytes again.
  unsafe size.pointee = 0
  return unsafe core.handle(exchange, line.pointee, bytes) ? 1 : 0
}

private func onCompleted(
  _ context: UnsafeMutableRawPointer?, _ pointer: UnsafeMutableRawPointer?, _ isComplete: Int32
) {
  guard let core = unsafe core(context), let pointer = unsafe pointer else { return }
  core.completed(
    unsafe Unmanaged<Exchange>.fromOpaque(pointer).takeRetainedValue(), isComplete: isComplete != 0)
}

private func onLogged(_ context: UnsafeMutableRawPointer?, _ line: UnsafePointer<CChar>?) {
  guard let core = unsafe core(context), let line = unsafe line else { return }
  core.logged(unsafe String(cString: line))
}

/// The reader of a stream's response; its context is an ``OpenStream``.
func onStreamRead(
  _ pointer: UnsafeMutableRawPointer?, _ position: UInt64, _ buffer: UnsafeMutablePointer<CChar>?,
  _ capacity: Int
) -> Int {
  guard let pointer = unsafe pointer else { return Int(GW_MHD_STREAM_BREAKS.rawValue) }
  let open = unsafe Unmanaged<OpenStream>.fromOpaque(pointer).takeUnretainedValue()
  return unsafe open.core.read(
    open, into: UnsafeMutableRawBufferPointer(start: buffer, count: capacity))
}

/// The end of a stream's response.
func onStreamFreed(_ pointer: UnsafeMutableRawPointer?) {
  guard let pointer = unsafe pointer else { return }
  unsafe Unmanaged<OpenStream>.fromOpaque(pointer).release()
}

private func core(_ context: UnsafeMutableRawPointer?) -> ServerCore? {
  guard let context = unsafe context else { return nil }
  return unsafe Unmanaged<ServerCore>.fromOpaque(context).takeUnretainedValue()
}
