"""One hub from start to end: folder, stores, sockets, and what has to be told to whom on the way."""

import asyncio
import contextlib
import gc
import hashlib
import json
import resource
import secrets
import signal
import socket
import sys
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn
import uvloop

from interlock.errors import ConfigError
from interlock.hub.core.core import Core
from interlock.hub.server import log
from interlock.hub.server.api import Api
from interlock.hub.server.app import build
from interlock.hub.server.brake import EVERY_SECONDS
from interlock.hub.server.canary import Canary
from interlock.hub.server.consoles import Consoles, Snapshot, snapshot
from interlock.hub.server.engine import Engine
from interlock.hub.server.feed import RING_ITEMS
from interlock.hub.server.folder import AGENT_TOKEN, OPERATOR_TOKEN, Folder, write_ready
from interlock.hub.server.guard import Guard, hosts_of
from interlock.hub.server.images import Images
from interlock.hub.server.keeping import Keeping
from interlock.hub.server.limits import BODY_SECONDS, FRAME_MAX, HEAD_SECONDS, IDLE_SECONDS
from interlock.hub.server.process import boot_id
from interlock.hub.server.requests import within
from interlock.hub.server.rights import Rights
from interlock.hub.server.sockets import Socket
from interlock.hub.server.status import Status, user
from interlock.hub.server.store import Store
from interlock.redact import Redactor
from interlock.text import visible_line

__all__ = ["Options", "serve"]

SWITCH_SECONDS = 0.0005
"""How long a writer may keep the interpreter while the loop wants it. The default is ten times as long, and
orders would wait for it."""
BACKLOG = 4096


@dataclass(frozen=True, slots=True)
class Options:
    """What a hub is started with. ``hosts`` are further names it is reached by, ``ring`` is how
    many events a console may be behind before it gets a gap, ``json`` how it says on stdout that it is ready."""

    data: Path
    host: str = "127.0.0.1"
    port: int = 7117
    ready_file: Path | None = None
    hosts: Sequence[str] = field(default=())
    ring: int = RING_ITEMS
    json: bool = False
    canary: float | None = EVERY_SECONDS
    """Seconds between two proofs of the brake; None for no canary."""
    shared_agent: bool = True
    """Whether ``agent.token`` of the data folder, which is bound to no agent, opens anything."""
    keep_bodies: float | None = None
    """Seconds after which a long text that nobody named since is erased; None keeps them."""
    keep_texts: float | None = None
    """Seconds after which a run that ended and told nothing since is without its texts; None keeps them."""
    deadlines: tuple[float, float] = (HEAD_SECONDS, BODY_SECONDS)
    """Seconds a request's headers and its body may take."""


def serve(options: Options) -> None:
    """Be a hub until told to end. Raises ConfigError or StoreError if it cannot start."""
    with Folder(options.data) as folder:
        folder.unready()
        log.start(folder.path / "hub.log")
        _take_room()
        key = folder.secret("redact.key")
        tokens = folder.secret(OPERATOR_TOKEN), folder.secret(AGENT_TOKEN)
        redactor = _redactor(folder, key)
        with _listener(options) as listener, Store(folder.path, redactor) as store:
            core = Core(boot=boot_id(), redact=redactor.args, hub=_lasting(key))
            engine = Engine(core, store, name="h-" + secrets.token_hex(4), redact_key=key, ring=options.ring)
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(_Hub(options, folder, tokens, store, engine, listener).run())
        folder.unready()


def _lasting(key: str) -> str:
    """Return a name of this hub that no restart changes, and that says nothing of the key it is made from."""
    return hashlib.sha256(b"interlock.hub.v1" + key.encode()).hexdigest()[:16]


def _redactor(folder: Folder, key: str) -> Redactor:
    try:
        return Redactor(key)
    except ValueError:
        path, fix = folder.path / "redact.key", "delete the file, the hub makes a new one"
        raise ConfigError("not a key of a hub in", value=str(path), fix=fix) from None


class _Hub:
    def __init__(
        self,
        options: Options,
        folder: Folder,
        tokens: tuple[str, str],
        store: Store,
        engine: Engine,
        listener: socket.socket,
    ) -> None:
        self._options, self._folder, self._store = options, folder, store
        self._engine, self._listener = engine, listener
        self._readers = ThreadPoolExecutor(1, "reader")
        self._port = int(listener.getsockname()[1])
        hosts = hosts_of(options.host, self._port, options.hosts)
        self._canary = Canary(engine, options.canary)
        self._images = Images(engine, folder.path)
        self._keeping = Keeping(engine, store, options.keep_bodies, options.keep_texts)
        self._rights, self._user = Rights(engine), user()
        engine.core.access.begin(self._user, boot_id())
        self._guard = Guard(
            operator=tokens[0],
            agent=tokens[1] if options.shared_agent else None,
            hosts=hosts,
            canary=self._canary.tokens,
            root=self._user,
            find=self._rights.find,
        )

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        self._engine.start(loop)
        status = Status(self._engine, self._rights, self._user)
        status.brake = self._canary.brake

        async def make() -> Snapshot:
            hub, pos = status.hub(), self._engine.ring.last
            return await loop.run_in_executor(
                self._readers, lambda: snapshot(self._store.trace.all_states(), hub, pos)
            )

        consoles = Consoles(self._engine.ring, status.hub, make, loop, self._rights.role)
        status.consoles, self._engine.revoked = consoles.told, consoles.revoked
        api = Api(self._engine, self._store, status, self._readers, self._rights)
        app = build(self._guard, api, self._engine, consoles, self._rights)
        server = _Server(self._config(app), self._ready)
        for sign in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sign, self._end, server, consoles)
        try:
            await server.serve(sockets=[self._listener])
        finally:
            await self._canary.close()
            await self._images.close()
            await self._keeping.close()
            self._engine.close()
            self._readers.shutdown()
            api.close()

    def _config(self, app: object) -> uvicorn.Config:
        return uvicorn.Config(
            app,  # type: ignore[arg-type]
            http=within(*self._options.deadlines),
            ws=Socket,
            ws_max_size=FRAME_MAX,
            ws_per_message_deflate=False,
            lifespan="off",
            log_config=None,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            backlog=BACKLOG,
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=3,
        )

    def _ready(self) -> None:
        host = f"[{self._options.host}]" if ":" in self._options.host else self._options.host
        said = self._folder.ready(f"http://{host}:{self._port}")
        self._images.start()
        self._keeping.start()
        self._canary.start(f"http://{_reached(host)}:{self._port}")
        if self._options.ready_file is not None:
            write_ready(self._options.ready_file, said)
        where = visible_line(str(self._folder.path))
        told = (
            json.dumps(said)
            if self._options.json
            else f"interlock hub: ready at {said['url']}, data in {where}"
        )
        print(told, flush=True)  # noqa: T201
        # What is there now stays; looking through it again and again would only hold up orders.
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)

    def _end(self, server: uvicorn.Server, consoles: Consoles) -> None:
        self._folder.unready()
        self._canary.stop()
        consoles.bye("going", "the hub ends")
        for agent in list(self._engine.agents.values()):
            agent.hang("going", "the hub ends")
        server.should_exit = True


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling, and with a call once it listens."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def _reached(host: str) -> str:
    """Return where this machine reaches what listens on a host: one that stands for all of them is no address."""
    return {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}.get(host, host)  # noqa: S104 - compared, not listened on


def _take_room() -> None:
    """Allow as many sockets as the system lets this process have: a thousand agents are a thousand files."""
    sys.setswitchinterval(SWITCH_SECONDS)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65_536 if most == resource.RLIM_INFINITY else min(most, 65_536)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _listener(options: Options) -> socket.socket:
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((options.host, options.port))
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"cannot listen ({error.strerror}) on",
            value=f"{options.host}:{options.port}",
            fix="choose another port with --listen, 0 takes a free one",
        ) from None
    return listener
