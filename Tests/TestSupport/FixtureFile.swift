import Glibc

/// Reads a whole file, such as a fixture found from `#filePath`.
///
/// - Returns: `nil` if there is no such file or it cannot be read.
public func readFile(_ path: String) -> [UInt8]? {
  guard let file = fopen(path, "rb") else { return nil }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65536)
  while true {
    let count = fread(&chunk, 1, chunk.count, file)
    if count == 0 { return ferror(file) == 0 ? bytes : nil }
    bytes.append(contentsOf: chunk[..<count])
  }
}

/// The folder that a path stands in, without a trailing slash.
public func folder(of path: String, up levels: Int = 1) -> String {
  path.split(separator: "/").dropLast(levels).map { "/" + $0 }.joined()
}
