#!/usr/bin/env python3
"""Carries out the Dockerfile without Docker: its steps run in clean Debian roots made by debootstrap.

Then it starts the result as the image says (user, command, read-only root, volume), does the health
check, reads a heat pump from the simulator's image, and stops it. As root only; some minutes.

What is not Docker's here: debian:*-slim is debootstrap's minbase of the same release; swift:* is that
with a compiler's packages, and this machine's Swift mounted read-only. Steps that run `swift` are not
run, and /out is taken from the release build, unless --build is given. There is no seccomp profile.
"""
import argparse, json, os, pathlib, re, shlex, shutil, signal, subprocess, sys, tempfile, time
import urllib.request

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
# What Swift's image has besides Swift, as far as compiling needs it.
COMPILER = ["binutils", "gcc", "git", "libc6-dev", "libstdc++-12-dev", "ca-certificates",
            "libcurl4", "libxml2", "libsqlite3-0", "libedit2", "libncurses6", "libpython3.11"]

def instructions(text):
    """The Dockerfile's instructions: name, words after it, and their line."""
    joined, start = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#") or not (line.strip() or joined):
            continue
        start = start if joined else number
        joined += line.rstrip("\\") if line.endswith("\\") else line
        if not line.endswith("\\"):
            name, rest = joined.split(None, 1)
            yield name.upper(), re.sub(r"\s+", " ", rest.strip()), start
            joined = ""


def run(*command, **more):
    return subprocess.run([str(word) for word in command], check=True, text=True, **more)


class Stage:
    """An image on its way: a root on disk, and what the image says of running it."""

    def __init__(self, root):
        self.root, self.base = root, None
        self.user, self.folder, self.volumes = "0:0", "/", []
        self.entrypoint, self.command, self.health = [], [], None
        self.swift, self.mounts, self.signal = None, [], signal.SIGTERM

    def path(self, inside):
        return self.root / os.path.normpath(os.path.join(self.folder, inside)).lstrip("/")

    def inside(self, *command, **more):
        """Runs a command in the root as the stage's user, with /proc and some devices."""
        script = 'root=$1; shift; mount --make-rprivate /; mount -t proc proc "$root/proc"\n'
        for device in ("null", "zero", "random", "urandom"):
            script += f': >>"$root/dev/{device}"; mount --bind /dev/{device} "$root/dev/{device}"\n'
        if self.swift:
            script += f'mkdir -p "$root/opt/swift"; mount --bind -o ro {self.swift} "$root/opt/swift"\n'
            for path in self.mounts:
                make = 'mkdir -p "$root{0}"' if path.is_dir() else 'mkdir -p "$root{1}"; : >>"$root{0}"'
                script += (make + '; mount --bind -o ro {0} "$root{0}"\n').format(path, path.parent)
        user, group = self.user.split(":")
        script += f'exec chroot --userspec={user}:{group} "$root" /bin/sh -c "cd $FOLDER && exec \\"\\$@\\"" _ "$@"'
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        environment = {"PATH": path + (":/opt/swift/usr/bin" if self.swift else ""), "HOME": "/root",
                       "LC_ALL": "C", "FOLDER": self.folder}
        return run("/usr/bin/unshare", "--mount", "--pid", "--fork", "/bin/sh", "-ec", script, "_",
                   self.root, *command, env=environment, **more)


class Builder:
    def __init__(self, work, options):
        self.work, self.options, self.stages, self.arguments = work, options, {}, {}
        self.last = None

    def words(self, text):
        return re.sub(r"\$\{(\w+)\}", lambda found: self.arguments[found[1]], text)

    def carry_out(self, text):
        for name, rest, line in instructions(text):
            say(f"{line:3} {name} {rest if len(rest) < 90 else rest[:87] + '...'}")
            getattr(self, "do_" + name.lower())(rest)

    def do_arg(self, rest):
        name, value = rest.split("=")
        self.arguments[name] = value

    def do_from(self, rest):
        image, _, name = self.words(rest).split()
        stage = Stage(self.work / name)
        if image in self.stages:
            base = self.stages[image]
            run("cp", "-a", base.root, stage.root)
            stage.user, stage.folder, stage.base = base.user, base.folder, image
        else:
            release = self.arguments["DEBIAN"]
            run(REPOSITORY / "scripts/clean-root.sh", stage.root, release)
            if image == f"swift:{self.arguments['SWIFT']}-{release}":
                stage.swift = pathlib.Path(shutil.which("swift")).resolve().parents[2]
                stage.inside("sh", "-c", "apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y "
                             "--no-install-recommends install " + shlex.join(COMPILER), stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
                # Only now: a package may bring a file of that name.
                stage.mounts = self.options.mount
                note(f"stand-in: Debian {release} and the Swift of this machine, read-only")
            elif image == f"debian:{release}-slim":
                note(f"stand-in: debootstrap --variant=minbase {release}")
            else:
                raise SystemExit(f"no stand-in for {image}")
        self.last = self.stages[name] = stage

    def do_run(self, rest):
        if not re.search(r"\bswift (build|package)\b", rest) or self.options.build:
            self.last.inside("/bin/sh", "-c", rest, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        elif "swift build" not in rest:
            note("not run without --build")
        else:
            self.check_manifest()
            for program in ("podero-gateway", "podero-simulator"):
                source = self.options.release / program
                run("install", "-D", source, self.last.path(f"/out/{program}"))
            self.last.inside("/bin/sh", "-c", "strip /out/*")
            note("not run without --build; /out is the release build, stripped in the root")

    def check_manifest(self):
        """Whether every target that the manifest names has its folder among what was copied."""
        text = self.last.inside("swift", "package", "--disable-sandbox", "dump-package", stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL).stdout
        targets = json.loads(text)["targets"]
        for target in targets:
            kind = "Tests" if target["type"] == "test" else "Sources"
            folder = target.get("path") or f"{kind}/{target['name']}"
            if not self.last.path(folder).is_dir():
                raise SystemExit(f"✗ {folder} of the target {target['name']} is not copied into the image")
        note(f"the manifest, read by Swift in the root, names {len(targets)} targets; all are there")

    def do_copy(self, rest):
        *sources, target = rest.split()
        origin = REPOSITORY
        if sources[0].startswith("--from="):
            origin = self.stages[sources.pop(0).split("=")[1]].root
        for source in sources:
            if origin is REPOSITORY and not in_context(source):
                raise SystemExit(f"✗ .dockerignore keeps {source} out")
            place = self.last.path(target)
            if target.endswith("/") and (origin / source.lstrip("/")).is_file():
                place /= os.path.basename(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            run("cp", "-a", "--no-preserve=ownership", "-T", origin / source.lstrip("/"), place)

    def do_user(self, rest):
        self.last.user = rest

    def do_workdir(self, rest):
        self.last.folder = rest
        self.last.path(rest).mkdir(parents=True, exist_ok=True)

    def do_volume(self, rest):
        self.last.volumes.append(rest)

    def do_healthcheck(self, rest):
        self.last.health = json.loads(rest[rest.index("CMD") + 3:])

    def do_entrypoint(self, rest):
        self.last.entrypoint = json.loads(rest)

    def do_cmd(self, rest):
        self.last.command = json.loads(rest)

    def do_expose(self, rest):
        pass

    def do_stopsignal(self, rest):
        self.last.signal = signal.Signals[rest]


def in_context(source):
    return "!" + source in (REPOSITORY / ".dockerignore").read_text().split("\n")


def say(text):
    print(text, flush=True)


def note(text):
    say(f"      · {text}")


def check(what, holds, seen=""):
    say(f"{'✓' if holds else '✗'} {what}" + (f": {seen}" if seen != "" else ""))
    if not holds:
        raise SystemExit(1)


def check_packages(stage, text):
    """The runtime's list has what the programs link against, and nothing else but two by name."""
    wanted = set(re.search(r"FROM debian.*?install \\?\s*(.*?)\\?\s*&&", text, re.S)[1].replace("\\", " ").split())
    linked = set()
    program = "/usr/local/bin/podero-gateway"
    libraries = stage.inside("ldd", program, stdout=subprocess.PIPE).stdout
    check("ldd finds every library", "not found" not in libraries, f"{len(libraries.splitlines())} lines")
    needed = run("objdump", "-p", stage.root / program[1:], stdout=subprocess.PIPE).stdout
    for name in re.findall(r"NEEDED\s+(\S+)", needed):
        if name.startswith("ld-linux"):
            continue
        owner = stage.inside("sh", "-c", f"dpkg-query -S '*/{name}'", stdout=subprocess.PIPE).stdout
        linked.add(owner.split(":")[0])
    check("packages listed are those linked, ca-certificates and curl",
          wanted - {"ca-certificates", "curl"} == linked - {"libc6", "libgcc-s1"}, " ".join(sorted(wanted)))


CONFIGURATION = """listen: {address: 0.0.0.0, port: 8080}
admin: {address: 0.0.0.0, port: 8081}
organisations:
  - name: acme
    id: ORGANISATION
    api_base: http://127.0.0.1:8090/api/partners/v2.0/
    token_url: http://127.0.0.1:8090/oauth2/token/
    client_id: {env: PODERO_CLIENT_ID}
    client_secret: {env: PODERO_CLIENT_SECRET}
apps:
  - {name: portal, organisation: acme, keys: [{sha256: HASH}], scopes: [heat-pumps:read], users: ["*"], heat_pumps: ["*"]}
heat_pumps:
  - alias: smith-home
    organisation: acme
    user_id: a0000000-0000-4000-8000-000000000001
    heat_pump_id: b0000000-0000-4000-8000-000000000001
"""


class Container:
    """A stage that runs: root read-only, no capabilities, its user, and nothing writable but the volume."""

    def __init__(self, stage, network, arguments, log, environment=(), mounts=()):
        script = 'root=$1; shift; mount --make-rprivate /; mount --bind "$root" "$root"\n'
        for source, target in mounts:
            place = stage.root / target[1:]
            place.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                place.mkdir(parents=True, exist_ok=True)
            else:
                place.touch()
            script += f'mount --bind "{source}" "{place}"\n'
        script += 'mount -t proc proc "$root/proc"\nmount -o remount,bind,ro "$root"\n'
        user, group = stage.user.split(":")
        script += (f'cd "$root"; exec chroot "$root" setpriv --reuid={user} --regid={group} --clear-groups '
                   '--no-new-privs --bounding-set=-all --inh-caps=-all '
                   f'sh -c "cd {stage.folder} && exec \\"\\$@\\"" _ "$@"')
        self.stage, self.network, self.log = stage, network, open(log, "w+")
        self.process = subprocess.Popen(
            ["/usr/bin/nsenter", f"--net=/proc/{network}/ns/net", "/usr/bin/unshare", "--mount", "--pid", "--fork",
             "--kill-child", "/bin/sh", "-ec", script, "_", str(stage.root), *stage.entrypoint, *arguments],
            env={"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", **dict(environment)},
            stdout=self.log, stderr=subprocess.STDOUT)

    def text(self):
        return pathlib.Path(self.log.name).read_text()

    def wait_for(self, words):
        for _ in range(150):
            if words in self.text():
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise SystemExit(f"✗ it did not start:\n{self.text()}")

    def main(self):
        """The program's number: the child of `unshare`, which is process 1 of its container."""
        return int(pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()[0])

    def inside(self, *command):
        user, group = self.stage.user.split(":")
        return subprocess.run(
            ["nsenter", "--target", str(self.main()), "--net", "--mount", "--pid", "chroot",
             f"--userspec={user}:{group}", str(self.stage.root), *command],
            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def stop(self):
        os.kill(self.main(), self.stage.signal)
        return self.process.wait(timeout=30)


def try_out(builder, work):
    gateway, simulator = builder.stages["gateway"], builder.stages["simulator"]
    volume = work / "volume"
    # As Docker fills a new volume: from the image's folder, with its owner and mode.
    run("cp", "-a", gateway.path(gateway.volumes[0]), volume)
    check("user, volume, its owner", os.stat(volume).st_uid == 65532 and oct(os.stat(volume).st_mode)[-3:] == "700",
          f"{gateway.user}, {gateway.volumes[0]}, 65532 with 700")
    key, digest = re.findall(r": +(\S+)", gateway.inside("podero-gateway", "new-key", stdout=subprocess.PIPE).stdout)[:2]
    network = subprocess.Popen(["unshare", "--net", "sh", "-c", "ip link set lo up; exec sleep 600"])
    running = []
    try:
        time.sleep(0.5)
        double = Container(simulator, network.pid, [], work / "simulator.log")
        running.append(double)
        double.wait_for("listening on")
        organisation = re.search(r"\(org ([^)]*)\)", double.text())[1]
        settings = work / "gateway.yaml"
        settings.write_text(CONFIGURATION.replace("ORGANISATION", organisation).replace("HASH", digest))
        settings.chmod(0o644)
        served = Container(
            gateway, network.pid, gateway.command, work / "gateway.log",
            {"PODERO_CLIENT_ID": "demo-client", "PODERO_CLIENT_SECRET": "demo-secret"}.items(),
            [(volume, gateway.volumes[0]), (settings, "/etc/podero-gateway/gateway.yaml")])
        running.append(served)
        served.wait_for('"message":"listening"')
        status = pathlib.Path(f"/proc/{served.main()}/status").read_text()
        fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        check("it runs as, and with the capabilities", fields["Uid"].split()[0] == "65532" and
              int(fields["CapEff"], 16) == int(fields["CapBnd"], 16) == 0, f"65532, {fields['CapEff']}")
        answer = served.inside("touch", "/usr/local/bin/x", "/tmp/x")
        check("the root is read-only", answer.stdout.count("Read-only file system") == 2)
        answer = served.inside(*gateway.health)
        check("HEALTHCHECK " + shlex.join(gateway.health), answer.returncode == 0, answer.returncode)
        answer = served.inside("curl", "-sS", "-H", f"Authorization: Bearer {key}",
                               "http://127.0.0.1:8080/v1/heat-pumps/smith-home?fields=hot_water")
        check("a heat pump, through the gateway", '"hot_water"' in answer.stdout, answer.stdout[:90])
        check("SIGTERM drains; exit code", (code := served.stop()) == 0, code)
        written = sorted(str(path.relative_to(volume)) for path in volume.rglob("*"))
        check("what it wrote", "data/gateway.db" in written, " ".join(written))
        double.stop()
        say("✓ the simulator ends on its STOPSIGNAL")
    finally:
        for container in running:
            if container.process.poll() is None:
                container.process.kill()
        network.kill()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", action="store_true", help="compile in the root, too; needs the network")
    parser.add_argument("--release", type=pathlib.Path, default=REPOSITORY / ".build/release",
                        help="where the two programs are otherwise")
    parser.add_argument("--mount", type=pathlib.Path, action="append", default=[], metavar="PATH",
                        help="what compiling needs of this machine besides, such as git's settings and a mirror")
    options = parser.parse_args()
    text = (REPOSITORY / "Dockerfile").read_text()
    work = pathlib.Path(tempfile.mkdtemp(prefix="image."))
    work.chmod(0o755)
    try:
        builder = Builder(work, options)
        builder.carry_out(text)
        check_packages(builder.stages["gateway"], text)
        size = run("du", "-sm", builder.stages["gateway"].root, stdout=subprocess.PIPE).stdout.split()[0]
        note(f"the gateway's root has {size} MB")
        try_out(builder, work)
    except subprocess.CalledProcessError as error:
        sys.exit(f"✗ {shlex.join(error.cmd[-3:])}: {error.stderr or error}")
    finally:
        run("rm", "-rf", "--one-file-system", work)
    say("The Dockerfile's steps work, and so does what comes out.")


if __name__ == "__main__":
    main()
