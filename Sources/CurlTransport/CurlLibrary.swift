internal import CCurlShims

/// What holds for the whole process.
enum CurlLibrary {
  // Once for the process, however many transports there are, and never undone: libcurl's own
  // cleanup is unsafe while any other thread runs.
  private static let initialisation: CURLcode = gw_curl_global_init()

  /// Makes libcurl ready; false if it cannot be used.
  static var isReady: Bool { initialisation == CURLE_OK }

  /// libcurl's version and those of the libraries it stands on.
  static let version: String = unsafe String(cString: curl_version())

  /// What `Accept-Encoding` offers; `nil` if nothing can be decompressed.
  ///
  /// Brotli and Zstandard are left out though libcurl knows them: a Zstandard frame may ask for a
  /// window of 128 MiB before its first byte comes out, which no limit on the output catches.
  static let acceptEncoding: String? = gw_curl_decodes_gzip() != 0 ? "gzip, deflate" : nil
}
