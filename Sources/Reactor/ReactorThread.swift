internal import CLinux
import Glibc

/// A thread that runs one closure to its end.
@safe public final class ReactorThread: @unchecked Sendable {
  // Sendable is safe: the handle is written once, before anyone else can see the object.
  private let handle: pthread_t

  /// Starts the thread.
  ///
  /// - Throws: ``ReactorFault`` if there is no thread to be had.
  init(name: String, _ body: @escaping @Sendable () -> Void) throws(ReactorFault) {
    let start = unsafe Unmanaged.passRetained(Start(name: name, body: body))
    var thread = pthread_t()
    let code = unsafe pthread_create(&thread, nil, runThread, start.toOpaque())
    guard code == 0 else {
      unsafe start.release()
      throw ReactorFault(call: "pthread_create", code: code)
    }
    handle = thread
  }

  /// Waits until the closure has returned. Call it once, and not on the thread itself.
  public func join() {
    let code = pthread_join(handle, nil)
    precondition(code == 0, "pthread_join failed with \(code)")
  }
}

private final class Start {
  let name: String
  let body: @Sendable () -> Void

  init(name: String, body: @escaping @Sendable () -> Void) {
    self.name = name
    self.body = body
  }
}

// At file scope, so that it belongs to no actor: the thread library calls it on the new thread.
private func runThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  guard let argument = unsafe argument else { return nil }
  let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
  // A thread without a name works as well.
  _ = unsafe gw_name_current_thread(start.name)
  start.body()
  return nil
}
