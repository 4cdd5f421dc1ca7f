internal import CCurlShims
internal import GatewayCore

/// What libcurl's result codes mean to the gateway.
enum FaultTable {
  // Most codes mean one thing. A few depend on whether the request had begun to be written: a
  // time-out before that is a connection that did not come about, and so on.
  private struct Row {
    let before: TransportFault.Kind
    let after: TransportFault.Kind

    init(_ kind: TransportFault.Kind) {
      before = kind
      after = kind
    }

    init(before: TransportFault.Kind, after: TransportFault.Kind) {
      self.before = before
      self.after = after
    }
  }

  private static let rows: [CURLcode.RawValue: Row] = [
    CURLE_COULDNT_RESOLVE_HOST.rawValue: Row(.resolve),
    CURLE_COULDNT_RESOLVE_PROXY.rawValue: Row(.resolve),
    CURLE_COULDNT_CONNECT.rawValue: Row(.connect),
    CURLE_INTERFACE_FAILED.rawValue: Row(.connect),
    CURLE_NO_CONNECTION_AVAILABLE.rawValue: Row(.connect),
    CURLE_PROXY.rawValue: Row(.connect),
    CURLE_QUIC_CONNECT_ERROR.rawValue: Row(.connect),
    CURLE_OPERATION_TIMEDOUT.rawValue: Row(before: .connect, after: .timeout),
    CURLE_SSL_CONNECT_ERROR.rawValue: Row(.tls),
    CURLE_SSL_ENGINE_NOTFOUND.rawValue: Row(.tls),
    CURLE_SSL_ENGINE_SETFAILED.rawValue: Row(.tls),
    CURLE_SSL_ENGINE_INITFAILED.rawValue: Row(.tls),
    CURLE_SSL_CERTPROBLEM.rawValue: Row(.tls),
    CURLE_SSL_CIPHER.rawValue: Row(.tls),
    CURLE_PEER_FAILED_VERIFICATION.rawValue: Row(.tls),
    CURLE_USE_SSL_FAILED.rawValue: Row(.tls),
    CURLE_SSL_CACERT_BADFILE.rawValue: Row(.tls),
    CURLE_SSL_SHUTDOWN_FAILED.rawValue: Row(.tls),
    CURLE_SSL_CRL_BADFILE.rawValue: Row(.tls),
    CURLE_SSL_ISSUER_ERROR.rawValue: Row(.tls),
    CURLE_SSL_PINNEDPUBKEYNOTMATCH.rawValue: Row(.tls),
    CURLE_SSL_INVALIDCERTSTATUS.rawValue: Row(.tls),
    CURLE_SSL_CLIENTCERT.rawValue: Row(.tls),
    CURLE_PARTIAL_FILE.rawValue: Row(.interrupted),
    CURLE_GOT_NOTHING.rawValue: Row(.interrupted),
    CURLE_SEND_ERROR.rawValue: Row(before: .connect, after: .interrupted),
    CURLE_RECV_ERROR.rawValue: Row(before: .connect, after: .interrupted),
    CURLE_SEND_FAIL_REWIND.rawValue: Row(.interrupted),
    CURLE_HTTP2.rawValue: Row(.interrupted),
    CURLE_HTTP2_STREAM.rawValue: Row(.interrupted),
    CURLE_HTTP3.rawValue: Row(.interrupted),
    CURLE_WEIRD_SERVER_REPLY.rawValue: Row(.invalidAnswer),
    CURLE_BAD_CONTENT_ENCODING.rawValue: Row(.invalidAnswer),
    CURLE_WRITE_ERROR.rawValue: Row(.invalidAnswer),
    // Before: a scheme other than http and https. After: an answer without a status line.
    CURLE_UNSUPPORTED_PROTOCOL.rawValue: Row(before: .other, after: .invalidAnswer),
    CURLE_FILESIZE_EXCEEDED.rawValue: Row(.tooLarge),
  ]

  /// The kind of fault that a result code stands for.
  ///
  /// - Parameter hasBegun: whether a connection stood and the request was about to be written to
  ///   it.
  static func kind(of code: CURLcode.RawValue, hasBegun: Bool) -> TransportFault.Kind {
    guard let row = rows[code] else { return .other }
    return hasBegun ? row.after : row.before
  }
}

/// How far a request got on its way out.
struct Departure: Equatable {
  /// Whether a connection stood and the request was about to be written to it.
  var hasBegun = false
  /// How many bytes of it the connection took, by libcurl's count.
  var bytesWritten = 0
  /// Whether the connection is encrypted.
  var isEncrypted = false
  /// The size of the body to be sent.
  var bodyBytes = 0

  /// Whether the server may have seen any of it.
  ///
  /// Over TLS libcurl counts a write only when all of it went out, and the write of a large request
  /// is many records, of which the first may have left. A request that fits one record is safe: a
  /// record cut short cannot be decrypted. 8 KiB of TLS's 16 are left for the head.
  var mayHaveBeenSent: Bool {
    hasBegun && (bytesWritten > 0 || (isEncrypted && bodyBytes > 8 << 10))
  }
}
