"""A package index of releases that nobody made, which uv asks as it would the real one."""

import hashlib
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO

JSON = "application/vnd.pypi.simple.v1+json"


@dataclass(frozen=True, kw_only=True)
class Release:
    """A wheel with the tag `tag`, and the day on which it was uploaded."""

    package: str
    version: str
    uploaded: str = "2020-01-01"
    tag: str = "py3-none-any"
    needs: tuple[str, ...] = ()
    requires_python: str = ">=3.7"
    yanked: bool = False

    @property
    def file(self) -> str:
        return f"{self.package.replace('-', '_')}-{self.version}-{self.tag}.whl"

    @property
    def metadata(self) -> str:
        lines = [f"Name: {self.package}", f"Version: {self.version}"]
        lines += [f"Requires-Python: {self.requires_python}"]
        lines += [f"Requires-Dist: {need}" for need in self.needs]
        return "\n".join(["Metadata-Version: 2.1", *lines, ""])

    @property
    def wheel(self) -> bytes:
        info = f"{self.package.replace('-', '_')}-{self.version}.dist-info"
        wheel = f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {self.tag}\n"
        stream = BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for name, text in (("METADATA", self.metadata), ("WHEEL", wheel), ("RECORD", "")):
                archive.writestr(zipfile.ZipInfo(f"{info}/{name}"), text)  # of the year 1980
        return stream.getvalue()

    @property
    def listed(self) -> dict[str, object]:
        return {
            "filename": self.file,
            "url": f"/files/{self.file}",
            "hashes": {"sha256": hashlib.sha256(self.wheel).hexdigest()},
            "requires-python": self.requires_python,
            "upload-time": f"{self.uploaded}T12:00:00Z",
            "yanked": self.yanked,
            "core-metadata": True,
        }


class Index(ThreadingHTTPServer):
    """Serves `releases`, or answers all that it is asked with the status `broken`.

    A `fault` answers in place of the index, by the handler and the sound answer.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.releases: list[Release] = []
        self.broken = 0
        self.fault: Callable[[Handler, bytes], None] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/index"

    def answer(self, path: str) -> bytes | None:
        _, kind, name, *_ = path.split("/")
        if kind == "files":
            for release in self.releases:
                if name == release.file:
                    return release.wheel
                if name == f"{release.file}.metadata":
                    return release.metadata.encode()
        files = [release.listed for release in self.releases if release.package == name]
        page = {"meta": {"api-version": "1.1"}, "name": name, "files": files}
        return json.dumps(page).encode() if files else None


class Handler(BaseHTTPRequestHandler):
    server: Index

    def do_GET(self) -> None:
        answer = self.server.answer(self.path)
        if self.server.broken or answer is None:
            self.send_error(self.server.broken or 404)
        elif self.server.fault:
            self.server.fault(self, answer)
        else:
            self.reply(answer)

    def reply(self, answer: bytes, kind: str = JSON, length: int | None = None) -> None:
        """Send an answer; `length` is how long the header says that it is."""
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(answer) if length is None else length))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""
