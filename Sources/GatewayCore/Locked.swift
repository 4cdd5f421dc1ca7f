#if canImport(Glibc)
  public import Glibc
#endif

/// A value that threads take turns at, behind a `pthread_mutex_t`.
///
/// The standard library's `Mutex` is reported as racy by the thread sanitizer on Linux; a pthread
/// mutex is understood by it, so that a clean sanitizer run means something.
///
/// Do not suspend, call out or do I/O in the closure: it runs with the lock held.
@safe public final class Locked<Value: Sendable>: @unchecked Sendable {
  // Sendable is safe: the value is touched only between lock and unlock.
  @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>
  // In the same block behind the mutex, and not a property: the lock is what keeps accesses from
  // overlapping, and asking for that at run time, too, would cost as much as taking it.
  @usableFromInline let value: UnsafeMutablePointer<Value>

  /// Creates the lock around its first value.
  public init(_ value: Value) {
    let size = unsafe MemoryLayout<pthread_mutex_t>.size
    let alignment = MemoryLayout<Value>.alignment
    let offset = (size + alignment - 1) / alignment * alignment
    let block = unsafe UnsafeMutableRawPointer.allocate(
      byteCount: offset + MemoryLayout<Value>.size,
      alignment: max(alignment, MemoryLayout<pthread_mutex_t>.alignment))
    unsafe mutex = block.initializeMemory(as: pthread_mutex_t.self, to: pthread_mutex_t())
    unsafe self.value = (block + offset).initializeMemory(as: Value.self, to: value)
    let code = unsafe pthread_mutex_init(mutex, nil)
    precondition(code == 0, "pthread_mutex_init failed with \(code)")
  }

  deinit {
    let code = unsafe pthread_mutex_destroy(mutex)
    precondition(code == 0, "pthread_mutex_destroy failed with \(code): the lock is still held")
    unsafe value.deinitialize(count: 1)
    unsafe UnsafeMutableRawPointer(mutex).deallocate()
  }

  /// Runs `body` alone with the value.
  ///
  /// - Parameter body: short work that neither blocks nor calls out.
  /// - Returns: what `body` returns.
  /// - Throws: what `body` throws.
  @inlinable
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
    return try unsafe body(&value.pointee)
  }
}
