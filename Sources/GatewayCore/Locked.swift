#if canImport(Glibc)
  import Glibc
#endif

/// A value that threads take turns at, behind a `pthread_mutex_t`.
///
/// The standard library's `Mutex` is reported as racy by the thread sanitizer on Linux; a pthread
/// mutex is understood by it, so that a clean sanitizer run means something.
///
/// Do not suspend, call out or do I/O in the closure: it runs with the lock held.
@safe public final class Locked<Value: Sendable>: @unchecked Sendable {
  // Sendable is safe: `value` is touched only between lock and unlock.
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private var value: Value

  /// Creates the lock around its first value.
  public init(_ value: Value) {
    unsafe mutex = .allocate(capacity: 1)
    unsafe mutex.initialize(to: pthread_mutex_t())
    let code = unsafe pthread_mutex_init(mutex, nil)
    precondition(code == 0, "pthread_mutex_init failed with \(code)")
    self.value = value
  }

  deinit {
    let code = unsafe pthread_mutex_destroy(mutex)
    precondition(code == 0, "pthread_mutex_destroy failed with \(code): the lock is still held")
    unsafe mutex.deallocate()
  }

  /// Runs `body` alone with the value.
  ///
  /// - Parameter body: short work that neither blocks nor calls out.
  /// - Returns: what `body` returns.
  /// - Throws: what `body` throws.
  @inline(__always)
  public func withLock<Result, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let code = unsafe pthread_mutex_lock(mutex)
    precondition(code == 0, "pthread_mutex_lock failed with \(code)")
    defer {
      let code = unsafe pthread_mutex_unlock(mutex)
      precondition(code == 0, "pthread_mutex_unlock failed with \(code)")
    }
    return try body(&value)
  }
}
