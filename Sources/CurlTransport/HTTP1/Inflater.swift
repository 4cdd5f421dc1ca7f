internal import CZlibShims
internal import GatewayCore

/// Decompresses one body: `gzip` or `deflate` (RFC 9110, section 8.4.1).
///
/// What servers call `deflate` is mostly zlib's format, as it should be, and sometimes lacks its
/// header; both are taken.
@safe final class Inflater {
  /// What became of a piece.
  enum Outcome {
    case taken
    /// Whoever gets the body wants no more.
    case refused
    case malformed
  }

  // Several of them for a whole answer; a bomb is handed on in these pieces, and refused early.
  private static let pieceBytes = 32 << 10

  private var stream: OpaquePointer?
  private var piece: [UInt8] = []
  /// Whether the compressed body is complete.
  private(set) var isAtEnd = false
  /// Whether nothing has come yet.
  private(set) var isUntouched = true

  deinit { unsafe gw_inflater_free(stream) }

  /// Decompresses what came next.
  ///
  /// - Parameter deliver: gets the pieces; returns whether to go on.
  func inflate(_ bytes: Span<UInt8>, _ deliver: (Span<UInt8>) -> Bool) -> Outcome {
    guard !bytes.isEmpty else { return .taken }
    if isUntouched {
      isUntouched = false
      unsafe stream = gw_inflater_new(Inflater.isRaw(bytes[0]) ? 1 : 0)
      piece = [UInt8](repeating: 0, count: Inflater.pieceBytes)
    }
    guard let stream = unsafe stream else { return .malformed }
    var position = 0
    repeat {
      // Something behind the end is no part of the body and nothing else either.
      guard !isAtEnd else { return .malformed }
      var (taken, made) = (0, 0)
      let rest = bytes.extracting(position..<bytes.count)
      // Both pointers hold for the call, and zlib keeps to the lengths.
      let code = unsafe rest.withUnsafeBufferPointer { input in
        unsafe piece.withUnsafeMutableBufferPointer { output in
          unsafe gw_inflater_step(
            stream, input.baseAddress, input.count, &taken, output.baseAddress, output.count,
            &made)
        }
      }
      guard code != GW_INFLATE_MALFORMED else { return .malformed }
      // Never so with room and input; said so that no answer could keep the loop going.
      guard taken > 0 || made > 0 || position == bytes.count else { return .malformed }
      isAtEnd = code == GW_INFLATE_END
      position += taken
      let isWanted = unsafe piece.withUnsafeBufferPointer { piece in
        unsafe made == 0 || deliver(piece.extracting(0..<made).span)
      }
      guard isWanted else { return .refused }
      // A full piece may leave more of the output behind, even without further input.
      if made < piece.count, position == bytes.count { return .taken }
      if isAtEnd, position == bytes.count { return .taken }
    } while true
  }

  // zlib's header begins with the method, 8, and a window size below 8 (RFC 1950); gzip's is 1F 8B.
  private static func isRaw(_ first: UInt8) -> Bool {
    first != 0x1F && (first & 0x0F != 8 || first >> 4 > 7)
  }
}
