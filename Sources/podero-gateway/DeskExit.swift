import ArgumentParser
import Gateway

/// `EX_DATAERR` of sysexits.h: what was asked for cannot be read, shown or changed.
private let deskExit = ExitCode(65)

/// Says why something could not be done, and ends the program with its code.
func exiting<Value>(
  _ body: () async throws(DeskFault) -> Value
) async throws -> Value {
  do {
    return try await body()
  } catch {
    writeToStandardError("\(error)\n")
    throw deskExit
  }
}
