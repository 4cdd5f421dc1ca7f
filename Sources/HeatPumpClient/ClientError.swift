/// What goes wrong without the gateway's saying so; what it says is a ``Problem``.
public enum ClientError: Error, Sendable, Hashable {
  /// No answer came, and repeating did not help or was not safe. Of a write without an idempotency
  /// key, it is not known whether it was carried out.
  case noAnswer(String)
  /// An answer came that this client cannot read.
  case unreadable(status: Int, String)
}
