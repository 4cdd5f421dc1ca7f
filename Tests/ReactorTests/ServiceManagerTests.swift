import Glibc
import Reactor
import TestSupport
import Testing

/// Goal: the service manager hears when the process is ready, and its absence is no fault.
/// Method: datagram sockets of the test's own, by path and by abstract name.
@Suite struct ServiceManagerTests {
  @Test func `it is told over its socket`() throws {
    let folder = try TemporaryFolder()
    let socket = try DatagramSocket(path: folder.path + "/notify")
    let manager = ServiceManager(path: socket.path)
    #expect(manager.notify(.ready) == nil)
    #expect(socket.receive() == "READY=1")
    #expect(manager.notify(.stopping) == nil)
    #expect(socket.receive() == "STOPPING=1")
    #expect(manager.notify(.reloading) == nil)
    #expect(socket.receive().hasPrefix("RELOADING=1\nMONOTONIC_USEC="))
  }

  @Test func `an abstract name works, too`() throws {
    let socket = try DatagramSocket(path: "@podero-gateway-\(getpid())")
    #expect(ServiceManager(path: socket.path).notify(.ready) == nil)
    #expect(socket.receive() == "READY=1")
  }

  @Test func `without a manager nothing is said, and a lost one is told of`() {
    #expect(ServiceManager(path: nil).notify(.ready) == nil)
    #expect(ServiceManager(path: "/nowhere/notify").notify(.ready)?.code == ENOENT)
    let long = String(repeating: "x", count: 200)
    #expect(ServiceManager(path: long).notify(.ready)?.code == ENAMETOOLONG)
    #expect(ServiceManager(path: "").notify(.ready)?.code == ENAMETOOLONG)
  }
}
