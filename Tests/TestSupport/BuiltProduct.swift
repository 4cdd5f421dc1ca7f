import Glibc

/// Finds the executables that were built together with the tests.
public enum BuiltProduct {
  /// The path of an executable.
  ///
  /// The tests themselves run from the build folder, or are loaded from there by a helper whose
  /// arguments name them, so the folders of both and those above are searched. That holds for any
  /// `--scratch-path`. The environment variable `PODERO_PRODUCTS` names another folder that comes
  /// first, such as that of a release build, for what is measured.
  ///
  /// - Throws: ``ScriptedServerFault`` if there is none.
  public static func path(_ name: String) throws -> String {
    if let folder = getenv("PODERO_PRODUCTS") {
      let candidate = String(cString: folder) + "/" + name
      if access(candidate, X_OK) == 0 { return candidate }
    }
    var target = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &target, target.count)
    let own = String(
      decoding: target.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
    for start in [own] + CommandLine.arguments where start.hasPrefix("/") {
      for level in 1...3 {
        let candidate = folder(of: start, up: level) + "/" + name
        if access(candidate, X_OK) == 0 { return candidate }
      }
    }
    throw ScriptedServerFault(call: "finding \(name) beside \(own)", code: ENOENT)
  }
}
